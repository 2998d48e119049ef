-- One media session, event by event, on a clock and a transport of the program: prints what is sent.
local mediabeat = require("mediabeat")

-- [transport]
local now = 1700000000
local client = assert(mediabeat.client({
  channel = "c", playerName = "p",
  clock = function() return now end,
  transport = {
    send = function(request)
      print(request:path(), request:body():match('"eventType":"([^"]+)"'))
      if request:path():find("/sessions$") then return { status = 201, location = "/api/v1/sessions/17" } end
      return { status = 204 }
    end,
  },
}))
-- [/transport]

-- [session]
local session = assert(client:create_media_session({
  playerId = "tv",
  xdm = { mediaCollection = { sessionDetails = { name = "m1", length = 60, contentType = "vod" } } },
  getPlayerDetails = function() return { playhead = now - 1700000000 } end,
  sessionID = function(id) print("session " .. id) end,
}))
assert(session:send({ eventType = "media.play" }))
-- [/session]

-- [tick]
for _ = 1, 25 do
  now = now + 1
  if now >= (client:next_deadline() or math.huge) then assert(client:tick()) end
end
-- [/tick]

assert(session:send({ eventType = "media.sessionEnd" }))
session:close()
client:close({ timeout = 0 })
