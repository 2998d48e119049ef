"""What a request to the Media Edge API is answered: status, body and headers, row by row."""

import json
import re
import uuid

import pytest
from conftest import SESSION_DETAILS, TYPES, Client, envelope, event, start, xdm, xdm_start

UNKNOWN = "0" * 64
JSON = "application/json;charset=utf-8"
PROBLEM = "application/problem+json"
HINT = {"type": "locationHint:result", "payload": [{"scope": "EdgeNetwork", "hint": "local1", "ttlSeconds": 1800}]}
CLUSTER = {"key": "kndctr_000000000000000000000000_AdobeOrg_cluster", "value": "local1", "maxAge": 1800}
IDENTITY = "kndctr_000000000000000000000000_AdobeOrg_identity"
KNOWN = {"meta": {"state": {"entries": [{"key": IDENTITY, "value": "1" * 38}]}}}
HANDLES = [HINT, {"type": "state:store", "payload": [CLUSTER]}]
AD_BREAK = {"advertisingPodDetails": {"index": 1, "offset": 0}}
AD = {"advertisingDetails": {"name": "ad", "length": 15, "podPosition": 1, "playerName": "player"}}
CHAPTER = {"chapterDetails": {"index": 1, "length": 20, "offset": 0}}
ERROR = {"errorDetails": {"name": "e", "source": "player"}}


def new_session(sid, index=0):
    return {"type": "media-analytics:new-session", "payload": [{"sessionId": sid}], "eventIndex": index}


def problem(kind, status, title, detail, **report):
    report = {"requestId": "r-1", **report}
    return {"type": kind, "status": status, "title": title, "detail": detail, "report": report}


def invalid(*details):
    details = [{"name": name, "reason": reason} for name, reason in details]
    return problem(TYPES + "va-edge-0400-400", 400, "Bad Request", "an event does not fit the protocol", details=details)


def error(index, *details):
    return {
        "type": TYPES + "va-edge-0400-400", "status": 400, "title": "Invalid request",
        "detail": "an event does not fit the protocol",
        "report": {"eventIndex": index, "details": [{"name": name, "reason": reason} for name, reason in details]},
    }  # fmt: skip


UNKNOWN_SESSION = problem(TYPES + "va-edge-0404-404", 404, "Not Found", "the session is not known",
                          details="no session has this sessionID")  # fmt: skip
CLOSED_SESSION = problem(TYPES + "va-edge-0404-404", 404, "Not Found", "the session has ended",
                         details="the session with this sessionID has ended, or timed out")  # fmt: skip


def assert_answer(answer, status, body, content_type=JSON):
    assert (answer.status, answer.json) == (status, body)
    assert answer.headers["Content-Type"] == content_type


def assert_taken(answer):
    assert (answer.status, answer.body) == (204, b"")
    assert "Content-Type" not in answer.headers


def closed(collector):
    sid = collector.open_edge()
    assert_taken(collector.send_edge(sid, "sessionEnd", 5))
    return sid


# sessionStart


@pytest.mark.parametrize("base", ["/ee", "/ee-pre-prd"])
def test_session_start(collector, base):
    answer = collector.edge("sessionStart", envelope(xdm_start(), **KNOWN), base=base)
    [session] = answer.payloads("media-analytics:new-session")
    assert re.fullmatch("[0-9a-f]{64}", session["sessionId"])
    assert_answer(answer, 200, {"requestId": "r-1", "handle": [new_session(session["sessionId"]), *HANDLES]})
    assert [(s["id"], s["protocol"]) for s in collector.sessions()] == [(session["sessionId"], "edge")]


def test_session_start_may_lack_a_timestamp(collector):
    body = xdm_start()
    del body["timestamp"]
    assert collector.edge("sessionStart", envelope(body)).status == 200


@pytest.mark.parametrize("hint", ["or2", "va6", "irl1", "local1", "ab", "12345678"])
@pytest.mark.parametrize("base", ["/ee", "/ee-pre-prd"])
def test_hint_of_the_path_is_kept(collector, hint, base):
    answer = collector.edge("sessionStart", envelope(xdm_start(), **KNOWN), base=f"{base}/{hint}")
    assert answer.status == 200
    assert answer.payloads("locationHint:result") == [{"scope": "EdgeNetwork", "hint": hint, "ttlSeconds": 1800}]
    assert answer.payloads("state:store") == [{**CLUSTER, "value": hint}]
    sid = answer.payloads("media-analytics:new-session")[0]["sessionId"]
    assert_taken(collector.edge("play", envelope(xdm("play", sid)), base=f"{base}/{hint}"))


@pytest.mark.parametrize("hint", ["a", "123456789", "OR2", "or-2", "%6f"])
def test_what_is_no_hint_is_another_path(collector, hint):
    assert collector.edge("sessionStart", envelope(xdm_start()), base=f"/ee/{hint}").status == 404


def test_several_starts_are_several_sessions(collector):
    answer = collector.edge("sessionStart", envelope(xdm_start(1), xdm_start(2), **KNOWN))
    ids = [x["sessionId"] for x in answer.payloads("media-analytics:new-session")]
    assert_answer(answer, 200, {"requestId": "r-1", "handle": [new_session(ids[0]), new_session(ids[1], 1), *HANDLES]})
    assert [s["id"] for s in collector.sessions()] == ids


@pytest.mark.parametrize(
    "body, faults",
    [
        ({"eventType": "media.sessionStart"}, [("$.xdm.mediaCollection", "Missing required field")]),
        (xdm_start(playhead=-1), [("$.xdm.mediaCollection.playhead", "must not be negative")]),
        (xdm_start(sessionID=UNKNOWN), [("$.xdm.mediaCollection.sessionID", "not allowed in media.sessionStart")]),
        ({**xdm_start(), "timestamp": "2026-01-15 12:00"},
         [("$.xdm.timestamp", "an ISO 8601 time with a UTC offset is needed")]),
        (xdm_start(sessionDetails={}),
         [(f"$.xdm.mediaCollection.sessionDetails.{name}", "Missing required field")
          for name in ("name", "length", "contentType", "playerName", "channel")]),
        (xdm_start(sessionDetails={**SESSION_DETAILS, "length": "60", "name": ""}, customMetadata=[{"name": "a"}]),
         [("$.xdm.mediaCollection.sessionDetails.name", "must not be empty"),
          ("$.xdm.mediaCollection.sessionDetails.length", "an integer is needed, not a text"),
          ("$.xdm.mediaCollection.customMetadata[0].value", "Missing required field")]),
    ],
)  # fmt: skip
def test_session_start_with_faults_opens_nothing(collector, body, faults):
    answer = collector.edge("sessionStart", envelope(body, **KNOWN))
    assert_answer(answer, 207, {"requestId": "r-1", "handle": HANDLES, "errors": [error(0, *faults)]})
    assert collector.sessions() == []


def test_one_start_of_two_has_faults(collector):
    bad = xdm_start(sessionDetails={**SESSION_DETAILS, "channel": 1})
    answer = collector.edge("sessionStart", envelope(bad, xdm_start(), **KNOWN))
    [session] = answer.payloads("media-analytics:new-session")
    fault = ("$.xdm.mediaCollection.sessionDetails.channel", "a text is needed, not a number")
    body = {"requestId": "r-1", "handle": [new_session(session["sessionId"], 1), *HANDLES], "errors": [error(0, fault)]}
    assert_answer(answer, 207, body)
    assert len(collector.sessions()) == 1


def test_faults_of_what_the_request_says_for_all_events(collector):
    body = envelope(xdm_start(), xdm={"identityMap": {"ECID": [{}]}}, **KNOWN)
    answer = collector.edge("sessionStart", body)
    assert answer.json["errors"] == [error(0, ("$.xdm.identityMap.ECID[0].id", "Missing required field"))]


# Other events


@pytest.mark.parametrize(
    "kind, collection",
    [
        ("play", {}),
        ("pauseStart", {}),
        ("bufferStart", {"qoeDataDetails": {"bitrate": 1}}),
        ("ping", {"extra": [1, {"a": None}]}),
        ("bitrateChange", {"qoeDataDetails": {}}),
        ("error", ERROR),
        ("statesUpdate", {}),
        ("statesUpdate", {"statesStart": [{"name": "fullscreen"}], "statesEnd": [{"name": "mute"}, {"name": "a.b"}]}),
        ("adBreakStart", AD_BREAK),
        ("adBreakComplete", {}),
        ("adStart", AD),
        ("adStart", {**AD, "customMetadata": []}),
        ("adComplete", {}),
        ("adSkip", AD),
        ("chapterStart", CHAPTER),
        ("chapterComplete", {}),
        ("chapterSkip", {}),
        ("sessionComplete", {}),
        ("sessionEnd", {}),
    ],
)
def test_event_is_taken(collector, kind, collection):
    sid = collector.open_edge()
    assert_taken(collector.send_edge(sid, kind, 1, 10, **collection))
    assert collector.events(sid)[1]["event"] == xdm(kind, sid, 1, 10, **collection)


@pytest.mark.parametrize(
    "kind, body, faults",
    [
        ("play", {"eventType": "media.play"},
         [("$.events[0].xdm.timestamp", "Missing required field"),
          ("$.events[0].xdm.mediaCollection", "Missing required field")]),
        ("play", {**xdm("play"), "timestamp": "2026-01-15T12:00:00.000"},
         [("$.events[0].xdm.timestamp", "an ISO 8601 time with a UTC offset is needed"),
          ("$.events[0].xdm.mediaCollection.sessionID", "Missing required field")]),
        ("bitrateChange", xdm("bitrateChange", UNKNOWN),
         [("$.events[0].xdm.mediaCollection.qoeDataDetails", "Missing required field")]),
        ("adComplete", xdm("adComplete", UNKNOWN, **AD),
         [("$.events[0].xdm.mediaCollection.advertisingDetails", "not allowed in media.adComplete")]),
        ("error", xdm("error", UNKNOWN, errorDetails={"source": "somebody"}),
         [("$.events[0].xdm.mediaCollection.errorDetails.source", '"player" or "external" is needed'),
          ("$.events[0].xdm.mediaCollection.errorDetails.name", "Missing required field")]),
        ("ping", xdm("ping", UNKNOWN, playhead=1.5),
         [("$.events[0].xdm.mediaCollection.playhead", "an integer is needed, not a fraction")]),
    ],
)  # fmt: skip
def test_event_with_faults(collector, kind, body, faults):
    assert_answer(collector.edge(kind, envelope(body)), 400, invalid(*faults))


def test_of_two_events_the_second_has_faults(collector):
    sid = collector.open_edge()
    before = collector.sessions()
    answer = collector.edge("ping", envelope(xdm("ping", sid, 1), xdm("ping", sid, 2, -1)))
    assert_answer(answer, 400, invalid(("$.events[1].xdm.mediaCollection.playhead", "must not be negative")))
    assert collector.sessions() == before


def test_of_two_events_the_second_has_no_session(collector):
    sid = collector.open_edge()
    answer = collector.edge("ping", envelope(xdm("ping", sid, 1), xdm("ping", UNKNOWN, 2)))
    assert_answer(answer, 404, UNKNOWN_SESSION)
    assert len(collector.events(sid)) == 1


def test_two_events(collector):
    one, other = collector.open_edge(), collector.open_edge()
    assert_taken(collector.edge("ping", envelope(xdm("ping", one, 1), xdm("ping", other, 2), xdm("ping", one, 3))))
    assert [s["eventCount"] for s in collector.sessions()] == [3, 2]


@pytest.mark.parametrize("sid", [UNKNOWN, "x", "A" * 64, "0" * 65, "é", "../.."])
def test_unknown_session(collector, sid):
    assert_answer(collector.send_edge(sid, "play"), 404, UNKNOWN_SESSION)


def test_closed_session(collector):
    sid = closed(collector)
    assert_answer(collector.send_edge(sid, "play", 6), 404, CLOSED_SESSION)
    assert_taken(collector.send_edge(sid, "sessionEnd", 5))
    assert_taken(collector.send_edge(sid, "sessionEnd", 7))
    assert [(e["duplicate"], e["afterEnd"]) for e in collector.events(sid)[2:]] == [(True, False), (False, True)]


def test_completed_session_stays_open(collector):
    sid = collector.open_edge()
    assert_taken(collector.send_edge(sid, "sessionComplete", 1))
    assert_taken(collector.send_edge(sid, "ping", 2))
    assert collector.sessions()[0]["state"] == "completed"


@pytest.mark.parametrize(
    "action, body, said",
    [
        ("play", xdm("ping", UNKNOWN), '"media.ping"'),
        ("play", xdm("sessionStart"), '"media.sessionStart"'),
        ("play", {}, "missing"),
        ("play", {"eventType": 7}, "7"),
        ("play", {"eventType": "play"}, '"play"'),
        ("sessionStart", xdm("play", UNKNOWN), '"media.play"'),
        ("downloaded", xdm_start(), '"media.sessionStart"'),
    ],
)
def test_type_that_does_not_go_to_the_path(collector, action, body, said):
    text = f"the path takes media.{action}, $.events[0].xdm.eventType is {said}"
    wanted = problem(TYPES + "va-edge-0400-400", 400, "Bad Request", "an event does not go to this path", details=text)
    assert_answer(collector.edge(action, envelope(body)), 400, wanted)


@pytest.mark.parametrize("events", [[7], [None], ["x"], [[]], [{}], [{"xdm": 7}], [{"xdm": []}], [{"xdm": None}]])
def test_what_is_no_event(collector, events):
    answer = collector.edge("play", {"events": events})
    assert (answer.status, answer.json["type"]) == (400, TYPES + "va-edge-0400-400")
    assert "missing" in answer.json["report"]["details"]


# Both wires


def test_sessions_are_shared(collector):
    edge, v1 = collector.open_edge(), collector.open()
    assert collector.send(edge, event("play", 1)).status == 204
    assert_taken(collector.send_edge(v1, "play", 1))
    assert [(s["protocol"], s["eventCount"]) for s in collector.sessions()] == [("edge", 2), ("v1", 2)]
    assert collector.send(edge, event("sessionEnd", 2)).status == 204
    assert_answer(collector.send_edge(edge, "play", 3), 404, CLOSED_SESSION)


# interact and collect


@pytest.mark.parametrize("path", ["/ee/v1/interact", "/ee/irl1/v1/interact", "/ee/v1/collect", "/ee-pre-prd/v1/interact"])
def test_session_start_by_interact(collector, path):
    answer = collector.interact(envelope(xdm_start()), path=path)
    assert answer.status == 200
    [session] = answer.payloads("media-analytics:new-session")
    assert_taken(collector.send_edge(session["sessionId"], "play", 1))


def test_session_start_by_v2(collector):
    answer = collector.interact({"event": {"xdm": xdm_start()}, **KNOWN}, "datastreamId=s&requestId=r-1", "/ee/v2/interact")
    [session] = answer.payloads("media-analytics:new-session")
    assert_answer(answer, 200, {"requestId": "r-1", "handle": [new_session(session["sessionId"]), *HANDLES]})


@pytest.mark.parametrize(
    "other",
    [{"xdm": {"eventType": "web.webpagedetails.pageViews"}}, {"xdm": {}}, {}, {"data": {"a": 1}}, 7, None, [], {"xdm": 1},
     {"xdm": {"eventType": 1}}, {"xdm": {"eventType": "play"}}],
)  # fmt: skip
def test_other_events_are_taken_and_ignored(collector, other):
    assert_answer(collector.interact({"events": [other], **KNOWN}), 200, {"requestId": "r-1", "handle": HANDLES})
    assert collector.sessions() == []


def test_events_of_all_kinds_by_interact(collector):
    sid = closed(collector)
    bad, page = xdm("ping", sid, playhead=-1), {"eventType": "web.webpagedetails.pageViews"}
    events = [page, xdm_start(), xdm("play", UNKNOWN), bad, xdm("play", sid), {"eventType": "media.rewind"}]
    answer = collector.interact(envelope(*events, **KNOWN))
    [session] = answer.payloads("media-analytics:new-session")

    def of(index, known):
        return {**known, "report": {"eventIndex": index, "details": known["report"]["details"]}}

    errors = [
        of(2, UNKNOWN_SESSION),
        error(3, ("$.xdm.mediaCollection.playhead", "must not be negative")),
        of(4, CLOSED_SESSION),
        error(5, ("$.xdm.eventType", '"media.rewind" is unknown')),
    ]
    handles = [new_session(session["sessionId"], 1), *HANDLES]
    assert_answer(answer, 207, {"requestId": "r-1", "handle": handles, "errors": errors})


def test_events_that_are_not_starts_by_interact(collector):
    sid = collector.open_edge()
    answer = collector.interact(envelope(xdm("play", sid, 1), xdm("ping", sid, 2), **KNOWN))
    assert_answer(answer, 200, {"requestId": "r-1", "handle": HANDLES})
    assert collector.sessions()[0]["eventCount"] == 3


# downloaded


def entry(kind, ts=1_700_000_000_000, playhead=0, **collection):
    body = xdm(kind, None, ts, playhead, **collection)
    return {"mediaEventType": body["eventType"], "mediaEventTimestamp": body["timestamp"],
            "mediaCollection": body["mediaCollection"]}  # fmt: skip


def batch(*entries, **members):
    return {"eventType": "media.downloaded", "mediaDownloadedEvents": list(entries), **members}


START = entry("sessionStart", sessionDetails=SESSION_DETAILS)


def test_downloaded(collector):
    entries = [START, entry("play", 1, 5), entry("ping", 2, 6), entry("sessionComplete", 3, 60)]
    answer = collector.edge("downloaded", envelope(batch(*entries), batch(START, entry("sessionEnd", 9)), **KNOWN))
    ids = [x["sessionId"] for x in answer.payloads("media-analytics:new-session")]
    assert_answer(answer, 200, {"requestId": "r-1", "handle": [new_session(ids[0]), new_session(ids[1], 1), *HANDLES]})
    assert [e["event"] for e in collector.events(ids[0])] == entries
    one, other = collector.sessions()
    assert (one["downloaded"], one["state"], one["closeReason"], one["eventCount"]) == (True, "closed", "batchEnd", 4)
    assert (one["protocol"], one["mediaId"], other["closeReason"]) == ("edge", "film-1", "sessionEnd")
    assert_answer(collector.send_edge(ids[0], "play", 9), 404, CLOSED_SESSION)


def test_visitor_of_a_downloaded_session(collector):
    whole = batch(START, entry("sessionEnd", 9), identityMap={"ECID": [{"id": "visitor"}]})
    answer = collector.edge("downloaded", envelope(whole, xdm={"identityMap": {"ECID": [{"id": "another"}]}}))
    sid = answer.payloads("media-analytics:new-session")[0]["sessionId"]
    assert collector.normalised(sid)[0]["params"]["visitor.marketingCloudUserId"] == "visitor"


@pytest.mark.parametrize(
    "body, faults",
    [
        ({"eventType": "media.downloaded"}, [("$.xdm.mediaDownloadedEvents", "Missing required field")]),
        (batch(), [("$.xdm.mediaDownloadedEvents", "an array with events is needed")]),
        ({**batch(), "mediaDownloadedEvents": START}, [("$.xdm.mediaDownloadedEvents", "an array with events is needed")]),
        (batch(entry("play")),
         [("$.xdm.mediaDownloadedEvents[0].mediaEventType", "must be media.sessionStart, which the first one is")]),
        (batch(START, START),
         [("$.xdm.mediaDownloadedEvents[1].mediaEventType", "must not be media.sessionStart, which only the first one is")]),
        (batch(7, START, entry("play", playhead=-1), xdm("play")),
         [("$.xdm.mediaDownloadedEvents[0]", "an object is needed, not a number"),
          ("$.xdm.mediaDownloadedEvents[1].mediaEventType", "must not be media.sessionStart, which only the first one is"),
          ("$.xdm.mediaDownloadedEvents[2].mediaCollection.playhead", "must not be negative"),
          ("$.xdm.mediaDownloadedEvents[3].mediaEventType", "Missing required field")]),
        (batch(START, entry("play", sessionID=UNKNOWN)),
         [("$.xdm.mediaDownloadedEvents[1].mediaCollection.sessionID", "not allowed in a downloaded session")]),
    ],
)  # fmt: skip
def test_downloaded_is_all_or_nothing(collector, body, faults):
    answer = collector.edge("downloaded", envelope(body, **KNOWN))
    assert_answer(answer, 207, {"requestId": "r-1", "handle": HANDLES, "errors": [error(0, *faults)]})
    assert collector.sessions() == []


# Who the visitor is

FETCH = {"query": {"identity": {"fetch": ["ECID", "CORE"]}}}


def stored(answer):
    return {entry["key"]: entry["value"] for entry in answer.payloads("state:store")}


def told(answer):
    return [(x["id"], x["namespace"]) for x in answer.payloads("identity:result")]


def test_new_visitor_gets_an_identity_to_store(collector):
    answer = collector.edge("sessionStart", envelope(xdm_start()))
    identity = answer.payloads("state:store")[1]
    assert (identity["key"], identity["maxAge"]) == (IDENTITY, 34128000)
    assert re.fullmatch("[0-9]{38}", identity["value"])
    assert stored(collector.edge("sessionStart", envelope(xdm_start())))[IDENTITY] != identity["value"]


def test_visitor_stays_the_same(collector):
    first = collector.interact(envelope(xdm_start(), **FETCH))
    value = stored(first)[IDENTITY]
    assert told(first) == [(value, {"code": "ECID"})]
    state = {"meta": {"state": {"entries": [{"key": IDENTITY, "value": value}]}}}
    again = collector.interact(envelope(xdm_start(), **FETCH, **state))
    assert told(again) == told(first)
    assert IDENTITY not in stored(again)


@pytest.mark.parametrize("namespace", ["ECID", "FPID"])
@pytest.mark.parametrize("place", ["event", "request"])
def test_visitor_of_an_identity_map(collector, namespace, place):
    known = {"identityMap": {namespace: [{"id": "2" * 38}], "other": [{"id": "x"}]}}
    event_says, request_says = (known, {}) if place == "event" else ({}, {"xdm": known})
    answer = collector.interact(envelope({**xdm_start(), **event_says}, **request_says, **FETCH))
    assert (answer.status, told(answer)) == (200, [("2" * 38, {"code": "ECID"})])
    assert stored(answer)[IDENTITY] == "2" * 38


def test_identity_of_another_form_is_one_visitor_too(collector):
    def ask(value):
        state = {"meta": {"state": {"entries": [{"key": "kndctr_A_AdobeOrg_identity", "value": value}]}}}
        [(ecid, _)] = told(collector.interact(envelope(xdm_start(), **FETCH, **state)))
        assert re.fullmatch("[0-9]{38}", ecid)
        return ecid

    assert ask("CiY0") == ask("CiY0") != ask("CiY1")


def test_identity_is_told_by_interact_alone_and_when_asked(collector):
    assert told(collector.interact(envelope(xdm_start()))) == []
    assert told(collector.edge("sessionStart", envelope(xdm_start(), **FETCH))) == []


@pytest.mark.parametrize(
    "members",
    [{"meta": 7}, {"meta": {"state": []}}, {"meta": {"state": {"entries": {}}}}, {"meta": {"state": {"entries": [7, {}, []]}}},
     {"meta": {"state": {"entries": [{"key": 1, "value": 2}, {"key": IDENTITY, "value": ""}]}}}, {"query": "ECID"},
     {"query": {"identity": {"fetch": "ECID"}}}, {"query": {"identity": {"fetch": [7]}}}, {"xdm": 7}, {"xdm": []},
     {"meta": {"konductorConfig": {"streaming": True}}}],
)  # fmt: skip
def test_envelope_that_makes_no_sense_is_as_if_it_said_nothing(collector, members):
    answer = collector.interact(envelope(xdm_start(), **members))
    assert answer.status == 200 and IDENTITY in stored(answer) and told(answer) == []


def test_organisation_is_set_by_an_option(launch):
    answer = launch("--org", "0A1B@AdobeOrg").edge("sessionStart", envelope(xdm_start()))
    assert set(stored(answer)) == {"kndctr_0A1B_AdobeOrg_cluster", "kndctr_0A1B_AdobeOrg_identity"}


# Streams

STREAMING = {"enabled": True, "recordSeparator": "\0", "lineFeed": "\n"}


def streaming(settings):
    return {"meta": {"konductorConfig": {"streaming": settings}, **KNOWN["meta"]}}


@pytest.mark.parametrize(
    "settings, before, after",
    [
        (STREAMING, b"\0", b"\n"),
        ({"enabled": True}, b"\0", b"\n"),
        ({**STREAMING, "recordSeparator": "\x1e", "lineFeed": "\r\n"}, b"\x1e", b"\r\n"),
        ({"enabled": False, "recordSeparator": "<", "lineFeed": ">"}, b"", b""),
        ({"enabled": 1}, b"", b""),
    ],
)
@pytest.mark.parametrize("body, status", [(xdm_start(), 200), (xdm_start(sessionDetails={}), 207)])
def test_frames(collector, settings, before, after, body, status):
    answer = collector.edge("sessionStart", envelope(body, **streaming(settings)))
    assert answer.status == status
    document = answer.body.removeprefix(before).removesuffix(after)
    assert answer.body == before + document + after
    assert document[:1] + document[-1:] == b"{}" and json.loads(document)["requestId"] == "r-1"


@pytest.mark.parametrize("spaces", ["", " \n "])
def test_record_separator_as_the_mobile_sdks_write_it(collector, spaces):
    body = json.dumps(envelope(xdm_start(), **streaming(STREAMING))).replace('r": "\\u0000', f'r"{spaces}:{spaces}"\\u0000')
    assert f'"recordSeparator"{spaces}:{spaces}"\\u0000"' in body
    assert collector.edge("sessionStart", body).body[:2] == b"\0{"


def test_errors_and_events_are_never_framed(collector):
    sid = collector.open_edge()
    assert_taken(collector.edge("play", envelope(xdm("play", sid), **streaming(STREAMING))))
    answer = collector.edge("play", envelope(xdm("play", UNKNOWN), **streaming(STREAMING)))
    assert_answer(answer, 404, UNKNOWN_SESSION)


# What the gateway refuses

NO_DATASTREAM = problem(TYPES + "EXEG-0002-400", 400, "Bad Request", "the query parameter configId is missing")


@pytest.mark.parametrize("query", ["requestId=r-1", "requestId=r-1&configId=", "requestId=r-1&configId"])
@pytest.mark.parametrize("path", ["va/v1/sessionStart", "va/v1/downloaded", "v1/interact", "v1/collect"])
def test_datastream_is_missing(collector, query, path):
    assert_answer(collector.interact("{", query, f"/ee/{path}"), 400, NO_DATASTREAM, PROBLEM)


def test_datastream_of_v2_is_missing(collector):
    detail = "the query parameter datastreamId is missing"
    answer = collector.interact("{", "requestId=r-1&configId=x", "/ee/v2/interact")
    assert_answer(answer, 400, problem(TYPES + "EXEG-0002-400", 400, "Bad Request", detail), PROBLEM)


def test_events_need_no_datastream(collector):
    assert_taken(collector.edge("play", envelope(xdm("play", collector.open_edge())), query=""))


@pytest.mark.parametrize(
    "body, detail",
    [
        ("", "the body is not JSON: a value is expected at byte 0"),
        ("{", "the body is not JSON: a member name is expected at byte 1"),
        (b'{"events":"\xff"}', "the body is not JSON: not UTF-8 at byte 11"),
        ('{"a":"\\u0000"}', "the body is not JSON: a text contains \\u0000 at byte 12"),
        ('{"recordSeparator":"\\u0000', "the body is not JSON: a text contains \\u0000 at byte 26"),
        ("[" * 66 + "]" * 66, "the body is not JSON: more than 64 levels at byte 65"),
        ("{}{}", "the body is not JSON: something follows the value at byte 2"),
    ],
)
@pytest.mark.parametrize("path", ["va/v1/sessionStart", "va/v1/play", "va/v1/downloaded", "v1/interact"])
def test_body_is_not_json(collector, body, detail, path):
    answer = collector.interact(body, path=f"/ee/{path}")
    assert_answer(answer, 400, problem(TYPES + "EXEG-0101-400", 400, "Bad Request", detail), PROBLEM)


@pytest.mark.parametrize("body", ["7", "null", "[]", '"events"', "{}", '{"events":[]}', '{"events":{}}', '{"events":null}',
                                  '{"event":{"xdm":{}}}', '[{"events":[{}]}]'])  # fmt: skip
@pytest.mark.parametrize("path", ["va/v1/sessionStart", "va/v1/play", "va/v1/downloaded", "v1/interact"])
def test_there_are_no_events(collector, body, path):
    detail = "events is missing, or no array with events in it"
    answer = collector.interact(body, path=f"/ee/{path}")
    assert_answer(answer, 400, problem(TYPES + "EXEG-0103-400", 400, "Bad Request", detail), PROBLEM)


@pytest.mark.parametrize("body", ["{}", '{"event":[]}', '{"event":[{"xdm":{}}]}', '{"events":[{"xdm":{}}]}'])
def test_there_is_no_event_for_v2(collector, body):
    wanted = problem(TYPES + "EXEG-0103-400", 400, "Bad Request", "event is missing, or no object")
    assert_answer(collector.interact(body, "datastreamId=s&requestId=r-1", "/ee/v2/interact"), 400, wanted, PROBLEM)


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "text/plain; charset=UTF-8", "Text/Plain;x=y",
                                          "text/javascript", "application/json ;charset=utf-8"])  # fmt: skip
def test_content_types(collector, content_type):
    answer = collector.edge("sessionStart", envelope(xdm_start()), headers={"Content-Type": content_type})
    assert answer.status == 200


def test_no_content_type(collector):
    path = "/ee/va/v1/sessionStart?configId=x"
    assert collector.request("POST", path, json.dumps(envelope(xdm_start())).encode(), {}).status == 200


@pytest.mark.parametrize("content_type", ["text/html", "application/x-www-form-urlencoded", "application/jsonp", "json", "x",
                                          "application/x-jackson-smile"])  # fmt: skip
def test_other_content_types(collector, content_type):
    answer = collector.edge("sessionStart", "{", "requestId=r-1", headers={"Content-Type": content_type})
    detail = "the content type is neither application/json nor text/plain"
    assert_answer(answer, 415, problem(TYPES + "EXEG-0111-415", 415, "Unsupported Media Type", detail), PROBLEM)


def padded(size):
    body = json.dumps(envelope(xdm_start(), padding=""))
    return json.dumps(envelope(xdm_start(), padding="x" * (size - len(body))))


@pytest.mark.parametrize("path", ["va/v1/sessionStart", "va/v1/play", "va/v1/downloaded", "v1/interact", "v1/collect", "v2/interact"])
def test_body_is_too_long(collector, path):
    answer = collector.interact(padded(65537), "requestId=r-1", f"/ee/{path}")
    detail = "the body is longer than 65536 bytes"
    assert_answer(answer, 413, problem(TYPES + "EXEG-0112-413", 413, "Payload Too Large", detail), PROBLEM)
    assert collector.sessions() == []  # on the same connection


def test_body_as_long_as_the_limit(collector):
    assert collector.edge("sessionStart", padded(65536)).status == 200


def test_limit_can_be_set(launch):
    collector = launch("--edge-limit", "100000")
    assert collector.edge("sessionStart", padded(100_000)).status == 200
    assert collector.edge("sessionStart", padded(100_001)).status == 413


@pytest.mark.parametrize(
    "path",
    ["/ee/", "/ee/va/v1/", "/ee/va/v1/rewind", "/ee/va/v1/stateStart", "/ee/va/v1/stateEnd", "/ee/va/v1/play/", "/ee/va/v2/play",
     "/ee/va/v1/PLAY", "/ee/v1/x", "/ee/v2/collect", "/ee/or2/va6/va/v1/play", "/ee//va/v1/play", "/ee-pre-prd/x",
     "/ee/va/v1/" + "x" * 4000],
)  # fmt: skip
def test_other_paths(collector, path):
    answer = collector.post(f"{path}?requestId=r-1", "{")
    wanted = problem("about:blank", 404, "Not Found", f"no such path: {path[:200]}")
    assert_answer(answer, 404, wanted, PROBLEM)


@pytest.mark.parametrize("path", ["/eex/va/v1/play", "/ee", "/va/v1/play"])
def test_paths_that_are_nobodys(collector, path):
    assert collector.post(path, "{").message.startswith("no such path")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "BREW"])
def test_other_methods(collector, method):
    answer = collector.request(method, "/ee/va/v1/play?requestId=r-1")
    detail = f"{method} is not possible here: POST, OPTIONS"
    assert_answer(answer, 405, problem("about:blank", 405, "Method Not Allowed", detail), PROBLEM)
    assert answer.headers["Allow"] == "POST, OPTIONS"


# Request ids


def assert_uuid(text):
    assert uuid.UUID(text).version == 4 and str(uuid.UUID(text)) == text


@pytest.mark.parametrize("given", ["0f6e5e5c-14a0-4a6b-8b36-5a2e1c6a4d11", "1", "a" * 128, "%22%5C%3C"])
def test_request_id_is_echoed(collector, given):
    said = given.replace("%22%5C%3C", '"\\<')
    for answer in (
        collector.edge("sessionStart", envelope(xdm_start()), f"configId=x&requestId={given}"),
        collector.edge("sessionStart", envelope(xdm_start()), f"requestId={given}"),
    ):
        assert answer.headers["x-request-id"] == said
        assert answer.json.get("requestId", answer.json.get("report", {}).get("requestId")) == said


@pytest.mark.parametrize("query", ["", "&requestId=", "&requestId", "&requestId=" + "a" * 129, "&requestId=a%0D%0AX-Evil:1",
                                   "&requestId=%ff", "&requestId=a%20b", "&requestId=%00", "&requestId=%C3%A9"])  # fmt: skip
def test_request_id_is_made_up(collector, query):
    answer = collector.edge("sessionStart", envelope(xdm_start()), f"configId=x{query}")
    assert_uuid(answer.json["requestId"])
    assert answer.headers["x-request-id"] == answer.json["requestId"]
    assert answer.headers["X-Evil"] is None


# Pages

PAGE = "https://player.example:8443"


def page(**headers):
    return {"Origin": PAGE, "Cookie": "kndctr_x_AdobeOrg_identity=abc; other=1", **headers}


def assert_for_page(answer):
    assert {name: answer.headers[name] for name in answer.headers if name.lower().startswith("access-control")} == {
        "Access-Control-Allow-Origin": PAGE,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "POST, OPTIONS",
        "Access-Control-Expose-Headers": "Retry-After, x-adobe-edge, x-request-id",
    }
    assert answer.headers.get_all("Vary") == ["Origin"]
    assert answer.headers["x-adobe-edge"] == "LOC1;1"


def test_every_answer_is_for_the_page_that_asks(collector):
    sid = collector.open_edge()
    plain = page(**{"Content-Type": "text/plain; charset=UTF-8"})
    answers = [
        collector.edge("sessionStart", envelope(xdm_start()), headers=plain),
        collector.edge("sessionStart", envelope(xdm_start(sessionDetails={})), headers=plain),
        collector.edge("play", envelope(xdm("play", sid)), headers=plain),
        collector.edge("play", envelope(xdm("play", UNKNOWN)), headers=plain),
        collector.edge("sessionStart", "{", headers=plain),
        collector.edge("sessionStart", "x" * 70_000, headers=plain),
        collector.edge("nowhere", "{}", headers=plain),
        collector.request("PUT", "/ee/v1/interact", "{}", plain),
    ]
    assert [answer.status for answer in answers] == [200, 207, 204, 404, 400, 413, 404, 405]
    for answer in answers:
        assert_for_page(answer)


@pytest.mark.parametrize("path", ["/ee/v1/interact", "/ee/or2/va/v1/play", "/ee-pre-prd/v1/collect", "/ee/anything"])
def test_preflight(collector, path):
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-adobe-aep"}
    answer = collector.request("OPTIONS", path, headers=page(**asked))
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["Access-Control-Allow-Headers"] == "content-type,x-adobe-aep"
    del answer.headers["Access-Control-Allow-Headers"]
    assert_for_page(answer)


def test_request_of_no_page(collector):
    answer = collector.edge("sessionStart", envelope(xdm_start()))
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert (answer.headers["Vary"], answer.headers["x-adobe-edge"]) == ("Origin", "LOC1;1")


@pytest.mark.parametrize("origin", ["null", "https://é.example", "a\tb", "x" * 2000])
def test_strange_origins(collector, origin):
    answer = collector.edge("sessionStart", envelope(xdm_start()), headers={"Origin": origin.encode()})
    assert answer.status == 200
    said = answer.headers["Access-Control-Allow-Origin"]
    assert said == (origin if origin.isascii() and "\t" not in origin else None)


def test_what_is_stored_is_for_no_page(collector):
    sid = collector.open_edge()
    for path in ("/api/sessions", f"/api/sessions/{sid}/events", f"/api/sessions/{sid}/events?form=normalised"):
        answer = collector.request("GET", path, headers=page())
        assert answer.status == 403 and "Access-Control-Allow-Origin" not in answer.headers


def test_v1_is_for_any_page_as_ever(collector):
    answer = collector.request("POST", "/api/v1/sessions", json.dumps(start()), page())
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "x-adobe-edge" not in answer.headers


def test_a_page_of_the_web_sdk(collector):
    """What the Web SDK sends from a page of another origin, in its order."""
    other = Client(collector.port)
    headers = page(**{"Content-Type": "text/plain; charset=UTF-8"})
    state = {"domain": "example", "cookiesEnabled": True}
    opening = {
        "meta": {"state": state},
        "query": {"identity": {"fetch": ["ECID"]}},
        "events": [
            {
                "xdm": {
                    **xdm_start(),
                    "web": {"webPageDetails": {"URL": "https://player.example/"}, "webReferrer": {"URL": ""}},
                    "device": {"screenHeight": 1080, "screenWidth": 1920, "screenOrientation": "landscape"},
                    "environment": {"type": "browser", "browserDetails": {"viewportWidth": 1, "viewportHeight": 2}},
                    "placeContext": {"localTime": "2026-01-15T13:00:00.000+01:00", "localTimezoneOffset": -60},
                    "implementationDetails": {
                        "name": "https://ns.adobe.com/experience/alloy", "version": "2.20.0", "environment": "browser"
                    },
                }
            }
        ],
    }  # fmt: skip
    first = other.request("POST", "/ee/v1/interact?configId=s&requestId=r-1", opening, headers)
    assert_for_page(first)
    sid = first.payloads("media-analytics:new-session")[0]["sessionId"]
    entries = [{"key": e["key"], "value": e["value"]} for e in first.payloads("state:store")]
    later = envelope(xdm("play", sid, 1_700_000_001_000), meta={"state": {**state, "entries": entries}}, **FETCH)
    second = other.request("POST", "/ee/local1/va/v1/play?configId=s&requestId=r-2", later, headers)
    assert_taken(second)
    assert_for_page(second)
    assert collector.events(sid)[0]["event"] == opening["events"][0]["xdm"]
    assert collector.events(sid)[1]["event"] == later["events"][0]["xdm"]
