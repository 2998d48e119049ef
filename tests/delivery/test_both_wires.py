"""One log, both wires: a rich viewing played once with each protocol into the real collector leaves the same events."""
import json

import pytest

from viewing import MEDIA, call

HOUR = 3600


def qoe(seconds, bitrate, dropped):
    info = {"bitrate": bitrate, "startupTime": 900, "fps": 25, "droppedFrames": dropped}
    return call(seconds, "qoe", info=info)


SHOW = {
    "a.media.show": "Open Movies", "a.media.season": "1", "a.media.asset": "OM-4", "a.media.pass.auth": "true",
    "subscription": "family", "_tenant.entry": "search", "quoted": 'a "b" \\ c é',
}  # fmt: skip
AD = {"a.media.ad.advertiser": "Cloudwater", "a.media.ad.campaign": "spring", "slot": "first"}

# Ads before and in the middle, chapters, states, quality, errors, seeking, stalls, a pause so long that the session ends
# and another one goes on. Playheads are whole: the Media Edge API has no fractions.
RICH = [
    call(0, "sessionStart", info={**MEDIA, "length": 734}, metadata=SHOW),
    qoe(0, 3_200_000, 0),
    call(0.2, "adBreakStart", info={"name": "pre-roll", "position": 1, "startTime": 0}),
    call(0.2, "adStart", info={"id": "ad-1", "name": "An ad", "position": 1, "length": 15}, metadata=AD),
    call(15.2, "adComplete"),
    call(15.2, "adStart", info={"id": "ad-2", "name": "Another", "position": 2, "length": 20}),
    call(21.2, "adSkip"),
    call(21.2, "adBreakComplete"),
    call(21.3, "play"),
    call(21.3, "chapterStart", info={"name": "One", "position": 1, "length": 60, "startTime": 0}, metadata={"mood": "calm"}),
    call(30, "playhead", value=9),
    call(30, "stateStart", info={"name": "fullScreen"}),
    call(31, "stateStart", info={"name": "mute"}),
    call(35, "playhead", value=14),
    call(35, "bufferStart"),
    qoe(36, 1_800_000, 11),
    call(37, "bufferComplete"),
    call(37.1, "bitrateChange"),
    call(40, "error", id="segment-timeout"),
    call(41, "error", id="segment-timeout"),
    call(45, "playhead", value=24),
    call(45, "seekStart"),
    call(46, "playhead", value=60),
    call(46, "seekComplete"),
    call(46.1, "chapterComplete"),
    call(46.2, "chapterStart", info={"name": "Two", "position": 2, "length": 60, "startTime": 60}),
    call(50, "stateEnd", info={"name": "mute"}),
    call(60, "playhead", value=74),
    call(60, "pause"),
    call(HOUR, "play"),  # after half an hour the session had ended
    call(HOUR + 30, "playhead", value=104),
    call(HOUR + 30, "chapterComplete"),
    call(HOUR + 40, "complete"),
]

# At session level what is said is what is sent, in either form.
BY_EVENT = [
    call(0, "createMediaSession", options={"playerId": "p", "xdm": {"mediaCollection": {
        "playhead": 0,
        "sessionDetails": {"name": "m1", "friendlyName": "A film", "length": 60, "contentType": "vod", "streamType": "video",
                           "show": "Open Movies"},
        "customMetadata": [{"name": "subscription", "value": "family"}]}}}),
    call(0, "playerDetails", player="p", details={"playhead": 0, "qoeDataDetails": {
        "bitrate": 100, "droppedFrames": 0, "framesPerSecond": 25, "timeToStart": 3}}),
    call(1, "sendMediaEvent", options={"playerId": "p", "xdm": {"eventType": "media.play"}}),
    call(12, "playerDetails", player="p", details={"playhead": 11}),
    call(13, "sendMediaEvent", options={"playerId": "p", "xdm": {"eventType": "media.statesUpdate", "mediaCollection": {
        "statesStart": [{"name": "mute"}, {"name": "fullScreen"}], "statesEnd": [{"name": "inFocus"}]}}}),
    call(14, "sendMediaEvent", options={"playerId": "p", "xdm": {"eventType": "media.error", "mediaCollection": {
        "errorDetails": {"name": "E1", "source": "external"}}}}),
    call(15, "sendMediaEvent", options={"playerId": "p", "event": {"eventType": "adBreakStart", "params": {
        "media.ad.podFriendlyName": "mid", "media.ad.podIndex": 1, "media.ad.podSecond": 11}}}),
    call(15, "sendMediaEvent", options={"playerId": "p", "event": {"eventType": "adBreakComplete"}}),
    call(30, "sendMediaEvent", options={"playerId": "p", "xdm": {"eventType": "media.sessionComplete"}}),
]  # fmt: skip


@pytest.fixture
def wire():
    return "collection-v1"


def collected(collector, replay, lines, *options):
    """What the collector has of a replay: for each session its events, without what every arrival has of its own."""
    before = len(collector.sessions())
    status, errors = replay(collector.url, lines, *options).finish()
    assert status == 0, errors
    return [[item["event"] for item in collector.events(session)] for session in collector.sessions()[before:]]


@pytest.mark.parametrize("lines, sessions, least", [(RICH, 2, 40), (BY_EVENT, 1, 9)], ids=["calls", "events"])
def test_a_log_leaves_the_same_events_whichever_wire_they_took(collector, replay, lines, sessions, least):
    v1 = collected(collector, replay, lines)
    edge = collected(collector, replay, lines, "--protocol", "edge-va-v1")
    assert len(v1) == sessions
    assert sum(map(len, v1)) >= least
    assert edge == v1
    assert {session["protocol"] for session in collector.sessions()} == {"v1", "edge"}


def test_a_downloaded_session_leaves_the_same_events_too(collector, replay, tmp_path):
    downloaded = tmp_path / "downloaded.json"
    downloaded.write_text(json.dumps({"downloaded": True}), encoding="utf-8")
    v1 = collected(collector, replay, RICH, "--config", str(downloaded))
    edge = collected(collector, replay, RICH, "--config", str(downloaded), "--protocol", "edge-va-v1")
    assert sum(map(len, v1)) >= 30
    assert edge == v1
    assert all(session["downloaded"] for session in collector.sessions())
