"""A collector per test, as a process of its own, and a small HTTP client."""

import http.client
import json
import os
import signal
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MEDIABEAT", str(ROOT / "build/dev/cli/mediabeat"))
PATIENCE = 300  # seconds until a test gives up; nothing waits this long when all is well

START_PARAMS = {
    "analytics.trackingServer": "stats.example.com",
    "analytics.reportSuite": "suite",
    "visitor.marketingCloudOrgId": "1234@AdobeOrg",
    "media.id": "film-1",
    "media.name": "Film",
    "media.length": 60.5,
    "media.contentType": "vod",
    "media.playerName": "player",
    "media.channel": "channel",
}


def event(kind, ts=1_700_000_000_000, playhead=0, **members):
    return {"eventType": kind, "playerTime": {"playhead": playhead, "ts": ts}, **members}


def start(ts=1_700_000_000_000, **params):
    return event("sessionStart", ts, params={**START_PARAMS, **params})


# The Media Edge API

TYPES = "https://ns.adobe.com/aep/errors/"
SESSION_DETAILS = {"name": "film-1", "friendlyName": "Film", "length": 60, "contentType": "vod", "playerName": "player",
                   "channel": "channel"}  # fmt: skip


def text_of_time(ts):
    return f"{datetime.fromtimestamp(ts // 1000, timezone.utc):%Y-%m-%dT%H:%M:%S}.{ts % 1000:03}Z"


def xdm(kind, sid=None, ts=1_700_000_000_000, playhead=0, **collection):
    """The xdm object of a media event."""
    session = {"sessionID": sid} if sid else {}
    return {
        "eventType": f"media.{kind}",
        "timestamp": text_of_time(ts),
        "mediaCollection": {**session, "playhead": playhead, **collection},
    }


def xdm_start(ts=1_700_000_000_000, playhead=0, **collection):
    return xdm("sessionStart", None, ts, playhead, **{"sessionDetails": SESSION_DETAILS, **collection})


def envelope(*events, **members):
    return {"events": [{"xdm": event} for event in events], **members}


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def message(self):
        return self.json["message"]

    def payloads(self, kind):
        """What the handles of a type hold."""
        return [x for handle in self.json["handle"] if handle["type"] == kind for x in handle["payload"]]


class Client:
    """One keep-alive connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def request(self, method, path, body=None, headers=None):
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        self.connection.request(method, path, body, headers or {})
        return Answer(self.connection.getresponse())

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, body):
        return self.request("POST", path, body, {"Content-Type": "application/json"})

    def open(self, **params):
        """Starts a session; returns its id."""
        answer = self.post("/api/v1/sessions", start(**params))
        assert answer.status == 201, answer.body
        return answer.headers["Location"].rsplit("/", 1)[1]

    def send(self, sid, body):
        return self.post(f"/api/v1/sessions/{sid}/events", body)

    def edge(self, action, body, query="configId=stream&requestId=r-1", base="/ee", headers=None):
        """A request to the Media Edge API."""
        path = f"{base}/va/v1/{action}?{query}"
        return self.request("POST", path, body, {"Content-Type": "application/json", **(headers or {})})

    def interact(self, body, query="configId=stream&requestId=r-1", path="/ee/v1/interact"):
        return self.request("POST", f"{path}?{query}", body, {"Content-Type": "text/plain; charset=UTF-8"})

    def open_edge(self, **collection):
        """Starts a session over the Media Edge API; returns its id."""
        answer = self.edge("sessionStart", envelope(xdm_start(**collection)))
        assert answer.status == 200, answer.body
        return answer.payloads("media-analytics:new-session")[0]["sessionId"]

    def send_edge(self, sid, kind, ts=1_700_000_000_000, playhead=0, **collection):
        return self.edge(kind, envelope(xdm(kind, sid, ts, playhead, **collection)))

    def normalised(self, sid):
        return [e["event"] for e in self.events(sid, "?form=normalised")]

    def events(self, sid, query=""):
        return self.get(f"/api/sessions/{sid}/events{query}").json

    def sessions(self, query=""):
        return self.get(f"/api/sessions{query}").json

    def session(self, sid):
        return next(s for s in self.sessions() if s["id"] == sid)

    def close(self, sid):
        return self.post(f"/api/sessions/{sid}/close", "")

    def advance(self, seconds):
        """Moves a manual clock."""
        answer = self.post("/api/clock", {"advance": round(seconds * 1000)})
        assert answer.status == 200, answer.body
        return answer.json["now"]


class Collector(Client):
    """A running collector and a connection to it."""

    def __init__(self, *arguments, **process):
        self.process = subprocess.Popen(
            [PROGRAM, "collector", "--port", "0", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **process,
        )
        line = self.process.stdout.readline()
        assert line.startswith("collector listening on http://127.0.0.1:"), line + self.process.stderr.read()
        self.port = int(line.rsplit(":", 1)[1])
        super().__init__(self.port)

    def end(self, number=signal.SIGTERM):
        """Sends a signal; returns the exit status and what was written to standard error."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=PATIENCE)
        self.connection.close()
        return self.process.returncode, errors


@pytest.fixture
def launch():
    """Starts collectors that end with the test, and asserts that they could still be ended in the regular way."""
    running = []

    def begin(*arguments, **process):
        running.append(Collector(*arguments, **process))
        return running[-1]

    yield begin
    for collector in running:
        if collector.process.returncode is None:
            status, errors = collector.end()
            assert status == 0, errors


@pytest.fixture
def collector(launch):
    return launch()


@pytest.fixture
def run():
    """Runs a command that ends by itself."""

    def command(*arguments, stdout=subprocess.PIPE):
        words = [PROGRAM, "collector", *map(str, arguments)]
        return subprocess.run(words, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)

    return command
