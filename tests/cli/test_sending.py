"""Sending to a backend over HTTP: a small one in this process."""
import http.server
import json
import queue
import signal
import subprocess
import threading

import pytest
from conftest import EDGE, LIVE, PROGRAM, create, line, send as send_event, start, text_of

LOG = [line(0, "configure", config=LIVE), start(), line(0, "play"), line(60000, "playhead", value=60), line(60000, "complete")]

HANDLES = b'{"handle": [{"type": "media-analytics:new-session", "payload": [{"sessionId": "1"}]}]}'


class Backend(http.server.ThreadingHTTPServer):
    """Answers as either API does; `refuse` is a status for everything. `arrivals` can be waited for."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.got, self.refuse, self.arrivals = [], 0, queue.Queue()
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.got.append((self.path, body))
        self.server.arrivals.put(body.get("eventType", self.path))
        if "/va/v1/sessionStart" in self.path:
            self.answer(200, HANDLES)
        elif self.path.endswith("/sessions"):
            self.answer(201, b"", Location="/api/v1/sessions/s1")
        else:
            self.answer(204, b"")

    def answer(self, status, body, **headers):
        self.send_response(self.server.refuse or status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def backend():
    with Backend() as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def send(mediabeat, backend, tmp_path):
    def play(lines, *options):
        log = tmp_path / "log.jsonl"
        log.write_text(text_of(lines))
        return mediabeat("replay", "--to", backend.url, "--speed", "max", *options, log)

    return play


def test_everything_arrives_in_order(send, backend):
    run = send(LOG)
    assert (run.status, run.out) == (0, "")
    types = [body["eventType"] for _, body in backend.got]
    assert types == ["sessionStart", "play", "play", *["ping"] * 5, "sessionComplete"]
    assert {path for path, _ in backend.got[1:]} == {"/api/v1/sessions/s1/events"}
    assert "9 events: 9 delivered" in run.err


def test_the_same_bodies_as_a_dry_run(send, backend, dry):
    send(LOG)
    assert [body for _, body in backend.got] == dry(LOG).events


def test_the_media_edge_api_gets_the_requests_of_a_dry_run(send, backend, dry):
    log = [
        line(0, "configure", config={**EDGE, "seed": 1}),
        create(0, "web"),
        send_event(0, "play", "web"),
        line(60000, "pause", player="web"),
    ]
    run = send(log)
    assert (run.status, run.out) == (0, "")
    assert backend.got == [(request["path"], request["body"]) for request in dry(log).requests]
    assert len(backend.got) == 8


def test_faster_than_real_time(send, backend):
    assert send(LOG, "--speed", "2000").status == 0
    assert len(backend.got) == 9


def test_show_prints_what_is_sent(send):
    run = send(LOG, "--show")
    assert [text.split()[2] for text in run.out.splitlines()][:3] == ["sessionStart", "play", "play"]


def test_what_is_refused_is_a_failure(send, backend):
    backend.refuse = 400
    run = send(LOG)
    assert run.status == 1
    assert "dropped (the backend refused their sessionStart)" in run.err


def test_what_cannot_be_delivered_in_time_is_a_failure(send, backend):
    backend.refuse = 503
    run = send(LOG, "--drain", "0")
    assert run.status == 1
    assert "9 left undelivered" in run.err


def test_backend_lines_are_for_dry_runs(send, backend):
    assert send([*LOG, line(60001, "backend", status=500)]).status == 0


def test_times_before_2000_are_noted(send):
    assert "before the year 2000" in send(LOG).err
    assert "before the year 2000" not in send(LOG, "--epoch", "now").err


def test_a_day_at_full_speed(send, backend):
    run = send([line(0, "configure", config=LIVE), start(), line(0, "play"), line(7200000, "complete")])
    assert run.status == 0
    assert len(backend.got) == 3 + 719 + 1


def open_program(*options):
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([PROGRAM, "replay", *options], text=True, **pipes)


def test_following_sends_each_line_when_it_comes(backend):
    program = open_program("--follow", "--to", backend.url, "-")
    for lines, event in [(LOG[:2], "sessionStart"), (LOG[2:3], "play"), ([line(500, "pause")], "pauseStart")]:
        program.stdin.write(text_of(lines))
        program.stdin.flush()
        assert backend.arrivals.get(timeout=30) == event
    _, err = program.communicate(timeout=30)
    assert program.returncode == 0
    assert "3 delivered" in err


def test_ctrl_c_while_the_log_goes_on(backend, tmp_path):
    log = tmp_path / "log.jsonl"
    log.write_text(text_of([*LOG[:3], line(3600000, "complete")]))
    program = open_program("--to", backend.url, log)
    assert backend.arrivals.get(timeout=30) == "sessionStart"
    program.send_signal(signal.SIGINT)
    _, err = program.communicate(timeout=30)
    assert program.returncode == 130
    assert "1 session, " in err


def test_ctrl_c_ends_a_drain_that_gets_nowhere(backend, tmp_path):
    backend.refuse = 503
    log = tmp_path / "log.jsonl"
    log.write_text(text_of(LOG))
    program = open_program("--to", backend.url, "--speed", "max", "--drain", "600", log)
    backend.arrivals.get(timeout=30)
    program.send_signal(signal.SIGINT)
    _, err = program.communicate(timeout=30)
    assert program.returncode == 130
    assert "left undelivered" in err
