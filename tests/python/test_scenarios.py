"""Every scenario through the Python API: what its source fixes holds, and the bytes are those of the command."""

import json
import os
import random
import sys

import mediabeat
import pytest
from mediabeat.player_log import CALLS
from shared import ROOT, line, run_mediabeat, start, text_of

sys.path.insert(0, str(ROOT / "tests/scenarios"))

import check_scenarios
import golden_traces

FILES = list(check_scenarios.scenario_files(check_scenarios.PLACES))
COMPLETE = {
    "trackingServer": "metrics.example.com",
    "reportSuite": "suite",
    "orgId": "1@AdobeOrg",
    "datastreamId": "datastream",
    "channel": "channel",
    "playerName": "player",
}


def calls_of(scenario):
    return [json.loads(text) for text in check_scenarios.player_log(scenario).splitlines()]


def printed(accounting):
    return b"".join(request.line() + b"\n" for request in accounting.requests)


def is_the_command_s(calls, *options, **arguments):
    """Plays calls here and there; gives Python's accounting when the bytes and the sums are the same."""
    accounting = mediabeat.replay(calls, dry_run=True, **arguments)
    command = run_mediabeat("replay", "--dry-run", *options, "-", stdin=text_of(calls).encode())
    assert printed(accounting).splitlines() == command.stdout.splitlines()
    assert command.stderr.decode().splitlines()[-1] == f"mediabeat: {accounting}"
    assert command.returncode == (0 if accounting.complete else 1)
    return accounting


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scenario(path):
    scenario = json.loads(path.read_text(encoding="utf-8"))
    accounting = is_the_command_s(calls_of(scenario))
    requests = [json.loads(request.line()) for request in accounting.requests]
    have = list(check_scenarios.wire_events(requests))
    assert check_scenarios.compare(scenario, have, check_scenarios.is_exact(path, scenario)) is None


@pytest.mark.parametrize("protocol", ["collection-v1", "edge-va-v1"])
@pytest.mark.parametrize("level", ["tracker", "session"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scenario_at_either_level_over_either_protocol(path, level, protocol):
    scenario = json.loads(path.read_text(encoding="utf-8"))
    scenario["config"] = {**COMPLETE, **scenario.get("config", {})}
    if scenario["protocol"] == "downloaded-v1":
        scenario["config"]["downloaded"] = True
    scenario["config"].pop("level", None)
    if level == "session":
        scenario["config"]["level"] = "session"
    is_the_command_s(calls_of({**scenario, "protocol": protocol}))


@pytest.mark.parametrize("name", golden_traces.names())
def test_trace_of_the_web_sdk(name):
    calls = golden_traces.player_log(golden_traces.load(name))
    epoch = golden_traces.EPOCH_MS
    accounting = is_the_command_s(calls, "--epoch", epoch, epoch=epoch)
    requests = [json.loads(request.line()) for request in accounting.requests]
    golden_traces.compare(golden_traces.load(name), golden_traces.sent(requests))


# ---- What the scenarios leave out

PLAYING = [start(0), line(0, "play"), line(65_000, "tick")]
MANUAL = {
    "xdm": {"mediaCollection": {"playhead": 0, "sessionDetails": {"name": "a", "length": 60, "contentType": "vod"}}}
}


def manual(ts, kind, id):
    return line(
        ts,
        "sendMediaEvent",
        options={"xdm": {"eventType": f"media.{kind}", "mediaCollection": {"playhead": 7, "sessionID": id}}},
    )


LOGS = {
    "an outage": [
        start(),
        line(0, "backend", network="down"),
        *PLAYING[1:],
        line(66_000, "backend", network="up"),
        line(99_000, "tick"),
    ],
    "an ad after a stall that came before the first play": [
        line(0, "configure", config={"playheadFollows": True}),
        start(),
        line(1000, "bufferStart"),
        line(2000, "bufferComplete"),
        line(3000, "adBreakStart", info={"name": "break", "position": 1, "startTime": 0}),
        line(3000, "adStart", info={"id": "ad", "name": "Ad", "position": 1, "length": 5}),
        line(8000, "adComplete"),
        line(8000, "adBreakComplete"),
        line(20_000, "error", id="where is the playhead?"),
    ],
    "an outage that lasts": [line(0, "backend", network="down"), *PLAYING],
    "errors for a while": [start(), line(0, "play"), line(1, "backend", status=503, times=3), line(65_000, "tick")],
    "slow answers": [line(0, "backend", delay=1500), *PLAYING, line(70_000, "sessionEnd")],
    "answers that come after the end": [line(0, "backend", delay=50_000), *PLAYING],
    "a session that is gone": [*PLAYING[:2], line(5000, "backend", status=404, times=1), line(65_000, "tick")],
    "a session that is refused": [line(0, "backend", status=400), *PLAYING],
    "a configuration that is refused": [line(0, "backend", status=401), *PLAYING],
    "ids of the backend's own": [
        line(0, "backend", sessionId="s-é"),
        *PLAYING,
        line(65_000, "sessionEnd"),
        start(66_000),
    ],
    "an id that is empty": [line(0, "backend", sessionId=""), *PLAYING],
    "numbers of a backend line that mean nothing": [line(0, "backend", status=999, delay=-1, times=-3), *PLAYING],
    "consent that is withdrawn": [*PLAYING, line(66_000, "consent", value="out"), line(99_000, "tick")],
    "consent that comes late": [line(0, "consent", value="unknown"), *PLAYING, line(66_000, "consent", value="in")],
    "consent that never comes": [line(0, "consent", value="unknown"), *PLAYING],
    "players of one log": [
        {**call, "player": player}
        for call in [*PLAYING, line(65_000, "complete")]
        for player in ("tv", "radio", 'k"ü\\chen\x7f')
    ],
    "details of a player": [
        line(0, "playerDetails", player="tv", details={"playhead": 12.5}),
        start(0, player="tv"),
        line(0, "play", player="tv"),
        line(
            9000,
            "playerDetails",
            player="tv",
            details={
                "playhead": 20,
                "qoeDataDetails": {"bitrate": 5, "framesPerSecond": 25, "droppedFrames": 1, "timeToStart": 9},
            },
        ),
        line(15_000, "tick"),
        line(16_000, "playerDetails", player="tv", details={"qoeDataDetails": {"bitrate": 5}}),
        line(30_000, "tick"),
        line(31_000, "playerDetails", player="tv", details={"playhead": -5}),
        line(45_000, "tick"),
    ],
    "sessions that the application looks after": [
        line(0, "createMediaSession", options=MANUAL),
        manual(800, "play", "1"),
        manual(900, "ping", "of-another-process"),
        manual(901, "ping", "of-another-process"),
        line(
            1000,
            "sendMediaEvent",
            options={"sessionID": "third", "event": {"eventType": "ping", "playerTime": {"playhead": 1}}},
        ),
        manual(2000, "sessionEnd", "1"),
        manual(2100, "play", "1"),
    ],
    "a session that takes the place of another": [
        line(0, "createMediaSession", player="tv", options=MANUAL),
        line(5000, "sendMediaEvent", player="tv", options={"xdm": {"eventType": "media.play"}}),
        line(6000, "createMediaSession", player="tv", options=MANUAL),
        line(30_000, "tick"),
        line(31_000, "pause", player="tv"),
        line(32_000, "playhead", player="tv", value=4),
        line(32_000, "qoe", player="tv", info={"bitrate": 5, "startupTime": 0, "fps": 25, "droppedFrames": 0}),
        line(33_000, "sessionEnd", player="tv"),
    ],
    "a playhead that follows the clock": [
        line(0, "configure", config={"playheadFollows": True}),
        *PLAYING[:2],
        line(4000, "playhead", value=100),
        line(10_000, "bufferStart"),
        line(12_000, "bufferComplete"),
        line(20_000, "pause"),
        line(30_000, "play"),
        line(40_000, "adBreakStart", info={"name": "b", "position": 1, "startTime": 5}),
        line(40_000, "adStart", info={"id": "a", "name": "a", "position": 1, "length": 10}),
        line(50_000, "adComplete"),
        line(50_000, "adBreakComplete"),
        line(65_000, "seekStart"),
        line(66_000, "seekComplete"),
        line(80_000, "complete"),
        line(90_000, "play"),
    ],
    "lines that wait for a deadline of their own time": [
        line(0, "configure", config={"playheadFollows": True}),
        *PLAYING[:2],
        line(11_000, "playerDetails", details={}),
        line(11_000, "stateEnd", info={"name": "mute"}),
        line(11_000, "pause"),
        line(21_000, "qoe", info={}),
        line(21_000, "play"),
        line(41_000, "tick"),
    ],
    "an ad before the content": [
        line(0, "sessionStart", info={"id": "a", "name": "A", "length": 60, "streamType": "vod", "mediaType": "video"}),
        line(10, "play"),
        line(20, "bitrateChange"),
        line(100, "adBreakStart", info={"name": "b", "position": 1, "startTime": 0}),
        line(
            100, "adStart", info={"id": "a", "name": "a", "position": 1, "length": 10}, metadata={"a": "b", "c": None}
        ),
        line(15_000, "tick"),
    ],
    "what is missing is refused": [
        start(),
        line(1, "playhead"),
        line(1, "qoe"),
        line(1, "error"),
        line(1, "adBreakStart", info={"name": "b", "position": 0.5, "startTime": 0}),
        line(1, "adBreakStart", info={"name": "b", "position": 1.0, "startTime": 0}),
        line(1, "adStart", info=None),
        line(1, "chapterStart", info={}),
        line(1, "stateStart", info={}),
        line(1, "consent", value=None),
        line(1, "online"),
        line(1, "sendMediaEvent"),
        line(1, "createMediaSession", options={}),
        line(1, "createMediaSession", player="tv", options={"event": {"eventType": "sessionStart"}}),
        line(1, "sendMediaEvent", options={"sessionID": "x"}),
        line(1, "sessionStart", player="radio", info=None),
    ],
    "downloads": [
        line(0, "configure", config={"downloaded": True}),
        line(0, "online", value=False),
        *PLAYING,
        line(70_000, "sessionEnd"),
        line(80_000, "online", value=True),
    ],
    "fractions, large numbers and all letters": [
        start(0, metadata={"a.b": 'ü"\\\n\u2028', "c": "x" * 3000}),
        line(0, "playhead", value=1e15),
        line(0, "play"),
        line(5, "playhead", value=0.1),
        line(5, "error", id="é\u0001"),
        line(6, "playhead", value=1.5e-7),
        line(7, "pause"),
    ],
    "an empty log": [],
    "a log that does nothing": [line(5, "tick"), line(500_000, "tick")],
}


@pytest.mark.parametrize("protocol", ["collection-v1", "downloaded-v1", "edge-va-v1"])
@pytest.mark.parametrize("name", LOGS)
def test_log(name, protocol):
    is_the_command_s(LOGS[name], "--protocol", protocol, config={"protocol": protocol})


class RandomLog:
    """Calls as no player makes them: in any order, many at the same moment, with things missing."""

    NAMES = ("a", "b", "")
    BARE = ("play", "pause", "complete", "sessionEnd", "adBreakComplete", "adComplete", "adSkip", "chapterComplete")
    BARE += ("chapterSkip", "bufferStart", "bufferComplete", "seekStart", "seekComplete", "bitrateChange", "tick")

    def __init__(self, seed):
        self.random = random.Random(seed)

    def maybe(self, **members):
        return {name: value for name, value in members.items() if self.random.random() < 0.95}

    def number(self):
        return self.random.choice([0, 1, 2, 2.0, 7.25, -1, 1e6])

    def session_start(self):
        wait = self.random.choice([0, 0, 250, 5000])
        named = self.maybe(id=self.random.choice("xyz"), name="N", length=self.number() % 100, streamType="vod")
        return {"info": {**named, "mediaType": "video", "prerollWaitingTime": wait}, "metadata": {"k": "v", "n": None}}

    def create(self):
        details = {"name": "m", "length": 60, "contentType": "vod"}
        xdm = {"mediaCollection": {"sessionDetails": details, **self.maybe(playhead=self.number())}}
        return {"options": {**self.maybe(xdm=xdm), "noPings": self.random.random() < 0.3}}

    def send(self):
        kind = self.random.choice(["play", "pauseStart", "ping", "sessionEnd", "sessionComplete", "bufferStart", "x"])
        named = self.random.choice([{}, {"sessionID": "1"}, {"sessionID": "other"}])
        form = {"xdm": {"eventType": f"media.{kind}", "mediaCollection": self.maybe(playhead=1)}}
        if self.random.random() < 0.3:
            form = {"event": {"eventType": kind, **self.maybe(playerTime={"playhead": 3})}}
        return {"options": {**form, **named}}

    def backend(self):
        how = {
            "status": [200, 204, 207, 400, 404, 429, 500],
            "delay": [0, 40, 3000],
            "times": [1, 2],
            "network": ["up", "down"],
        }
        return {name: self.random.choice(values) for name, values in how.items() if self.random.random() < 0.4}

    def members(self, call):
        made = {
            "sessionStart": self.session_start,
            "playhead": lambda: self.maybe(value=abs(self.number())),
            "qoe": lambda: {"info": self.maybe(bitrate=self.number(), startupTime=1, fps=25, droppedFrames=0)},
            "error": lambda: self.maybe(id="E"),
            "adBreakStart": lambda: {"info": self.maybe(name="b", position=self.number(), startTime=3)},
            "adStart": lambda: {
                "info": self.maybe(id="i", name="n", position=self.number(), length=5),
                "metadata": {"a": "b"},
            },
            "chapterStart": lambda: {"info": self.maybe(name="c", position=self.number(), length=5, startTime=0)},
            "stateStart": lambda: {"info": self.maybe(name=self.random.choice(["mute", "fullscreen", "?"]))},
            "stateEnd": lambda: {"info": self.maybe(name="mute")},
            "createMediaSession": self.create,
            "sendMediaEvent": self.send,
            "playerDetails": lambda: {"details": self.maybe(playhead=self.number())},
            "online": lambda: {"value": self.random.random() < 0.6},
            "consent": lambda: {"value": self.random.choice(["in", "in", "unknown", "out"])},
            "backend": self.backend,
        }
        return made.get(call, dict)()

    def lines(self):
        calls = [call for call in CALLS if call != "configure"]
        weights = [
            8 if call in self.BARE or call == "sessionStart" else 1 if call in ("consent", "online") else 4
            for call in calls
        ]
        config = {
            "playheadFollows": self.random.random() < 0.5,
            "level": self.random.choice(["tracker", "tracker", "session"]),
        }
        ts, lines = 0, [line(0, "configure", config=config), start(player="a")]
        for call in self.random.choices(calls, weights, k=80):
            ts += self.random.choice([0, 0, 1, 999, 1000, 5000, 10_000, 10_001, 60_000, 1_900_000])
            lines.append(line(ts, call, player=self.random.choice(self.NAMES), **self.members(call)))
        return lines


@pytest.mark.parametrize("protocol", ["collection-v1", "downloaded-v1", "edge-va-v1"])
@pytest.mark.parametrize("seed", range(int(os.environ.get("MEDIABEAT_RANDOM_LOGS", "20"))))
def test_random_log(seed, protocol):
    is_the_command_s(RandomLog(seed).lines(), "--protocol", protocol, config={"protocol": protocol})


def test_a_recording_ticks_where_it_says():
    """A client on a virtual clock is recorded, with an outage; its replay has the same bodies, here and there."""
    written, sent = [], []
    clock = mediabeat.VirtualClock(1000.0)

    class Backend:
        down = False

        def send(self, request):
            if self.down:
                return mediabeat.Response(0, error="down")
            sent.append(request.body)
            return mediabeat.Response(201, location="/api/v1/sessions/1")

    backend = Backend()
    with mediabeat.Client(clock=clock, transport=backend, log=False) as client:
        client.record(written.append)
        tracker = client.tracker("tv")
        tracker.session_start(id="a", name="A", length=60)
        tracker.play()
        for second in range(1, 60):
            backend.down = 20 < second < 40
            clock.advance(1)
            client.tick()
        tracker.complete()
    calls = [json.loads(text) for text in written]
    assert calls[0]["config"]["ticks"] == "recorded"
    assert [request.body for request in is_the_command_s(calls).requests] == sent


def test_a_recording_ticks_where_it_says_while_requests_are_repeated():
    """Its host ticked every 7 s, so a ping that was due at 10 s went at 14 s, whatever else happens at 10 s."""
    written, sent = [], []
    clock = mediabeat.VirtualClock(1000.0)

    class Backend:
        def send(self, request):
            sent.append(request.body)
            return mediabeat.Response(201, location="/api/v1/sessions/1")

    with mediabeat.Client(clock=clock, transport=Backend(), log=False) as client:
        client.record(written.append)
        tracker = client.tracker("tv")
        tracker.session_start(id="a", name="A", length=60)
        tracker.play()
        for _ in range(40):
            clock.advance(7)
            client.tick()
        tracker.complete()
    first, *others = [json.loads(text) for text in written]
    outage = [
        line(first["ts"] + 20_000, "backend", network="down"),
        line(first["ts"] + 120_000, "backend", network="up"),
    ]
    calls = [first, *sorted([*others, *outage], key=lambda call: call["ts"])]
    accounting = is_the_command_s(calls)
    assert accounting.stats.retries > 5
    bodies = [request.body for request in accounting.requests]
    assert [body for body, next in zip(bodies, [*bodies[1:], None]) if body != next] == sent


def test_two_runs_are_the_same():
    calls = calls_of(json.loads(FILES[0].read_text(encoding="utf-8")))
    assert printed(mediabeat.replay(calls, dry_run=True)) == printed(mediabeat.replay(iter(calls), dry_run=True))


def test_the_command_is_there():
    assert os.access(os.environ["MEDIABEAT"], os.X_OK)
