-- Reads and writes JSON for the tests. Objects remember the order of their members; arrays are marked as the module wants.
local json = {}

local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ["/"] = "/", ["\\"] = "\\", ['"'] = '"' }

local function utf8_of(code)
  if code < 0x80 then return string.char(code) end
  if code < 0x800 then return string.char(0xC0 + math.floor(code / 0x40), 0x80 + code % 0x40) end
  if code < 0x10000 then
    return string.char(0xE0 + math.floor(code / 0x1000), 0x80 + math.floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
  end
  return string.char(0xF0 + math.floor(code / 0x40000), 0x80 + math.floor(code / 0x1000) % 0x40,
    0x80 + math.floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
end

-- Of a pair of surrogates each is three bytes first; together they are one character.
local function join_surrogates(text)
  return (text:gsub("\237([\160-\175])([\128-\191])\237([\176-\191])([\128-\191])", function(a, b, c, d)
    local high = (a:byte() - 0xA0) * 0x40 + b:byte() - 0x80
    return utf8_of(0x10000 + high * 0x400 + (c:byte() - 0xB0) * 0x40 + d:byte() - 0x80)
  end))
end

local function unescape(text)
  return join_surrogates((text:gsub("\\(.)(%x?%x?%x?%x?)", function(kind, hex)
    return kind == "u" and utf8_of(tonumber(hex, 16)) or escapes[kind] .. hex
  end)))
end

local function after_space(text, at) return text:find("[^ \t\r\n]", at) or #text + 1 end

local function read_text(text, at)
  local from = at + 1
  repeat
    at = assert(text:find('["\\]', at + 1), "a text without end")
    local escaped = text:sub(at, at) == "\\"
    if escaped then at = at + 1 end
  until not escaped
  local found = text:sub(from, at - 1)
  return found:find("\\", 1, true) and unescape(found) or found, at + 1
end

local read_value

local function read_array(text, at)
  local array = setmetatable({}, { __jsontype = "array" })
  at = after_space(text, at + 1)
  while text:sub(at, at) ~= "]" do
    array[#array + 1], at = read_value(text, at)
    at = after_space(text, at)
    if text:sub(at, at) == "," then at = after_space(text, at + 1) end
  end
  return array, at + 1
end

-- Of members with the same name the first counts.
local function read_object(text, at)
  local order = {}
  local object = setmetatable({}, { __jsontype = "object", __jsonorder = order })
  at = after_space(text, at + 1)
  while text:sub(at, at) ~= "}" do
    local key, value
    key, at = read_text(text, at)
    at = after_space(text, at)
    assert(text:sub(at, at) == ":", "no colon")
    value, at = read_value(text, after_space(text, at + 1))
    if object[key] == nil then object[key], order[#order + 1] = value, key end
    at = after_space(text, at)
    if text:sub(at, at) == "," then at = after_space(text, at + 1) end
  end
  return object, at + 1
end

local words = { ["true"] = true, ["false"] = false }

function read_value(text, at)
  local first = text:sub(at, at)
  if first == "{" then return read_object(text, at) end
  if first == "[" then return read_array(text, at) end
  if first == '"' then return read_text(text, at) end
  local word = assert(text:match("^[%w+.-]+", at), "no value at " .. at)
  if word == "null" then return json.null, at + 4 end
  if words[word] ~= nil then return words[word], at + #word end
  return assert(tonumber(word), word), at + #word
end

json.null = require("mediabeat").null

function json.decode(text) return (read_value(text, after_space(text, 1))) end

local function write_text(text)
  return '"' .. text:gsub('[%c"\\]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
end

local function write_number(number)
  if math.type and math.type(number) == "integer" then return tostring(number) end
  return (number == math.floor(number) and math.abs(number) < 2 ^ 53 and "%.0f" or "%.17g"):format(number)
end

-- Tables as they were read, or new ones: arrays have a first member.
function json.encode(value)
  if value == json.null then return "null" end
  if type(value) == "string" then return write_text(value) end
  if type(value) == "number" then return write_number(value) end
  if type(value) ~= "table" then return tostring(value) end
  local meta, parts = getmetatable(value) or {}, {}
  if meta.__jsontype == "array" or value[1] ~= nil then
    for i, member in ipairs(value) do parts[i] = json.encode(member) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  local order = meta.__jsonorder
  if not order then
    order = {}
    for key in pairs(value) do order[#order + 1] = key end
    table.sort(order)
  end
  for _, key in ipairs(order) do
    if value[key] ~= nil then parts[#parts + 1] = write_text(key) .. ":" .. json.encode(value[key]) end
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

return json
