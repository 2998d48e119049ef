-- Plays a player log through the Lua API on a virtual clock and prints what `mediabeat replay --dry-run` prints.
--
--   lua play_log.lua LOG
--
-- A module too: play_log.run(lines, write) takes decoded lines.
local mediabeat = require("mediabeat")
local json = require("json")

local play_log = {}

-- What is missing or null is nil.
local function member(value, ...)
  for _, name in ipairs({ ... }) do
    if type(value) ~= "table" then return nil end
    value = value[name]
    if value == json.null then return nil end
  end
  return value
end

local function text(value) return type(value) == "string" and value or nil end

---- The backend that answers, as the command's does ----

local titles = { [207] = "Invalid request", [400] = "Bad Request", [404] = "Not Found", [410] = "Gone",
  [429] = "Too Many Requests", [500] = "Internal Server Error", [503] = "Service Unavailable" }

local function is_success(status) return status >= 200 and status < 300 end

-- The problem inside a 207 says 400.
local function problem(status)
  local said = status == 207 and 400 or status
  return ('{"type":"https://ns.adobe.com/aep/errors/va-edge-%04d-%03d","status":%d,"title":"%s",' ..
    '"detail":"a backend line says so"}'):format(said, said, said, titles[status] or "Error")
end

local function asked_of(path)
  local before_query = path:match("^[^?]*")
  local edge = before_query:find("/va/v1/", 1, true) ~= nil
  local opens = edge and before_query:find("/va/v1/sessionStart$") or not edge and before_query:find("/sessions$")
  return { path = path, edge = edge, opens = opens ~= nil and opens ~= false, delivers = before_query:find("/downloaded$") ~= nil }
end

local function success_of(asked)
  if not asked.opens and not asked.delivers then return 204 end
  return asked.edge and 200 or 201
end

local function brings_id(asked, status)
  if asked.edge then
    return (asked.opens or asked.delivers) and is_success(status) and status ~= 207 and status ~= 204
  end
  return asked.opens and is_success(status)
end

local function edge_body(asked, status, id)
  if not is_success(status) then return problem(status) end
  if status == 204 then return nil end
  local request_id = asked.path:match("requestId=([^&\"\\]*)") or ""
  local handle = id and ('{"type":"media-analytics:new-session","payload":[{"sessionId":%s}],"eventIndex":0}')
    :format(json.encode(id)) or ""
  local errors = status == 207 and ',"errors":[' .. problem(status) .. "]" or ""
  return ('{"requestId":"%s","handle":[%s]%s}'):format(request_id, handle, errors)
end

local backend = {}
backend.__index = backend

function backend.new(write)
  return setmetatable({ write = write, usual = {}, passing = {}, passing_left = 0, sessions = 0, held = {} }, backend)
end

function backend:manner()
  if self.passing_left == 0 then return self.usual end
  self.passing_left = self.passing_left - 1
  return self.passing
end

function backend:answer(asked, manner)
  local status = manner.down and 0 or manner.status or success_of(asked)
  if status == 0 then return { error = "the network is down (by a backend line)", not_sent = true } end
  local id
  if brings_id(asked, status) then
    id = manner.session_id
    if not id then
      self.sessions = self.sessions + 1
      id = tostring(self.sessions)
    end
  end
  if asked.edge then return { status = status, body = edge_body(asked, status, id) } end
  return { status = status, location = id and "/api/v1/sessions/" .. id or nil }
end

local function quoted(value) return '"' .. value:gsub('["\\]', "\\%0") .. '"' end

function backend:print(request, now)
  self.write(('{"at": %.0f, "player": %s, "session": %d, "method": "%s", "path": %s, "body": %s}\n'):format(now,
    quoted(request:player()), request:session(), request:method(), quoted(request:path()), request:body()))
end

function backend:hold(request, answer, due)
  local place = #self.held + 1
  while place > 1 and self.held[place - 1].due > due do place = place - 1 end
  table.insert(self.held, place, { request = request, answer = answer, due = due })
end

function backend:give_due(now)
  while self.held[1] and (self.ended or self.held[1].due <= now) do
    local first = table.remove(self.held, 1)
    first.request:complete(first.answer)
  end
end

local function in_range(value, least, most)
  return type(value) == "number" and value >= least and value <= most and value or nil
end

function backend:change(line)
  local times, network = in_range(member(line, "times"), 0, 1e12), member(line, "network")
  local manner = { status = self.usual.status, delay = self.usual.delay, down = self.usual.down,
    session_id = text(member(line, "sessionId")) or self.usual.session_id }
  manner.status = in_range(member(line, "status"), 100, 599) or manner.status
  manner.delay = in_range(member(line, "delay"), 0, 1e12) or manner.delay
  if network then manner.down = network == "down" end
  if times then self.passing = manner else self.usual = manner end
  self.passing_left = times and math.floor(times) or 0
end

function backend:transport(clock)
  return {
    capacity = 1000000,
    send = function(request)
      local now, manner = clock.ms, self:manner()
      local answer, delay = self:answer(asked_of(request:path()), manner), self.ended and 0 or manner.delay or 0
      self:print(request, now)
      if delay <= 0 then return answer end
      self:hold(request, answer, now + delay)
    end,
    cancel = function(request)
      for i, held in ipairs(self.held) do
        if held.request == request then return table.remove(self.held, i) end
      end
    end,
    poll = function() self:give_due(clock.ms) end,
    next_deadline = function() return self.held[1] and self.held[1].due / 1000 end,
  }
end

---- A player whose playhead follows the clock ----

local follow = {}
follow.__index = follow

function follow.new(now) return setmetatable({ position = 0, since = now or 0 }, follow) end

function follow:runs()
  return self.playing and not (self.buffering or self.seeking or self.in_break or self.in_ad)
end

function follow:at(now)
  return self:runs() and self.position + (now - self.since) / 1000 or self.position
end

function follow:set_playing(playing)
  self.playing, self.touched = playing, true
  if playing then self.buffering, self.seeking = false, false end
end

function follow:recover(stalled, tracker)
  self[stalled] = false
  if tracker and not self.touched then self:set_playing(false) end
end

local notes = {
  play = function(self) self:set_playing(true) end,
  pause = function(self) self:set_playing(false) end,
  bufferStart = function(self) self.buffering = true end,
  bufferComplete = function(self, _, tracker) self:recover("buffering", tracker) end,
  seekStart = function(self) self.seeking = true end,
  seekComplete = function(self, _, tracker) self:recover("seeking", tracker) end,
  adBreakStart = function(self) self.in_break, self.in_ad = true, false end,
  adBreakComplete = function(self) self.in_break, self.in_ad = false, false end,
  adStart = function(self, _, tracker)
    self.in_ad = true
    if tracker and not (self.touched or self.buffering or self.seeking) then self:set_playing(true) end
  end,
  adComplete = function(self) self.in_ad = false end,
  adSkip = function(self) self.in_ad = false end,
  playhead = function(self, line) self.position = member(line, "value") or 0 / 0 end,
  complete = function(self) self.playing = false end,
  sessionEnd = function(self) self.playing = false end,
}

-- The player as it is after a line that was not refused.
function follow:note(line, now, tracker)
  self.position = self:at(now)
  self.since = now
  local player = self
  if line.call == "sessionStart" then
    for key in pairs(self) do self[key] = nil end
    self.position, self.since = 0, now
  end
  if notes[line.call] then notes[line.call](player, line, tracker) end
end

---- Calls of a tracker ----

local info_keys = {
  sessionStart = { "id", "name", "length", "streamType", "mediaType", "resumed", "granularAdTracking",
    "prerollWaitingTime" },
  adBreakStart = { "name", "position", "startTime" },
  adStart = { "id", "name", "position", "length" },
  chapterStart = { "name", "position", "length", "startTime" },
  qoe = { "bitrate", "startupTime", "fps", "droppedFrames" },
}

local function info_of(line)
  local info = {}
  for _, key in ipairs(info_keys[line.call]) do info[key] = member(line, "info", key) end
  return info
end

local function metadata_of(line)
  local texts = {}
  for key, value in pairs(member(line, "metadata") or {}) do
    if value ~= json.null then texts[key] = value end
  end
  return texts
end

local bare = { play = "play", pause = "pause", complete = "complete", sessionEnd = "session_end",
  adBreakComplete = "ad_break_complete", adComplete = "ad_complete", adSkip = "ad_skip",
  chapterComplete = "chapter_complete", chapterSkip = "chapter_skip", bufferStart = "buffer_start",
  bufferComplete = "buffer_complete", seekStart = "seek_start", seekComplete = "seek_complete",
  bitrateChange = "bitrate_change" }

local with_members = {
  sessionStart = function(tracker, line) return tracker:session_start(info_of(line), metadata_of(line)) end,
  adBreakStart = function(tracker, line) return tracker:ad_break_start(info_of(line)) end,
  adStart = function(tracker, line) return tracker:ad_start(info_of(line), metadata_of(line)) end,
  chapterStart = function(tracker, line) return tracker:chapter_start(info_of(line), metadata_of(line)) end,
  stateStart = function(tracker, line)
    local name = member(line, "info", "name")
    return name and tracker:state_start(name)
  end,
  stateEnd = function(tracker, line)
    local name = member(line, "info", "name")
    return name and tracker:state_end(name)
  end,
  error = function(tracker, line)
    local id = member(line, "id")
    return id and tracker:error(id)
  end,
  playhead = function(tracker, line) return tracker:update_playhead(member(line, "value") or 0 / 0) end,
  qoe = function(tracker, line) return tracker:update_qoe(info_of(line)) end,
}

---- Calls as events of the session level ----

local events = {
  sessionStart = { "sessionStart", { { "id", "media.id" }, { "name", "media.name" }, { "length", "media.length" },
    { "streamType", "media.contentType" }, { "mediaType", "media.streamType" }, { "resumed", "media.resume" } } },
  play = { "play" }, pause = { "pauseStart" }, complete = { "sessionComplete" }, sessionEnd = { "sessionEnd" },
  error = { "error" },
  adBreakStart = { "adBreakStart", { { "name", "media.ad.podFriendlyName" }, { "position", "media.ad.podIndex" },
    { "startTime", "media.ad.podSecond" } } },
  adBreakComplete = { "adBreakComplete" },
  adStart = { "adStart", { { "id", "media.ad.id" }, { "name", "media.ad.name" },
    { "position", "media.ad.podPosition" }, { "length", "media.ad.length" } } },
  adComplete = { "adComplete" }, adSkip = { "adSkip" },
  chapterStart = { "chapterStart", { { "name", "media.chapter.friendlyName" }, { "position", "media.chapter.index" },
    { "length", "media.chapter.length" }, { "startTime", "media.chapter.offset" } } },
  chapterComplete = { "chapterComplete" }, chapterSkip = { "chapterSkip" }, bufferStart = { "bufferStart" },
  bufferComplete = { "play" }, seekStart = { "pauseStart" }, seekComplete = { "play" },
  bitrateChange = { "bitrateChange" },
  stateStart = { "stateStart", { { "name", "media.state.name" } } },
  stateEnd = { "stateEnd", { { "name", "media.state.name" } } },
}

local with_metadata = { sessionStart = true, adStart = true, chapterStart = true }

local function event_of(line)
  local row = events[line.call]
  if not row then return nil end
  local event = { eventType = row[1] }
  if row[2] then
    event.params = {}
    for _, param in ipairs(row[2]) do event.params[param[2]] = member(line, "info", param[1]) end
  end
  local metadata = with_metadata[line.call] and metadata_of(line)
  if metadata and next(metadata) then event.customMetadata = metadata end
  local id = line.call == "error" and member(line, "id")
  if id then event.qoeData = { ["media.qoe.errorID"] = id, ["media.qoe.errorSource"] = "player" } end
  return event
end

---- Playing ----

local playback = {}
playback.__index = playback

local function config_of(first)
  local config = { seed = 1 }
  for key, value in pairs(first and first.call == "configure" and member(first, "config") or {}) do
    if value ~= json.null then config[key] = value end
  end
  return config
end

local function new_playback(lines, write, record)
  local clock = { ms = lines[1] and lines[1].ts or 0 }
  local answers = backend.new(write)
  local config = config_of(lines[1])
  config.clock = function() return clock.ms / 1000 end
  config.transport = answers:transport(clock)
  local client = assert(mediabeat.client(config))
  if record then assert(client:record(record)) end
  return setmetatable({ clock = clock, answers = answers, client = client, players = {}, order = {}, by_id = {},
    session_level = client:config("level") == "session", follows = client:config("playheadFollows"),
    fired_at = clock.ms - 1 }, playback)
end

function playback:player(name)
  local who = self.players[name]
  if not who then
    who = { name = name, follow = follow.new(0) }
    self.players[name], self.order[#self.order + 1] = who, who
  end
  return who
end

local function ask(who)
  return function()
    local said = who.details
    return { playhead = member(said, "playhead"), qoeDataDetails = member(said, "qoeDataDetails") }
  end
end

function playback:tracker_of(who)
  who.tracker = who.tracker or assert(self.client:tracker({ player = who.name,
    player_details = who.details and ask(who) }))
  return who.tracker
end

-- `who`: nil for a session that only its id will name.
function playback:open_session(who, options)
  local opened
  options.playerId = who and who.name or nil
  options.sessionID = function(id) self.by_id[id] = function() return opened end end
  options.getPlayerDetails = who and who.details and not options.manual and ask(who) or nil
  local reason
  opened, reason = self.client:create_media_session(options)
  if not opened then return nil, reason end
  if who then
    if who.session then who.session:close() end
    who.session = opened
  end
  return true
end

function playback:call_as_event(who, line)
  local event = event_of(line)
  if line.call == "sessionStart" then
    return self:open_session(who, { event = event, granularAdTracking = member(line, "info", "granularAdTracking") })
  end
  if not who.session then return nil end
  if event then return who.session:send(event) end
  if line.call == "playhead" then return who.session:update_playhead(member(line, "value") or 0 / 0) end
  return who.session:update_qoe(info_of(line))
end

-- Where the clock has moved it, before the line is seen; nothing is due a millisecond earlier.
function playback:move_playhead(who, now)
  if not who.follow:runs() or now == who.follow.since then return end
  self.clock.ms = now - 1
  if who.tracker then who.tracker:update_playhead(who.follow:at(now)) end
  self.clock.ms = now
  if who.session then who.session:update_playhead(who.follow:at(now)) end
end

function playback:call_player(line)
  local who, now = self:player(member(line, "player") or ""), line.ts
  if line.call == "playerDetails" then
    who.details = member(line, "details") or {}
    if who.tracker then assert(who.tracker:set_player_details(ask(who))) end
    if who.session then assert(who.session:set_player_details(ask(who))) end
    return
  end
  if self.follows then self:move_playhead(who, now) end
  local rules, good = not self.session_level and not who.session, nil
  if not rules then
    good = self:call_as_event(who, line)
  elseif bare[line.call] then
    local tracker = self:tracker_of(who)
    good = tracker[bare[line.call]](tracker)
  else
    good = with_members[line.call](self:tracker_of(who), line)
  end
  if good then who.follow:note(line, now, rules) end
end

local client_calls = {}

function client_calls.configure() end
function client_calls.backend(self, line) self.answers:change(line) end
function client_calls.tick(self) self:tick() end

function client_calls.online(self, line)
  local value = member(line, "value")
  if value ~= nil then self.client:set_online(value) end
end

function client_calls.consent(self, line)
  local value = member(line, "value")
  if value then self.client:set_consent(value) end
end

function client_calls.createMediaSession(self, line)
  local name = member(line, "player") or member(line, "options", "playerId")
  local xdm, event = member(line, "options", "xdm"), member(line, "options", "event")
  local alone = not name and xdm
  self:open_session(not alone and self:player(name or "") or nil, {
    xdm = xdm, event = event,
    granularAdTracking = member(line, "options", "granularAdTracking"),
    noPings = member(line, "options", "noPings"),
    manual = alone and true or member(line, "options", "manual"),
  })
end

function playback:session_by_id(id, who)
  local known = self.by_id[id] and self.by_id[id]()
  if known then return known end
  local resumed = self.client:resume_media_session({ sessionID = id, playerId = who and who.name or nil })
  if not resumed then return nil end
  self.by_id[id] = function() return resumed end
  if who and not who.session then who.session = resumed end
  return resumed
end

function client_calls.sendMediaEvent(self, line)
  local name = member(line, "player") or member(line, "options", "playerId")
  local id = member(line, "options", "sessionID")
    or not name and member(line, "options", "xdm", "mediaCollection", "sessionID") or nil
  local who = (name or not id) and self:player(name or "") or nil
  local session
  if id then session = self:session_by_id(id, who) else session = who.session end
  if session then session:send(member(line, "options", "xdm") or member(line, "options", "event")) end
end

function playback:tick()
  if self.follows then
    for _, who in ipairs(self.order) do
      if who.follow:runs() then
        if who.tracker then who.tracker:update_playhead(who.follow:at(self.clock.ms)) end
        if who.session then who.session:update_playhead(who.follow:at(self.clock.ms)) end
      end
    end
  end
  self.client:tick()
end

-- Goes on to `ts` and fires what is due before it, each at its own time.
function playback:go_to(ts)
  while true do
    local deadline = self.client:next_deadline()
    local at = deadline and math.max(math.floor(deadline * 1000 + 0.5), self.clock.ms) or ts
    if at == self.fired_at then at = at + 1 end
    if at >= ts then break end
    self.clock.ms, self.fired_at = at, at
    self:tick()
  end
  self.clock.ms = ts
end

-- The log is over: no more timers, deliveries only. The client says only when the first of either is due.
function playback:finish()
  local until_ms = self.clock.ms + 30000
  self.answers.ended = true
  self.answers:give_due(self.clock.ms)
  self.client:deliver()
  while self.client:stats().queued > 0 and self.clock.ms < until_ms do
    self.clock.ms = self.clock.ms + 1
    self.client:deliver()
  end
  self.client:close({ timeout = 0 })
end

-- `record`, if given, gets the lines of a recording.
function play_log.run(lines, write, record)
  local play = new_playback(lines, write, record)
  assert(play.client:config("ticks") ~= "recorded", "a recorded log says itself when timers fire")
  for _, line in ipairs(lines) do
    play:go_to(line.ts)
    local call = client_calls[line.call] or playback.call_player
    call(play, line)
    play.client:deliver()
  end
  play:finish()
end

function play_log.read(path)
  local lines = {}
  for line in io.lines(path) do
    if line:find("%S") then lines[#lines + 1] = json.decode(line) end
  end
  return lines
end

if arg and arg[0] and arg[0]:find("play_log%.lua$") then play_log.run(play_log.read(arg[1]), function(line) io.write(line) end) end

return play_log
