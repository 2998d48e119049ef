"""Faults on demand: what a client meets, and that the real client loses nothing by them."""

import http.client
import json
import select
import socket
import subprocess
import sys
import time

import pytest
from conftest import PATIENCE, PROGRAM, ROOT, Client, envelope, event, start, xdm_start

sys.path.insert(0, str(ROOT / "tests/delivery"))
from viewing import ON_THE_WIRE, VIEWING  # noqa: E402

EVENTS = "/api/v1/sessions/*/events"


def statuses(collector, sid, count):
    return [collector.send(sid, event("play", ts)).status for ts in range(1, count + 1)]


def put(collector, *faults):
    answer = collector.request("PUT", "/api/faults", list(faults))
    assert answer.status == 200, answer.body
    return answer.json


def meets_a_close(collector, sid, ts):
    """Whether the connection is closed without an answer."""
    client = Client(collector.port)
    try:
        client.send(sid, event("play", ts))
    except (ConnectionError, OSError, http.client.HTTPException):
        return True
    return False


def test_status_of_every_event(launch):
    collector = launch("--fault", f"status=503,retryAfter=7,path={EVENTS}")
    sid = collector.open()
    answer = collector.send(sid, event("play", 1))
    assert (answer.status, answer.headers["Retry-After"], answer.json) == (503, "7", {"message": "a fault on demand"})
    assert len(collector.events(sid)) == 1  # nothing was kept


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 502, 599])
def test_statuses_look_like_their_wire(launch, status):
    collector = launch("--fault", f"status={status}")
    answer = collector.post("/api/v1/sessions", start())
    assert answer.status == status and answer.message
    edge = collector.edge("sessionStart", envelope(xdm_start()))
    assert (edge.status, edge.json["status"]) == (status, status)
    assert edge.json["type"].endswith(f"va-edge-0{status}-{status}") and edge.json["report"] == {"requestId": "r-1"}
    assert edge.headers["x-request-id"] == "r-1"
    assert collector.sessions() == []


def test_nth(launch):
    collector = launch("--fault", f"status=500,nth=3,path={EVENTS}")
    assert statuses(collector, collector.open(), 6) == [204, 204, 500, 204, 204, 204]


@pytest.mark.parametrize("pattern, fits", [("/api/*", True), ("/*/events", True), ("/api/v1/sessions", False), ("/ee/*", False)])
def test_a_star_goes_over_slashes(launch, pattern, fits):
    collector = launch("--fault", f"status=500,path={pattern}", "--fault", "status=501,path=/api/v1/sessions/*/events")
    answer = collector.send("0" * 64, event("play", 1))
    assert answer.status == (500 if fits else 501)


def test_count(launch):
    collector = launch("--fault", f"status=500,count=2,path={EVENTS}")
    assert statuses(collector, collector.open(), 4) == [500, 500, 204, 204]


def test_rate_is_the_same_again_with_the_same_seed(launch):
    spec = f"status=500,rate=0.25,path={EVENTS},seed="
    one, again, other = (launch("--fault", spec + seed) for seed in ("1", "1", "2"))
    runs = [statuses(collector, collector.open(), 200) for collector in (one, again, other)]
    assert runs[0] == runs[1] != runs[2]
    assert all(25 <= run.count(500) <= 75 for run in runs)


@pytest.mark.parametrize("rate, expected", [("0", 204), ("1", 500), ("0.0", 204), ("1.0", 500)])
def test_certain_rates(launch, rate, expected):
    collector = launch("--fault", f"status=500,rate={rate},path={EVENTS}")
    assert set(statuses(collector, collector.open(), 50)) == {expected}


def test_close_keeps_nothing(launch):
    collector = launch("--fault", f"close,nth=1,path={EVENTS}")
    sid = collector.open()
    assert meets_a_close(collector, sid, 1)
    assert len(collector.events(sid)) == 1
    assert not meets_a_close(collector, sid, 1)


def test_drop_keeps_the_event(launch):
    collector = launch("--fault", f"drop,nth=1,path={EVENTS}")
    sid = collector.open()
    assert meets_a_close(collector, sid, 1)
    assert [e["duplicate"] for e in collector.events(sid)] == [False, False]
    assert not meets_a_close(collector, sid, 1)  # the repetition is recognised
    assert [e["duplicate"] for e in collector.events(sid)] == [False, False, True]


@pytest.mark.parametrize("fault, status", [("delay=600", 201), ("delay=600,status=503", 503)])
def test_delay(launch, fault, status):
    collector = launch("--fault", fault)
    began = time.monotonic()
    assert collector.post("/api/v1/sessions", start()).status == status
    assert time.monotonic() - began > 0.3


def test_delay_is_of_the_answer_and_of_nobody_else(launch):
    """What is asked is kept, others are served, and a collector that is told to ends."""
    collector = launch("--fault", "delay=600000")
    with socket.create_connection(("127.0.0.1", collector.port), PATIENCE) as waiting:
        body = json.dumps(start()).encode()
        head = f"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        waiting.sendall(head.encode() + body)
        while not collector.sessions():
            pass
        assert not select.select([waiting], [], [], 0)[0]
        assert collector.end() == (0, "")


def test_first_fault_whose_turn_it_is(launch):
    collector = launch("--fault", f"status=501,nth=2,path={EVENTS}", "--fault", f"status=502,path={EVENTS}")
    assert statuses(collector, collector.open(), 3) == [502, 501, 502]


def test_only_the_protocols_meet_faults(launch):
    collector = launch("--fault", "close")
    assert collector.sessions() == []
    assert collector.get("/api/health").status == 200
    assert collector.get("/api/faults").json[0]["close"] is True
    assert collector.request("OPTIONS", "/api/v1/sessions").status == 204
    assert collector.post("/nowhere", "").status == 404


def test_faults_over_http(collector):
    sid = collector.open()
    assert collector.get("/api/faults").json == []
    assert put(collector, {"status": 503, "path": EVENTS, "rate": 1}, {"delay": 10, "nth": 100}) == [
        {"path": EVENTS, "status": 503, "rate": 1, "matched": 0, "met": 0},
        {"path": "*", "delay": 10, "rate": 1, "nth": 100, "matched": 0, "met": 0},
    ]
    assert statuses(collector, sid, 2) == [503, 503]
    said = collector.get("/api/faults").json
    assert [(fault["matched"], fault["met"]) for fault in said] == [(2, 2), (2, 0)]
    put(collector, *said)  # what is said can be sent, and counts anew
    assert [fault["met"] for fault in collector.get("/api/faults").json] == [0, 0]
    assert collector.request("DELETE", "/api/faults").status == 204
    assert collector.get("/api/faults").json == []
    assert statuses(collector, sid, 1) == [204]


BAD = [{}, {"delay": 0}, {"status": 200}, {"status": 600}, {"status": "503"}, {"status": 503.5}, {"close": 1}, {"close": True, "drop": True},
       {"status": 503, "drop": True}, {"rate": 0.5}, {"status": 503, "rate": 2}, {"status": 503, "rate": -1}, {"status": 503, "nth": 0},
       {"status": 503, "path": ""}, {"status": 503, "path": 5}, {"status": 503, "path": "x" * 160}, {"status": 503, "typo": 1},
       {"delay": 600001}, {"delay": -1}, 5, None, []]  # fmt: skip


@pytest.mark.parametrize("fault", BAD, ids=json.dumps)
def test_bad_faults_change_nothing(collector, fault):
    put(collector, {"status": 503})
    answer = collector.request("PUT", "/api/faults", [{"close": True}, fault])
    assert answer.status == 400 and answer.message
    assert [f.get("status") for f in collector.get("/api/faults").json] == [503]


@pytest.mark.parametrize("body", ["", "{", "{}", "5", json.dumps([{"status": 503}] * 33)])
def test_bad_lists_change_nothing(collector, body):
    assert collector.request("PUT", "/api/faults", body).status == 400
    assert collector.get("/api/faults").json == []


@pytest.mark.parametrize(
    "spec", ["", ",", "status", "status=", "status=x", "status=5e2", "status=503,", "drop=1", "close,drop", "rate=0.5", "nth=1,status",
             "status=503,rate=1,5", "status=503,rate=nan", "status=503,path=", "status=503,path=" + "x" * 400, "speed=1", "delay=1.5"]
)  # fmt: skip
def test_bad_options(run, spec):
    result = run("--fault", spec)
    assert result.returncode == 2 and "--fault" in result.stderr.splitlines()[0]


def test_log_names_the_fault(launch):
    collector = launch("--verbose", "--fault", f"drop,nth=1,path={EVENTS}")
    meets_a_close(collector, collector.open(), 1)
    assert "(a fault: dropped)" in collector.end()[1]


# The real client


CONFIGURATION = {"trackingServer": "metrics.example.com", "reportSuite": "suite", "orgId": "1@AdobeOrg", "datastreamId": "stream",
                 "channel": "channel", "playerName": "player", "retryInterval": 0.02, "retryIntervalMax": 0.1, "answerTimeout": 60, "seed": 1}  # fmt: skip


def replay(collector, folder, wire):
    log = folder / "log.jsonl"
    lines = [{"ts": VIEWING[0]["ts"], "call": "configure", "config": CONFIGURATION}, *VIEWING]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    words = [PROGRAM, "replay", "--to", f"http://127.0.0.1:{collector.port}", "--speed", "max", "--protocol", wire, str(log)]
    result = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("wire, events", [("collection-v1", EVENTS), ("edge-va-v1", "/ee/local1/va/v1/*")])
@pytest.mark.parametrize(
    "spec", ["status=503,rate=0.4,seed=3", "status=429,retryAfter=0,rate=0.4,seed=4", "close,rate=0.4,seed=5", "drop,rate=0.4,seed=6",
             "delay=20,rate=0.5,seed=7", "delay=10,drop,rate=0.3,seed=8", "status=500,count=3"]
)  # fmt: skip
def test_nothing_is_lost(launch, tmp_path, wire, events, spec):
    collector = launch("--fault", f"{spec},path={events}")
    replay(collector, tmp_path, wire)
    [session] = collector.sessions()
    kept = [e["event"] for e in collector.events(session["id"], "?form=normalised") if not e["duplicate"]]
    assert [e["eventType"] for e in kept] == ON_THE_WIRE
    assert collector.get("/api/faults").json[0]["met"] > 0


@pytest.mark.parametrize("wire", ["collection-v1", "edge-va-v1"])
def test_refused_starts_delay_the_session_and_lose_nothing(launch, tmp_path, wire):
    collector = launch("--fault", "status=503,count=3")
    replay(collector, tmp_path, wire)
    [session] = collector.sessions()
    assert session["duplicateCount"] == 0 and session["eventCount"] == len(ON_THE_WIRE)
