"""Viewers with a store, which are killed, and a collector that goes down and comes back."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("MEDIABEAT", ROOT / "build/dev/cli/mediabeat")).resolve()
VIEWER = PROGRAM.parents[1] / "tests/durability/viewer"
START = 1_700_000_000_000
HOUR = 3_600_000
PATIENCE = 300  # seconds until a test gives up; nothing waits this long when all is well
sys.path[:0] = [str(pathlib.Path(__file__).parent), str(ROOT / "tests/support")]

from gate import Gate  # noqa: E402
from notes import Notes  # noqa: E402

# What either wire needs. Virtual time runs much faster than the clock, so what waits must not become too old.
CONFIGURATION = {
    "trackingServer": "metrics.example.com",
    "reportSuite": "suite",
    "orgId": "1@AdobeOrg",
    "datastreamId": "a-datastream",
    "channel": "channel",
    "playerName": "player",
    "downloadedPingInterval": 10,  # as those online
    "answerTimeout": 60,
    "retryInterval": 0.05,
    "retryIntervalMax": 0.2,
    "queueMaxAge": 31_536_000,
    "storeMaxAge": 31_536_000,
    "logLevel": "info",
}


def pytest_addoption(parser):
    parser.addoption("--kills", type=int, default=200, help="how often viewers are killed, over both wires")
    parser.addoption("--seed", type=int, default=None, help="of what is left to chance; the scheduler's part is not")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Collector:
    """On one port and one database, however often it is killed."""

    def __init__(self, folder):
        self.data = folder / "collected.db"
        self.port = free_port()
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [PROGRAM, "collector", "--port", str(self.port), "--data", self.data],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline().startswith("collector listening")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE)
        self.process.stdout.close()

    def sessions(self):
        """The events of each session that count, as they were sent, in order of the sessions' arrival."""
        words = [PROGRAM, "collector", "--export", "--data", self.data]
        lines = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True, timeout=PATIENCE).stdout
        sessions = {}
        for line in lines.splitlines():
            event = json.loads(line)
            if not event["duplicate"]:
                sessions.setdefault(event["session"], []).append((event["index"], event["event"]))
        return [[event for _, event in sorted(events, key=lambda pair: pair[0])] for events in sessions.values()]


class Viewer:
    """A viewer under way."""

    def __init__(self, notes, seed, now, work, count, configuration, **process):
        self.path = pathlib.Path(notes)
        shadow = {**configuration, "downloaded": False}
        shadow.pop("store", None)
        words = [VIEWER, notes, seed, now, work, count, json.dumps(configuration), json.dumps(shadow)]
        self.process = subprocess.Popen([str(word) for word in words], stderr=subprocess.PIPE, text=True, **process)

    def kill(self):
        """Whether it was still alive."""
        self.process.send_signal(signal.SIGKILL)
        _, errors = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode in (0, -signal.SIGKILL), errors
        return self.process.returncode != 0

    def finish(self):
        _, errors = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, errors
        return self.notes() if self.path.is_file() else None

    def notes(self):
        return Notes(self.path)


@pytest.fixture
def collector(tmp_path):
    running = Collector(tmp_path)
    yield running
    running.kill()


@pytest.fixture
def gate(collector):
    gate = Gate(collector.port)
    yield gate
    gate.close()


@pytest.fixture(params=["collection-v1", "edge-va-v1"])
def wire(request):
    return request.param


@pytest.fixture
def view(tmp_path, gate, wire):
    """Starts viewers over one store. Each has a number, which is in the names of its players and sessions."""
    started = 0

    def begin(work, count=0, process=None, now=None, notes=None, **configuration):
        nonlocal started
        started += 1
        whole = {
            **CONFIGURATION,
            "protocol": wire,
            "endpoint": f"http://127.0.0.1:{gate.port}",
            "store": str(tmp_path / "store"),
            "seed": started,
            **configuration,
        }
        return Viewer(notes or tmp_path / f"notes-{started}", started, now or START + started * HOUR, work, count, whole, **(process or {}))

    return begin
