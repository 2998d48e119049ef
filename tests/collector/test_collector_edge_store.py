"""What is kept of the Media Edge API: as it came, once, whatever happens; and hostile requests, which leave nothing."""

import json
import random
import resource

import pytest
from conftest import SESSION_DETAILS, TYPES, envelope, event, start, xdm, xdm_start


def raw_events(collector, sid):
    """The events as the store has them, byte for byte."""
    text = collector.get(f"/api/sessions/{sid}/events").body.decode()
    return [line.split('"event":', 1)[1].rstrip(",")[:-1] for line in text.splitlines() if '"event":' in line]


def test_an_event_is_kept_as_it_came(collector):
    sid = collector.open_edge()
    text = '{ "mediaCollection" : {"playhead": 1.0,\n "sessionID":"%s","x":[ {"\\u0061":"}],\\"{" } ]}, "timestamp":"2026-01-15T12:00:00.7Z",\t"eventType":"media.play" }' % sid
    body = '{"xdm": {"a": [1]}, "events" : [ {"data":{"b":"\\\\"}, "xdm" : %s , "meta":[] } ],"query":{}}' % text
    assert collector.edge("play", body).status == 204
    assert raw_events(collector, sid)[1] == (
        '{"mediaCollection":{"playhead":1.0,"sessionID":"%s","x":[{"\\u0061":"}],\\"{"}]},'
        '"timestamp":"2026-01-15T12:00:00.7Z","eventType":"media.play"}' % sid
    )


def test_entries_of_a_downloaded_session_are_kept_as_they_came(collector):
    first = '{"mediaCollection":{"playhead":0,"sessionDetails":%s},"mediaEventTimestamp":"2026-01-15T12:00:00Z","mediaEventType":"media.sessionStart"}'
    first %= json.dumps({**SESSION_DETAILS, "name": '],[{"'}, separators=(",", ":"))
    second = '{"mediaEventType":"media.play","x":[[],{}],"mediaEventTimestamp":"2026-01-15T12:00:01Z","mediaCollection":{"playhead":1}}'
    body = '{"events":[{"xdm":{"eventType":"media.downloaded","mediaDownloadedEvents":[ %s,\n%s ]}}]}' % (first, second)
    answer = collector.edge("downloaded", body)
    assert raw_events(collector, answer.payloads("media-analytics:new-session")[0]["sessionId"]) == [first, second]


def test_session_list(collector):
    sid = collector.open_edge(sessionDetails={**SESSION_DETAILS, "hasResume": True})
    [session] = collector.sessions()
    assert 1_600_000_000_000 < session.pop("startedAt") <= session.pop("lastEventAt")
    assert session == {
        "id": sid, "state": "open", "protocol": "edge", "closeReason": None, "closedAt": None, "eventCount": 1,
        "duplicateCount": 0, "mediaId": "film-1", "mediaName": "Film", "playerName": "player", "channel": "channel",
        "resume": True, "downloaded": False,
    }  # fmt: skip


# Duplicates


def marks(collector, sid):
    return [e["duplicate"] for e in collector.events(sid)]


def test_repeated_event_counts_once_whatever_is_around_it(collector):
    sid = collector.open_edge()
    body = {"_id": "1", **xdm("play", sid, 5, 30)}
    turned = dict(reversed(body.items()))
    for request, query in [
        (envelope(body), "configId=a&requestId=1"),
        (envelope(body, query={"identity": {"fetch": ["ECID"]}}), "requestId=2"),
        (envelope(turned, meta={"state": {"entries": []}}), ""),
        ({"events": [{"data": {"a": 1}, "xdm": body}], "xdm": {"identityMap": {}}}, ""),
    ]:
        assert collector.edge("play", request, query).status == 204
    assert marks(collector, sid) == [False, False, True, True, True]
    assert (collector.sessions()[0]["eventCount"], collector.sessions()[0]["duplicateCount"]) == (2, 3)


def test_repeated_event_by_interact_counts_once(collector):
    sid = collector.open_edge()
    body = xdm("play", sid, 5)
    assert collector.edge("play", envelope(body, body)).status == 204
    assert collector.interact(envelope(body)).status == 200
    assert marks(collector, sid) == [False, False, True, True]


@pytest.mark.parametrize("other", [{"_id": "2"}, {"timestamp": "2023-11-14T22:13:20.001Z"}, {"x": 1}])
def test_event_that_differs_in_anything_is_another(collector, other):
    sid = collector.open_edge()
    for body in (xdm("play", sid), {**xdm("play", sid), **other}):
        assert collector.edge("play", envelope(body)).status == 204
    assert marks(collector, sid) == [False, False, False]


def test_event_with_the_same_name_is_the_same(collector):
    sid = collector.open_edge()
    for body in ({"_id": "1", **xdm("play", sid, 5)}, {"_id": "1", **xdm("play", sid, 6)}, {"_id": "2", **xdm("play", sid, 6)}):
        assert collector.edge("play", envelope(body)).status == 204
    assert marks(collector, sid) == [False, False, True, False]


def test_duplicates_are_known_after_a_restart(launch, tmp_path):
    first = launch("--data", tmp_path / "data")
    sid = first.open_edge()
    assert first.send_edge(sid, "play", 1).status == 204
    first.end()
    second = launch("--data", tmp_path / "data")
    assert second.send_edge(sid, "play", 1).status == 204
    assert second.send_edge(sid, "sessionEnd", 2).status == 204
    assert marks(second, sid) == [False, False, True, False]


# Faults


def test_full_disk_is_answered_500_and_passes(launch, tmp_path):
    collector = launch("--data", tmp_path / "data")
    sid = collector.open_edge()
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    resource.prlimit(collector.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    answers = [collector.send_edge(sid, "play", n) for n in range(100)]
    starts = [collector.edge("sessionStart", envelope(xdm_start())) for _ in range(3)]
    resource.prlimit(collector.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert [answer.status for answer in starts] == [500] * 3
    refused = [answer for answer in answers if answer.status == 500]
    assert refused and {answer.json["type"] for answer in refused + starts} == {TYPES + "EXEG-0001-500"}
    assert refused[0].json["title"] == "Internal Server Error" and "the store failed" in refused[0].json["detail"]
    assert refused[0].headers["Content-Type"] == "application/problem+json"
    assert len(collector.events(sid)) == 1 + len(answers) - len(refused)
    assert len(collector.sessions()) == 1
    for n in range(100):
        assert collector.send_edge(sid, "play", n).status == 204
    assert collector.sessions()[0]["eventCount"] == 101


# Hostile requests

HOSTILE = [
    b"[" * 60_000,
    b'{"events":' * 6000,
    b'{"events":[' + b'{"xdm":' * 60 + b"{}" + b"}" * 60 + b"]}",
    b'{"events":[' + b"{}," * 20_000 + b"{}]}",
    b'{"events":[{"xdm":' + b"9" * 60_000 + b"}]}",
    b'{"events":[{"xdm":1e999}]}',
    b'{"events":[{"xdm":{"eventType":"media.play","mediaCollection":"' + b"x" * 60_000 + b'"}}]}',
    b'{"events":[{"xdm":{"eventType":"\xff\xfe"}}]}',
    b'{"events":[{"xdm":{"eventType":"media.play\\u0000"}}]}',
    b'{"events":[{"xdm":{"eventType":"\\ud800"}}]}',
    b'"recordSeparator"',
    b'"recordSeparator":',
    b'{"recordSeparator":"\\u0000"',
    b'{"recordSeparator":"\\u000',
    b'{"x\\"recordSeparator":"\\u0000"}',
    b'{"recordSeparator',
    b'"\\',
    b"\0",
    b"\xef\xbb\xbf{}",
    b'{"events":[{"xdm":{"eventType":["media.play"]}}],"events":[{"xdm":{}}]}',
]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:24]))
def test_hostile_bodies_leave_nothing(collector, body):
    for path in ("va/v1/sessionStart", "va/v1/play", "va/v1/downloaded", "v1/interact", "v2/interact"):
        answer = collector.interact(body, "configId=x&datastreamId=x", f"/ee/{path}")
        assert answer.status in (200, 207, 400) and answer.json
        assert answer.status == 400 or answer.payloads("media-analytics:new-session") == []
    assert collector.sessions() == []


def test_many_faults_are_all_told(collector):
    pairs = [{"name": "", "value": 1}] * 1500
    answer = collector.edge("sessionStart", envelope(xdm_start(customMetadata=pairs)))
    assert answer.status == 207 and len(answer.json["errors"][0]["report"]["details"]) == 3000


def test_long_names_in_faults(collector):
    answer = collector.edge("sessionStart", envelope({**xdm_start(), "identityMap": {"é" * 10_000: 7}}))
    [fault] = answer.json["errors"][0]["report"]["details"]
    assert fault["name"].startswith("$.xdm.identityMap.éé") and len(fault["name"]) < 400


VALUES = [None, True, 7, -1, 1.5, 1e300, "", "x", "media.play", "\U0001f600", [], {}, [7], [[]], {"a": {}}, [{}], {"name": 1}, "2026-01-15T12:00:00Z"]


def change(value, chance):
    """Replaces, drops or doubles something somewhere."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        value, key = dict(value), chance.choice(list(value))
        if chance.random() < 0.1:
            del value[key]
        else:
            value[chance.choice([key, key, key, "x"])] = change(value[key], chance)
        return value
    if isinstance(value, list) and value and chance.random() < 0.85:
        value, place = list(value), chance.randrange(len(value))
        value[place : place + 1] = [change(value[place], chance)] * chance.choice([1, 1, 1, 0, 2])
        return value
    return chance.choice(VALUES)


def test_changed_requests_are_answered_and_kept_whole(collector):
    chance = random.Random(3)
    sid = collector.open_edge()
    batch = [{"mediaEventType": b["eventType"], "mediaEventTimestamp": b["timestamp"], "mediaCollection": b["mediaCollection"]}
             for b in (xdm_start(), xdm("play", playhead=1), xdm("sessionEnd"))]  # fmt: skip
    around = {
        "meta": {"state": {"entries": [{"key": "kndctr_A_AdobeOrg_identity", "value": "v"}]},
                 "konductorConfig": {"streaming": {"enabled": False, "recordSeparator": "a", "lineFeed": "b"}}},
        "query": {"identity": {"fetch": ["ECID"]}},
        "xdm": {"identityMap": {"ECID": [{"id": "e"}], "crm": [{"id": "c", "authenticatedState": "authenticated"}]}},
    }  # fmt: skip
    requests = [
        ("v1/interact", envelope(xdm_start(customMetadata=[{"name": "a", "value": "b"}]), xdm("ping", sid), **around)),
        ("v1/interact", envelope({"eventType": "media.downloaded", "mediaDownloadedEvents": batch}, **around)),
        ("va/v1/statesUpdate", envelope(xdm("statesUpdate", sid, statesStart=[{"name": "mute"}], statesEnd=[{"name": "a"}]))),
        ("va/v1/error", envelope(xdm("error", sid, errorDetails={"name": "e", "source": "player"}, qoeDataDetails={"bitrate": 1}))),
    ]
    statuses = set()
    for _ in range(1500):
        path, body = chance.choice(requests)
        for _ in range(chance.randrange(1, 4)):
            body = change(body, chance)
        answer = collector.interact(json.dumps(body), "configId=x", f"/ee/{path}")
        assert answer.status in (200, 204, 207, 400, 404)
        document = answer.body[answer.body.find(b"{") : answer.body.rfind(b"}") + 1]  # it may be framed
        assert answer.status == 204 or isinstance(json.loads(document), dict)
        statuses.add(answer.status)
    assert {200, 204, 207, 400} <= statuses
    for session in collector.sessions():
        events = collector.normalised(session["id"])
        assert events[0]["eventType"] == "sessionStart" and None not in events


def test_v1_is_not_disturbed(collector):
    sid = collector.open()
    assert collector.edge("play", envelope(xdm("play", sid))).status == 204
    assert collector.send(sid, event("sessionEnd", 9)).status == 204
    assert collector.post("/api/v1/sessions", start()).status == 201
