"""What a collector takes at most: room, sessions, connections, heads, time."""

import http.client
import json
import select
import socket
import sqlite3
import time
from contextlib import suppress

import pytest
from conftest import PATIENCE, Client, envelope, event, start, xdm, xdm_start

MIB = 1 << 20


def big_start(size=200_000):
    return {**start(), "customMetadata": {"a": "x" * size}}


def wait_until(holds):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


# Sessions


def test_open_sessions(launch):
    collector = launch("--session-limit", "2")
    one, _ = collector.open(), collector.open()
    answer = collector.post("/api/v1/sessions", start())
    assert (answer.status, answer.headers["Retry-After"]) == (503, "30") and "too many sessions" in answer.message
    edge = collector.edge("sessionStart", envelope(xdm_start()))
    assert (edge.status, edge.headers["Retry-After"], edge.json["status"]) == (503, "30", 503)
    assert collector.post("/api/v1/downloaded", [start()]).status == 503
    assert len(collector.sessions()) == 2
    assert collector.send(one, event("sessionEnd", 5)).status == 204
    collector.open()


def test_open_sessions_are_counted_over_restarts_and_closes(launch, tmp_path):
    first = launch("--data", tmp_path / "data", "--clock", "manual:1000000")
    ids = [first.open() for _ in range(3)]
    assert first.send(ids[0], event("sessionEnd", 5)).status == 204
    first.end()
    second = launch("--data", tmp_path / "data", "--clock", "manual:1000000")
    assert second.get("/api/health").json["openSessions"] == 2
    assert second.close(ids[1]).status == 204
    assert second.get("/api/health").json["openSessions"] == 1
    second.advance(600)
    assert second.get("/api/health").json["openSessions"] == 0


# Events


def batch(count):
    return [start(), *(event("ping", i, i) for i in range(1, count))]


def test_a_batch_has_no_more_events_than_a_session(launch):
    collector = launch("--event-limit", "3")
    answer = collector.post("/api/v1/downloaded", batch(4))
    assert (answer.status, answer.message) == (413, "the batch has more than 3 events")
    assert collector.sessions() == []
    assert collector.post("/api/v1/downloaded", batch(3)).status == 201


def test_an_edge_batch_has_no_more_events_than_a_session(launch):
    collector = launch("--event-limit", "3")

    def download(count):
        entries = [xdm_start(), *(xdm("ping", None, i, i) for i in range(1, count))]
        for entry in entries:
            entry["mediaEventType"] = entry.pop("eventType")
            entry["mediaEventTimestamp"] = entry.pop("timestamp")
        body = {"events": [{"xdm": {"eventType": "media.downloaded", "mediaDownloadedEvents": entries}}]}
        return collector.edge("downloaded", body)

    answer = download(4)
    assert answer.status == 207
    assert [d["name"] for e in answer.json["errors"] for d in e["report"]["details"]] == ["$.xdm.mediaDownloadedEvents"]
    assert collector.sessions() == []
    assert download(3).status == 200


def test_an_end_that_is_repeated_for_ever_is_not_kept_for_ever(launch):
    collector = launch("--event-limit", "3")
    sid = collector.open()
    assert [collector.send(sid, event("sessionEnd", ts)).status for ts in range(9)] == [204] * 9
    assert len(collector.events(sid)) == 3


# Room


def test_oldest_closed_sessions_go_first(launch, tmp_path):
    collector = launch("--data", tmp_path / "data", "--data-limit", MIB)
    kept = collector.open()
    ids = [collector.post("/api/v1/downloaded", [big_start()]).headers["Location"][-64:] for _ in range(12)]
    wait_until(lambda: len(collector.sessions()) < 8)
    left = [s["id"] for s in collector.sessions()]
    assert left == [kept, *ids[-len(left) + 1 :]]
    assert collector.send(kept, event("play", 1)).status == 204
    assert collector.get(f"/api/sessions/{ids[0]}/events").status == 404
    collector.end()
    with sqlite3.connect(tmp_path / "data") as database:
        orphans = "SELECT count(*) FROM event WHERE session NOT IN (SELECT key FROM session)"
        assert database.execute(orphans).fetchone() == (0,)


def test_removal_is_said_once(launch):
    collector = launch("--data-limit", MIB)
    for _ in range(20):
        collector.post("/api/v1/downloaded", [big_start()])
    wait_until(lambda: len(collector.sessions()) < 8)
    for _ in range(10):
        collector.post("/api/v1/downloaded", [big_start()])
    wait_until(lambda: len(collector.sessions()) < 8)
    _, log = collector.end()
    assert log.count("the oldest closed sessions are removed") == 1


def test_open_sessions_are_never_removed_and_new_ones_wait(launch):
    collector = launch("--data-limit", MIB)
    ids = []
    for _ in range(8):
        ids.append(collector.post("/api/v1/sessions", big_start()).headers["Location"][-64:])
    wait_until(lambda: collector.get("/api/health").json["status"] == "full")
    answer = collector.post("/api/v1/sessions", start())
    assert (answer.status, answer.headers["Retry-After"]) == (503, "30") and "no room" in answer.message
    assert collector.send(ids[0], event("play", 1)).status == 503
    assert [s["id"] for s in collector.sessions()] == ids
    for sid in ids[:4]:
        assert collector.close(sid).status == 204
    wait_until(lambda: collector.get("/api/health").json["status"] == "ok")
    collector.open()
    assert set(ids[4:]) <= {s["id"] for s in collector.sessions()}


def test_closed_sessions_are_kept_for_days(launch):
    collector = launch("--clock", "manual:1000000", "--keep-days", "2")
    old = collector.open()
    collector.advance(3600)
    young = collector.open()
    collector.advance(3600)
    collector.advance(2 * 86400 - 6600 - 1)
    collector.get("/api/clock")
    assert [s["id"] for s in collector.sessions()] == [old, young]
    collector.advance(1)
    wait_until(lambda: [s["id"] for s in collector.sessions()] == [young])


def test_room_of_removed_sessions_is_used_again(launch, tmp_path):
    collector = launch("--data", tmp_path / "data", "--data-limit", MIB)
    for _ in range(4):
        for _ in range(20):
            collector.post("/api/v1/downloaded", [big_start()])  # 4 MB, or less when some go meanwhile
        wait_until(lambda: len(collector.sessions()) < 8)
    with sqlite3.connect(tmp_path / "data") as database:
        [pages] = database.execute("PRAGMA page_count").fetchone()
    assert pages * 4096 < 8 * MIB


# Connections


def connect(port):
    return socket.create_connection(("127.0.0.1", port), PATIENCE)


HEALTH = b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n"


def is_served(client):
    try:
        return client.get("/api/health").status == 200
    except (ConnectionError, http.client.HTTPException):
        return False


def is_answered(connection):
    """By now."""
    try:
        return bool(select.select([connection], [], [], 0)[0] and connection.recv(100))
    except ConnectionError:
        return False


@pytest.mark.parametrize("option", ["--connection-limit", "--address-limit"])
def test_connections(launch, option):
    collector = launch(option, "3")
    clients = [Client(collector.port) for _ in range(3)]
    assert all(is_served(client) for client in clients)
    with connect(collector.port) as four:
        with suppress(ConnectionError):
            four.sendall(HEALTH)
        for client in clients * 5:  # who asks later is served before
            assert is_served(client)
        assert not is_answered(four)
    clients[0].connection.close()
    wait_until(lambda: is_served(Client(collector.port)))


@pytest.mark.parametrize("first", [b"G", b"GET / HTTP/1.1\r\n", b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"])
def test_a_request_that_trickles_in(launch, first):
    collector = launch("--request-time", "1")
    with connect(collector.port) as slow:
        slow.settimeout(0.2)
        slow.sendall(first)
        began = time.monotonic()
        over = False
        while not over and time.monotonic() < began + 20:  # less than without the option
            try:
                slow.sendall(b"a")
                over = slow.recv(1) == b""
            except TimeoutError:
                continue
            except ConnectionError:
                over = True
        assert over
    assert collector.sessions() == []


def test_a_connection_that_never_asks(launch):
    collector = launch("--request-time", "1")
    with connect(collector.port) as silent:
        silent.settimeout(20)  # less than without the option
        assert silent.recv(1) == b""


def test_a_connection_that_asks_now_and_then_stays(launch):
    collector = launch("--request-time", "2")
    with connect(collector.port) as patient:
        for _ in range(2):
            patient.sendall(HEALTH)
            assert patient.recv(4096).startswith(b"HTTP/1.1 200")
            time.sleep(3.5)  # until it would have been found too slow
        assert is_answered(patient) is False
        patient.sendall(HEALTH)
        assert patient.recv(4096).startswith(b"HTTP/1.1 200")


def test_heads(launch):
    collector = launch("--header-limit", "4096")
    assert collector.request("GET", "/api/health", headers={"A": "x" * 1000}).status == 200
    with connect(collector.port) as connection:
        connection.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 8000 + b"\r\n\r\n")
        answer = connection.recv(100)
        assert answer[9:12] in (b"431", b"413", b"414") or answer == b""
    assert Client(collector.port).get("/api/health").status == 200


# Options


@pytest.mark.parametrize(
    "option, least, most",
    [("--port", 0, 65535), ("--data-limit", MIB, 1 << 40), ("--header-limit", 4096, MIB), ("--connection-limit", 1, 1_000_000),
     ("--address-limit", 1, 1_000_000), ("--session-limit", 1, 100_000_000), ("--event-limit", 2, 100_000_000),
     ("--request-time", 1, 3600), ("--timeout", 1, 10**9), ("--complete-grace", 0, 10**9), ("--movement-timeout", 1, 10**9),
     ("--max-age", 0, 10**9), ("--edge-max-age", 1, 10**9), ("--gone", 0, 10**9), ("--keep-days", 0, 36500)],
)  # fmt: skip
def test_numbers_say_their_range(run, option, least, most):
    for value in (least - 1, most + 1, "x", "1e3", "", " 5", "9" * 30):
        result = run(option, value)
        assert result.returncode == 2
        assert result.stderr.splitlines()[0].endswith(f'{option}: "{value}" is no whole number from {least} to {most}')


def test_json_of_health(collector):
    assert json.loads(collector.get("/api/health").body)["openSessions"] == 0
