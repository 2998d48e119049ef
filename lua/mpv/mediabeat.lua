-- Tracks what mpv plays. Decides which calls of a tracker mpv's events and properties are: docs/mpv.md has the table.
local mp = require("mp")
local msg = require("mp.msg")
local utils = require("mp.utils")
local read_options = require("mp.options").read_options

local SAMPLE_INTERVAL = 1 -- s between looks at where playback is
local ANSWER_INTERVAL = 0.05 -- s between looks for answers that are under way
local NEAR = 1 -- s: closer to the end, or to a chapter, is there
local LIVE_LENGTH = 86400 -- s: what the protocol wants for a stream without an end

local mediabeat, client, tracker
local settings = { enabled = true, quitTimeout = 0.5, fullPath = false, streamType = "" }
local player = { speed = 1, running = false, states = {} }
local file -- what is being played; nil between files

---- Configuration ----

local function default_store()
  local folder = mp.command_native({ "expand-path", "~~state/mediabeat" })
  if folder:find("^[/\\]") or folder:find("^%a:") then return folder end
  -- before mpv 0.36 there is no such place
  local home = os.getenv("HOME")
  local state = os.getenv("XDG_STATE_HOME") or home and home .. "/.local/state"
  return state and state .. "/mpv/mediabeat"
end

-- The folder with those above it: the library makes the last one only.
local function prepared_store(given)
  if given == "no" then return nil end
  local folder = given and mp.command_native({ "expand-path", given }) or default_store()
  if folder and not utils.file_info(folder) then
    -- its own complaint is caught: the library's, of the same folder, is for the viewer
    mp.command_native({ name = "subprocess", args = { "mkdir", "-p", "-m", "700", folder }, playback_only = false,
      capture_stderr = true })
  end
  return folder
end

local readers = {
  text = function(text) return text end,
  number = tonumber,
  flag = function(text) return ({ yes = true, no = false })[text] end,
  object = function(text) return (utils.parse_json(text)) end,
}

-- Every key of the library is an option of the script, beside the script's own.
local function read_configuration()
  local keys, given, options = mediabeat.config_keys(), {}, { playerName = "mpv", channel = "mpv" }
  for name, value in pairs(settings) do given[name] = value end
  for _, key in ipairs(keys) do given[key.name] = "" end
  read_options(given, "mediabeat")
  for name in pairs(settings) do settings[name] = given[name] end
  for _, key in ipairs(keys) do
    local text = given[key.name]
    if text ~= "" then
      options[key.name] = readers[key.type](text)
      if options[key.name] == nil then error(("%s: %s is no %s"):format(key.name, text, key.type), 0) end
    end
  end
  return options
end

local levels = { error = msg.error, warning = msg.warn, info = msg.verbose, debug = msg.debug, bodies = msg.trace }

local function new_client()
  local options = read_configuration()
  if not settings.enabled then return end
  options.store = prepared_store(options.store)
  options.log = function(level, message) levels[level](message) end
  local message
  client, message = mediabeat.client(options)
  if not client then error(message, 0) end
  tracker = assert(client:tracker({ player = "mpv", player_details = function() return file and file.details() end }))
end

local function load_module()
  local good, found = pcall(require, "mediabeat")
  if good then
    mediabeat = found
  else
    msg.verbose(found)
    error("its module for " .. _VERSION .. " is not installed (mediabeat.so; LUA_CPATH needs its whole path)", 0)
  end
end

---- Calls ----

local function call(name, ...)
  local good, message, code = tracker[name](tracker, ...)
  if not good then (mediabeat.is_refusal(code) and msg.verbose or msg.warn)(name .. ": " .. message) end
end

---- Time ----

local timer
local has_descriptor = false -- where the library has one, it says whether an answer is under way

local function expects_answer()
  if client:descriptor() then
    has_descriptor = true
    return true
  end
  local stats = not has_descriptor and client:stats()
  return stats and stats.queued > stats.held
end

local turn

local function set_timer()
  if timer then timer:kill() end
  local deadline, delay = client:next_deadline(), math.huge
  if deadline then delay = math.max(0.001, deadline - client:now()) end
  if expects_answer() then delay = math.min(delay, ANSWER_INTERVAL) end
  timer = delay < math.huge and mp.add_timeout(delay, turn) or nil
end

---- Where playback is ----

-- By the clock, from where it was seen last. In a seek mpv names the target already: this is where the viewer left.
local function move_on()
  local now = mp.get_time()
  if player.running and not file.seeking then
    file.position = file.position + (now - file.seen_at) * player.speed
  end
  file.seen_at = now
end

-- By mpv.
local function look()
  if not file then return end
  local position = mp.get_property_number("time-pos")
  if not position or file.seeking or (file.restarted and mp.get_property_native("seeking")) then return end
  file.position, file.seen_at = math.max(0, position), mp.get_time()
end

turn = function()
  look()
  client:tick()
  set_timer()
end

---- Quality ----

local function number(name) return mp.get_property_number(name) end

-- That of the variant which is chosen, as measured, or of the whole file.
local function bitrate()
  local variant = number("current-tracks/video/hls-bitrate")
  if variant then return variant end
  local video, audio = number("video-bitrate"), number("audio-bitrate")
  if video or audio then return math.floor(((video or 0) + (audio or 0)) / 1000 + 0.5) * 1000 end
  local size, duration = number("file-size"), number("duration")
  return size and duration and duration > 0 and math.floor(size * 8 / duration / 1000 + 0.5) * 1000
end

local function look_at_quality()
  local quality = file.quality
  quality.bitrate = bitrate() or quality.bitrate
  quality.fps = number("container-fps") or number("estimated-vf-fps") or quality.fps
  quality.droppedFrames = math.max(quality.droppedFrames,
    (number("frame-drop-count") or 0) + (number("decoder-frame-drop-count") or 0))
end

---- What is played ----

-- File names need not be UTF-8, texts of events must be.
local utf8_parts = { "^[%z\1-\127]+", "^[\194-\223][\128-\191]", "^\224[\160-\191][\128-\191]",
  "^[\225-\236\238\239][\128-\191][\128-\191]", "^\237[\128-\159][\128-\191]",
  "^\240[\144-\191][\128-\191][\128-\191]", "^[\241-\243][\128-\191][\128-\191][\128-\191]",
  "^\244[\128-\143][\128-\191][\128-\191]" }

local function utf8_part(text, at)
  for _, pattern in ipairs(utf8_parts) do
    local part = text:match(pattern, at)
    if part then return part end
  end
end

local function as_utf8(text)
  local parts, at = {}, 1
  while at <= #text do
    local part = utf8_part(text, at)
    parts[#parts + 1] = part or "?"
    at = at + (part and #part or 1)
  end
  return table.concat(parts)
end

-- Folders, hosts and what follows a `?` may tell more of the viewer than of the film.
local function public_name(path)
  if settings.fullPath then return path end
  local host, rest = path:match("^%a[%w+.-]*://([^/]*)(.*)")
  if not host then return path:match("([^/\\]+)[/\\]*$") or path end
  local name = rest:match("^[^?#]*"):match("([^/]+)/*$") or host:match("[^@]*$")
  return name ~= "" and name or path:match("^[^:]*")
end

local function media_name(id)
  local title = mp.get_property("media-title", "")
  local named_by_file = title == "" or title == mp.get_property("filename") or title == file.path
  return named_by_file and id or title
end

local function is_video()
  local track = mp.get_property_native("current-tracks/video")
  return track ~= nil and not track.albumart
end

local function stream_type(length, video)
  if settings.streamType ~= "" then return settings.streamType end
  if not length then return "live" end
  return video and "vod" or "aod"
end

-- A transport stream says nowhere how long it is: without a size, what mpv calls its duration is what has come so far.
local function length_of_file()
  if mp.get_property("file-format") == "mpegts" and not number("file-size") then return nil end
  return number("duration")
end

local function media_info()
  local id, length, video = as_utf8(public_name(file.path)), length_of_file(), is_video()
  if file.failed then length, video = 0, true end
  return { id = id, name = as_utf8(media_name(id)), length = length or LIVE_LENGTH,
    streamType = stream_type(length, video), mediaType = video and "video" or "audio", prerollWaitingTime = 0 }
end

---- Sessions ----

local function begin_session()
  file.tracked, file.completed, file.playback, file.chapter = true, false, nil, nil
  call("session_start", media_info())
  for name, on in pairs(player.states) do
    if on then call("state_start", name) end
  end
end

local function end_session()
  if file.tracked then call("session_end") end
  file.tracked = false
end

local function complete_session()
  if not file.tracked then return end
  if file.chapter then call("chapter_complete") end
  call("complete")
  file.tracked, file.completed = false, true
end

local function fail_session(reason)
  if file.completed then return end
  file.failed = not file.tracked
  if file.failed then begin_session() end
  call("error", reason or "unknown")
  end_session()
end

---- Playback ----

local enter = { seeking = "seek_start", buffering = "buffer_start", paused = "pause", playing = "play" }
local leave = { seeking = "seek_complete", buffering = "buffer_complete" }

-- mpv is asked, because what it says of properties comes after its events, and may be late.
local function playback()
  if file.seeking then return "seeking" end
  if mp.get_property_native("paused-for-cache") then return "buffering" end
  return mp.get_property_native("pause") and "paused" or "playing"
end

local function follow_playback()
  if not (file and file.tracked and file.restarted) then return end
  local before, now = file.playback, playback()
  if now == before then return end
  if leave[before] and now ~= "playing" then call(leave[before]) end -- `play` ends both by itself
  call(enter[now])
  file.playback = now
end

---- Chapters ----

-- Where mpv has put files one behind the other (--merge-files, EDL), their paths are the titles.
local function chapter_name(chapter)
  local title = chapter.title or ""
  if mp.get_property("file-format", ""):find("^edl/") then title = public_name(title) end
  return title ~= "" and as_utf8(title) or nil
end

local function chapter_info(chapters, index)
  local chapter, following = chapters[index + 1], chapters[index + 2]
  local stop = following and following.time or number("duration") or chapter.time
  return { name = chapter_name(chapter) or "Chapter " .. index + 1, position = index + 1,
    startTime = math.max(0, chapter.time), length = math.max(0, stop - chapter.time) }
end

local function start_chapter()
  local chapters = mp.get_property_native("chapter-list") or {}
  local index = number("chapter")
  file.chapter = index and chapters[index + 1] and index or nil
  if file.chapter then call("chapter_start", chapter_info(chapters, file.chapter)) end
end

-- Played into a later one, mostly the next: mpv passes over those without a length. A jump is for the end of the seek.
local function play_into_chapter(index)
  if not (file and file.tracked and file.restarted) or file.seeking then return end
  if not index or index <= (file.chapter or -1) then return end
  local chapter = (mp.get_property_native("chapter-list") or {})[index + 1]
  move_on()
  if not chapter or math.abs(file.position - chapter.time) > NEAR * math.max(1, player.speed) then return end
  look()
  if file.chapter then call("chapter_complete") end
  start_chapter()
end

---- Events of mpv ----

local on_event, on_property = {}, {}

local function new_file()
  local made = { path = mp.get_property("path", "unknown"), position = 0, opened_at = mp.get_time(),
    seen_at = mp.get_time(), quality = { bitrate = 0, startupTime = 0, fps = 0, droppedFrames = 0 } }
  made.details = function()
    look_at_quality()
    return { playhead = made.position, qoe = made.quality }
  end
  return made
end

on_event["start-file"] = function()
  if file then end_session() end
  file = new_file()
end

on_event["file-loaded"] = function()
  look()
  begin_session()
end

-- mpv itself goes back to the beginning when a file is repeated: that is another viewing.
local function is_repeat(target)
  local duration = number("duration")
  return duration and target and file.first and file.position >= duration - NEAR * math.max(1, player.speed)
    and target <= file.first + NEAR and file.position - target > NEAR
end

on_event["seek"] = function()
  if not (file and file.restarted) or file.seeking then return end
  move_on()
  if is_repeat(number("time-pos")) then complete_session() end
  file.seeking = true
  follow_playback()
end

local function start_playback()
  file.restarted, file.first, file.track = true, file.position, mp.get_property_native("vid")
  file.quality.startupTime = math.floor((mp.get_time() - file.opened_at) * 1000 + 0.5)
end

on_event["playback-restart"] = function()
  if not file or mp.get_property_native("eof-reached") then return end
  local changed = number("chapter") ~= file.chapter
  if file.tracked and file.chapter and changed then call("chapter_skip") end
  file.seeking = false
  look()
  if not file.restarted then start_playback() end
  if not file.tracked then begin_session() end
  if changed or not file.chapter then start_chapter() end
  follow_playback()
end

local function on_unload()
  if not file then return end
  look()
  look_at_quality()
end

on_event["end-file"] = function(event)
  if not file then return end
  if event.reason == "eof" then
    complete_session()
  elseif event.reason == "error" then
    fail_session(event.file_error)
  else
    end_session()
  end
  file = nil
end

on_event["shutdown"] = function()
  if file then end_session() end
  client:close({ timeout = math.max(0, settings.quitTimeout) })
  client = nil
end

---- Properties of mpv ----

-- Set with --keep-open, where the file stays: what happens then is another viewing.
on_property["eof-reached"] = function(reached)
  if not (file and file.tracked and reached) then return end
  look()
  complete_session()
end

local function playback_changed()
  look()
  follow_playback()
end

on_property["pause"] = playback_changed
on_property["paused-for-cache"] = playback_changed
on_property["chapter"] = play_into_chapter

local function speed_changed()
  look()
  player.speed = (number("speed") or 1) * (mp.get_property("play-dir") == "backward" and -1 or 1)
end

on_property["speed"] = speed_changed
on_property["play-dir"] = speed_changed

on_property["vid"] = function(track)
  if not (file and file.tracked and file.restarted) or track == file.track then return end
  file.track = track
  look()
  call("bitrate_change")
end

local function observe_states()
  -- The wires spell it differently.
  local full_screen = client:config("protocol") == "edge-va-v1" and "fullScreen" or "fullscreen"
  for property, name in pairs({ mute = "mute", fullscreen = full_screen }) do
    on_property[property] = function(on)
      if on == (player.states[name] or false) then return end
      player.states[name] = on
      if file and file.tracked then call(on and "state_start" or "state_end", name) end
    end
  end
end

---- The script ----

-- After every event the timer is set anew: the call may have moved the deadline.
local function guarded(handle)
  return function(...)
    if not client then return end
    handle(...)
    if client then set_timer() end
  end
end

local function observe_playback()
  local sampler = mp.add_periodic_timer(SAMPLE_INTERVAL, function() if client then look() end end)
  sampler:kill()
  mp.observe_property("core-idle", "bool", function(_, idle)
    if file then move_on() end
    player.running = idle == false
    if player.running then sampler:resume() else sampler:kill() end
  end)
end

local order = { "eof-reached", "pause", "paused-for-cache", "chapter", "speed", "play-dir", "vid", "mute",
  "fullscreen" }

-- A script can be loaded while a file is played.
local function take_up()
  if not number("time-pos") then return end
  for _, name in ipairs({ "start-file", "file-loaded", "playback-restart" }) do on_event[name]() end
end

local function observe()
  for name, handle in pairs(on_event) do mp.register_event(name, guarded(handle)) end
  observe_states()
  for _, name in ipairs(order) do
    on_property[name](mp.get_property_native(name))
    mp.observe_property(name, "native", guarded(function(_, value) on_property[name](value) end))
  end
  mp.add_hook("on_unload", 50, guarded(on_unload))
  observe_playback()
  take_up()
  set_timer()
end

local good, message = pcall(function()
  load_module()
  new_client()
end)
if not good then -- of what is said about an option: no file and line of this script
  msg.error("not tracking: " .. (message:match("bad argument #1 to 'client' (%b())$") or message):gsub("^%((.*)%)$", "%1"))
end
if client then observe() end
