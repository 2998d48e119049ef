rockspec_format = "3.0"
package = "mediabeat"
version = "0.1.0-1"
source = {
  url = "git+https://github.com/mediabeat/mediabeat.git",
  tag = "v0.1.0",
}
description = {
  summary = "Streaming-media analytics for native players",
  detailed = [[
Sends what a media player does to the Media Collection API or the Media Edge API: sessions, pings, ads, chapters,
states, quality. Nothing is lost without a network; the host owns the clock.
]],
  license = "Apache-2.0",
}
-- Beside Lua it needs cJSON and libcurl with their headers, pkg-config and CMake.
dependencies = { "lua >= 5.1, < 5.5" }
build = {
  type = "cmake",
  variables = {
    CMAKE_BUILD_TYPE = "Release",
    LUA_INCLUDE_DIR = "$(LUA_INCDIR)",
    MB_LUA_ROCK_DIR = "$(LIBDIR)",
    MB_BUILD_LUA = "ON",
    MB_BUILD_TOOLS = "OFF",
    MB_BUILD_TESTS = "OFF",
    MB_INSTALL = "OFF",
  },
}
