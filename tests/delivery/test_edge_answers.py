"""Every answer that a gateway of the Media Edge API may give, over real HTTP, and what the command makes of it."""
import json
import threading
import time

import pytest

from edge_gateway import NO_ANSWER, Answer, EdgeGateway, handle, opened, problem
from viewing import MEDIA, ON_THE_EDGE, VIEWING, call

SHORT = [call(0, "sessionStart", info=MEDIA), call(0, "play"), call(5, "pause"), call(6, "sessionEnd")]
SHORT_ACTIONS = ["sessionStart", "play", "play", "pauseStart", "sessionEnd"]


@pytest.fixture
def wire():
    return "edge-va-v1"


@pytest.fixture
def edge(replay):
    return lambda gateway, lines, *options: replay(gateway.url, lines, *options).finish()


def once(at, answer):
    """The request with this number gets this answer, all others what the protocol says."""
    return lambda number, request: answer if number == at else None


def details(path, reason="Missing required field"):
    return [{"name": path, "reason": reason}]


# --- A session that goes well


def test_a_session_goes_out_as_the_api_has_it(edge):
    with EdgeGateway() as gateway:
        status, errors = edge(gateway, VIEWING)
        assert status == 0, errors
        assert gateway.actions == ON_THE_EDGE
        start, *others = gateway.requests
    assert start.path == "/ee/va/v1/sessionStart"
    assert start.headers["Content-Type"] == "application/json"
    assert start.collection["sessionDetails"]["name"] == "m1"
    assert start.xdm["identityMap"] == {"ECID": [{"id": "123"}]}
    assert "sessionID" not in start.collection
    for request in [start, *others]:
        assert request.query == {"configId": "a-datastream", "requestId": request.xdm["_id"]}
        assert request.xdm["eventType"] == "media." + request.action
    assert {request.collection["sessionID"] for request in others} == {"session-1"}
    assert not any("identityMap" in request.xdm for request in others)
    times = [request.xdm["timestamp"] for request in gateway.requests]
    assert times == sorted(set(times))


def test_region_and_state_go_back_to_the_gateway(edge):
    hint = handle("locationHint:result", scope="EdgeNetwork", hint="irl1", ttlSeconds=1800)
    other = handle("locationHint:result", scope="Target", hint="37", ttlSeconds=1800)
    state = handle("state:store", key="kndctr_1_AdobeOrg_identity", value="kept", maxAge=3600)
    with EdgeGateway(once(1, opened("s", other, hint, state))) as gateway:
        assert edge(gateway, SHORT)[0] == 0
        start, *others = gateway.requests
    assert "meta" not in start.json
    assert {request.path.rsplit("/", 3)[0] for request in others} == {"/ee/irl1"}
    (entry,) = others[0].json["meta"]["state"]["entries"]
    assert (entry["key"], entry["value"]) == ("kndctr_1_AdobeOrg_identity", "kept")


RECORDS = [
    {"requestId": "r", "handle": [handle("locationHint:result", scope="EdgeNetwork", hint="va6", ttlSeconds=60)]},
    {"requestId": "r", "handle": [handle("media-analytics:new-session", sessionId="framed")]},
]


@pytest.mark.parametrize("separator", [b"\0", b"\x1e"], ids=["NUL", "RFC 7464"])
def test_a_framed_answer_is_read_as_a_plain_one(edge, separator):
    body = b"".join(separator + json.dumps(record).encode() + b"\n" for record in RECORDS)
    with EdgeGateway(once(1, Answer(200, body))) as gateway:
        assert edge(gateway, SHORT)[0] == 0
        last = gateway.requests[-1]
    assert gateway.actions == SHORT_ACTIONS
    assert (last.collection["sessionID"], last.path) == ("framed", "/ee/va6/va/v1/sessionEnd")


def test_an_id_that_json_must_escape_comes_back_as_it_was(edge):
    strange = 'a "quoted" \\ id/é'
    with EdgeGateway(once(1, opened(strange))) as gateway:
        assert edge(gateway, SHORT)[0] == 0
    assert [request.collection["sessionID"] for request in gateway.requests[1:]] == [strange] * 4


def test_an_event_answered_200_with_a_body_is_taken(edge):
    with EdgeGateway(once(2, Answer(200, {"requestId": "r", "handle": []}))) as gateway:
        status, errors = edge(gateway, SHORT)
    assert (status, gateway.actions) == (0, SHORT_ACTIONS), errors


# --- What is wrong is refused before anything is sent

BAD = {
    "a wrong type": (
        {"mediaCollection": {"playhead": 0, "sessionDetails": {"name": "a", "length": "long", "contentType": "vod"}}},
        "mediaCollection.sessionDetails.length: ",
    ),
    "a field too few": (
        {"mediaCollection": {"playhead": 0, "sessionDetails": {"length": 60, "contentType": "vod"}}},
        "mediaCollection.sessionDetails.name: missing",
    ),
    "an unknown member": (
        {"mediaCollection": {"playhead": 0, "shoe": 1, "sessionDetails": {"name": "a", "length": 60, "contentType": "vod"}}},
        "mediaCollection.shoe: ",
    ),
    "no playhead": (
        {"mediaCollection": {"sessionDetails": {"name": "a", "length": 60, "contentType": "vod"}}},
        "mediaCollection.playhead: missing",
    ),
    "another event": ({"eventType": "media.play", "mediaCollection": {"playhead": 0}}, "eventType: "),
    "no event": ({"eventType": "media.paws", "mediaCollection": {"playhead": 0}}, "eventType: "),
}


@pytest.mark.parametrize("xdm, reason", BAD.values(), ids=BAD.keys())
def test_bad_xdm_opens_no_session_and_sends_nothing(edge, xdm, reason):
    with EdgeGateway() as gateway:
        status, errors = edge(gateway, [call(0, "createMediaSession", options={"xdm": xdm})], "-v")
    assert (status, gateway.requests) == (0, [])  # a refused call is no failure of delivery
    assert reason in errors
    assert "1 call refused" in errors


def test_options_that_are_no_options_are_an_error_of_the_log(edge):
    with EdgeGateway() as gateway:
        status, errors = edge(gateway, [*SHORT, call(9, "createMediaSession", options={"playerId": 7})])
    assert (status, gateway.requests) == (2, [])
    assert "options.playerId" in errors


GOOD = {"mediaCollection": {"playhead": 0, "sessionDetails": {"name": "a", "length": 60, "contentType": "vod"}}}


def test_a_bad_event_is_refused_and_the_session_goes_on(edge):
    def send(seconds, event_type, **collection):
        return call(seconds, "sendMediaEvent", options={
            "playerId": "p", "xdm": {"eventType": event_type, "mediaCollection": collection}})  # fmt: skip

    lines = [
        call(0, "createMediaSession", options={"playerId": "p", "xdm": GOOD}),
        send(1, "media.play", playhead=1),
        send(2, "media.adStart", playhead=2, advertisingDetails={"name": "ad"}),
        send(3, "media.sessionEnd", playhead=3),
    ]
    with EdgeGateway() as gateway:
        status, errors = edge(gateway, lines, "-v")
    assert (status, gateway.actions) == (0, ["sessionStart", "play", "sessionEnd"])
    assert "mediaCollection.advertisingDetails.length: missing" in errors


def test_more_than_a_request_holds_is_refused_here_and_not_by_the_gateway(edge):
    with EdgeGateway() as gateway:
        big = call(0, "sessionStart", info=MEDIA, metadata={"k": "x" * 49152})
        status, errors = edge(gateway, [big, *SHORT], "-v")
    assert (status, gateway.actions) == (0, SHORT_ACTIONS), errors
    assert "the Media Edge API takes at most 48 KiB of details and metadata" in errors


# --- The session's id


def test_events_wait_for_the_id_and_then_go_out_in_order(edge):
    early = []
    known = threading.Event()

    def slow(number, request):
        if number == 1:
            threading.Timer(0.5, known.set).start()
            known.wait()
        elif not known.is_set():
            early.append(request.action)

    with EdgeGateway(slow) as gateway:
        status, errors = edge(gateway, VIEWING)
    assert (status, early) == (0, []), errors
    assert gateway.actions == ON_THE_EDGE


WITHOUT_AN_ID = {
    "no handle": {"requestId": "r", "handle": []},
    "an empty id": {"requestId": "r", "handle": [handle("media-analytics:new-session", sessionId="")]},
    "an id that is no text": {"requestId": "r", "handle": [handle("media-analytics:new-session", sessionId=7)]},
    "no JSON": b"<html>hello</html>",
    "no body": b"",
}


@pytest.mark.parametrize("body", WITHOUT_AN_ID.values(), ids=WITHOUT_AN_ID.keys())
def test_a_start_without_an_id_is_tried_again(edge, body):
    with EdgeGateway(once(1, Answer(200, body))) as gateway:
        status, errors = edge(gateway, SHORT)
    assert status == 0, errors
    assert gateway.actions == ["sessionStart", *SHORT_ACTIONS]
    assert gateway.requests[0].text == gateway.requests[1].text
    assert "sessionStart was answered 200 without a usable session id" in errors


def test_a_handle_that_never_comes_keeps_everything_back_and_says_so(edge):
    with EdgeGateway(lambda number, request: Answer(200, {"requestId": "r", "handle": []})) as gateway:
        status, errors = edge(gateway, SHORT, "--drain", "1")
    assert status == 1
    assert set(gateway.actions) == {"sessionStart"}
    assert "without a usable session id" in errors
    assert "5 left undelivered" in errors


# --- 207: taken, with something to say


def test_207_about_a_bad_start_drops_the_session(edge):
    error = problem(207, "va-edge-0400-400", "Invalid request", details("$.xdm.mediaCollection.sessionDetails.name"))
    body = {"requestId": "r", "handle": [handle("state:store", key="k", value="v", maxAge=9)], "errors": [error]}
    with EdgeGateway(lambda number, request: Answer(207, body)) as gateway:
        status, errors = edge(gateway, SHORT)
    assert (status, gateway.actions) == (1, ["sessionStart"])
    assert "Invalid request ($.xdm.mediaCollection.sessionDetails.name: Missing required field)" in errors
    assert "4 dropped (the backend refused their sessionStart)" in errors


def test_207_about_something_else_opens_the_session_all_the_same(edge):
    error = problem(207, "EXEG-0201-504", "One of the services failed")
    answer = opened("s", errors=[error])
    answer.status = 207
    with EdgeGateway(once(1, answer)) as gateway:
        assert edge(gateway, SHORT)[0] == 0
    assert gateway.actions == SHORT_ACTIONS


def test_207_about_something_else_and_no_id_is_tried_again(edge):
    body = {"requestId": "r", "handle": [], "errors": [problem(207, "EXEG-0201-504", "One of the services failed")]}
    with EdgeGateway(once(1, Answer(207, body))) as gateway:
        status, errors = edge(gateway, SHORT)
    assert (status, gateway.actions) == (0, ["sessionStart", *SHORT_ACTIONS])
    assert "One of the services failed" in errors


# --- A downloaded session: one request when it is over


@pytest.fixture
def downloaded(tmp_path):
    path = tmp_path / "downloaded.json"
    path.write_text(json.dumps({"downloaded": True}), encoding="utf-8")
    return "--config", str(path)


def test_a_downloaded_session_is_one_request(edge, downloaded):
    with EdgeGateway(once(1, Answer(200, {"requestId": "r", "handle": []}))) as gateway:
        status, errors = edge(gateway, SHORT, *downloaded)
    (request,) = gateway.requests
    assert (status, request.path) == (0, "/ee/va/v1/downloaded"), errors
    assert (request.xdm["eventType"], "5 delivered" in errors) == ("media.downloaded", True)
    entries = request.xdm["mediaDownloadedEvents"]
    assert [entry["mediaEventType"] for entry in entries] == ["media." + action for action in SHORT_ACTIONS]
    assert not any("sessionID" in entry["mediaCollection"] for entry in entries)


def test_207_about_a_downloaded_session_drops_it_whole(edge, downloaded):
    error = problem(207, "va-edge-0400-400", "Invalid request", details("$.xdm.mediaDownloadedEvents[0]"))
    with EdgeGateway(once(1, Answer(207, {"requestId": "r", "handle": [], "errors": [error]}))) as gateway:
        status, errors = edge(gateway, SHORT, *downloaded)
    assert (status, gateway.actions) == (1, ["downloaded"])
    assert "Invalid request ($.xdm.mediaDownloadedEvents[0]: Missing required field)" in errors


# --- Refusals


def test_400_to_an_event_drops_it_and_names_the_field(edge):
    body = problem(400, "va-edge-0400-400", "Bad Request", details("$.events[0].xdm.mediaCollection.playhead"))
    with EdgeGateway(once(2, Answer(400, body))) as gateway:
        status, errors = edge(gateway, SHORT)
    assert (status, gateway.actions) == (1, SHORT_ACTIONS)
    assert "play answered 400: Bad Request ($.events[0].xdm.mediaCollection.playhead: Missing required field)" in errors
    assert "1 dropped (refused by the backend)" in errors


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_refused_start_takes_its_session_along(edge, status):
    with EdgeGateway(once(1, Answer(status, problem(status, f"va-edge-0{status}-{status}", "No")))) as gateway:
        result, errors = edge(gateway, SHORT)
    assert (result, gateway.actions) == (1, ["sessionStart"])
    assert f"sessionStart answered {status}: No; the session is dropped with its queue" in errors


@pytest.mark.parametrize("status, name", [
    (400, "EXEG-0003-400"), (422, "EXEG-0004-422"), (401, "EXEG-0500-401"), (403, "EXEG-0501-403"),
])  # fmt: skip
def test_a_mistake_in_the_configuration_holds_everything_and_is_said_once(edge, status, name):
    with EdgeGateway(lambda n, _: Answer(status, problem(status, name, "Wrong datastream")) if n < 3 else None) as gateway:
        result, errors = edge(gateway, SHORT)
    assert (result, gateway.actions) == (0, ["sessionStart"] * 2 + SHORT_ACTIONS)
    assert errors.count(f"answered {status}, Wrong datastream: check the configuration") == 1


@pytest.mark.parametrize("status", [404, 410])
def test_a_forgotten_session_goes_on_in_a_new_one_with_everything_open_said_again(edge, status):
    lost = ON_THE_EDGE.index("ping") + 1  # inside the ad
    body = problem(status, f"va-edge-0{status}-{status}", "Not Found", "unknown or expired session")
    with EdgeGateway(once(lost, Answer(status, body))) as gateway:
        assert edge(gateway, VIEWING)[0] == 0
    first, second = gateway.requests[:lost], gateway.requests[lost:]
    assert [request.action for request in first] == ON_THE_EDGE[:lost]
    assert [request.action for request in second] == [
        "sessionStart", "chapterStart", "adBreakStart", "adStart", "statesUpdate", "play", *ON_THE_EDGE[lost - 1:],
    ]  # fmt: skip
    assert first[0].collection["sessionDetails"]["hasResume"] is False
    assert second[0].collection["sessionDetails"]["hasResume"] is True
    assert {request.collection["sessionID"] for request in second[1:]} == {"session-2"}
    assert first[-1].collection["sessionID"] == "session-1"
    ids = [request.xdm["_id"] for request in gateway.requests]
    assert ids.count(first[-1].xdm["_id"]) == 2  # the event that met the answer
    assert len(set(ids)) == len(ids) - 1
    times = [request.xdm["timestamp"] for request in second]
    assert times == sorted(set(times))


@pytest.mark.parametrize("status", [404, 410])
def test_a_session_end_that_finds_its_session_gone_is_done(edge, status):
    with EdgeGateway(once(5, Answer(status, {}))) as gateway:
        assert edge(gateway, SHORT)[0] == 0
    assert gateway.actions == SHORT_ACTIONS


# --- Again


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 507])
def test_trouble_repeats_the_same_request_in_place(edge, status):
    with EdgeGateway(lambda number, request: Answer(status, {}) if number in (1, 2, 4) else None) as gateway:
        result, errors = edge(gateway, SHORT)
    assert result == 0, errors
    assert gateway.actions == ["sessionStart"] * 3 + ["play"] * 2 + SHORT_ACTIONS[2:]
    first, second, third, play, again = gateway.requests[:5]
    assert first.text == second.text == third.text
    assert (play.text, play.query) == (again.text, again.query)


def test_retry_after_is_honoured(edge):
    came = []

    def limited(number, request):
        came.append(time.monotonic())
        return Answer(429, {}, {"Retry-After": "1"}) if number == 2 else None

    with EdgeGateway(limited) as gateway:
        assert edge(gateway, SHORT)[0] == 0
    assert gateway.actions == [SHORT_ACTIONS[0], "play", *SHORT_ACTIONS[1:]]
    assert came[2] - came[1] > 0.5  # retryInterval is much less


def test_a_connection_that_drops_repeats_the_request_with_its_ids(edge):
    with EdgeGateway(lambda number, request: NO_ANSWER if number in (1, 4) else None) as gateway:
        status, errors = edge(gateway, SHORT)
    assert status == 0, errors
    assert gateway.actions == ["sessionStart", "sessionStart", "play", "play", "play", "pauseStart", "sessionEnd"]
    for one, other in [(0, 1), (3, 4)]:
        first, second = gateway.requests[one], gateway.requests[other]
        assert (first.text, first.query) == (second.text, second.query)


def test_ids_are_those_of_the_seed(edge):
    ids = []
    for _ in range(2):
        with EdgeGateway() as gateway:
            assert edge(gateway, VIEWING)[0] == 0
            ids.append([request.xdm["_id"] for request in gateway.requests])
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == len(ids[0])
