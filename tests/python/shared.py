"""What tests of logs and backends share: the command, a configuration for either protocol, and lines of logs."""

import json
import os
import pathlib
import subprocess

import mediabeat

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOGS = ROOT / "docs/examples/logs"
os.environ.setdefault("MEDIABEAT", str(ROOT / "build/dev/cli/mediabeat"))

# Programs that tests start find the package where the tests have found it.
PACKAGES = str(pathlib.Path(mediabeat.__file__).parents[1])
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [PACKAGES, os.environ.get("PYTHONPATH")]))

CONFIGURATION = {
    "trackingServer": "metrics.example.com",
    "reportSuite": "suite",
    "orgId": "1@AdobeOrg",
    "datastreamId": "a-datastream",
    "channel": "channel",
    "playerName": "player",
    "answerTimeout": 60,
    "retryInterval": 0.05,
    "retryIntervalMax": 0.2,
}

MEDIA = {
    "id": "m1",
    "name": "Metropolis",
    "length": 60,
    "streamType": "vod",
    "mediaType": "video",
    "prerollWaitingTime": 0,
}


def line(ts, call, **members):
    return {"ts": ts, "call": call, **members}


def start(ts=0, **members):
    return line(ts, "sessionStart", info=MEDIA, **members)


def viewing(player, ts=0, media="m1"):
    """A short one: six events."""
    info = {**MEDIA, "id": media}
    return [
        line(ts, "sessionStart", player=player, info=info, metadata={"genre": "drama"}),
        line(ts + 100, "play", player=player),
        line(ts + 3000, "playhead", player=player, value=2.9),
        line(ts + 3000, "pause", player=player),
        line(ts + 4000, "play", player=player),
        line(ts + 9000, "complete", player=player),
    ]


def text_of(lines):
    return "".join((item if isinstance(item, str) else json.dumps(item)) + "\n" for item in lines)


def run_mediabeat(*arguments, stdin=None):
    """The command's own run: what Python's is held against."""
    return subprocess.run(
        [os.environ["MEDIABEAT"], *map(str, arguments)], input=stdin, capture_output=True, timeout=600
    )
