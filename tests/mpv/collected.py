"""A collector that comes and goes, and what it has collected. For the tests of LÖVE as well."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("MEDIABEAT", ROOT / "build/dev/cli/mediabeat")).resolve()
PATIENCE = 120  # seconds until a test gives up; nothing waits this long when all is well


def skip_without(items, commands, modules):
    """Skips all tests where a command or the module for Lua in this folder is missing."""
    missing = [name for name in commands if not shutil.which(name)]
    if not (modules / "mediabeat.so").exists():
        missing.append(str(modules / "mediabeat.so"))
    for item in items if missing else []:
        item.add_marker(pytest.mark.skip(f"missing: {', '.join(missing)}"))


def wait_for(condition, pause=0.01):
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(pause)
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Session(list):
    """The events of a session."""

    def __init__(self, sid):
        super().__init__()
        self.id = sid

    @property
    def types(self):
        return [event["eventType"] for event in self]

    @property
    def told(self):
        return ", ".join(f"{e['eventType']} {e['playerTime']['playhead']:.2f}" for e in self)

    def playheads(self, kind):
        return [e["playerTime"]["playhead"] for e in self if e["eventType"] == kind]

    def params(self, kind, name):
        return [e.get("params", {}).get(name) for e in self if e["eventType"] == kind]

    def times(self, kind):
        return [e["playerTime"]["ts"] / 1000 for e in self if e["eventType"] == kind]


def check(session, *expected):
    """Exactly these events, each as "type playhead" or "type from..to", the playheads within half a second.
    "?type playhead" is there or not: how much was played before the next one hangs on the machine."""
    left = list(session)
    for line in expected:
        kind, playhead = line.split(" ")
        if kind.startswith("?") and not (left and left[0]["eventType"] == kind[1:]):
            continue
        assert left and left[0]["eventType"] == kind.lstrip("?"), (line, session.told)
        begin, _, end = playhead.partition("..")
        found = left.pop(0)["playerTime"]["playhead"]
        assert float(begin) - 0.5 <= found <= float(end or begin) + 0.5, (line, session.told)
    assert not left, session.told


class Collector:
    """On one port and one database, however often it goes down."""

    def __init__(self, folder):
        self.data = folder / "collected.db"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None

    def start(self, *arguments):
        words = [PROGRAM, "collector", "--port", self.port, "--data", self.data, *arguments]
        self.process = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE, text=True)
        assert "listening" in self.process.stdout.readline()
        return self

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(PATIENCE) == 0
        self.process = None

    def export(self, *form):
        """The sessions in the order in which they began; a repeated event is no event."""
        words = [PROGRAM, "collector", "--export", *form, "--data", self.data]
        sessions = {}
        for line in subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines():
            row = json.loads(line)
            if not row["duplicate"]:
                sessions.setdefault(row["session"], Session(row["session"])).append(row["event"])
        return sorted(sessions.values(), key=lambda session: session[0]["playerTime"]["ts"])

    def wait_for(self, condition):
        """Until it is true of the first session."""
        wait_for(lambda: any(condition(session) for session in self.export("--normalised")[:1]), pause=0.05)
