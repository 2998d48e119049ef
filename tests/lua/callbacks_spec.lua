-- Callbacks: what they answer, what their errors become, where they run, what they keep alive.
local mediabeat = require("mediabeat")
local support = require("support")

local raised, start = support.raised, support.start

local function has(text, part) assert.is_truthy(text:find(part, 1, true), text) end

describe("player details", function()
  it("are asked before events, and bring playhead and quality", function()
    local world = support.world()
    local tracker = start(world, { player_details = function()
      return { playhead = 3, qoe = { bitrate = 4, startupTime = 5, fps = 6, droppedFrames = 7 } }
    end })
    has(world.sent[1], '"playhead":3')
    has(world.sent[1], '"qoeData":{"media.qoe.bitrate":4,"media.qoe.droppedFrames":7,' ..
      '"media.qoe.framesPerSecond":6,"media.qoe.timeToStart":5}')
    tracker:set_player_details(function() return 8 end)
    tracker:play()
    has(world.sent[2], '"playhead":8')
    tracker:set_player_details(function() end)
    tracker:pause()
    has(world.sent[3], '"playhead":8')
  end)

  it("an error is raised from the call that caused it, and the event goes out", function()
    local world = support.world()
    local tracker, reason = start(world), { "an object" }
    tracker:update_playhead(4)
    tracker:set_player_details(function() error(reason) end)
    assert.are.equal(reason, raised(function() tracker:play() end))
    has(world.sent[2], '"eventType":"play","playerTime":{"playhead":4')
    world.now = world.now + 10
    assert.are.equal(reason, raised(function() world.client:tick() end))
    has(world.sent[3], '"playerTime":{"playhead":4')
  end)

  it("an answer of the wrong kind is an error", function()
    local tracker = start(support.world())
    for answer, message in pairs({ ["now"] = "table expected, got string", [true] = "table expected, got boolean" }) do
      tracker:set_player_details(function() return answer end)
      has(raised(function() tracker:bitrate_change() end), message)
    end
    tracker:set_player_details(function() return { playhead = "4" } end)
    has(raised(function() tracker:bitrate_change() end), "playhead: number expected, got string")
    tracker:set_player_details(function() return { qoe = 4 } end)
    has(raised(function() tracker:bitrate_change() end), "qoe: table expected, got number")
    tracker:set_player_details(function() return { qoe = { fps = "4" } } end)
    has(raised(function() tracker:bitrate_change() end), "qoe.fps: number expected, got string")
  end)

  it("a tracker that is collected while they are asked is gone when the call is over", function()
    local world = support.world()
    local tracker = start(world, { player = "a" })
    start(world, { player = "b" }):play() -- nobody else knows it
    tracker:set_player_details(function() collectgarbage() collectgarbage() end)
    tracker:play()
    world.now = world.now + 10
    world.client:tick()
    assert.are.equal(5, #world.sent) -- two openings, two plays, and of the one that is left the next
  end)

  it("of several errors in a call the first is raised", function()
    local world = support.world()
    for i = 1, 3 do
      start(world, { player = "p" .. i }):set_player_details(function() error("player " .. i, 0) end)
    end
    world.now = world.now + 10
    assert.are.equal("player 1", raised(function() world.client:tick() end))
    assert.is_true(world.client:tick())
  end)
end)

describe("coroutines", function()
  it("callbacks run on the one that calls", function()
    local world = support.world()
    local tracker, ran_on = start(world), nil
    tracker:set_player_details(function() ran_on = coroutine.running() end)
    local calling = coroutine.create(function()
      tracker:play()
      coroutine.yield()
      tracker:pause()
    end)
    assert(coroutine.resume(calling))
    assert.are.equal(calling, ran_on)
    ran_on = nil
    tracker:bitrate_change()
    assert.are_not.equal(calling, ran_on)
    assert(coroutine.resume(calling))
    assert.are.equal(calling, ran_on)
  end)

  it("one that is gone leaves nothing behind", function()
    local world = support.world()
    local tracker = start(world)
    coroutine.wrap(function() tracker:set_player_details(function() return 9 end) end)()
    collectgarbage()
    collectgarbage()
    tracker:play()
    has(world.sent[2], '"playhead":9')
  end)

  it("a callback that yields is an error", function()
    local world = support.world()
    local tracker = start(world)
    tracker:set_player_details(function() coroutine.yield() end)
    local calling = coroutine.create(function() tracker:play() end)
    local good, message = coroutine.resume(calling)
    assert.is_false(good)
    has(message, "yield")
    assert.are.equal("dead", coroutine.status(calling))
    assert.are.equal("sessionStart play", support.types(world))
  end)
end)

if _VERSION == "Lua 5.4" then
  describe("a client that leaves its block", function()
    local leave = assert(load([[ -- <close> is no syntax of the other versions
      local client, reason = ...
      local closed <close> = client
      error(reason, 0)]]))

    it("is closed, whatever the error", function()
      for _, reason in ipairs({ "a text", { timeout = "an error that looks like options" } }) do
        local world = support.world()
        assert.are.equal(reason, raised(leave, world.client, reason))
        has(raised(function() world.client:tick() end), "the client is closed")
      end
    end)
  end)
end

describe("what is collected", function()
  local function collect()
    collectgarbage()
    collectgarbage()
  end

  it("is no client with a tracker or a session that is known", function()
    local world = support.world()
    local tracker = start(world)
    local session = assert(world.client:create_media_session({ xdm = support.opening }))
    world.client = nil
    collect()
    assert.is_true(tracker:play())
    assert.is_true(session:send({ eventType = "media.play" }))
    assert.are.equal("sessionStart sessionStart play play", support.types(world))
  end)

  it("is closed for a finalizer that comes later", function()
    local world, said = support.world(), {}
    for _, make in ipairs({ function() return start(world, { player = "tv" }) end,
      function() return (world.client:create_media_session({ xdm = support.opening })) end }) do
      local function forgotten()
        local object
        support.finalized(function() said[#said + 1] = raised(function() object:update_playhead(1) end) end)
        object = make() -- younger, so it is finalized before
      end
      forgotten()
      collect()
    end
    assert.are.equal(2, #said)
    has(said[1], "the mediabeat.tracker is closed")
    has(said[2], "the mediabeat.session is closed")
  end)
end)

describe("log, record and session id", function()
  it("messages come with their level", function()
    local logged = {}
    local world = support.world({ logLevel = "info", log = function(level, message)
      logged[#logged + 1] = level .. ": " .. message
    end })
    world.client:tracker({ player = "tv" }):play()
    assert.are.same({ "info: player tv: play is refused: no session is open" }, logged)
  end)

  it("an error in log is raised", function()
    local world = support.world({ logLevel = "info", log = function() error("full", 0) end })
    assert.are.equal("full", raised(function() world.client:tracker():play() end))
  end)

  it("what the store says when a tracker or a session is closed is told", function()
    for _, open in ipairs({ start, function(world)
      return assert(world.client:create_media_session({ xdm = support.opening }))
    end }) do
      local pipe, said = assert(io.popen("mktemp -d")), nil
      local folder = pipe:read("*l")
      pipe:close()
      local world = support.world({ store = folder, downloaded = true, log = function(level, message)
        said = level .. ": " .. message
        error("full", 0)
      end })
      local opened = open(world)
      os.execute(("for own in '%s'/*/; do touch \"$own/foreign\"; done"):format(folder))
      assert.are.equal("full", raised(opened.close, opened))
      assert.are.equal("warning: store: " .. folder, said:sub(1, #"warning: store: " + #folder))
      has(said, "/foreign is no journal and is left alone")
      assert.is_true(opened:close())
      has(raised(opened.update_playhead, opened, 1), " is closed")
      world.client:close({ timeout = 0 })
      os.execute(("rm -r '%s'"):format(folder))
    end
  end)

  it("calls are recorded as lines of a player log", function()
    local world, lines = support.world(), {}
    assert.is_true(world.client:record(function(line) lines[#lines + 1] = line end))
    start(world, { player = "tv" }):play()
    has(table.concat(lines), '"call":"sessionStart"')
    has(lines[#lines], '"call":"play"')
    local told_other = false
    assert.are.equal("TOO_LATE", (select(3, world.client:record(function() told_other = true end))))
    world.client:set_online(true)
    has(lines[#lines], '"call":"online"')
    assert.is_false(told_other)
  end)

  it("the session's id is told, and can be asked for", function()
    local world, told = support.world(), nil
    local session = assert(world.client:create_media_session({ xdm = support.opening, playerId = "tv",
      sessionID = function(id) told = id end }))
    assert.are.equal("17", told)
    assert.are.equal("17", session:id())
  end)
end)

describe("consent and network", function()
  it("unknown holds what is sent with in", function()
    local world = support.world()
    assert.is_true(world.client:set_consent("unknown"))
    start(world):play()
    assert.are.equal("", support.types(world))
    assert.are.equal(2, world.client:stats().held)
    assert.is_true(world.client:set_consent("in"))
    assert.are.equal("sessionStart play", support.types(world))
  end)

  it("out drops it", function()
    local world = support.world()
    world.client:set_consent("unknown")
    start(world):play()
    assert.is_true(world.client:set_consent("out"))
    world.client:set_consent("in")
    assert.are.equal("", support.types(world))
    assert.are.equal(2, world.client:stats().dropped.consent)
  end)

  it("downloaded sessions wait until there is a network", function()
    local world = support.world({ downloaded = true, trackingServer = "t", reportSuite = "r", orgId = "1@AdobeOrg" })
    assert.is_true(world.client:set_online(false))
    start(world):session_end()
    assert.are.equal(0, #world.sent)
    assert.is_true(world.client:set_online(true))
    assert.are.equal(1, #world.sent)
  end)
end)

describe("stats", function()
  it("count everything under its name, after close too", function()
    local answers, asked = { [2] = { status = 503 }, [3] = { status = 503 }, [5] = { status = 404 } }, 0
    local world = support.world({ seed = 1, transport = { send = function(request)
      asked = asked + 1
      return answers[asked] or support.answer(request)
    end } })
    local tracker = start(world)
    tracker:play()
    for _ = 1, 40 do
      world.now = world.now + 1
      world.client:tick()
    end
    tracker:ad_complete() -- is refused
    world.client:set_consent("unknown")
    tracker:pause()
    local held = #'{"eventType":"pauseStart","playerTime":{"playhead":0,"ts":1040000}}'
    assert.are.same({ accepted = 7, delivered = 6, queued = 1, queued_bytes = held, held = 1, requests = 11,
      retries = 2, reopened = 1, resent = 2, refused_calls = 1, sessions = 1, recovered = 0, stored = 0, possibly_doubled = 0,
      dropped = { queue_full = 0, refused = 0, session_refused = 0, consent = 0, too_old = 0, store_full = 0,
        closed = 0 } }, world.client:stats())
    world.client:close({ timeout = 0 })
    assert.are.equal(1, world.client:stats().dropped.closed)
    assert.are.equal(11, world.client:stats().requests)
  end)
end)

describe("a transport", function()
  it("may answer later, from outside", function()
    local waiting = {}
    local world = support.world({ transport = { send = function(request) waiting[#waiting + 1] = request end } })
    start(world, { player = "tv" }):play()
    assert.are.equal(1, #waiting)
    assert.are.equal("tv", waiting[1]:player())
    assert.are.equal(1, waiting[1]:session())
    assert.are.equal("POST", waiting[1]:method())
    assert.are.equal("application/json", waiting[1]:content_type())
    assert.is_true(waiting[1]:complete({ status = 201, location = "/api/v1/sessions/5" }))
    assert.are.equal("/api/v1/sessions/5/events", waiting[2]:path())
    has(raised(function() waiting[1]:complete({ status = 201 }) end), "the request has ended")
    world.client:close({ timeout = 0 })
    has(raised(function() waiting[2]:body() end), "the request has ended")
  end)

  it("may answer in poll, and say when", function()
    local waiting
    local world = support.world({ transport = {
      send = function(request) waiting = request end,
      poll = function()
        if waiting then waiting:complete({ status = 201, location = "/api/v1/sessions/5" }) end
        waiting = nil
      end,
      next_deadline = function() return waiting and 1005 end,
    } })
    start(world)
    assert.are.equal(1005, world.client:next_deadline())
    world.now = 1005
    assert.is_true(world.client:tick())
    assert.are.equal(1, world.client:stats().delivered)
  end)

  it("may answer for a client that nothing else knows any more", function()
    local waiting, told
    local function forgotten()
      local world = support.world({ logLevel = "debug", transport = { send = function(request) waiting = request end },
        log = function(_, message)
          told = message
          for _ = 1, 4 do collectgarbage() end
        end })
      support.start(world)
    end
    forgotten()
    told = nil
    assert.is_true(waiting:complete({ status = 500 }))
    assert.is_string(told)
    waiting = nil
  end)

  it("may say when to come back", function()
    local world = support.world({ transport = { send = function()
      return { status = 503, retry_after = 100 }
    end } })
    start(world)
    world.now = world.now + 50
    world.client:tick()
    assert.are.equal(1, world.client:stats().requests)
    world.now = world.now + 51
    world.client:tick()
    assert.are.equal(2, world.client:stats().requests)
  end)

  it("may say that the backend cannot have seen a request", function()
    for doubled, not_sent in pairs({ [0] = true, [1] = false }) do
      local answers = { { error = "no answer", not_sent = not_sent } }
      local world = support.world({ transport = { send = function(request)
        return table.remove(answers) or support.answer(request)
      end } })
      start(world)
      world.now = world.now + 100
      world.client:tick()
      assert.is_true(world.client:stats().requests >= 2)
      assert.are.equal(doubled, world.client:stats().possibly_doubled)
    end
  end)

  it("answers once: in send itself, or with what send returns", function()
    local world = support.world({ transport = { send = function(request)
      request:complete(support.answer(request))
      return { status = 204 }
    end } })
    has(raised(function() start(world) end), "send answers a request that it has completed")
    assert.are.equal(1, world.client:stats().delivered)
  end)

  it("answers in its own functions, not in other callbacks that these lead to", function()
    local waiting, refused = {}, nil
    local world = support.world({ transport = {
      send = function(request) waiting[#waiting + 1] = request end,
      poll = function()
        local first = table.remove(waiting, 1)
        if first then first:complete(support.answer(first)) end
      end,
    } })
    assert(world.client:create_media_session({ xdm = support.opening, sessionID = function()
      refused = raised(function() waiting[1]:complete({ status = 201, location = "/api/v1/sessions/5" }) end)
    end }))
    start(world)
    world.client:tick()
    has(refused, "a request can be completed in send and poll, or outside of callbacks")
    world.client:close({ timeout = 0 })
  end)

  it("may go on to answer after a callback that an answer led to", function()
    local waiting, told = {}, {}
    local world = support.world({ transport = {
      send = function(request) waiting[#waiting + 1] = request end,
      poll = function()
        for i = 1, #waiting do waiting[i]:complete({ status = 201, location = "/api/v1/sessions/" .. i }) end
        waiting = {}
      end,
    } })
    for _, name in ipairs({ "a", "b" }) do
      assert(world.client:create_media_session({ xdm = support.opening, playerId = name,
        sessionID = function(id) told[#told + 1] = id end }))
    end
    assert.is_true(world.client:tick())
    assert.are.same({ "1", "2" }, told)
  end)

  it("may let its client's trackers be collected while the client is closed", function()
    local world = support.world({ transport = { send = function(request) support.kept = request end,
      cancel = function() collectgarbage() collectgarbage() end } })
    start(world)
    world.client:close({ timeout = 0 }) -- what it would leak a sanitizer tells
    support.kept = nil
  end)

  it("may answer with any bytes", function()
    local waiting
    local world = support.world({ transport = { send = function(request) waiting = request end } })
    start(world)
    assert.is_true(waiting:complete({ status = 400, body = "a\0b\255" }))
    assert.are.equal(1, world.client:stats().dropped.refused)
  end)

  it("may be busy", function()
    local busy = true
    local world = support.world({ transport = { send = function(request)
      if busy then return false end
      return support.answer(request)
    end } })
    start(world)
    assert.are.equal(0, world.client:stats().delivered)
    busy = false
    world.now = world.now + 1
    world.client:tick()
    assert.are.equal(1, world.client:stats().delivered)
  end)

  it("an error in send counts as no answer, and is raised", function()
    local fails = true
    local world = support.world({ transport = { send = function(request)
      if fails then error("no network", 0) end
      return support.answer(request)
    end } })
    local tracker = assert(world.client:tracker())
    assert.are.equal("no network", raised(function() tracker:session_start(support.media) end))
    fails = false
    world.now = world.now + 120
    world.client:tick()
    assert.is_true(world.client:stats().delivered >= 1)
  end)

  it("a request that it lets go of counts as no answer", function()
    local drops, sent = true, 0
    local world = support.world({ transport = { send = function(request)
      sent = sent + 1
      if not drops then return support.answer(request) end
    end } })
    start(world)
    drops = false
    collectgarbage()
    collectgarbage()
    assert.is_true(world.client:next_deadline() <= world.now)
    world.client:tick()
    world.now = world.now + 120
    world.client:tick()
    assert.is_true(sent >= 2)
    assert.is_true(world.client:stats().delivered >= 1)
  end)

  it("a request that it lets go of can be cancelled", function()
    local sent = 0
    local world = support.world({ transport = { send = function() sent = sent + 1 end } })
    start(world)
    collectgarbage()
    collectgarbage()
    assert.is_true(world.client:close({ timeout = 0 })) -- what would be used after it was freed a sanitizer tells
    assert.are.equal(1, sent)
    assert.are.equal(1, world.client:stats().dropped.closed)
  end)

  it("is told what is cancelled", function()
    local cancelled = 0
    local world = support.world({ transport = {
      send = function(request) support.kept = request end,
      cancel = function(request)
        assert.are.equal(support.kept, request)
        cancelled = cancelled + 1
      end,
    } })
    start(world)
    world.client:close({ timeout = 0 })
    assert.are.equal(1, cancelled)
    support.kept = nil
  end)

  it("waits, and has a descriptor", function()
    local world = support.world({ transport = {
      send = function(request) support.kept = request end,
      wait = function(seconds) return seconds / 2 end,
      descriptor = function() return 7 end,
    } })
    start(world)
    assert.are.equal(0.5, world.client:wait(1))
    assert.are.equal(7, world.client:descriptor())
    support.kept = nil
  end)

  it("waits for no time that is negative, and has no descriptor that cannot be one", function()
    local descriptor
    local world = support.world({ transport = { send = function(request) support.kept = request end,
      wait = function() return -1 end, descriptor = function() return descriptor end } })
    start(world)
    assert.are.equal(0, world.client:wait(1))
    for _, none in ipairs({ -1, 2 ^ 31, 1e11 }) do
      descriptor = none
      assert.is_nil(world.client:descriptor())
    end
    support.kept = nil
  end)

  it("is waited for when its client is closed, as long as that may take", function()
    for timeout, waits in pairs({ [2] = 2, [0] = 0, [false] = 5 }) do
      local waited = 0
      local world = support.world({ transport = {
        send = function(request) support.kept = request end,
        wait = function(seconds)
          waited = waited + seconds
          return seconds
        end,
      } })
      start(world)
      world.client:close(timeout and { timeout = timeout } or nil)
      assert.are.equal(waits, waited)
    end
    support.kept = nil
  end)

  it("false: nothing is sent", function()
    local client = assert(mediabeat.client({ transport = false, clock = function() return 1000 end }))
    assert.is_nil(client:next_deadline())
    assert(client:tracker():session_start(support.media))
    assert.are.equal(1, client:stats().queued)
    assert.is_nil(client:descriptor())
    assert.are.equal(0, client:wait(1))
    client:close({ timeout = 0 })
    assert.are.equal(1, client:stats().dropped.closed)
  end)
end)
