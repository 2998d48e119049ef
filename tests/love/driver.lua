-- Stands before the game's main.lua: presses keys at their times (seconds:key, in GAME_KEYS), and at the end says what
-- a frame's analytics have cost. Keys `focus` and `blur` are another window's. The game's own file is game.lua.
local analytics = require("analytics")
love.filesystem.load("game.lua")()

local keys, frames, spent, most = {}, 0, 0, 0
for time, key in os.getenv("GAME_KEYS"):gmatch("([%d.]+):(%w+)") do
  keys[#keys + 1] = { time = tonumber(time), key = key }
end

-- The focus is the test's, not that of a display without a window manager.
local focus = love.focus
love.focus = nil
local pressed = { focus = function() focus(true) end, blur = function() focus(false) end }

local update = analytics.update
function analytics.update(playhead)
  local before = love.timer.getTime()
  update(playhead)
  local cost = love.timer.getTime() - before
  frames, spent, most = frames + 1, spent + cost, math.max(most, cost)
end

local frame, began = love.update, nil
function love.update(dt)
  began = began or love.timer.getTime()
  while keys[1] and love.timer.getTime() - began >= keys[1].time do
    local key = table.remove(keys, 1).key
    if pressed[key] then pressed[key]() else love.keypressed(key) end
  end
  frame(dt)
end

local quit = love.quit
function love.quit()
  quit()
  print(("%d frames, %.2f us each, %.0f us at most"):format(frames, spent / frames * 1e6, most * 1e6))
end
