"""The real command and the real collector, with a faulty proxy in between."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MEDIABEAT", str(ROOT / "build/dev/cli/mediabeat"))
PATIENCE = 600  # seconds until a test gives up; nothing waits this long when all is well
sys.path.insert(0, str(pathlib.Path(__file__).parent))

# What either wire needs, so that a test plays the same log over both. An answer may take as long as it does.
CONFIGURATION = {
    "trackingServer": "metrics.example.com",
    "reportSuite": "suite",
    "orgId": "1@AdobeOrg",
    "datastreamId": "a-datastream",
    "marketingCloudUserId": "123",
    "channel": "channel",
    "playerName": "player",
    "answerTimeout": PATIENCE,
    "retryInterval": 0.05,
    "retryIntervalMax": 0.2,
    "seed": 1,
}


class Collector:
    def __init__(self):
        self.process = subprocess.Popen([PROGRAM, "collector", "--port", "0"], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[-1]

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as response:
            return json.load(response)

    def sessions(self):
        found, after = [], ""
        while page := self.get(f"/api/sessions?limit=1000{after}"):
            found += page
            after = f"&after={page[-1]['id']}"
        return found

    def events(self, session):
        """In the form that is the same whichever wire they came by."""
        return self.get(f"/api/sessions/{session['id']}/events?form=normalised")

    def types(self, session):
        return [item["event"]["eventType"] for item in self.events(session) if not item["duplicate"]]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=PATIENCE) == 0
        self.process.stdout.close()


@pytest.fixture
def collector():
    running = Collector()
    yield running
    running.stop()


@pytest.fixture(params=["collection-v1", "edge-va-v1"])
def wire(request):
    """The protocol; a test that wants it runs over both."""
    return request.param


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Replay:
    """A replay under way; finish() gives its exit status and its summary."""

    def __init__(self, folder, url, lines, *options):
        log = folder / "log.jsonl"
        first = {"ts": lines[0]["ts"], "call": "configure", "config": CONFIGURATION}
        log.write_text("".join(json.dumps(line) + "\n" for line in [first, *lines]), encoding="utf-8")
        self.process = subprocess.Popen(
            [PROGRAM, "replay", "--to", url, "--speed", "max", "--drain", str(PATIENCE), *options, str(log)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self):
        _, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, errors


@pytest.fixture
def replay(tmp_path, wire):
    return lambda url, lines, *options: Replay(tmp_path, url, lines, "--protocol", wire, *options)
