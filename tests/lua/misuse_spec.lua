-- What is wrong in a program is an error at its place; what can go wrong in operation is nil, a message and a code.
local mediabeat = require("mediabeat")
local support = require("support")

local raised, start = support.raised, support.start
local here = debug.getinfo(1, "S").short_src

-- The error of a function, which must begin with the place of the line that misuses.
local function blamed(run)
  local line = debug.getinfo(run, "S").linedefined + 1
  local message = raised(run)
  assert.is_string(message)
  local place = ("%s:%d: "):format(here, line)
  assert.are.equal(place, message:sub(1, #place))
  return message:sub(#place + 1)
end

local function has(message, part)
  assert.is_truthy(message:find(part, 1, true), message)
end

-- A world whose client its own clock closes, the first time it is asked after arm().
local function closed_by_its_clock(transport)
  local world, armed
  world = support.world({ transport = transport, clock = function()
    if armed then
      armed = false
      world.client:close({ timeout = 0 })
    end
    return 1000
  end })
  return world, function() armed = true end
end

describe("arguments of the wrong kind", function()
  local world, tracker
  before_each(function()
    world = support.world()
    tracker = start(world)
  end)

  it("are named with their place", function()
    has(blamed(function()
      tracker:update_playhead("12.5")
    end), "number expected, got string")
    has(blamed(function()
      tracker:session_start("m1")
    end), "table expected, got string")
    has(blamed(function()
      tracker:session_start({ length = "60" })
    end), "length: number expected, got string")
    has(blamed(function()
      tracker:state_start(7)
    end), "string expected, got number")
    has(blamed(function()
      tracker:error()
    end), "string expected, got no value")
    has(blamed(function()
      tracker:update_qoe({ bitrate = {} })
    end), "bitrate: number expected, got table")
    has(blamed(function()
      world.client:set_consent("maybe")
    end), "invalid option 'maybe'")
    has(blamed(function()
      world.client:set_online(1)
    end), "boolean expected, got number")
    has(blamed(function()
      world.client:record("file")
    end), "function expected, got string")
    has(blamed(function()
      world.client:wait(-1)
    end), "seconds expected")
    has(blamed(function()
      tracker:set_player_details(12)
    end), "function expected, got number")
  end)

  it("unknown keys too", function()
    has(blamed(function()
      tracker:session_start({ lenght = 60 })
    end), "no such key: lenght")
    has(blamed(function()
      world.client:tracker({ name = "tv" })
    end), "no such key: name")
    has(blamed(function()
      world.client:create_media_session({ xmd = {} })
    end), "no such key: xmd")
    has(blamed(function()
      mediabeat.client({ endpont = "http://127.0.0.1:1" })
    end), "endpont: no such key; did you mean endpoint?")
  end)

  it("a session that is opened twice, or not at all", function()
    for _, xdm in ipairs({ support.opening, false }) do
      has(blamed(function()
        world.client:create_media_session({ xdm = xdm or nil, event = xdm and { eventType = "sessionStart" } or nil })
      end), "either xdm or event must be given")
    end
    has(blamed(function()
      world.client:resume_media_session({ sessionID = "17", xdm = support.opening })
    end), "a session that is resumed has no opening event")
  end)

  it("metadata that is none", function()
    has(blamed(function()
      tracker:ad_start({}, { show = 7 })
    end), "metadata.show: string expected, got number")
    has(blamed(function()
      tracker:ad_start({}, { show = "a\0b" })
    end), "zero byte")
    has(blamed(function()
      tracker:ad_start({}, { { name = "show" } })
    end), "metadata: keys must be texts, not number")
  end)

  it("texts with a zero byte", function()
    for _, misused in ipairs({
      { "player", function()
        world.client:tracker({ player = "a\0b" })
      end },
      { "playerId", function()
        world.client:create_media_session({ playerId = "a\0b", xdm = support.opening })
      end },
      { "sessionID", function()
        world.client:resume_media_session({ sessionID = "a\0b" })
      end },
      { "id", function()
        tracker:session_start({ id = "a\0b" })
      end },
    }) do
      has(blamed(misused[2]), "#1 to")
      has(blamed(misused[2]), misused[1] .. ": the text contains a zero byte")
    end
    has(blamed(function()
      tracker:state_start("a\0b")
    end), "#1 to 'state_start' (name: the text contains a zero byte)")
  end)

  it("objects of another type", function()
    local session = assert(world.client:create_media_session({ xdm = support.opening }))
    has(blamed(function()
      session.send(tracker, {})
    end), "mediabeat.session expected, got mediabeat.tracker")
    has(blamed(function()
      tracker.play(io.stdout)
    end), "mediabeat.tracker expected")
    has(blamed(function()
      tracker.play(nil)
    end), "mediabeat.tracker expected, got nil")
    has(blamed(function()
      tracker.play(mediabeat.null)
    end), "mediabeat.tracker expected, got ")
    has(blamed(function()
      tracker.play(newproxy and newproxy(true) or {}) -- Lua 5.1's userdata without any content
    end), "mediabeat.tracker expected")
    has(blamed(function()
      tracker.play()
    end), "mediabeat.tracker expected, got no value")
  end)

  it("options of a client", function()
    has(blamed(function()
      mediabeat.client({ clock = 12 })
    end), "clock: function expected, got number")
    has(blamed(function()
      mediabeat.client({ log = true })
    end), "log: function expected, got boolean")
    has(blamed(function()
      mediabeat.client({ transport = true })
    end), "transport: table, false or nil expected")
    has(blamed(function()
      mediabeat.client({ transport = {} })
    end), "transport.send: function expected, got nil")
    has(blamed(function()
      mediabeat.client({ transport = { send = print, capacity = 0 } })
    end), "transport.capacity")
    has(blamed(function()
      mediabeat.client({ endpoint = 7 })
    end), "endpoint: needs a text")
    has(blamed(function()
      mediabeat.client({ "endpoint" })
    end), "keys must be texts")
    has(blamed(function()
      mediabeat.client({ endpoint = print })
    end), "endpoint: a function is no value")
  end)
end)

describe("an object", function()
  it("says what it is, and keeps its metatable to itself", function()
    local world = support.world()
    for name, object in pairs({ client = world.client, tracker = start(world) }) do
      local kind = "mediabeat." .. name
      assert.are.equal(kind .. ": ", tostring(object):match("^.-: "))
      assert.are.equal(kind, getmetatable(object))
    end
  end)
end)

describe("what can go wrong in operation", function()
  it("is nil, a message and the status's name", function()
    local tracker = assert(support.world().client:tracker())
    local result, message, code = tracker:play()
    assert.is_nil(result)
    assert.are.equal("REFUSED_NOT_IN_SESSION", code)
    has(message, mediabeat.statuses.REFUSED_NOT_IN_SESSION)
    assert.is_true(mediabeat.is_refusal(code))
  end)

  it("a required field that is missing, or no whole number where one is needed", function()
    local world = support.world()
    local tracker = start(world)
    assert.is_true(tracker:ad_break_start({ name = "b", position = 1, startTime = 0 }))
    local calls = {
      session_start = { id = "m", name = "M", length = 60, streamType = "vod", mediaType = "video" },
      ad_break_start = { name = "c", position = 2, startTime = 0 },
      ad_start = { id = "a", name = "A", position = 1, length = 15 },
      chapter_start = { name = "C", position = 1, length = 10, startTime = 0 },
      update_qoe = { bitrate = 1, startupTime = 2, fps = 3, droppedFrames = 4 },
    }
    for call, info in pairs(calls) do
      local object = call == "session_start" and assert(world.client:tracker({ player = "other" })) or tracker
      local function refused(changed, value)
        local given = {}
        for key, usual in pairs(info) do given[key] = usual end
        given[changed] = value
        local good, message, code = object[call](object, given)
        assert.is_nil(good, call .. " without " .. changed)
        assert.are.equal(call == "update_qoe" and "INVALID_NUMBER" or "REFUSED_INVALID_INFO", code, message)
      end
      for key in pairs(info) do refused(key, nil) end
      if info.position then refused("position", 1.5) end
      assert.is_true(object[call](object, info), call)
    end
  end)

  it("numbers that are none, texts that are not UTF-8", function()
    local world = support.world()
    local tracker = start(world)
    assert.are.equal("INVALID_NUMBER", (select(3, tracker:update_playhead(0 / 0))))
    local _, message, code = tracker:error("\255")
    assert.are.equal("INVALID_TEXT", code)
    assert.are.equal("error: name: a text is not valid UTF-8", message)
    assert.are.equal(message, world.client:error())
    assert.is_true(tracker:play())
    assert.is_nil(world.client:error())
    assert.is_false(mediabeat.is_refusal("INVALID_TEXT"))
  end)

  it("a client that lacks what it needs", function()
    local client, message, code = mediabeat.client({})
    assert.is_nil(client)
    if mediabeat.has_libcurl then
      has(message, "endpoint: missing")
      assert.are.equal("MISSING_KEY", code)
    else
      assert.are.equal("TRANSPORT_FAILED", code)
    end
  end)

  it("a clock that gives no time", function()
    local world = support.world()
    local tracker = assert(world.client:tracker())
    world.now = -5
    assert.are.equal("INVALID_TIME", (select(3, tracker:play())))
    world.now = "noon"
    has(raised(function() tracker:play() end), "clock: seconds since 1970 expected, got string")
  end)
end)

describe("after close", function()
  it("calls are errors, closing again is none", function()
    local world = support.world()
    local tracker = start(world)
    assert.is_true(tracker:close())
    assert.is_true(tracker:close())
    has(blamed(function()
      tracker:play()
    end), "the mediabeat.tracker is closed")
    has(blamed(function()
      world.client:close(3)
    end), "table expected, got number")
    has(blamed(function()
      world.client:close({ timeot = 3 })
    end), "no such key: timeot")
    assert.is_true(world.client:close({ timeout = 0 }))
    assert.is_true(world.client:close())
    has(blamed(function()
      world.client:tick()
    end), "the client is closed")
    has(blamed(function()
      world.client:tracker()
    end), "the client is closed")
    assert.are.equal(1, world.client:stats().delivered)
  end)

  it("a closed client under live trackers and sessions", function()
    local world = support.world()
    local tracker = start(world)
    local session = assert(world.client:create_media_session({ xdm = support.opening }))
    world.client:close({ timeout = 0 })
    has(blamed(function()
      tracker:play()
    end), "the client of this mediabeat.tracker is closed")
    has(blamed(function()
      session:send({})
    end), "the client of this mediabeat.session is closed")
    assert.is_true(tracker:close())
    assert.is_true(session:close())
  end)

  it("a clock that closes what is being called", function()
    local world, tracker
    local closes
    world = support.world({ clock = function()
      if closes then closes:close({ timeout = 0 }) end
      return 1000
    end })
    tracker = start(world)
    closes = tracker
    has(raised(function() tracker:play() end), "is closed")
    tracker = assert(world.client:tracker({ player = "other" }))
    assert.is_table(world.client:stats())
    closes = nil
    world.client:close({ timeout = 0 })
  end)

  it("a clock that closes the client that is being called", function()
    for _, call in ipairs({ "tick", "set_online", "create_media_session" }) do
      local world, arm = closed_by_its_clock()
      arm()
      has(raised(function()
        world.client[call](world.client, call == "set_online" and true or { xdm = support.opening })
      end), "the client is closed")
    end
  end)
end)

describe("a request", function()
  it("that the clock has ended cannot be completed", function()
    local waiting
    local world, arm = closed_by_its_clock({ send = function(request) waiting = request end })
    start(world)
    arm()
    has(raised(function() waiting:complete({ status = 204 }) end), "the request has ended")
  end)
end)

describe("what a callback answers", function()
  -- Each is called, answers with a value of the wrong kind, and the call that asked is blamed.
  local function answered(options, call, part)
    local world = support.world(options)
    local tracker = assert(world.client:tracker())
    local good, message = pcall(function() call(world, tracker) end)
    assert.is_false(good)
    assert.are.equal(here .. ":" .. debug.getinfo(call, "S").linedefined + 1 .. ": ", (message:match("^.-:%d+: ")))
    has(message, part)
  end

  it("is blamed on the line that has called", function()
    for answer, part in pairs({ ["now"] = "player details: table expected, got string",
      [{ playhead = "4" }] = "player details: playhead: number expected, got string",
      [{ qoe = 4 }] = "player details: qoe: table expected, got number",
      [{ qoe = { fps = "4" } }] = "qoe.fps: number expected, got string",
      [{ qoe = { lag = 4 } }] = "no such key: qoe.lag" }) do
      answered({}, function(_, tracker)
        tracker:session_start(support.media, nil, tracker:set_player_details(function() return answer end))
      end, part)
    end
    answered({ clock = function() return "noon" end }, function(world)
      world.client:tick()
    end, "clock: seconds since 1970 expected, got string")
  end)

  it("of a transport too", function()
    local function transport(functions)
      functions.send = functions.send or function(request) support.kept = request end
      return { transport = functions }
    end
    answered(transport({ send = function() return 7 end }), function(_, tracker)
      tracker:session_start(support.media)
    end, "transport: send must return a table, nil or false, not such a number")
    answered(transport({ send = function() return { status = "201" } end }), function(_, tracker)
      tracker:session_start(support.media)
    end, "answer.status: number expected, got string")
    for name, answer in pairs({ wait = "soon", descriptor = "x", next_deadline = 0 / 0 }) do
      answered(transport({ [name] = function() return answer end }), function(world, tracker)
        world.client[name](world.client, tracker:session_start(support.media) and 1)
      end, "transport: " .. name .. " must return ")
    end
    support.kept = nil
  end)
end)

describe("from inside a callback", function()
  it("a tracker cannot be closed, nor its client", function()
    local world = support.world()
    local tracker = start(world)
    tracker:set_player_details(function() tracker:close() end)
    has(raised(function() tracker:play() end), "a callback cannot close this mediabeat.tracker")
    tracker:set_player_details(function() world.client:close() end)
    has(raised(function() tracker:pause() end), "called from inside a callback of this client")
    tracker:set_player_details(nil)
    assert.is_true(tracker:play())
    assert.are.equal("sessionStart play pauseStart play", support.types(world))
  end)

  it("nothing of the same client can be called", function()
    local world = support.world()
    local tracker = start(world)
    for _, call in ipairs({
      function() tracker:pause() end, function() world.client:tick() end, function() world.client:tracker() end,
      function() world.client:wait(1) end, function() tracker:set_player_details(nil) end,
      function() world.client:create_media_session({ xdm = support.opening }) end,
      function() world.client:record(print) end,
    }) do
      tracker:set_player_details(call)
      has(raised(function() tracker:bitrate_change() end), "called from inside a callback of this client")
    end
    assert.is_table(world.client:stats())
  end)

  it("a request of the same client cannot be answered", function()
    local waiting
    local world = support.world({ transport = { send = function(request) waiting = request end } })
    local tracker = start(world)
    tracker:set_player_details(function() waiting:complete({ status = 201, location = "/api/v1/sessions/5" }) end)
    has(raised(function() tracker:play() end), "a request can be completed in send and poll, or outside of callbacks")
    tracker:set_player_details(nil)
    assert.is_true(waiting:complete({ status = 201, location = "/api/v1/sessions/5" }))
  end)

  it("another client can", function()
    local world, other = support.world(), support.world()
    local outer, inner = start(world), start(other)
    outer:set_player_details(function()
      assert(inner:play())
      return 5
    end)
    assert.is_true(outer:play())
    assert.are.equal("sessionStart play", support.types(other))
    assert.is_truthy(world.sent[2]:find('"playhead":5', 1, true))
  end)
end)

-- A table can change while it is read: the client's clock is Lua, and so is a finalizer that any allocation may start.
describe("a table that changes while it is read", function()
  local function text(of) return of .. ("x"):rep(60) end -- made when the program runs: nothing else keeps it

  -- A client whose clock first does `change` to what is being read, then leaves nothing of it in memory.
  local function changing(change, transport)
    local world
    world = support.world({ transport = transport, clock = function()
      if world and world.armed then
        world.armed = false
        change()
        for _ = 1, 3 do collectgarbage() end
        for i = 1, 200 do world[i] = text(tostring(i)) end
      end
      return 1000
    end })
    return world
  end

  local function emptied(of)
    for key in pairs(of) do of[key] = nil end
  end

  it("goes out as it was when the call began: what is played", function()
    local media, metadata = {}, { [text("key")] = text("value") }
    for key, value in pairs(support.media) do media[key] = value end
    media.id, media.name = text("id"), text("name")
    local world = changing(function() emptied(media) emptied(metadata) end)
    local tracker = assert(world.client:tracker())
    world.armed = true
    assert.is_true(tracker:session_start(media, metadata))
    has(world.sent[1], '"media.id":"' .. text("id") .. '"')
    has(world.sent[1], '"media.name":"' .. text("name") .. '"')
    has(world.sent[1], '"' .. text("key") .. '":"' .. text("value") .. '"')
  end)

  it("goes out as it was when the call began: options of a session", function()
    local options = { xdm = support.opening, playerId = text("player") }
    local lines = {}
    local world = changing(function() emptied(options) end)
    world.client:record(function(line) lines[#lines + 1] = line end)
    world.armed = true
    assert(world.client:create_media_session(options))
    has(table.concat(lines), text("player"))
  end)

  it("goes out as it was when the call began: what answers a request", function()
    local waiting, response = {}, { status = 201, location = text("/api/v1/sessions/") }
    local world = changing(function() emptied(response) end,
      { send = function(request) waiting[#waiting + 1] = request end })
    start(world):play()
    world.armed = true
    assert.is_true(waiting[1]:complete(response))
    assert.are.equal(text("/api/v1/sessions/") .. "/events", waiting[2]:path())
  end)

  it("is read up to where it ended: metadata and events that grow in a finalizer", function()
    local world = support.world()
    local tracker, session = start(world), assert(world.client:create_media_session({ xdm = support.opening }))
    local pause, step = collectgarbage("setpause", 0), collectgarbage("setstepmul", 100000)

    -- Calls with a table that grows at the next allocation, and again at each of those after it.
    local function call_with(growing, call, ...)
      local strikes = 0
      local function strike()
        strikes = strikes + 1
        for i = 1, 30 do growing[strikes .. "key" .. i] = text("v") end
        if strikes < 10 then support.finalized(strike) end
      end
      support.finalized(strike)
      pcall(call, ...)
    end

    for _ = 1, 4 do
      local metadata, event = { a = "b" }, { eventType = "media.ping", mediaCollection = { playhead = 1 } }
      for i = 1, 2000 do event["key" .. i] = i end -- room for its keys is an allocation that wakes the collector
      local chapter = { name = "c", position = 1, length = 1, startTime = 0 }
      call_with(metadata, tracker.chapter_start, tracker, chapter, metadata)
      call_with(event, session.send, session, event)
      call_with(event.mediaCollection, session.send, session, event)
    end
    collectgarbage("setpause", pause)
    collectgarbage("setstepmul", step)
  end)
end)
