-- Every scenario and example log, played through the Lua API, sends the bytes that the command sends.
local json = require("json")
local play_log = require("play_log")
local scenarios = require("scenarios")

local root = os.getenv("MEDIABEAT_ROOT") or "."
local command = os.getenv("MEDIABEAT") or root .. "/build/dev/cli/mediabeat"

local function write_log(lines)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  for _, line in ipairs(lines) do file:write(json.encode(line), "\n") end
  file:close()
  return path
end

-- Its requests, and what it says about them. A sanitizer's runtime that was loaded for the interpreter is not for it.
local function played_by_command(path)
  local run = assert(io.popen(("LD_PRELOAD= '%s' replay --dry-run '%s' 2>'%s.said'"):format(command, path, path)))
  local requests = run:read("*a")
  run:close()
  local file = assert(io.open(path .. ".said"))
  local said = file:read("*a")
  file:close()
  os.remove(path .. ".said")
  return requests, said
end

local function played_by_lua(path)
  local parts = {}
  play_log.run(play_log.read(path), function(text) parts[#parts + 1] = text end)
  return table.concat(parts)
end

local function lines_of(text)
  local lines = {}
  for line in text:gmatch("[^\n]+") do lines[#lines + 1] = line end
  return lines
end

local function check_log(path)
  local expected, said = played_by_command(path)
  assert(said:find("mediabeat: %d+ sessions?,"), said)
  local have = played_by_lua(path)
  if have == expected then return end
  local want, got = lines_of(expected), lines_of(have)
  for i = 1, math.max(#want, #got) do assert.are.equal(want[i], got[i]) end
end

local function check_lines(lines)
  local path = write_log(lines)
  local good, message = pcall(check_log, path)
  os.remove(path)
  if not good then error(message, 0) end
end

for _, folder in ipairs({ "conformance", "timelines" }) do
  describe("scenarios of " .. folder, function()
    local files = scenarios.files(root .. "/tests/scenarios/" .. folder)
    it("are there", function() assert.is_true(#files >= 3) end)
    for _, file in ipairs(files) do
      it(file:match("([^/]+)%.json$"), function() check_lines(scenarios.log(scenarios.read(file))) end)
    end
  end)
end

describe("traces of the Web SDK", function()
  local listing = assert(io.popen(("LD_PRELOAD= '%s/tests/lua/golden_logs'"):format(root)))
  local count = 0
  for line in listing:lines() do
    local trace = json.decode(line)
    count = count + 1
    it(trace.name, function() check_lines(trace.log) end)
  end
  listing:close()
  it("are there", function() assert.is_true(count >= 60) end)
end)

describe("example logs", function()
  local function path_of(name) return root .. "/docs/examples/logs/" .. name .. ".jsonl" end

  local names = { "vod-with-ads", "live-radio" }

  for _, name in ipairs(names) do
    it(name, function() check_lines(play_log.read(path_of(name))) end)
  end

  for _, name in ipairs(names) do
    it("a recording of " .. name .. " sends the same again", function()
      local sent, recording = {}, os.tmpname()
      local file = assert(io.open(recording, "w"))
      play_log.run(play_log.read(path_of(name)), function(line) sent[#sent + 1] = line end,
        function(line) file:write(line) end)
      file:close()
      local requests = played_by_command(recording)
      os.remove(recording)
      assert.are.equal(table.concat(sent), requests)
    end)
  end
end)
