-- Lua in docs/lua.md is part of a program that check_examples runs, letter by letter.
local root = os.getenv("MEDIABEAT_ROOT") or "."

local function read(path)
  local file = assert(io.open(root .. "/" .. path))
  local text = file:read("*a")
  file:close()
  return text
end

describe("docs/lua.md", function()
  local page, shown = read("docs/lua.md"), {}

  it("shows parts of programs", function()
    for path, name, block in page:gmatch("<!%-%- from: (%S+) %[(%w+)%] %-%->\n```lua\n(.-)```\n") do
      local part = read(path):match("%-%- %[" .. name .. "%]\n(.-)%-%- %[/" .. name .. "%]")
      assert.are.equal(part, block)
      shown[#shown + 1] = path .. name
    end
    assert.are.equal(6, #shown)
  end)

  it("shows nothing else in Lua", function()
    local _, blocks = page:gsub("\n```lua\n", "")
    assert.are.equal(#shown, blocks)
  end)
end)
