-- Owns the client and the tracker of the game: what its only video player does, in the words of a tracker.
local mediabeat = require("mediabeat")

local analytics = {}
local client, tracker

-- A game goes on without its analytics; it only says why there are none.
function analytics.open(options)
  love.filesystem.createDirectory("analytics")
  options.store = love.filesystem.getSaveDirectory() .. "/analytics"
  options.log = function(level, message) print("mediabeat: " .. level .. ": " .. message) end
  local message
  client, message = mediabeat.client(options)
  if not client then return print("no analytics: " .. message) end
  tracker = assert(client:tracker({ player = "cut-scene" }))
end

-- In each frame: moves the playhead, and fires and sends what is due. Never blocks.
function analytics.update(playhead)
  if not client then return end
  if playhead then tracker:update_playhead(playhead) end
  client:tick()
end

function analytics.start(scene, length)
  if not client then return end
  tracker:session_start({ id = scene.id, name = scene.name, length = length, streamType = "vod", mediaType = "video",
    prerollWaitingTime = 0 }, scene.metadata)
  tracker:play()
end

-- play, pause, complete, session_end
function analytics.call(name)
  if client then tracker[name](tracker) end
end

-- What is not sent in a moment waits in the store for the next time.
function analytics.close()
  if client then client:close({ timeout = 0.2 }) end
  client = nil
end

return analytics
