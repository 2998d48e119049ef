-- Stands before the game's main.lua: presses keys at their times (seconds:key, or end:key for when the film is over, in
-- GAME_KEYS), says between which playheads each was pressed, and at the end what a frame's analytics have cost. Keys
-- `focus` and `blur` are another window's. The game's own file is game.lua.
local analytics = require("analytics")
love.filesystem.load("game.lua")()

local keys, frames, spent, most = {}, 0, 0, 0
for time, key in os.getenv("GAME_KEYS"):gmatch("([%w.]+):(%w+)") do
  keys[#keys + 1] = { time = tonumber(time), key = key }
end

-- The focus is the test's, not that of a display without a window manager.
local focus = love.focus
love.focus = nil
local pressed = { focus = function() focus(true) end, blur = function() focus(false) end }

local position, seen_at, over = 0, love.timer.getTime(), false
local call = analytics.call
function analytics.call(name)
  over = over or name == "complete"
  call(name)
end

local update = analytics.update
function analytics.update(playhead)
  position, seen_at = playhead or position, love.timer.getTime()
  local before = love.timer.getTime()
  update(playhead)
  local cost = love.timer.getTime() - before
  frames, spent, most = frames + 1, spent + cost, math.max(most, cost)
end

local function press(key)
  print(("%s at %.3f..%.3f"):format(key, position, position + love.timer.getTime() - seen_at))
  if pressed[key] then pressed[key]() else love.keypressed(key) end
end

-- What is late in a slow frame makes what follows later, too.
local frame, began = love.update, nil
function love.update(dt)
  local now, next = love.timer.getTime(), keys[1]
  began = began or now
  if next and (next.time and now - began >= next.time or not next.time and over) then
    began = next.time and now - next.time or now
    press(table.remove(keys, 1).key)
  end
  frame(dt)
end

local quit = love.quit
function love.quit()
  quit()
  print(("%d frames, %.2f us each, %.0f us at most"):format(frames, spent / frames * 1e6, most * 1e6))
end
