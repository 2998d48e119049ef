"""What an installed package must do, wherever it is: run by check_wheel in an environment that holds nothing else.

usage: try_package.py [--carries-all]

--carries-all: neither the process nor the command may have loaded a library of the system's but those that every Linux
has: see PEP 600.
"""

from __future__ import annotations

import os
import pathlib
import re
import sqlite3
import ssl
import subprocess
import sys
import sysconfig
import tempfile

EVERYWHERE = re.compile(r"(ld-linux.*|libc|libdl|libm|libnss_\w+|libpthread|libresolv|librt|libz)\.so[.\d]*")
CONFIGURATION = {
    "trackingServer": "metrics.example.com",
    "reportSuite": "a",
    "orgId": "A@AdobeOrg",
    "channel": "web",
    "playerName": "tv",
}


def libraries(process: str) -> set[str]:
    """The files of shared libraries that a process has loaded."""
    lines = pathlib.Path("/proc", process, "maps").read_text().splitlines()
    return {line.split(None, 5)[5] for line in lines if ".so" in line}


PYTHONS_OWN = (sqlite3, ssl, tempfile)  # modules that load libraries of the system
BEFORE = libraries("self")

import mediabeat  # noqa: E402

HERE = pathlib.Path(mediabeat.__file__).parent


def foreign(process: str) -> list[str]:
    """Libraries that only the system has: not every Linux, not Python, not the environment."""
    loaded = libraries(process) - (BEFORE if process == "self" else set())
    return sorted(
        path
        for path in loaded
        if not path.startswith((sys.prefix, sysconfig.get_path("stdlib")))
        and not EVERYWHERE.fullmatch(os.path.basename(path))
    )


def track(url: str) -> None:
    """A session over libcurl."""
    with mediabeat.Client({**CONFIGURATION, "endpoint": url}) as client:
        tracker = client.tracker("tv")
        tracker.session_start(id="a", name="A", length=60, preroll_waiting_time=0)
        tracker.play()
        tracker.session_end()
    stats = client.stats
    assert stats.accepted == stats.delivered == 3, stats


def check_collector(carries_all: bool) -> None:
    """The package's own collector takes what the package's transport sends."""
    with mediabeat.collector() as collector:
        track(collector.url)
        (session,) = collector.sessions()
        assert session["mediaName"] == "A", session
        assert [row["eventType"] for row in collector.events()] == ["sessionStart", "play", "sessionEnd"]
        (command,) = pathlib.Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        found = foreign("self") + foreign(command)
        assert not carries_all or not found, f"not carried: {found}"


def check_commands() -> None:
    """The command is on the path, and behind python -m."""
    for command in (["mediabeat"], [sys.executable, "-I", "-m", "mediabeat"]):
        said = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True).stdout
        assert mediabeat.__version__ in said, said


def check_files() -> None:
    """Hints, and nothing that belongs elsewhere."""
    assert HERE.is_relative_to(sys.prefix), HERE
    assert (HERE / "py.typed").exists()
    assert (HERE / "_native.pyi").exists()
    top = {path.name for path in HERE.parent.glob("mediabeat*")}
    assert {re.sub(r"-.*\.", "-.", name) for name in top} <= {"mediabeat", "mediabeat-.dist-info", "mediabeat.libs"}, (
        top
    )


def main() -> None:
    check_files()
    check_commands()
    check_collector("--carries-all" in sys.argv)
    media = {"id": "a", "name": "A", "length": 60, "streamType": "vod", "mediaType": "video"}
    dry = mediabeat.replay([{"ts": 0, "call": "sessionStart", "info": media}], dry_run=True)
    assert dry.requests, dry
    print(f"mediabeat {mediabeat.__version__} works in {sys.prefix}")


if __name__ == "__main__":
    main()
