-- Tables that become JSON, metadata and infos: what is taken as it is, and what is refused with its place.
local mediabeat = require("mediabeat")
local support = require("support")

local function has(text, part) assert.is_truthy(text:find(part, 1, true), text) end

-- What an event with this custom metadata says, or how it is refused.
local function with_params(params)
  local world = support.world()
  local session = assert(world.client:create_media_session({ xdm = support.opening }))
  local done, message, code = session:send({ eventType = "chapterStart", params = params })
  return done and world.sent[2] or nil, message, code
end

local chapter = { ["media.chapter.index"] = 1, ["media.chapter.offset"] = 1.5, ["media.chapter.length"] = 30 }

local function opened(session_details, custom)
  local world = support.world()
  local details = { name = "m", length = 60, contentType = "vod" }
  for key, value in pairs(session_details or {}) do details[key] = value end
  local good, session, message, code = pcall(world.client.create_media_session, world.client, {
    xdm = { mediaCollection = { playhead = 0, sessionDetails = details, customMetadata = custom } } })
  if not good then return nil, session, "ERROR" end
  return session and world.sent[1], message, code
end

describe("numbers", function()
  it("are exact", function()
    has(with_params(chapter), '"media.chapter.index":1,"media.chapter.offset":1.5,"media.chapter.length":30')
    has(with_params({ ["media.chapter.index"] = 2 ^ 52 + 1, ["media.chapter.offset"] = 0.1, ["media.chapter.length"] = 1 }),
      '"media.chapter.index":4503599627370497,"media.chapter.offset":0.1')
    for text, number in pairs({ ["1000000000000000"] = 1e15, ["9007199254740992"] = 2 ^ 53 }) do
      has(with_params({ ["media.chapter.index"] = number, ["media.chapter.offset"] = 0, ["media.chapter.length"] = 1 }),
        '"media.chapter.index":' .. text .. ",")
    end
    for text, number in pairs({ ["0.30000000000000004"] = 0.1 + 0.2, ["0.3"] = 0.3, ["100000"] = 1e5 }) do
      has(with_params({ ["media.chapter.index"] = 1, ["media.chapter.offset"] = number, ["media.chapter.length"] = 1 }),
        '"media.chapter.offset":' .. text .. ",")
    end
  end)

  it("that are none are refused with their place", function()
    for _, number in ipairs({ 0 / 0, 1 / 0, -1 / 0 }) do
      local sent, message, code = opened({ length = number })
      assert.is_nil(sent)
      assert.are.equal("INVALID_NUMBER", code)
      assert.are.equal("xdm.mediaCollection.sessionDetails.length: not a finite number", message)
    end
  end)
end)

describe("tables", function()
  it("with a first member are arrays, others objects, empty ones too", function()
    has(opened(nil, { { name = "a", value = "1" }, { name = "b", value = "2" } }), '"customMetadata":{"a":"1","b":"2"}')
    assert.are.equal("INVALID_EVENT", (select(3, opened(nil, {}))))
    assert.is_string(opened(nil, mediabeat.array({})))
    assert.is_string(opened(nil, mediabeat.array()))
  end)

  it("are read by key: the same table is always recorded as the same bytes, and refused in the same words", function()
    local world, lines = support.world(), {}
    world.client:record(function(line) lines[#lines + 1] = line end)
    local session = assert(world.client:create_media_session({ xdm = support.opening }))
    has(lines[#lines], '"sessionDetails":{"contentType":"vod","length":60,"name":"m1"}')
    has(select(2, session:send({ eventType = "play", d = 1, b = 2, aa = 3, a = 4, c = 5 })), "a: unknown")
  end)

  it("of custom metadata go out by key", function()
    local world = support.world()
    assert(world.client:create_media_session({ event = { eventType = "sessionStart",
      params = { ["media.id"] = "a", ["media.name"] = "A", ["media.length"] = 60, ["media.contentType"] = "vod" },
      customMetadata = { zz = "1", bb = "2", aa = "3", yy = "4", cc = "5", ee = "6" } } }))
    has(world.sent[1], '"customMetadata":{"aa":"3","bb":"2","cc":"5","ee":"6","yy":"4","zz":"1"}')
  end)

  it("in themselves are an error", function()
    local loop = { name = "a" }
    loop.value = { loop }
    local _, message = opened(nil, { loop })
    has(message, "xdm.mediaCollection.customMetadata[1].value[1]: the table contains itself")
  end)

  it("marked as objects are none of arrays", function()
    local _, message = opened(nil, setmetatable({ { name = "a", value = "1" } }, { __jsontype = "object" }))
    has(message, "customMetadata: keys of an object must be texts, not the number 1")
  end)

  it("hold null where it is said", function()
    local _, message, code = with_params({ ["media.chapter.index"] = mediabeat.null })
    assert.are.equal("INVALID_EVENT", code)
    has(message, "media.chapter.index: an integer is needed, not null")
  end)

  it("twice in different places are none", function()
    local shared = { name = "a", value = "b" }
    assert.is_string(opened(nil, { shared, shared }))
  end)

  it("too deep are an error", function()
    local deep = {}
    for _ = 1, 62 do deep = { x = deep } end -- with the innermost, in two others: 65
    local _, message = opened(nil, deep)
    has(message, "more than 64 levels")
    assert.are.equal("INVALID_EVENT", (select(3, opened(nil, deep.x))))
  end)

  it("with other keys are an error that names them", function()
    has(select(2, opened({ [true] = 1 })), "sessionDetails: keys of an object must be texts, not a boolean")
    has(select(2, opened({ [3] = 1 })), "sessionDetails: keys of an object must be texts, not the number 3")
    has(select(2, opened(nil, { "a", b = 1 })), 'customMetadata: an array with the key "b"')
    has(select(2, opened(nil, { "a", [0.5] = 1 })), "customMetadata: an array with a gap")
    has(select(2, opened({ name = print })), "sessionDetails.name: a function is no JSON")
    has(select(2, opened({ name = io.stdout })), "sessionDetails.name: a userdata is no JSON")
  end)
end)

describe("texts", function()
  it("of all characters arrive", function()
    has(opened({ name = 'a"\\\n\1\127€' }), [["media.id":"a\"\\]])
  end)

  it("that are not UTF-8 are refused", function()
    local sent, _, code = opened({ name = "\255" })
    assert.is_nil(sent)
    assert.is_string(code)
  end)

  it("of JSON are taken as they stand", function()
    local world = support.world()
    local session = assert(world.client:create_media_session({ event =
      '{"eventType": "sessionStart", "params": {"media.id": "a", "media.name": "A", "media.length": 60,' ..
      ' "media.contentType": "vod"}}' }))
    assert.is_true(session:send('{"eventType": "play"}'))
    assert.are.equal("INVALID_JSON", (select(3, session:send("{"))))
    assert.are.equal("sessionStart play", support.types(world))
  end)
end)

describe("options of a session", function()
  local function event(kind, params) return { eventType = kind, playerTime = { playhead = 1 }, params = params } end

  local opening = event("sessionStart", { ["media.id"] = "m", ["media.name"] = "M", ["media.length"] = 600,
    ["media.contentType"] = "vod" })

  -- The types, paths and players of what is sent in a minute that begins with an ad.
  local function minute(options)
    local world, paths, players = nil, {}, {}
    world = support.world({ transport = { send = function(request)
      world.sent[#world.sent + 1], paths[request:path()], players[request:player()] = request:body(), true, true
      return support.answer(request)
    end } })
    if not options.sessionID then options.event = opening end
    local open = options.sessionID and world.client.resume_media_session or world.client.create_media_session
    local session = assert(open(world.client, options))
    assert(session:send(event("adBreakStart", { ["media.ad.podFriendlyName"] = "b", ["media.ad.podIndex"] = 1,
      ["media.ad.podSecond"] = 1 })))
    assert(session:send(event("adStart", { ["media.ad.id"] = "a", ["media.ad.podPosition"] = 1,
      ["media.ad.length"] = 70, ["media.ad.playerName"] = "p" })))
    for _ = 1, 60 do
      world.now = world.now + 1
      world.client:tick()
    end
    return support.types(world), paths, players, session
  end

  local begun = "sessionStart adBreakStart adStart"

  it("none: it pings", function()
    assert.are.equal(begun .. (" ping"):rep(6), (minute({})))
  end)

  it("granularAdTracking: each second in an ad", function()
    assert.are.equal(begun .. (" ping"):rep(60), (minute({ granularAdTracking = true })))
    assert.are.equal(begun .. (" ping"):rep(6), (minute({ granularAdTracking = false })))
  end)

  it("noPings: none, and the player is asked all the same", function()
    local asked = 0
    assert.are.equal(begun, (minute({ noPings = true, getPlayerDetails = function()
      asked = asked + 1
      return 3
    end })))
    assert.are.equal(3, asked)
  end)

  it("manual: neither pings nor questions", function()
    local types, _, _, session = minute({ manual = true, getPlayerDetails = function() error("is asked") end })
    assert.are.equal(begun, types)
    assert.are.equal("INVALID_EVENT", (select(3, session:send({ eventType = "play" }))))
  end)

  it("playerId: who the requests are of", function()
    local _, _, players = minute({ playerId = "tv" })
    assert.are.same({ tv = true }, players)
  end)

  it("sessionID: it goes on with that session", function()
    local types, paths = minute({ sessionID = "of-another" })
    assert.are.equal("adBreakStart adStart", types)
    assert.are.same({ ["/api/v1/sessions/of-another/events"] = true }, paths)
  end)
end)

describe("metadata", function()
  local function started(metadata)
    local world = support.world()
    assert(world.client:tracker():session_start(support.media, metadata))
    return world.sent[1]
  end

  it("goes out by key", function()
    has(started({ b = "1", a = "2" }), '"customMetadata":{"a":"2","b":"1"}')
    assert.is_nil(started({}):find("customMetadata", 1, true))
  end)
end)

describe("configuration", function()
  it("can be read back, and holds objects", function()
    local world = support.world({ mainPingInterval = 20, customerIDs = { crm = { id = "7", authState = 1 } } })
    assert.are.equal(20, world.client:config("mainPingInterval"))
    assert.are.equal("c", world.client:config("channel"))
    assert.is_nil(world.client:config("store"))
    support.start(world)
    has(world.sent[1], '"visitor.customerIDs":{"crm":{"id":"7","authState":1}}')
  end)

  it("lists its keys", function()
    local keys = {}
    for _, key in ipairs(mediabeat.config_keys()) do keys[key.name] = key end
    assert.are.equal("number", keys.mainPingInterval.type)
    assert.are.equal("10", keys.mainPingInterval.default)
    assert.is_string(keys.endpoint.help)
  end)
end)
