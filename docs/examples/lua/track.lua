-- A player tracked: what the viewer does goes to the backend that the argument names.
local mediabeat = require("mediabeat")

-- [client]
local client = assert(mediabeat.client({
  endpoint = arg[1], trackingServer = "metrics.example.com", reportSuite = "suite", orgId = "1@AdobeOrg",
  channel = "Example Stream", playerName = "Example Player",
  log = function(level, message) io.stderr:write(level, ": ", message, "\n") end,
}))
-- [/client]

local player = { position = 0 }

-- [track]
local tracker = assert(client:tracker({ player = "tv", player_details = function()
  return { playhead = player.position, qoe = { bitrate = 3e6, startupTime = 800, fps = 25, droppedFrames = 0 } }
end }))

assert(tracker:session_start({ id = "m1", name = "Metropolis", length = 60, streamType = "vod", mediaType = "video" },
  { ["a.media.show"] = "Classics" }))
assert(tracker:play())
player.position = 12.5
assert(tracker:state_start("mute"))
assert(tracker:complete())
-- [/track]

-- [refused]
local done, message, code = tracker:pause()
assert(not done and code == "REFUSED_NOT_IN_SESSION" and mediabeat.is_refusal(code), message)
-- [/refused]

client:close({ timeout = 5 })
local stats = client:stats()
print(("%d events, %d delivered"):format(stats.accepted, stats.delivered))
