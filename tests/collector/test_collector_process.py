"""The program around the answers: options, addresses, limits, hostile input, many connections."""

import json
import select
import socket
import threading

import pytest
from conftest import PATIENCE, Answer, Client, event, start

# Options


@pytest.mark.parametrize(
    "arguments, part",
    [
        (["--prot", "1"], "--prot"),
        (["data.db"], "data.db"),
        (["--port"], "--port"),
        (["--port", "x"], "--port"),
        (["--port", "65536"], "--port"),
        (["--port", "-1"], "--port"),
        (["--port="], "--port"),
        (["--data"], "--data"),
        (["--data", ""], "--data"),
        (["--data", ":memory:"], "--data"),
        (["--verbose=1"], "--verbose"),
        (["--export"], "--data"),
        (["--body-limit", "1k"], "--body-limit"),
        (["--edge-limit", "-1"], "--edge-limit"),
        (["--edge-limit", "0"], "no whole number from 1 to 1073741824"),
        (["--org", "1234"], "--org"),
        (["--org", "12/34@AdobeOrg"], "--org"),
        (["--org", "@AdobeOrg"], "--org"),
        (["--normalised"], "--export"),
    ],
)
def test_bad_usage_names_the_option(run, arguments, part):
    result = run(*arguments)
    assert result.returncode == 2 and part in result.stderr.splitlines()[0]
    assert result.stdout == ""


def test_help(run):
    result = run("--help")
    assert run("-h").stdout == result.stdout
    assert result.returncode == 0 and "Examples:" in result.stdout and result.stderr == ""
    assert all(len(line) <= 88 for line in result.stdout.splitlines())


def test_both_spellings_of_a_value(launch, tmp_path):
    launch(f"--data={tmp_path / 'data'}", "--body-limit=100")
    assert (tmp_path / "data").exists()


def test_port_in_use(collector, run):
    result = run("--port", collector.port)
    assert result.returncode == 1 and str(collector.port) in result.stderr and "in use" in result.stderr


def test_address_that_is_not_ours(run):
    result = run("--port", "0", "--listen", "192.0.2.1", "--token", "0123456789abcdef")
    assert result.returncode == 1 and "192.0.2.1" in result.stderr
    result = run("--port", "0", "--listen", "no such host")
    assert result.returncode == 1 and "no such host" in result.stderr


def test_loopback_only_unless_told(collector):
    for family, *_, address in socket.getaddrinfo(socket.gethostname(), collector.port, type=socket.SOCK_STREAM):
        if address[0].startswith("127.") or address[0] == "::1":
            continue
        with socket.socket(family, socket.SOCK_STREAM) as other, pytest.raises(OSError):
            other.settimeout(PATIENCE)
            other.connect(address)


def test_verbose_is_one_line_a_request(launch):
    collector = launch("--verbose")
    collector.open()
    collector.post("/api/v1/sessions", "{")
    collector.get("/%1b%0a")
    _, log = collector.end()
    lines = log.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("POST /api/v1/sessions ") and lines[0].endswith(": 201")
    assert "400" in lines[1] and "not JSON" in lines[1]
    assert lines[2].startswith("GET /?? ")


def test_quiet_otherwise(collector):
    collector.post("/api/v1/sessions", "{")
    assert raw(collector.port, b"GET nothing\r\n\r\n").startswith(b"HTTP/1.1 4")
    assert collector.end() == (0, "")


# Body limits


def padded(size):
    body = json.dumps({**start(), "customMetadata": {"a": ""}})
    return json.dumps({**start(), "customMetadata": {"a": "x" * (size - len(body))}})


@pytest.mark.parametrize("path, limit", [("/api/v1/sessions", 1 << 20), ("/api/v1/downloaded", 16 << 20)])
def test_body_limits(collector, path, limit):
    assert collector.post(path, " " * limit).status == 400  # read, and not JSON
    answer = collector.post(path, " " * (limit + 1))
    assert answer.status == 413 and str(limit) in answer.message
    assert collector.sessions() == []  # on the same connection


def test_body_as_long_as_the_limit_is_taken(collector):
    assert collector.post("/api/v1/sessions", padded(1 << 20)).status == 201


def test_limits_can_be_set(launch):
    collector = launch("--body-limit", "1000", "--batch-limit", "2000")
    assert collector.post("/api/v1/sessions", padded(1000)).status == 201
    assert collector.post("/api/v1/sessions", padded(1001)).status == 413
    assert collector.post("/api/v1/downloaded", f"[{padded(1998)}]").status == 201
    assert collector.post("/api/v1/downloaded", f"[{padded(1999)}]").status == 413


def test_too_long_a_body_is_refused_before_it_comes_when_the_client_waits(collector):
    head = b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n"
    assert raw(collector.port, head).startswith(b"HTTP/1.1 413 ")


def test_chunked_bodies(collector):
    def chunks(size):
        body = padded(size).encode()
        yield from (body[i : i + 1000] for i in range(0, len(body), 1000))

    assert collector.request("POST", "/api/v1/sessions", chunks(5000)).status == 201
    assert collector.request("POST", "/api/v1/sessions", chunks((1 << 20) + 1)).status == 413


# Hostile input


def raw(port, data):
    """Sends bytes, returns everything that comes back until the collector closes the connection."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
        connection.sendall(data)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
        return answer


HEAD = b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 1000,
        b"\r\n" * 1000,
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: " + b"x" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 10_000 + b"\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n",
        HEAD + b"Content-Length: 9223372036854775807\r\n\r\n{}",
        HEAD + b"Content-Length: 100\r\n\r\n{}",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
    ],
)
def test_what_is_not_http_does_no_harm(collector, data):
    with socket.create_connection(("127.0.0.1", collector.port), PATIENCE) as connection:
        try:
            connection.sendall(data)
        except ConnectionError:
            pass  # it has heard enough
        assert collector.sessions() == []
    assert collector.sessions() == []


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 65 + b"]" * 65,
        b'{"eventType":' + b"9" * 100_000 + b"}",
        b'{"eventType":1e999}',
        b'"' + b"x" * 100_000,
        b'{"eventType":"\xff\xfe"}',
        b'{"eventType":"\\ud800"}',
        b'{"eventType":"\\u0000"}',
        b'{"eventType":"a\nb"}',
        b"\xef\xbb\xbf{}",
        b"{}{}",
        b"nan",
        b"\0",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_hostile_json(collector, body):
    sid = collector.open()
    for path in ("/api/v1/sessions", f"/api/v1/sessions/{sid}/events", "/api/v1/downloaded"):
        answer = collector.post(path, body)
        assert answer.status == 400 and answer.message
    assert len(collector.sessions()) == 1


def test_requests_in_one_packet_are_answered_in_order(collector):
    one = b"GET /api/v1/schemas/play HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = raw(collector.port, one * 3 + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 3 and answer.count(b"HTTP/1.1 404 ") == 1
    assert answer.rindex(b"200 OK") < answer.index(b"404 ")


def test_client_that_leaves_in_the_middle(collector):
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", collector.port), PATIENCE) as connection:
            connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
    assert collector.sessions() == []


# Many at once


def test_64_connections_at_once(launch, tmp_path):
    collector = launch("--data", tmp_path / "data")
    failures = []

    def work():
        try:
            client = Client(collector.port)
            ids = [client.open() for _ in range(5)]
            for ts in range(1, 11):
                for sid in ids:
                    assert client.send(sid, event("play", ts)).status == 204
            for sid in ids:
                kept = [e["event"]["playerTime"]["ts"] for e in client.events(sid)[1:]]
                assert kept == list(range(1, 11))
        except Exception as failure:  # handed to the test's thread
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    listed = collector.sessions()
    assert len(listed) == 320 and all(session["eventCount"] == 11 for session in listed)


def test_20000_events_in_a_session_and_their_repetition(collector):
    sid = collector.open()
    batch = [start(), *(event("ping", ts) for ts in range(20_000))]
    answer = collector.post("/api/v1/downloaded", batch)
    assert answer.status == 201
    kept = collector.events(answer.headers["Location"][-64:])
    assert [e["event"] for e in kept] == batch
    for ts in range(500):
        assert collector.send(sid, event("ping", ts)).status == 204
        assert collector.send(sid, event("ping", ts)).status == 204
    assert collector.sessions()[0]["duplicateCount"] == 500


@pytest.mark.parametrize("path", ["/api/report", "/api/findings", "/api/sessions?with=findings"])
def test_events_are_taken_while_all_sessions_are_read(collector, path):
    batch = json.dumps([start(), *(event("ping", i, i) for i in range(1, 2000))])
    for _ in range(40):
        assert collector.post("/api/v1/downloaded", batch).status == 201
    sid = collector.open()
    reader = Client(collector.port)
    reader.connection.request("GET", path)
    answered = 0
    while not select.select([reader.connection.sock], [], [], 0)[0]:
        assert collector.send(sid, event("play", answered)).status == 204
        answered += 1
    assert answered > 5
    answer = Answer(reader.connection.getresponse())
    assert answer.status == 200
    sessions = answer.json if "with" in path else answer.json["sessions"]
    assert [s["id"] for s in sessions] == [s["id"] for s in collector.sessions()]


def test_a_collector_ends_while_all_sessions_are_read(launch):
    collector = launch()
    batch = json.dumps([start(), *(event("ping", i, i) for i in range(1, 2000))])
    for _ in range(60):
        assert collector.post("/api/v1/downloaded", batch).status == 201
    reader = Client(collector.port)
    reader.connection.request("GET", "/api/report")
    collector.get("/api/health")
    status, _ = collector.end()
    assert (status, Answer(reader.connection.getresponse()).status) == (0, 500)
