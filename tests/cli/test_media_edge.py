"""Dry runs over the Media Edge API: what is asked for, and how the built-in backend answers."""
import re

import pytest
from conftest import EDGE, LOGS, MEDIA, line, start

CONFIG = line(0, "configure", config=EDGE)
PLAY = [CONFIG, start(), line(0, "play"), line(5000, "playhead", value=5.5), line(5000, "sessionEnd")]
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def backend(ts, **members):
    return line(ts, "backend", **members)


def actions(run):
    return [request["path"].partition("?")[0] for request in run.requests]


def test_each_event_has_its_path(dry):
    run = dry(PLAY)
    assert run.status == 0
    assert actions(run) == ["/ee/va/v1/sessionStart", "/ee/va/v1/play", "/ee/va/v1/play", "/ee/va/v1/sessionEnd"]
    for request, xdm in zip(run.requests, run.events):
        assert re.fullmatch(f"configId=stream&requestId={UUID}", request["path"].partition("?")[2])
        assert xdm["eventType"] == "media." + request["path"].partition("?")[0].rpartition("/")[2]
    assert run.err == "mediabeat: 1 session, 4 events: 4 delivered\n"


def test_an_event(dry):
    last = dry(PLAY).events[-1]
    assert re.fullmatch(UUID, last.pop("_id"))
    assert last == {
        "eventType": "media.sessionEnd", "timestamp": "1970-01-01T00:00:05.000Z",
        "mediaCollection": {"sessionID": "1", "playhead": 5},
    }  # fmt: skip


def test_two_runs_are_byte_identical(dry):
    lines = [CONFIG, backend(0, status=503, times=3), *PLAY[1:]]
    assert dry(lines).out == dry(lines).out != ""


def test_the_option_chooses_the_protocol(dry):
    lines = [start(), line(0, "play"), line(100, "sessionEnd")]
    assert actions(dry(lines, "--protocol", "edge-va-v1"))[0] == "/ee/va/v1/sessionStart"
    assert actions(dry(lines))[0] == "/api/v1/sessions"


def test_base_path_and_region(dry):
    config = line(0, "configure", config={**EDGE, "edgeBasePath": "ee-pre-prd", "locationHint": "irl1"})
    assert actions(dry([config, *PLAY[1:]]))[-1] == "/ee-pre-prd/irl1/va/v1/sessionEnd"


def test_sessions_are_counted(dry):
    run = dry([CONFIG, start(), line(1, "sessionEnd"), start(2), line(3, "sessionEnd")])
    assert [(request["session"], media.get("sessionID")) for request, (_, media) in zip(run.requests, run.media)] == [
        (1, None), (1, "1"), (2, None), (2, "2"),
    ]  # fmt: skip


def test_the_backend_gives_the_id_it_is_told(dry):
    odd = 'an "odd" \\ id'
    run = dry([CONFIG, backend(0, sessionId=odd), *PLAY[1:]])
    assert {media.get("sessionID") for _, media in run.media} == {None, odd}


def test_delayed_answers_hold_the_queue_back(dry):
    run = dry([CONFIG, backend(0, delay=300), start(), line(0, "play"), line(10, "pause"), line(900, "tick")])
    assert [request["at"] for request in run.requests] == [0, 300, 600]


def test_failures_are_repeated_with_the_same_bytes(dry):
    run = dry([CONFIG, start(), backend(1, status=500, times=2), line(1, "play"), line(60000, "tick")])
    assert run.status == 0
    first, *repeated = [(request["path"], request["body"]) for request in run.requests[1:4]]
    assert repeated == [first, first]
    assert "2 requests repeated" in run.err


def test_the_network_goes_down_and_comes_back(dry):
    run = dry([CONFIG, backend(0, network="down"), *PLAY[1:], backend(6000, network="up")])
    assert run.status == 0
    assert actions(run)[-3:] == ["/ee/va/v1/play", "/ee/va/v1/play", "/ee/va/v1/sessionEnd"]


def test_a_refused_event_is_dropped_with_the_backends_words(dry):
    run = dry([CONFIG, start(), backend(1, status=400, times=1), line(1, "play"), line(2, "pause")])
    assert (run.status, actions(run)[-1]) == (1, "/ee/va/v1/pauseStart")
    assert "Bad Request: a backend line says so" in run.err
    assert "1 dropped (refused by the backend)" in run.err


@pytest.mark.parametrize("status, words", [(400, "Bad Request"), (207, "Invalid request")])
def test_a_refused_session_is_dropped_with_its_queue(dry, status, words):
    run = dry([CONFIG, backend(0, status=status), *PLAY[1:]])
    assert (run.status, actions(run)) == (1, ["/ee/va/v1/sessionStart"])
    assert f"sessionStart answered {status}: {words}" in run.err


def test_a_start_without_an_id_is_repeated(dry):
    run = dry([CONFIG, backend(0, status=204, times=1), *PLAY[1:], line(9000, "tick")])
    assert (run.status, actions(run)[:3]) == (0, ["/ee/va/v1/sessionStart"] * 2 + ["/ee/va/v1/play"])


def test_after_410_the_session_goes_on_in_a_new_one(dry):
    run = dry([CONFIG, start(), line(0, "play"), backend(1, status=410, times=1), line(2, "pause"), line(3, "tick")])
    assert run.status == 0
    assert [request["session"] for request in run.requests] == [1, 1, 1, 2, 2, 2]
    assert [kind for kind, _ in run.media] == ["sessionStart", "play", "pauseStart", "sessionStart", "play", "pauseStart"]
    assert run.media[3][1]["sessionDetails"]["hasResume"] is True
    assert run.media[-1][1]["sessionID"] == "2"


def test_consent_out_sends_nothing(dry):
    run = dry([CONFIG, line(0, "consent", value="out"), *PLAY[1:]])
    assert (run.status, run.out) == (0, "")


def test_downloaded_content_goes_out_as_one_batch(dry):
    run = dry([line(0, "configure", config={**EDGE, "downloaded": True}), *PLAY[1:]])
    assert (run.status, actions(run)) == (0, ["/ee/va/v1/downloaded"])
    (session,) = run.events
    assert [event["mediaEventType"] for event in session["mediaDownloadedEvents"]] == [
        "media.sessionStart", "media.play", "media.play", "media.sessionEnd",
    ]  # fmt: skip


QOE = {"bitrate": 1500, "startupTime": 200, "fps": 25, "droppedFrames": 0}
SHOWN = [
    start(player="tv"),
    line(0, "play", player="tv"),
    line(2000, "adBreakStart", player="tv", info={"name": "mid", "position": 1, "startTime": 2}),
    line(2000, "adStart", player="tv", info={"id": "a", "name": "An ad", "position": 1, "length": 15}),
    line(4000, "adComplete", player="tv"),
    line(4000, "adBreakComplete", player="tv"),
    line(5000, "chapterStart", player="tv", info={"name": "One", "position": 1, "length": 20, "startTime": 0}),
    line(5500, "error", player="tv", id="E\x1b1"),
    line(6000, "qoe", player="tv", info=QOE),
    line(6000, "bitrateChange", player="tv"),
    line(20000, "complete", player="tv"),
]


def test_show_reads_alike_over_both_protocols(dry):
    lines = [line(0, "configure", config={"channel": "c", "playerName": "p"}), *SHOWN]
    shown = dry(lines, "--show", "--protocol", "edge-va-v1").out
    assert shown == dry(lines, "--show").out
    assert "0:00.000  tv #1  sessionStart         0.0 s  Metropolis  vod  60 s\n" in shown
    assert "0:02.001  tv #1  adStart              0.0 s  An ad  15 s\n" in shown
    assert "0:06.000  tv #1  bitrateChange        0.0 s  1500 bit/s\n" in shown
    assert "E?1" in shown


def test_show_names_states(dry):
    lines = [CONFIG, start(), line(1, "stateStart", info={"name": "mute"}), line(2, "stateEnd", info={"name": "mute"})]
    assert [text.split()[-1] for text in dry(lines, "--show").out.splitlines()[1:]] == ["+mute", "-mute"]


def test_show_of_downloaded_content(dry):
    lines = [line(0, "configure", config={**EDGE, "downloaded": True}), *PLAY[1:]]
    shown = dry(lines, "--show").out.splitlines()
    assert [text.split()[2] for text in shown] == ["sessionStart", "play", "play", "sessionEnd"]


@pytest.mark.parametrize("name", ["vod-with-ads.jsonl", "live-radio.jsonl"])
def test_the_logs_of_the_documentation_over_both_protocols(mediabeat, name):
    names = {"stateStart": "statesUpdate", "stateEnd": "statesUpdate"}
    v1 = mediabeat("replay", "--dry-run", LOGS / name)
    edge = mediabeat("replay", "--dry-run", "--protocol", "edge-va-v1", LOGS / name)
    assert edge.err == v1.err
    assert [(names.get(t, t), r["at"]) for t, r in zip(v1.types, v1.requests)] == [
        (kind, r["at"]) for (kind, _), r in zip(edge.media, edge.requests)
    ]


def test_a_live_client_needs_a_datastream(mediabeat, tmp_path):
    config = tmp_path / "config.json"
    config.write_text('{"protocol": "edge-va-v1", "channel": "c", "playerName": "p", "endpoint": "https://edge.example.com"}')
    run = mediabeat("replay", "--check-config", "--config", config)
    assert run.status == 2
    assert "datastreamId" in run.err and "trackingServer" not in run.err


def test_session_level_logs_go_over_it_too(dry):
    config = line(0, "configure", config={**EDGE, "level": "session"})
    calls = ["play", "bufferStart", "bufferComplete", "seekStart", "seekComplete", "pause", "bitrateChange", "complete"]
    run = dry([config, start(metadata={"a.media.show": "S", "mine": "yes"}), *(line(100, call) for call in calls)])
    assert [kind for kind, _ in run.media] == [
        "sessionStart", "play", "bufferStart", "play", "pauseStart", "play", "pauseStart", "bitrateChange", "sessionComplete",
    ]  # fmt: skip
    opened = run.media[0][1]
    assert opened["sessionDetails"]["show"] == "S" and opened["sessionDetails"]["name"] == MEDIA["id"]
    assert opened["customMetadata"] == [{"name": "mine", "value": "yes"}]


def test_an_empty_first_part_of_the_path_is_none(dry):
    run = dry([line(0, "configure", config={**EDGE, "edgeBasePath": "", "locationHint": "irl1"}), start()])
    assert run.requests[0]["path"].startswith("/irl1/va/v1/sessionStart?")


def test_what_is_too_large_is_said_without_being_asked(dry):
    lines = [line(0, "configure", config=EDGE), start(metadata={"notes": "x" * 50000}), line(1000, "play")]
    run = dry(lines)
    assert run.requests == []
    assert "log.jsonl:2: player (unnamed): sessionStart is refused: " in run.err
    assert "at most 48 KiB" in run.err
