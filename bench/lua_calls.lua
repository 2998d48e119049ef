-- Prints what a call from Lua costs, in nanoseconds, beside an empty C function and the same call from C; and a frame of
-- a program that ticks at 60 Hz, in microseconds.
--
--   lua lua_calls.lua [CALLS]
local bare = require("lua_calls")
local mediabeat = require("mediabeat")

local count = tonumber(arg[1]) or 400000
local per_client = 2000 -- events that wait in its queue
local media = { id = "a", name = "a", length = 60, streamType = "vod", mediaType = "video", prerollWaitingTime = 0 }

local function start(client)
  local tracker = assert(client:tracker())
  assert(tracker:session_start(media))
  return tracker
end

-- The method is looked up in an object each time, as in a program.
local function empty(calls)
  local object = setmetatable({}, { __index = { empty = bare.empty } })
  local before = bare.now()
  for i = 1, calls do object:empty(i) end
  return bare.now() - before
end

local runs = {}

function runs.update(tracker, _, calls)
  local before = bare.now()
  for i = 1, calls do tracker:update_playhead(i) end
  return bare.now() - before
end

function runs.tick(_, client, calls)
  local before = bare.now()
  for _ = 1, calls do client:tick() end
  return bare.now() - before
end

function runs.event(tracker, _, calls)
  local before = bare.now()
  for _ = 1, calls, 2 do
    tracker:pause()
    tracker:play()
  end
  return bare.now() - before
end

local function from_lua(what, calls)
  local passed = 0
  for _ = 1, calls / per_client do
    local client = assert(mediabeat.client({ transport = false }))
    passed = passed + runs[what](start(client), client, per_client)
    client:close({ timeout = 0 })
  end
  return passed
end

-- Trackers that play, for a minute at 60 frames a second.
local function frame(trackers)
  local now, frames = 1e9, 3600
  local client = assert(mediabeat.client({ transport = { capacity = 1000, send = function(request)
    return request:path():find("/sessions$") and { status = 201, location = "/api/v1/sessions/1" } or { status = 204 }
  end }, clock = function() return now end }))
  for _ = 1, trackers do start(client):play() end
  local before = bare.now()
  for _ = 1, frames do
    now = now + 1 / 60
    client:tick()
  end
  local passed = bare.now() - before
  client:close({ timeout = 0 })
  return passed / frames * 1e6
end

local line = { ("empty=%.1f"):format(empty(count) / count * 1e9) }
for _, what in ipairs({ "update", "tick", "event" }) do
  local calls = what == "event" and count / 10 or count
  line[#line + 1] = ("%s=%.1f %s_c=%.1f"):format(what, from_lua(what, calls) / calls * 1e9, what,
    bare.from_c(what, calls) / calls * 1e9)
end
line[#line + 1] = ("frame_1=%.2f frame_100=%.2f"):format(frame(1), frame(100))
print(table.concat(line, " "))
