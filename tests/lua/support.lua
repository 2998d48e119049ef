-- What specs share: a client on a clock that the test moves, and a backend that answers at once.
local mediabeat = require("mediabeat")

local support = {}

support.media = { id = "m1", name = "Metropolis", length = 60, streamType = "vod", mediaType = "video",
  prerollWaitingTime = 0 }

support.opening = { mediaCollection = { playhead = 0, sessionDetails = { name = "m1", length = 60, contentType = "vod" } } }

function support.answer(request)
  if request:path():find("/sessions$") then return { status = 201, location = "/api/v1/sessions/17" } end
  return { status = 204 }
end

-- A client whose time is `world.now` (seconds) and whose requests' bodies are in `world.sent`. `extra`: more options.
function support.world(extra)
  local world = { now = 1000, sent = {}, logged = {} }
  local options = {
    channel = "c", playerName = "p",
    clock = function() return world.now end,
    transport = { send = function(request)
      world.sent[#world.sent + 1] = request:body()
      return support.answer(request)
    end },
  }
  for key, value in pairs(extra or {}) do options[key] = value end
  world.client = assert(mediabeat.client(options))
  return world
end

function support.start(world, options)
  local tracker = assert(world.client:tracker(options))
  assert(tracker:session_start(support.media))
  return tracker
end

-- The types of the events that were sent, as "sessionStart play".
function support.types(world)
  local types = {}
  for _, body in ipairs(world.sent) do types[#types + 1] = body:match('"eventType":"([^"]+)"') end
  return table.concat(types, " ")
end

-- What a function raises; nil when nothing.
function support.raised(run, ...)
  local good, message = pcall(run, ...)
  if good then return nil end
  return message
end

-- `run` is called when the collector next comes by.
function support.finalized(run)
  if newproxy then
    getmetatable(newproxy(true)).__gc = run -- Lua 5.1 has finalizers of userdata only
  else
    setmetatable({}, { __gc = run })
  end
end

return support
