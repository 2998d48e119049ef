"""What the tests of the command share: the program, logs written as Python, and a backend over HTTP."""
import http.server
import json
import os
import pathlib
import queue
import subprocess
import sys
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MEDIABEAT", str(ROOT / "build/dev/cli/mediabeat"))
LOGS = ROOT / "docs/examples/logs"
NOWHERE = "http://127.0.0.1:1"
PATIENCE = 300  # seconds until a test gives up; nothing waits this long when all is well
sys.path.insert(0, str(ROOT / "tests/support"))

MEDIA = {"id": "m1", "name": "Metropolis", "length": 60, "streamType": "vod", "mediaType": "video", "prerollWaitingTime": 0}
EDGE = {"protocol": "edge-va-v1", "datastreamId": "stream", "channel": "c", "playerName": "p", "answerTimeout": 60}
LIVE = {"trackingServer": "metrics.example.com", "reportSuite": "suite", "orgId": "1@AdobeOrg", "answerTimeout": 60}


def line(ts, call, **members):
    return {"ts": ts, "call": call, **members}


def start(ts=0, **members):
    return line(ts, "sessionStart", info=MEDIA, **members)


def xdm(event_type=None, **media):
    """The xdm of an event; without a type as an application opens a session."""
    return ({"eventType": f"media.{event_type}"} if event_type else {}) | ({"mediaCollection": media} if media else {})


DETAILS = {"name": "m1", "friendlyName": "Metropolis", "length": 60, "contentType": "vod", "streamType": "video"}


def create(ts, player_id=None, media=None, **options):
    """A createMediaSession line, of a player or, without one, of an application that does everything itself."""
    who = {"playerId": player_id} if player_id else {}
    own = {} if player_id else {"playhead": 0}
    return line(ts, "createMediaSession", options={**who, "xdm": xdm(sessionDetails=DETAILS, **own, **(media or {})), **options})


def send(ts, event_type, player_id=None, **media):
    who = {"playerId": player_id} if player_id else {}
    return line(ts, "sendMediaEvent", options={**who, "xdm": xdm(event_type, **media)})


def text_of(lines):
    return "".join((item if isinstance(item, str) else json.dumps(item)) + "\n" for item in lines)


def log_in(folder, lines, name="log.jsonl"):
    (folder / name).write_text(text_of(lines), encoding="utf-8")
    return folder / name


def events_in(body):
    """The events of a request's body, of either API."""
    if isinstance(body, list):
        return body
    return [event["xdm"] for event in body["events"]] if "events" in body else [body]


class Result:
    """A finished run; `requests` are the lines of a dry run."""

    def __init__(self, run):
        self.status, self.out, self.err = run.returncode, run.stdout, run.stderr

    @property
    def requests(self):
        return [json.loads(text) for text in self.out.splitlines()]

    @property
    def events(self):
        return [event for request in self.requests for event in events_in(request["body"])]

    @property
    def types(self):
        return [event["eventType"] for event in self.events]

    @property
    def media(self):
        """The mediaCollections of the Media Edge API's events, with the type in front."""
        return [(event["eventType"].removeprefix("media."), event["mediaCollection"]) for event in self.events]


def run_program(*arguments, stdin=None, env=None):
    run = subprocess.run(
        [PROGRAM, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, **(env or {})},
    )
    return Result(run)


def run_on_a_full_disk(*arguments):
    with open("/dev/full", "w") as full:
        return subprocess.run([PROGRAM, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)


def open_program(*arguments):
    """A run that goes on meanwhile."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([PROGRAM, *arguments], text=True, **pipes)


def say(program, lines):
    program.stdin.write(text_of(lines))
    program.stdin.flush()


class Backend(http.server.ThreadingHTTPServer):
    """Answers as either API does. `got` are paths and bodies, `refuse` is a status for everything, `arrivals`, the types of
    events, can be waited for."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.got, self.refuse, self.arrivals = [], 0, queue.Queue()
        self.url = f"http://127.0.0.1:{self.server_port}"

    @property
    def types(self):
        return [event["eventType"] for _, body in self.got for event in events_in(body)]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.got.append((self.path, body))
        for event in events_in(body):
            self.server.arrivals.put(event["eventType"])
        if "/va/v1/sessionStart" in self.path:
            self.answer(200, b'{"handle": [{"type": "media-analytics:new-session", "payload": [{"sessionId": "1"}]}]}')
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
def mediabeat():
    """Runs the command: mediabeat("replay", ...)."""
    return run_program


@pytest.fixture
def dry(tmp_path):
    """Plays lines dry: dry([start(), line(0, "play")], "--show")."""

    def play(lines, *options, **arguments):
        return run_program("replay", "--dry-run", *options, log_in(tmp_path, lines), **arguments)

    return play
