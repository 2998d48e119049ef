"""What a request is answered: the table of answers, row by row."""

import json

import pytest
from conftest import event, start

UNKNOWN = "0" * 64
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "OPTIONS,POST,PUT",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Expose-Headers": "Location",
}


def closed(collector):
    sid = collector.open()
    assert collector.send(sid, event("sessionEnd", 5)).status == 204
    return sid


def assert_refused(answer, status, part):
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/json"
    assert part in answer.message


# POST /api/v1/sessions


def test_session_start_makes_a_session(collector):
    answer = collector.post("/api/v1/sessions", start())
    prefix, sid = answer.headers["Location"].rsplit("/", 1)
    assert (answer.status, answer.body, prefix) == (201, b"", "/api/v1/sessions")
    assert answer.headers["Content-Length"] == "0"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert len(sid) == 64 and set(sid) <= set("0123456789abcdef")


def test_repeated_session_start_makes_another_session(collector):
    assert len({collector.open() for _ in range(3)}) == 3


@pytest.mark.parametrize(
    "body, part",
    [
        (start(**{"media.downloaded": True}), "params.media.downloaded"),
        (event("play"), "eventType"),
        (event("rewind"), "rewind"),
        ({"eventType": "sessionStart"}, "playerTime"),
        (event("sessionStart"), "params: missing"),
        (event("sessionStart", params={}), "params.analytics.trackingServer: missing"),
        (start(**{"media.length": "60"}), "params.media.length"),
        (start(**{"media.lenght": 60}), "params.media.lenght"),
        (start(**{"media.resume": 1}), "params.media.resume"),
        ({**start(), "extra": 1}, "extra"),
        ({**start(), "customMetadata": {"a b": "x"}}, "customMetadata.a b"),
        ({**start(), "customMetadata": {"a": 1}}, "customMetadata.a"),
        ("", "not JSON"),
        ("{", "not JSON"),
        ("nonsense", "not JSON"),
        ("null", "object"),
        ("7", "object"),
        ([], "array"),
        ([start()], "media.downloaded"),
        ([start(**{"media.downloaded": False})], "media.downloaded"),
    ],
)
def test_refused_session_start(collector, body, part):
    assert_refused(collector.post("/api/v1/sessions", body), 400, part)
    assert collector.sessions() == []


def test_downloaded_false_is_a_live_session(collector):
    assert collector.post("/api/v1/sessions", start(**{"media.downloaded": False})).status == 201


def test_deprecated_batch(collector):
    batch = [start(**{"media.downloaded": True}), event("play", 1), event("sessionComplete", 2)]
    answer = collector.post("/api/v1/sessions", batch)
    assert (answer.status, answer.body) == (201, b"")
    [session] = collector.sessions()
    assert (session["downloaded"], session["state"], session["eventCount"]) == (True, "closed", 3)


# POST /api/v1/sessions/{sid}/events


@pytest.mark.parametrize(
    "body",
    [
        event("play"),
        event("ping"),
        event("play", params={}),
        event("play", playhead=-1.5, ts=-1),
        event("ping", playhead=1e300, ts=9007199254740993),
        event("adStart", params={"media.ad.id": "a", "media.ad.length": 1, "media.ad.podPosition": 1, "media.ad.playerName": "p"}),
        event("chapterComplete"),
        event("statesUpdate", params={"statesEnd": []}),
        event("error", qoeData={"media.qoe.errorID": "e", "media.qoe.errorSource": "player"}),
    ],
)
def test_event_is_taken(collector, body):
    answer = collector.send(collector.open(), body)
    assert (answer.status, answer.body) == (204, b"")
    assert "Content-Type" not in answer.headers


@pytest.mark.parametrize(
    "body, part",
    [
        (start(), "sessionStart"),
        (event("seekStart"), "seekStart"),
        (event("ping", params={}), "params: not allowed in ping"),
        (event("play", ts=1.5), "playerTime.ts"),
        (event("play", playhead="0"), "playerTime.playhead"),
        (event("play", qoeData={"media.qoe.errorID": "e"}), "qoeData.media.qoe.errorID"),
        (event("statesUpdate", params={}), "statesStart"),
        ([event("play")], "array"),
        ("{]", "not JSON"),
    ],
)
def test_event_is_refused_and_leaves_no_trace(collector, body, part):
    sid = collector.open()
    before = collector.sessions()
    assert_refused(collector.send(sid, body), 400, part)
    assert collector.sessions() == before


@pytest.mark.parametrize("sid", [UNKNOWN, "x", "A" * 64, "0" * 65, "0" * 200, "%00", "..", "a%2Fb"])
def test_unknown_session(collector, sid):
    assert_refused(collector.send(sid, event("play")), 404, "no such")


def test_order_of_checks(collector):
    sid = closed(collector)
    assert collector.send("malformed", "{").status == 404  # the id's form before the body
    assert collector.send(UNKNOWN, "{").status == 400  # JSON before the look-up
    assert collector.send(UNKNOWN, {"bad": 1}).status == 404  # known before the schema
    assert collector.send(sid, {"bad": 1}).status == 410  # open before the schema


def test_closed_session(collector):
    sid = closed(collector)
    assert_refused(collector.send(sid, event("play", 6)), 410, "closed")
    assert collector.send(sid, event("sessionEnd", 5)).status == 204
    assert collector.send(sid, event("sessionEnd", 7)).status == 204
    assert collector.send(sid, event("sessionEnd", "7")).status == 410
    assert [(e["duplicate"], e["afterEnd"]) for e in collector.events(sid)[2:]] == [(True, False), (False, True)]
    assert collector.sessions()[0]["eventCount"] == 2


def test_completed_session_stays_open(collector):
    sid = collector.open()
    assert collector.send(sid, event("sessionComplete", 1)).status == 204
    assert collector.sessions()[0]["state"] == "completed"
    assert collector.send(sid, event("adBreakStart", 2, params={"media.ad.podIndex": 1, "media.ad.podSecond": 0})).status == 204
    assert collector.send(sid, event("sessionEnd", 3)).status == 204
    assert (collector.sessions()[0]["state"], collector.sessions()[0]["closeReason"]) == ("closed", "sessionEnd")


# POST /api/v1/downloaded


@pytest.mark.parametrize("flag", [{}, {"media.downloaded": True}])
def test_batch(collector, flag):
    batch = [start(**flag), event("play", 2), event("ping", 3), event("sessionEnd", 4)]
    answer = collector.post("/api/v1/downloaded", batch)
    sid = answer.headers["Location"].rsplit("/", 1)[1]
    assert (answer.status, answer.body) == (201, b"")
    assert [e["event"] for e in collector.events(sid)] == batch
    [session] = collector.sessions()
    assert (session["downloaded"], session["state"], session["closeReason"]) == (True, "closed", "sessionEnd")
    assert collector.send(sid, event("play", 9)).status == 410


def test_batch_without_an_end_closes_all_the_same(collector):
    assert collector.post("/api/v1/downloaded", [start(), event("play", 2)]).status == 201
    assert collector.sessions()[0]["closeReason"] == "batchEnd"


def test_same_batch_twice_is_two_sessions(collector):
    for _ in range(2):
        assert collector.post("/api/v1/downloaded", [start(), event("play", 2)]).status == 201
    assert len(collector.sessions()) == 2


def test_duplicates_and_what_follows_the_end_do_not_count_in_a_batch(collector):
    batch = [start(), event("play", 2), event("play", 2), event("sessionEnd", 3), event("ping", 4)]
    sid = collector.post("/api/v1/downloaded", batch).headers["Location"].rsplit("/", 1)[1]
    assert [(e["duplicate"], e["afterEnd"]) for e in collector.events(sid)] == [
        (False, False), (False, False), (True, False), (False, False), (False, True)
    ]  # fmt: skip
    assert (collector.sessions()[0]["eventCount"], collector.sessions()[0]["duplicateCount"]) == (3, 1)


def test_a_repetition_of_what_was_lost_is_lost_and_no_duplicate(collector):
    sid = collector.open()
    for ts in (1, 2, 2, 1):
        assert collector.send(sid, event("sessionEnd", ts)).status == 204
    flags = [(e["duplicate"], e["afterEnd"]) for e in collector.events(sid)]
    assert flags == [(False, False), (False, False), (False, True), (False, True), (True, False)]


@pytest.mark.parametrize(
    "batch, part",
    [
        ([], "no events"),
        (start(), "array"),
        ("[", "not JSON"),
        ([event("play")], "events[0]: eventType"),
        ([event("play"), start()], "events[0]: eventType"),
        ([start(), start()], "events[1]: eventType"),
        ([start(**{"media.downloaded": False})], "events[0]: params.media.downloaded"),
        ([start(), event("play"), event("ping", params={})], "events[2]: params"),
        ([start(), 7], "events[1]"),
        ([start(), [event("play")]], "events[1]"),
    ],
)
def test_batch_is_all_or_nothing(collector, batch, part):
    assert_refused(collector.post("/api/v1/downloaded", batch), 400, part)
    assert collector.sessions() == []


# Everything else


def test_what_is_stored_is_not_for_pages_of_other_origins(collector):
    sid = collector.open()
    for path in ("/api/sessions", f"/api/sessions/{sid}/events"):
        assert "Access-Control-Allow-Origin" not in collector.get(path).headers


def test_every_answer_has_the_cors_headers(collector):
    sid = collector.open()
    answers = [
        collector.post("/api/v1/sessions", start()),
        collector.post("/api/v1/sessions", "{"),
        collector.send(sid, event("play")),
        collector.send(UNKNOWN, event("play")),
        collector.get("/api/v1/schemas/play"),
        collector.get("/nowhere"),
        collector.request("PUT", "/api/v1/sessions", "{}"),
        collector.request("OPTIONS", "/anything"),
    ]
    for answer in answers:
        assert {name: answer.headers[name] for name in CORS} == CORS


@pytest.mark.parametrize("path", ["/", "/api/v1/sessions", "/api/v1/sessions/x/events", "/nowhere"])
def test_options_anywhere(collector, path):
    answer = collector.request("OPTIONS", path, headers={"Access-Control-Request-Method": "POST"})
    assert (answer.status, answer.body) == (204, b"")


@pytest.mark.parametrize(
    "method, path, allow",
    [
        ("GET", "/api/v1/sessions", "POST, OPTIONS"),
        ("HEAD", "/api/v1/sessions", "POST, OPTIONS"),
        ("PUT", f"/api/v1/sessions/{UNKNOWN}/events", "POST, OPTIONS"),
        ("GET", "/api/v1/downloaded", "POST, OPTIONS"),
        ("POST", "/api/v1/schemas/play", "GET, HEAD, OPTIONS"),
        ("DELETE", "/api/sessions", "GET, HEAD, OPTIONS"),
        ("BREW", "/api/sessions", "GET, HEAD, OPTIONS"),
    ],
)
def test_other_method(collector, method, path, allow):
    answer = collector.request(method, path)
    assert (answer.status, answer.headers["Allow"]) == (405, allow)
    assert method == "HEAD" or answer.message


@pytest.mark.parametrize(
    "path",
    ["//", "/api", "/api/v1/sessions/", "/api/v1/sessions//events", "/api/v1/sessions/x/events/", "/api/v1/sessions/x",
     f"/api/v1/{UNKNOWN}/events", "/api/v1/schemas/", "/api/sessionsx", "/%ff%01", "/" + "x" * 4000],
)  # fmt: skip
def test_other_path(collector, path):
    assert_refused(collector.get(path), 404, "no such path")
    assert_refused(collector.post(path, event("play")), 404, "no such path")


def test_head_is_get_without_a_body(collector):
    answer = collector.request("HEAD", "/api/v1/schemas/play")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["Content-Length"]) == len(collector.get("/api/v1/schemas/play").body)


def test_answers_are_json_whatever_the_request_says(collector):
    answer = collector.post("/api/v1/sessions", '{"eventType":"\\"\\n\u00e9"}'.encode())
    assert answer.status == 400
    assert json.loads(answer.body)["message"]
