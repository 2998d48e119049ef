-- A game that begins with a cut-scene: space skips it, R shows it again, another window pauses it.
local analytics = require("analytics")

local scene = { id = "intro", name = "The arrival", file = "cutscene.ogv", metadata = { chapter = "1" } }
local video, position, paused -- video: nil when the game is played

local function show()
  video, position, paused = love.graphics.newVideo(scene.file), 0, false
  local sound = video:getSource()
  analytics.start(scene, sound and sound:getDuration("seconds") or 0)
  video:play()
end

-- how: "complete" or "session_end"
local function leave(how)
  analytics.call(how)
  video:pause()
  video = nil
end

function love.load()
  analytics.open({ endpoint = os.getenv("GAME_ANALYTICS"), trackingServer = "metrics.example.com",
    reportSuite = "suite", orgId = "1@AdobeOrg", channel = "Games", playerName = "The Arrival" })
  show()
end

-- At its end a video goes back to its beginning.
local function watch()
  if video:isPlaying() then
    position = math.max(position, video:tell())
  elseif not paused then
    leave("complete")
  end
end

function love.update()
  if video then watch() end
  analytics.update(video and position)
end

function love.draw()
  if video then
    local width, height = love.graphics.getDimensions()
    love.graphics.draw(video, 0, 0, 0, width / video:getWidth(), height / video:getHeight())
  else
    love.graphics.print("The game. R: watch the arrival again", 20, 20)
  end
end

function love.keypressed(key)
  if key == "space" and video then leave("session_end") end
  if key == "r" and not video then show() end
  if key == "escape" then love.event.quit() end
end

function love.focus(focused)
  if not video or paused == not focused then return end
  paused = not focused
  analytics.call(paused and "pause" or "play")
  if paused then video:pause() else video:play() end
end

function love.quit()
  if video then leave("session_end") end
  analytics.close()
end
