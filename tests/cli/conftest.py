"""What the tests of the command share: the program, and logs written as Python."""
import json
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("MEDIABEAT", str(ROOT / "build/dev/cli/mediabeat"))
LOGS = ROOT / "docs/examples/logs"

MEDIA = {"id": "m1", "name": "Metropolis", "length": 60, "streamType": "vod", "mediaType": "video", "prerollWaitingTime": 0}
EDGE = {"protocol": "edge-va-v1", "datastreamId": "stream", "channel": "c", "playerName": "p"}
LIVE = {"trackingServer": "metrics.example.com", "reportSuite": "suite", "orgId": "1@AdobeOrg"}


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


class Result:
    """A finished run; `requests` are the lines of a dry run."""

    def __init__(self, run):
        self.status, self.out, self.err = run.returncode, run.stdout, run.stderr

    @property
    def requests(self):
        return [json.loads(text) for text in self.out.splitlines()]

    @property
    def events(self):
        bodies = (request["body"] for request in self.requests)
        return [event for body in bodies for event in (body if isinstance(body, list) else [body])]

    @property
    def types(self):
        return [event["eventType"] for event in self.events]

    @property
    def xdms(self):
        """The events of the Media Edge API."""
        return [event["xdm"] for request in self.requests for event in request["body"]["events"]]

    @property
    def media(self):
        """Their mediaCollections, with the type in front."""
        return [(event["eventType"].removeprefix("media."), event["mediaCollection"]) for event in self.xdms]


def run_program(*arguments, stdin=None, env=None):
    run = subprocess.run(
        [PROGRAM, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **(env or {})},
    )
    return Result(run)


@pytest.fixture
def mediabeat():
    """Runs the command: mediabeat("replay", ...)."""
    return run_program


@pytest.fixture
def dry(tmp_path):
    """Plays lines dry: dry([start(), line(0, "play")], "--show")."""

    def play(lines, *options, **arguments):
        log = tmp_path / "log.jsonl"
        log.write_text(text_of(lines), encoding="utf-8")
        return run_program("replay", "--dry-run", *options, log, **arguments)

    return play
