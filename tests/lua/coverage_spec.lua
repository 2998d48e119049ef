-- Every function of the public headers is bound, or the reason why not stands here; every method has its types.
local mediabeat = require("mediabeat")
local support = require("support")

local root = os.getenv("MEDIABEAT_ROOT") or "."

local function read(path)
  local file = assert(io.open(root .. "/" .. path))
  local text = file:read("*a")
  file:close()
  return text
end

local headers = { "client", "config", "curl", "host", "mediabeat", "session", "status", "tracker", "transport" }

local not_bound = {
  mb_config_warning = "the client writes its warnings to log when it is made",
  mb_drop_text = "stats() names the reasons",
  mb_status_is_refusal = "mediabeat.is_refusal reads the code's prefix: no status is needed in Lua",
}

local function public_functions()
  local names = {}
  for _, header in ipairs(headers) do
    local text = read("core/include/mediabeat/" .. header .. ".h"):gsub("/%*.-%*/", "")
    for declaration in text:gmatch("MB_API%s+(.-)%(") do names[#names + 1] = declaration:match("(mb_[%w_]+)%s*$") end
  end
  return names
end

local function sources()
  local texts = {}
  local listing = assert(io.popen("ls '" .. root .. "'/lua/src/*.c"))
  for path in listing:lines() do
    local file = assert(io.open(path))
    texts[#texts + 1] = file:read("*a"):gsub("/%*.-%*/", "")
    file:close()
  end
  listing:close()
  return table.concat(texts)
end

-- The methods of an object; its metatable is out of a script's reach, not of debug's.
local function methods_of(object)
  local names = {}
  for name in pairs(debug.getmetatable(object).__index) do names[#names + 1] = name end
  return names
end

describe("the C interface", function()
  local names, text = public_functions(), sources()

  it("is found", function() assert.is_true(#names > 60) end)

  it("is bound", function()
    for _, name in ipairs(names) do
      local used = text:find(name .. "[^%w_]")
      assert.is_truthy(used or not_bound[name], name .. " is neither bound nor listed with a reason")
      assert.is_falsy(used and not_bound[name], name .. " is bound, and listed as not")
    end
  end)

  it("has no reason for what is not there", function()
    local known = {}
    for _, name in ipairs(names) do known[name] = true end
    for name in pairs(not_bound) do assert.is_true(known[name], name) end
  end)
end)

describe("types", function()
  local text = read("lua/types/mediabeat.lua")
  local world = support.world({ transport = { send = function(request)
    support.kept = request
  end } })
  local objects = { Client = world.client, Tracker = support.start(world),
    Session = assert(world.client:create_media_session({ xdm = support.opening })), Request = support.kept }

  for class, object in pairs(objects) do
    it("has every method of " .. class, function()
      local known = {}
      for name in text:gmatch("\nfunction " .. class .. ":([%w_]+)") do known[name] = true end
      for _, name in ipairs(methods_of(object)) do
        assert.is_true(known[name] or false, class .. ":" .. name .. " has no types")
        known[name] = nil
      end
      assert.is_nil(next(known), class .. " has types for what is not there: " .. tostring(next(known)))
    end)
  end

  it("has every function and value of the module", function()
    for name, value in pairs(mediabeat) do
      local wanted = type(value) == "function" and "\nfunction mediabeat%." .. name .. "%(" or "%-%-%-@field " .. name .. " "
      assert.is_truthy(text:find(wanted), name)
    end
  end)
end)
