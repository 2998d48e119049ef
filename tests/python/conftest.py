"""What the tests of the package share: where it is built, a backend that answers at once, clients on virtual clocks."""

import gc
import json
import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = os.environ.get("MEDIABEAT_PYTHON", str(ROOT / "build/dev/python"))
sys.path.insert(0, BUILT)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [BUILT, os.environ.get("PYTHONPATH")]))

import mediabeat  # noqa: E402

BEGIN = 1_000_000.0  # s since 1970


class Backend:
    """A transport that answers everything at once, as a backend of the Media Collection API does."""

    def __init__(self):
        self.events = []
        self.sessions = 0

    def send(self, request):
        event = json.loads(request.body)
        self.events.append(event)
        if request.path.endswith("/events"):
            return mediabeat.Response(204)
        self.sessions += 1
        return mediabeat.Response(201, location=f"/api/v1/sessions/session-{self.sessions}")

    @property
    def types(self):
        return [event["eventType"] for event in self.events]

    @property
    def playheads(self):
        return [event["playerTime"]["playhead"] for event in self.events]


@pytest.fixture
def backend():
    return Backend()


@pytest.fixture
def clock():
    return mediabeat.VirtualClock(BEGIN)


@pytest.fixture
def make_client(backend, clock):
    """A client of that backend; arguments are those of Client. Closed at the end."""
    made = []

    def make(**arguments):
        usual = {"transport": backend, "clock": clock, "log": False, "channel": "web", "playerName": "tv", "seed": 1}
        made.append(mediabeat.Client({"endpoint": "http://127.0.0.1:1"}, **{**usual, **arguments}))
        return made[-1]

    yield make
    for client in made:
        client.close(0)
    gc.collect()


@pytest.fixture
def client(make_client):
    return make_client()


@pytest.fixture
def tracker(client):
    """A tracker whose content plays."""
    tracker = client.tracker("tv")
    assert tracker.session_start(id="a", name="A", length=60, preroll_waiting_time=0).ok
    assert tracker.play().ok
    return tracker


@pytest.fixture
def event():
    """What opens a session, in the form of the Media Collection API."""
    return {
        "eventType": "sessionStart",
        "playerTime": {"playhead": 0},
        "params": {
            "media.id": "a",
            "media.name": "A",
            "media.length": 60,
            "media.contentType": "vod",
            "media.streamType": "video",
        },
    }
