-- Calls and callbacks with the collector at its most aggressive must leave no growth.
--
--   lua memory.lua [CALLS]     (1,000,000)
--
-- Grows by nothing: of Lua's memory and of the process, between a first tenth that warms up and the end.
local mediabeat = require("mediabeat")
local support = require("support")

local calls = tonumber(arg[1]) or 1000000
local rounds = math.ceil(calls / 100)

collectgarbage("setpause", 0)
collectgarbage("setstepmul", 1000)

local function resident_kib()
  local file = io.open("/proc/self/statm")
  if not file then return 0 end
  local pages = file:read("*a"):match("^%d+ (%d+)")
  file:close()
  return tonumber(pages) * 4
end

local counted = { details = 0, ids = 0, logs = 0, sent = 0 }
local later = {}
local world = support.world({ logLevel = "debug", log = function() counted.logs = counted.logs + 1 end, transport = {
  send = function(request)
    counted.sent = counted.sent + 1
    if counted.sent % 3 ~= 0 then return support.answer(request) end
    later[#later + 1] = request
  end,
  poll = function()
    local due = later
    later = {}
    for _, request in ipairs(due) do request:complete(support.answer(request)) end
  end,
  cancel = function() end,
} })
local client = world.client

local function details()
  counted.details = counted.details + 1
  if counted.details % 100 == 0 then collectgarbage() end -- in the middle of a call
  if counted.details % 50 == 0 then error({ "of the player" }) end
  return { playhead = 1, qoe = { bitrate = counted.details, startupTime = 1, fps = 25, droppedFrames = 0 } }
end

-- A cycle that only the collector can undo: the callback holds the tracker that holds it.
local function forget_one()
  local tracker
  tracker = client:tracker({ player_details = function() return tracker and 3 end })
  tracker:session_start(support.media, { show = "a" })
end

local function one_session()
  local session = assert(client:create_media_session({ xdm = support.opening,
    getPlayerDetails = function() return 5 end, sessionID = function() counted.ids = counted.ids + 1 end }))
  session:send({ eventType = "media.play", mediaCollection = { playhead = 1 } })
  pcall(session.send, session, { eventType = "media.play", [7] = true })
  session:send({ eventType = "media.sessionEnd", mediaCollection = { playhead = 2 } })
  session:close()
end

local function one_client()
  local other = support.world({ log = print })
  support.start(other, { player_details = function() return other and 4 end })
end

-- A hundred calls and callbacks, of which some fail.
local function round(number)
  local tracker = client:tracker({ player_details = details })
  pcall(tracker.session_start, tracker, support.media, { a = "1", b = "2" })
  for i = 1, 20 do
    pcall(tracker.play, tracker)
    tracker:update_playhead(i)
    pcall(tracker.pause, tracker)
    world.now = world.now + 0.5
    pcall(client.tick, client)
  end
  pcall(tracker.update_playhead, tracker, "no number")
  coroutine.wrap(function() pcall(tracker.session_end, tracker) end)()
  tracker:close()
  one_session()
  forget_one()
  if number % 20 == 0 then one_client() end
  world.sent = {}
end

local function settle()
  collectgarbage()
  collectgarbage()
  return collectgarbage("count"), resident_kib()
end

for number = 1, math.ceil(rounds / 10) do round(number) end
local lua_before, resident_before = settle()
for number = math.ceil(rounds / 10) + 1, rounds do round(number) end
local lua_after, resident_after = settle()

print(("%d rounds, %d details, %d ids, %d messages, %d requests; Lua %.0f -> %.0f KiB, process %d -> %d KiB"):format(
  rounds, counted.details, counted.ids, counted.logs, counted.sent, lua_before, lua_after, resident_before, resident_after))
assert(counted.details > 0 and counted.ids > 0 and counted.logs > 0)
assert(lua_after - lua_before < 64, "Lua's memory has grown")
assert(resident_after - resident_before < 2048 or os.getenv("MEDIABEAT_CHECKED"), "the process has grown")
client:close({ timeout = 0 })
