"""What no good client sends, over bare sockets: each request has a right answer or a closed connection, what came before
it is kept, and others are served meanwhile."""

import json
import random
import select
import socket
import struct
import time
from contextlib import ExitStack
from email.parser import BytesParser

import pytest
from conftest import PATIENCE, Client, envelope, event, start, xdm

KNOWN = {200, 201, 204, 207, 400, 401, 403, 404, 405, 408, 410, 411, 413, 414, 415, 429, 431, 501, 505}


def connect(collector):
    return socket.create_connection(("127.0.0.1", collector.port), PATIENCE)


def has_more(collector, connection):
    """Whether something comes, or the end: others are answered meanwhile, so the collector has had its turns. In each of
    them it reads some kilobytes of what was sent."""
    other = Client(collector.port)
    for _ in range(300):
        if select.select([connection], [], [], 0)[0]:
            return True
        assert other.get("/api/health").status == 200
    return False


def read_to_end(collector, connection):
    """Everything until the collector closes, or says no more: libmicrohttpd may oversee that a client will not either.
    It may also cut the connection when it has not read all that was sent."""
    received = b""
    try:
        while has_more(collector, connection) and (piece := connection.recv(65536)):
            received += piece
    except ConnectionError:
        pass
    return received


def send_all(connection, *pieces):
    try:
        for piece in pieces:
            connection.sendall(piece)
    except ConnectionError:
        pass  # it has heard enough


def exchange(collector, *pieces, leave=False):
    """Sends bytes; returns the answers as (status, body). `leave`: says that there is no more to come. Who leaves before
    the answer may not get it."""
    with connect(collector) as connection:
        send_all(connection, *pieces)
        try:
            if leave:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        return answers(read_to_end(collector, connection))


def answers(received):
    """Parts what came into answers, and asserts that each is whole."""
    found = []
    while received:
        head, gap, rest = received.partition(b"\r\n\r\n")
        assert gap, f"the head of an answer has no end: {received[:200]}"
        line, _, fields = head.partition(b"\r\n")
        version, status = line.split(b" ")[:2]
        assert version in (b"HTTP/1.1", b"HTTP/1.0") and int(status) in KNOWN, line
        headers = BytesParser().parsebytes(fields)
        if headers.get("Connection") == "close" and b"<html>" in rest:
            return [*found, (int(status), b"")]  # libmicrohttpd's own: 0.9.75 writes such a head twice
        size = int(headers.get("Content-Length", 0))
        assert len(rest) >= size, f"the body of an answer has no end: {received[:200]}"
        found.append((int(status), rest[:size]))
        received = rest[size:]
    return found


def statuses(collector, *pieces, leave=False):
    return [status for status, _ in exchange(collector, *pieces, leave=leave)]


def to_bytes(value):
    return json.dumps(value).encode()


LAST = "Connection: close"


def post(path, body, *headers, size=None):
    fields = [f"Content-Length: {len(body) if size is None else size}", *headers]
    return f"POST {path} HTTP/1.1\r\nHost: localhost\r\n".encode() + "\r\n".join(fields).encode() + b"\r\n\r\n" + body


def get(path, *headers):
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


SCHEMA = get("/api/v1/schemas/play")
LAST_SCHEMA = get("/api/v1/schemas/play", LAST)


@pytest.fixture(autouse=True)
def is_well_afterwards(collector):
    yield
    assert Client(collector.port).get("/api/v1/schemas/play").status == 200


# The head

METHODS = ["PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get", "POSTPOST", "M" * 300]
PATHS = ["/api/v1/sessions", "/api/v1/downloaded", "/api/sessions", "/ee/va/v1/play", "/ee/v1/interact"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", METHODS, ids=lambda method: method[:10])
def test_methods_that_a_path_does_not_have(collector, method, path):
    request = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{LAST}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    assert statuses(collector, request)[:1] in ([], [405], [400], [501])


@pytest.mark.parametrize(
    "path",
    ["/\xff\xfe", "/%ff%fe", "/%00", "/api/v1/sessions/%00/events", "/api/v1/sessions/" + "a" * 8000 + "/events",
     "//api//v1", "/../../etc/passwd", "/api/v1/schemas/..%2f..%2fplay", "/api/sessions?after=%", "/api/sessions?%00=%ff",
     "/api/sessions?limit=99999999999999999999", "/api/sessions?" + "a=b&" * 2000, "http://elsewhere/api/v1/sessions",
     "*"],
    ids=lambda path: ascii(path[:24]),
)  # fmt: skip
def test_paths(collector, path):
    request = b"GET " + path.encode("latin-1") + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert all(status < 500 for status in statuses(collector, request))


@pytest.mark.parametrize(
    "lines",
    [
        [b"A: b"] * 5000,
        [b"A" * 1000 + b": b"] * 100,
        [b"A: " + b"b" * 1_000_000],
        [b"A" * 1_000_000],
        [b": no name"],
        [b"no colon"],
        [b" folded", b" again"],
        [b"A: \0"],
        [b"A: \xff\xfe\x01\x1b[31m"],
        [b"Cookie: " + b"a=b; " * 5000],
        [b"Host: a", b"Host: b"],
    ],
    ids=lambda lines: f"{len(lines)} x {lines[0][:12]!r}",
)
def test_floods_of_headers(collector, lines):
    head = b"GET /api/v1/schemas/play HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    request = head + b"\r\n".join(lines) + b"\r\n\r\n"
    assert all(status < 500 or status == 501 for status in statuses(collector, request))


def test_one_line_after_another_without_an_end(collector):
    with connect(collector) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        send_all(connection, *[b"A: b\r\n" * 1000] * 100)
        assert statuses_of(read_to_end(collector, connection)) in ([], [400], [413], [431])


def statuses_of(received):
    return [status for status, _ in answers(received)]


# The body


@pytest.mark.parametrize("size", ["-1", "1e3", "0x10", "99999999999999999999999", "", "2, 2", "2 2"])
def test_lengths_that_are_none(collector, size):
    assert all(status in (400, 413) for status in statuses(collector, post("/api/v1/sessions", b"{}", LAST, size=size))[:1])


def test_a_length_and_chunks(collector):
    """Whatever it takes for the body, a second request inside it must not be answered with what was kept."""
    inside = get("/api/sessions")
    chunked = b"0\r\n\r\n" + inside
    both = post("/api/v1/sessions", chunked, "Transfer-Encoding: chunked")
    assert statuses(collector, both) in ([400], [], [400, 200])
    assert collector.sessions() == []


@pytest.mark.parametrize(
    "chunks",
    [b"zz\r\n{}\r\n0\r\n\r\n", b"-2\r\n{}\r\n0\r\n\r\n", b"2{}\r\n0\r\n\r\n", b"ffffffffffffffff\r\n{}", b"2\r\n{}0\r\n\r\n",
     b"2;" + b"x" * 100_000 + b"\r\n{}\r\n0\r\n\r\n", b"2\r\n{}\r\n0\r\n" + b"A: b\r\n" * 10_000 + b"\r\n",
     b"1\r\n{\r\n" * 20_000],
    ids=lambda chunks: ascii(chunks[:12]),
)  # fmt: skip
def test_chunks(collector, chunks):
    head = b"POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert all(status in (400, 413, 431) for status in statuses(collector, head + chunks, leave=True))
    assert collector.sessions() == []


@pytest.mark.parametrize("path", ["/api/v1/sessions", "/api/v1/downloaded", "/ee/va/v1/sessionStart?configId=s"])
def test_chunks_without_an_end(collector, path):
    """100 MiB: it stops reading long before, and keeps none of it."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    chunk = b"100000\r\n" + b" " * (1 << 20) + b"\r\n"
    with connect(collector) as connection:
        connection.sendall(head)
        with pytest.raises(ConnectionError):
            for _ in range(100):
                connection.sendall(chunk)
    assert memory_of(collector.process.pid) < 400 << 20


def memory_of(process):
    with open(f"/proc/{process}/statm", encoding="ascii") as numbers:
        return int(numbers.read().split()[1]) * 4096


NESTED = [b"[" * depth + b"]" * depth for depth in (64, 65, 10_000)] + [b'{"events":' * 30_000, b'[{"xdm":' * 30_000]
NOT_UTF8 = [b'{"eventType":"\xff"}', b'{"events":[{"xdm":{"eventType":"media.play\xc3"}}]}', b"\xfe\xff\x00{\x00}",
            b'{"a\xed\xa0\x80":1}', b'{"a":"\xf4\x90\x80\x80"}', b'{"a":"\xc0\xaf"}']  # fmt: skip
MALFORMED = [b"", b"{", b"}", b"{]", b'{"a"}', b'{"a":1,}', b"[1,,2]", b"01", b"1.", b"+1", b"'a'", b"// {}", b"{}\0",
             b"NaN", b"Infinity", b'"\\x"', b'"\\ud800"', b"tru", b'{"a":1 "b":2}', b"\xef\xbb\xbf{}",
             b'{"eventType":' + b"9" * 100_000 + b"}", b"1e400", b"-"]  # fmt: skip


@pytest.mark.parametrize("body", NESTED + NOT_UTF8 + MALFORMED, ids=lambda body: ascii(body[:24]))
def test_bodies_of_either_protocol(collector, body):
    sid = collector.open()
    paths = ["/api/v1/sessions", f"/api/v1/sessions/{sid}/events", "/api/v1/downloaded",
             "/ee/va/v1/sessionStart?configId=s", "/ee/va/v1/play", "/ee/irl1/v1/interact?configId=s",
             "/ee/v2/interact?datastreamId=s", "/ee/va/v1/downloaded?configId=s"]  # fmt: skip
    for path in paths:
        found = exchange(collector, post(path, body, LAST))
        assert [status for status, _ in found] in ([400], [413]), path
        found[0][1].decode()  # says what is wrong, in UTF-8 whatever came
    assert [session["eventCount"] for session in collector.sessions()] == [1]


def test_a_body_where_none_belongs(collector):
    request = b"GET /api/v1/schemas/play HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"
    assert statuses(collector, request + LAST_SCHEMA) == [200, 200]


# The connection


def test_a_good_request_before_garbage_is_answered(collector):
    for garbage in (b"\0" * 100, b"garbage\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"\r\n" * 100 + b"?"):
        assert statuses(collector, SCHEMA + garbage)[0] == 200


def test_good_requests_around_bad_ones_are_answered_in_order(collector):
    bad = post("/api/v1/sessions", b"{")
    unknown = get("/nowhere")
    assert statuses(collector, (SCHEMA + bad + unknown) * 20 + LAST_SCHEMA) == [200, 400, 404] * 20 + [200]


def test_pipelined_events_are_kept_in_order_up_to_the_garbage(collector):
    sid = collector.open()
    path = f"/api/v1/sessions/{sid}/events"
    events = [post(path, to_bytes(event("ping", ts))) for ts in range(1, 51)]
    assert statuses(collector, b"".join(events) + b"\0garbage\r\n\r\n")[:50] == [204] * 50
    kept = [e["event"]["playerTime"]["ts"] for e in collector.events(sid)[1:]]
    assert kept == list(range(1, 51))


def test_half_closed_after_a_whole_request(collector):
    """Who has said all and still listens gets the answer, or none; the request counts."""
    assert statuses(collector, post("/api/v1/sessions", to_bytes(start())), leave=True) in ([201], [])
    assert len(collector.sessions()) == 1


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_half_closed_after_part_of_a_request(collector, part):
    request = post("/api/v1/sessions", to_bytes(start()))
    assert statuses(collector, request[: int(len(request) * part)], leave=True) in ([], [400])
    assert collector.sessions() == []


def test_connections_that_are_cut(collector):
    """With a reset instead of an end, before, in and after an answer."""
    cut_at_once = struct.pack("ii", 1, 0)
    collector.post("/api/v1/downloaded", [start(), *(event("ping", ts) for ts in range(5000))])
    sid = collector.sessions()[0]["id"]
    for request in (b"GET", SCHEMA, get(f"/api/sessions/{sid}/events"), get(f"/api/sessions/{sid}/events") * 50):
        for wait in (0, 0.002):
            connection = connect(collector)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, cut_at_once)
            connection.sendall(request)
            time.sleep(wait)
            connection.close()
    assert len(collector.events(sid)) == 5001


def test_readers_that_never_read(collector):
    """Their answers wait in their sockets; everybody else is served."""
    collector.post("/api/v1/downloaded", [start(), *(event("ping", ts) for ts in range(20_000))])
    sid = collector.sessions()[0]["id"]
    with ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(connect(collector))
            connection.sendall(get(f"/api/sessions/{sid}/events") * 3)
        other = Client(collector.port)
        other.connection.timeout = 60  # less than the collector waits for a reader
        for ts in range(50):
            assert other.send(other.open(), event("play", ts)).status == 204


def test_slow_senders_do_not_stop_others(collector):
    """A byte now and then from 200 connections, in the head and in the body."""
    request = post("/api/v1/sessions", to_bytes(start()))
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(collector)) for _ in range(200)]
        for number, connection in enumerate(slow):
            connection.sendall(request[: 10 if number % 2 else len(request) - 30])
        other = Client(collector.port)
        other.connection.timeout = 25  # less than the collector waits for a sender
        sid = other.open()
        for turn in range(20):
            for number, connection in enumerate(slow):
                at = (10 if number % 2 else len(request) - 30) + turn
                send_all(connection, request[at : at + 1])
            assert other.send(sid, event("ping", turn)).status == 204
    assert len(collector.sessions()) == 1


# By chance


def mutate(chance, request):
    """One to four small accidents."""
    request = bytearray(request)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(request))
        accident = chance.randrange(5)
        if accident == 0:
            request[at] = chance.randrange(256)
        elif accident == 1:
            del request[at : at + chance.randint(1, 20)]
        elif accident == 2:
            request[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 8)))
        elif accident == 3:
            request[at:at] = request[at : at + chance.randint(1, 50)]
        else:
            request[at:at] = chance.choice([b"\r\n", b"\0", b'"', b"{", b"]", b"\\u", b"%", b"99999999999", b" "])
        if not request:
            return b"\0"
    return bytes(request)


@pytest.mark.parametrize("seed", range(8))
def test_good_requests_after_accidents(collector, seed):
    chance = random.Random(seed)
    sid = collector.open()
    edge = collector.open_edge()
    good = [
        post("/api/v1/sessions", to_bytes(start())),
        post(f"/api/v1/sessions/{sid}/events", to_bytes(event("play"))),
        post("/api/v1/downloaded", to_bytes([start(), event("play", 1), event("sessionEnd", 2)])),
        post("/ee/va/v1/play", to_bytes(envelope(xdm("play", edge)))),
        post("/ee/v1/interact?configId=s", to_bytes(envelope(xdm("ping", edge), xdm("play", edge)))),
        get(f"/api/sessions/{sid}/events?form=normalised&limit=2"),
        get("/api/sessions?limit=5"),
    ]
    for _ in range(60):
        for status in statuses(collector, mutate(chance, chance.choice(good)), leave=True):
            assert status < 500 or status in (501, 505)
    for session in collector.sessions():
        assert len(collector.events(session["id"])) >= session["eventCount"]
