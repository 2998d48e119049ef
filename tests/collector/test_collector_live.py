"""GET /api/live: server-sent events that say which sessions changed; and GET /api/sessions/ID/timeline."""

import json
import socket
import time

import pytest

from conftest import PATIENCE, event, start

TS = 1_700_000_000_000


class Listener:
    """A reader of the stream, as a socket."""

    def __init__(self, port, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(b"GET /api/live HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port)
        self.stream = self.socket.makefile("rb")

    def head(self):
        status = self.stream.readline().decode()
        fields = {}
        while (line := self.stream.readline().decode().strip()):
            name, value = line.split(": ", 1)
            fields[name.lower()] = value
        return status, fields

    def lines(self):
        """Of the body, without the lengths of its chunks."""
        while True:
            size = int(self.stream.readline(), 16)
            yield from self.stream.read(size).decode().split("\n")
            self.stream.readline()

    def messages(self):
        """(name, data)"""
        name = None
        for line in self.lines():
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: "):
                yield name, json.loads(line[6:])

    def close(self):
        self.stream.close()
        self.socket.close()


@pytest.fixture
def collector(launch):
    return launch("--clock", "manual:1000000")


@pytest.fixture
def listen(collector):
    listeners = []

    def begin(**how):
        listeners.append(Listener(collector.port, **how))
        return listeners[-1]

    yield begin
    for listener in listeners:
        listener.close()


def told(messages, wanted):
    """Reads on until the stream has told something; returns the rows of all sessions it told on the way."""
    rows = {}
    for name, data in messages:
        if name == "sessions":
            rows.update((row["id"], row) for row in data["sessions"])
        if wanted(name, rows):
            return rows


def test_the_stream_begins_with_the_time(collector, listen):
    listener = listen()
    status, fields = listener.head()
    assert status == "HTTP/1.1 200 OK\r\n"
    assert fields["content-type"] == "text/event-stream"
    assert "access-control-allow-origin" not in fields
    name, data = next(listener.messages())
    assert name == "now" and list(data) == ["now"]


def test_each_change_is_told_as_the_list_says_it(collector, listen):
    listener = listen()
    listener.head()
    messages = listener.messages()
    next(messages)
    sid = collector.open()
    assert told(messages, lambda _, rows: sid in rows)[sid] == collector.sessions()[0]
    collector.send(sid, event("play"))
    collector.send(sid, event("sessionEnd", TS + 1))
    rows = told(messages, lambda _, rows: sid in rows and rows[sid]["state"] == "closed")
    assert rows[sid] == collector.sessions()[0]
    assert rows[sid]["eventCount"] == 3


def test_all_readers_are_told_the_same(collector, listen):
    streams = []
    for _ in range(3):
        listener = listen()
        listener.head()
        streams.append(listener.messages())
        next(streams[-1])
    ids = [collector.open() for _ in range(3)]
    collector.send(ids[1], event("sessionEnd", TS + 1))
    for messages in streams:
        rows = told(messages, lambda _, rows: set(rows) == set(ids) and rows[ids[1]]["state"] == "closed")
        assert list(rows.values()) == collector.sessions()


def test_what_was_before_is_not_told(collector, listen):
    collector.open()
    listener = listen()
    listener.head()
    messages = listener.messages()
    next(messages)
    later = collector.open()
    assert list(told(messages, lambda _, rows: later in rows)) == [later]


def test_many_changes_at_once_are_one_word(collector, listen):
    """More sessions than a message holds end together: the reader is told to read everything again, and goes on."""
    for _ in range(1000):
        collector.open()
    listener = listen()
    listener.head()
    messages = listener.messages()
    next(messages)
    collector.advance(600)
    names = set()
    told(messages, lambda name, _: names.add(name) or name == "now")  # all is quiet again
    assert "reload" in names
    later = collector.open()
    assert list(told(messages, lambda _, rows: later in rows)) == [later]


def memory(collector, what):
    """KiB that the collector's process has."""
    with open(f"/proc/{collector.process.pid}/status", encoding="ascii") as status:
        return int(next(line for line in status if line.startswith(what + ":")).split()[1])


def keeps_freed_memory(collector):
    """Whether it was built with an address sanitizer, which reserves terabytes."""
    return memory(collector, "VmSize") > 1 << 30


def test_readers_that_never_read_cost_next_to_nothing(collector, listen):
    name = "n" * 2000
    for _ in range(500):
        collector.open(**{"media.name": name})
    for _ in range(20):
        listen(receive_buffer=2048)
    before = memory(collector, "VmRSS")
    sessions = [collector.open(**{"media.name": name}) for _ in range(200)]
    for number in range(6000):
        collector.send(sessions[number % 200], event("ping", TS + number))
    assert sum(row["eventCount"] for row in collector.sessions()) == 700 + 6000
    if not keeps_freed_memory(collector):  # what is kept, and at most a message for each reader
        assert memory(collector, "VmRSS") - before < 40_000


def test_readers_come_to_an_end(collector, listen):
    """There are never more than 64, and a collector ends though some are there."""
    readers = [listen() for _ in range(64)]
    for reader in readers:
        assert reader.head()[0] == "HTTP/1.1 200 OK\r\n"
    status, fields = listen().head()
    assert status == "HTTP/1.1 503 Service Unavailable\r\n"
    assert fields["content-type"] == "application/json" and int(fields["retry-after"]) > 0
    readers[0].close()
    deadline = time.monotonic() + PATIENCE
    while listen().head()[0] != "HTTP/1.1 200 OK\r\n":  # what there is to tell shows that somebody has gone
        assert time.monotonic() < deadline
        collector.open()
        time.sleep(0.1)
    assert collector.open()
    status, errors = collector.end()
    assert status == 0, errors


def test_a_timeline_has_steps_and_spans(collector):
    sid = collector.open(ts=TS)
    for body in (event("play", TS + 1000), event("pauseStart", TS + 5000, 4), event("play", TS + 8000, 4),
                 event("ping", TS + 18000, 14), event("sessionEnd", TS + 20000, 16)):  # fmt: skip
        collector.send(sid, body)
    timeline = collector.get(f"/api/sessions/{sid}/timeline").json
    types = timeline["types"]
    assert [(step[0], step[2] - TS, types[step[4]], step[5]) for step in timeline["steps"]] == [
        (0, 0, "sessionStart", 0),
        (1, 1000, "play", 0),
        (2, 5000, "pauseStart", 4000),
        (3, 8000, "play", 4000),
        (4, 18000, "ping", 14000),
        (5, 20000, "sessionEnd", 16000),
    ]
    content = [(kind, begin - TS, end - TS) for lane, kind, _, begin, end, *_ in timeline["spans"] if lane == "content"]
    assert content == [("idle", 0, 1000), ("play", 1000, 5000), ("pause", 5000, 8000), ("play", 8000, 20000)]
    assert timeline["session"] == collector.sessions()[0]
    assert (timeline["settled"], timeline["total"], timeline["start"]) == (6, 6, TS)


def test_a_timeline_goes_on_from_a_step(collector):
    sid = collector.open(ts=TS)
    for number in range(1, 30):
        collector.send(sid, event("ping", TS + 1000 * number, number))
    whole = collector.get(f"/api/sessions/{sid}/timeline").json
    assert 15 < whole["settled"] < 30  # the last ones wait in their window, and may still change places
    rest = collector.get(f"/api/sessions/{sid}/timeline?from={whole['settled']}").json
    assert rest["steps"] == whole["steps"][whole["settled"]:]
    assert (rest["from"], rest["spans"]) == (whole["settled"], whole["spans"])
    assert collector.get(f"/api/sessions/{sid}/timeline?from=999").json["steps"] == []


def test_a_timeline_has_what_was_left_out(collector):
    sid = collector.open(ts=TS)
    collector.send(sid, event("play", TS + 1000))
    collector.send(sid, event("play", TS + 1000))
    timeline = collector.get(f"/api/sessions/{sid}/timeline").json
    (double,) = timeline["others"]
    assert double[0] == 2
    assert [name for bit, name in enumerate(timeline["notes"]) if double[7] & 1 << bit] == ["duplicate"]


@pytest.mark.parametrize("query, status", [("", 404), ("?from=-1", 400), ("?from=x", 400)])
def test_a_timeline_that_cannot_be(collector, query, status):
    collector.post("/api/v1/sessions", start())
    assert collector.get(f"/api/sessions/{'0' * 64}/timeline{query}").status == status
