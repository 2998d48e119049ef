-- Scenarios as player logs: see tests/scenarios/README.md.
local json = require("json")

local scenarios = {}

local consent = { optedin = "in", optedout = "out", optunknown = "unknown" }

-- The configuration without what is a line of its own.
local function split_config(scenario)
  local config, order = {}, {}
  local given = scenario.config or {}
  for _, key in ipairs(scenario.config and getmetatable(given).__jsonorder or {}) do
    if key ~= "backendSessionId" and key ~= "privacy" then config[key], order[#order + 1] = given[key], key end
  end
  config.protocol, order[#order + 1] = scenario.protocol, "protocol"
  if scenario.playheadFollows then config.playheadFollows, order[#order + 1] = true, "playheadFollows" end
  return setmetatable(config, { __jsonorder = order }), given.backendSessionId, given.privacy
end

-- The lines of its log, as they were read from it.
function scenarios.log(scenario)
  local config, session_id, privacy = split_config(scenario)
  local start = scenario.calls[1] and scenario.calls[1].ts or 0
  local lines = { { ts = start, call = "configure", config = config } }
  if session_id then lines[#lines + 1] = { ts = start, call = "backend", sessionId = session_id } end
  if privacy then lines[#lines + 1] = { ts = start, call = "consent", value = consent[privacy:lower()] } end
  for _, call in ipairs(scenario.calls) do lines[#lines + 1] = call end
  return lines
end

function scenarios.read(path)
  local file = assert(io.open(path))
  local scenario = json.decode(file:read("*a"))
  file:close()
  return scenario
end

-- The files of a folder that hold one.
function scenarios.files(folder)
  local files = {}
  local listing = assert(io.popen("ls '" .. folder .. "'"))
  for name in listing:lines() do
    if name:find("%.json$") and name ~= "index.json" then files[#files + 1] = folder .. "/" .. name end
  end
  listing:close()
  return files
end

return scenarios
