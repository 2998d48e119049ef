"""Session level: each call one event, and events given as they are."""
from conftest import MEDIA, line, start

SESSION = line(0, "configure", config={"level": "session", "playerName": "p", "channel": "c"})


def event(event_type, **members):
    return {"event": {"eventType": event_type, **members}}


def test_each_call_is_one_event(dry):
    calls = ["play", "bufferStart", "bufferComplete", "seekStart", "seekComplete", "pause", "bitrateChange"]
    run = dry([SESSION, start(), *(line(100 * i, call) for i, call in enumerate(calls)), line(900, "complete")])
    assert run.status == 0
    assert run.types == [
        "sessionStart", "play", "bufferStart", "play", "pauseStart", "play", "pauseStart", "bitrateChange", "sessionComplete",
    ]  # fmt: skip


def test_no_rule_refuses_an_order(dry):
    run = dry([SESSION, start(), line(1, "bufferComplete"), line(2, "adComplete"), line(3, "adComplete")])
    assert run.types == ["sessionStart", "play", "adComplete", "adComplete"]


def test_parameters_get_their_keys(dry):
    run = dry(
        [
            SESSION,
            start(metadata={"a.media.show": "Metropolis", "mine": "yes", "none": None}),
            line(1, "adBreakStart", info={"name": "mid", "position": 1, "startTime": 12.5}),
            line(2, "adStart", info={"id": "a", "name": "Ad", "position": 1, "length": 15}, metadata={"mine": "too"}),
            line(3, "chapterStart", info={"name": "One", "position": 1, "length": 20, "startTime": 0}),
            line(4, "stateStart", info={"name": "mute"}),
        ]
    )
    opened, ad_break, ad, chapter, state = run.events
    assert opened["params"]["media.contentType"] == "vod" and opened["params"]["media.streamType"] == "video"
    assert opened["params"]["media.show"] == "Metropolis" and opened["customMetadata"] == {"mine": "yes"}
    assert ad_break["params"] == {
        "media.ad.podFriendlyName": "mid", "media.ad.podIndex": 1, "media.ad.podSecond": 12.5,
    }  # fmt: skip
    assert ad["params"]["media.ad.playerName"] == "p" and ad["customMetadata"] == {"mine": "too"}
    assert chapter["params"]["media.chapter.offset"] == 0
    assert state["params"] == {"media.state.name": "mute"}


def test_playhead_qoe_and_errors_ride_on_events(dry):
    qoe = {"bitrate": 1000, "startupTime": 2, "fps": 25, "droppedFrames": 3}
    run = dry([SESSION, start(), line(1, "playhead", value=7.25), line(2, "qoe", info=qoe), line(3, "error", id="E1")])
    assert len(run.events) == 2
    error = run.events[1]
    assert error["playerTime"] == {"playhead": 7.25, "ts": 3}
    assert error["qoeData"]["media.qoe.errorID"] == "E1"
    assert error["qoeData"]["media.qoe.errorSource"] == "player"


def test_a_call_without_a_session_is_refused(dry):
    run = dry([SESSION, line(0, "play"), start(1)], "-v")
    assert (run.status, run.types) == (0, ["sessionStart"])
    assert "log.jsonl:2: player (unnamed): play is refused: no session is open" in run.err
    assert "1 call refused" in run.err


def test_a_call_without_an_event_is_refused_and_says_what_is_missing(dry):
    run = dry([line(0, "createMediaSession", options={"playerId": "a"})], "-v")
    assert (run.status, run.requests) == (0, [])
    assert "createMediaSession is refused: options.xdm or options.event is missing" in run.err


def test_events_are_handed_over_as_they_are(dry):
    params = {"media.id": "m", "media.length": 60, "media.contentType": "vod", "media.playerName": "mine"}
    opening = {"playerId": "web", **event("sessionStart", params=params), "noPings": True}
    run = dry(
        [
            line(0, "configure", config={"channel": "c"}),
            line(0, "createMediaSession", options=opening),
            line(5000, "sendMediaEvent", options={"playerId": "web", **event("play", playerTime={"playhead": 4})}),
            line(30000, "tick"),
        ]
    )
    assert run.status == 0
    assert [(r["player"], r["body"]["eventType"]) for r in run.requests] == [("web", "sessionStart"), ("web", "play")]
    assert run.events[0]["params"]["media.playerName"] == "mine"
    assert run.events[1]["playerTime"] == {"playhead": 4, "ts": 5000}


def test_calls_of_a_player_with_a_session_go_there(dry):
    params = {"media.id": "m", "media.length": 60, "media.contentType": "vod", "media.playerName": "p", "media.channel": "c"}
    opening = event("sessionStart", params=params)
    run = dry(
        [
            line(0, "createMediaSession", player="a", options=opening),
            line(1000, "playhead", player="a", value=1.5),
            line(2000, "pause", player="a"),
        ]
    )
    assert run.types == ["sessionStart", "pauseStart"]
    assert run.events[1]["playerTime"]["playhead"] == 1.5


def test_integers_stay_what_they_were_written_as(dry):
    wrong = '{"ts":2,"call":"sendMediaEvent","options":{"event":{"eventType":"adBreakStart","params":{"media.ad.podIndex":1.0,"media.ad.podSecond":0}}}}'
    params = {"media.id": "m", "media.length": 60, "media.contentType": "vod", "media.playerName": "p", "media.channel": "c"}
    opening = line(0, "createMediaSession", options=event("sessionStart", params=params))
    run = dry([opening, wrong, wrong.replace("1.0", "1")], "-v")
    assert run.types == ["sessionStart", "adBreakStart"]
    assert "log.jsonl:2: player (unnamed): sendMediaEvent is refused: params.media.ad.podIndex" in run.err


def test_player_details_answer(dry):
    details = {"playhead": 11, "qoeDataDetails": {"bitrate": 5, "droppedFrames": 6, "framesPerSecond": 7, "timeToStart": 8}}
    run = dry([SESSION, start(), line(1, "playerDetails", details=details), line(2, "play")])
    assert run.events[1]["playerTime"]["playhead"] == 11
    assert run.events[1]["qoeData"] == {
        "media.qoe.bitrate": 5, "media.qoe.droppedFrames": 6, "media.qoe.framesPerSecond": 7, "media.qoe.timeToStart": 8,
    }  # fmt: skip


def test_player_details_may_come_before_the_tracker(dry):
    run = dry([line(0, "playerDetails", details={"playhead": 3}), start(), line(1, "play")])
    assert [e["playerTime"]["playhead"] for e in run.events][-1] == 3


def test_a_second_session_of_a_player(dry):
    run = dry([SESSION, start(), line(1, "sessionEnd"), line(2, "sessionStart", info={**MEDIA, "id": "m2"}), line(3, "play")])
    assert [(r["session"], r["body"]["eventType"]) for r in run.requests] == [
        (1, "sessionStart"), (1, "sessionEnd"), (2, "sessionStart"), (2, "play"),
    ]  # fmt: skip
