-- A player that draws a second of film, as the README has it: the collector that the argument names hears of it.
local mediabeat = require("mediabeat")
local player = {}

-- [watch]
local client = assert(mediabeat.client({ endpoint = arg[1], trackingServer = "metrics.example.com",
  orgId = "0A1B@AdobeOrg", reportSuite = "examplestream.prod",
  channel = "Example Stream", playerName = "Example Player" }))
local tracker = assert(client:tracker({ player = "living-room" }))
tracker:session_start({ id = "tos-2012", name = "Tears of Steel", length = 734,
  streamType = "vod", mediaType = "video" })
tracker:play()

function player.on_frame(position) -- as often as your player draws
  tracker:update_playhead(position)
  client:tick()
end

function player.on_end()
  tracker:complete()
  client:close({ timeout = 5 }) -- delivers what waits, for five seconds at most
end
-- [/watch]

for frame = 1, 60 do player.on_frame(frame / 60) end
player.on_end()
print(client:stats().delivered .. " delivered")
