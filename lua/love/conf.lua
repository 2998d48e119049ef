function love.conf(t)
  t.identity = "mediabeat-cutscene"
  t.window.title = "A cut-scene that is tracked"
  t.window.width, t.window.height = 640, 360
end
