-- Lua in the documentation is part of a program that check_examples runs, letter by letter.
local root = os.getenv("MEDIABEAT_ROOT") or "."

local function read(path)
  local file = assert(io.open(root .. "/" .. path))
  local text = file:read("*a")
  file:close()
  return text
end

for name, parts in pairs({ ["README.md"] = 1, ["docs/lua.md"] = 6 }) do
  describe(name, function()
    local page, shown = read(name), {}

    it("shows parts of programs", function()
      for path, part_name, block in page:gmatch("<!%-%- from: (%S+) %[(%w+)%] %-%->\n```lua\n(.-)```\n") do
        local part = read(path):match("%-%- %[" .. part_name .. "%]\n(.-)%-%- %[/" .. part_name .. "%]")
        assert.are.equal(part, block)
        shown[#shown + 1] = path .. part_name
      end
      assert.are.equal(parts, #shown)
    end)

    it("shows nothing else in Lua", function()
      local _, blocks = page:gsub("\n```lua\n", "")
      assert.are.equal(#shown, blocks)
    end)
  end)
end
