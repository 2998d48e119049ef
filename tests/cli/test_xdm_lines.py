"""createMediaSession and sendMediaEvent lines in XDM form, over either protocol."""
import pytest
from conftest import EDGE, create, line, send, start

V1 = {"channel": "c", "playerName": "p"}
CONFIG = line(0, "configure", config=EDGE)
BOTH = pytest.mark.parametrize("protocol", ["collection-v1", "edge-va-v1"])


def details(ts, player, **members):
    return line(ts, "playerDetails", player=player, details=members)


def kinds(run):
    return [(kind, media.get("sessionID"), media.get("playhead")) for kind, media in run.media]


# ---- Automatic sessions ----


def test_a_session_of_a_player(dry):
    run = dry([CONFIG, create(0, "web"), send(500, "play", "web"), line(12000, "tick")])
    assert run.status == 0
    assert [(r["at"], r["player"], r["session"], kind) for r, (kind, _) in zip(run.requests, run.media)] == [
        (0, "web", 1, "sessionStart"),
        (500, "web", 1, "play"),
        (10500, "web", 1, "ping"),
    ]


def test_the_applications_words_go_before_the_configurations(dry):
    own = {"name": "m", "length": 1, "contentType": "vod", "playerName": "mine"}
    options = {"playerId": "web", "xdm": {"mediaCollection": {"sessionDetails": own, "playhead": 7}}}
    (_, media), = dry([CONFIG, line(0, "createMediaSession", options=options)]).media
    assert media == {
        "playhead": 7,
        "sessionDetails": {"hasResume": False, "name": "m", "length": 1, "contentType": "vod", "playerName": "mine", "channel": "c"},
    }


def test_the_player_is_asked_before_every_event(dry):
    qoe = {"bitrate": 5, "droppedFrames": 6, "framesPerSecond": 7, "timeToStart": 8}
    run = dry(
        [
            CONFIG,
            details(0, "web", playhead=3.9),
            create(0, "web"),
            send(1000, "play", "web"),
            details(11000, "web", playhead=13, qoeDataDetails=qoe),
            line(11500, "tick"),
        ]
    )
    assert kinds(run) == [("sessionStart", None, 3), ("play", "1", 3), ("ping", "1", 13)]
    assert run.media[2][1]["qoeDataDetails"] == qoe


def test_details_may_come_after_the_session(dry):
    run = dry([CONFIG, create(0, "web"), details(1, "web", playhead=9), send(2, "play", "web")])
    assert kinds(run)[1] == ("play", "1", 9)


def test_a_second_session_takes_the_place_of_the_first(dry):
    run = dry([CONFIG, create(0, "web"), create(4000, "web"), send(5000, "play", "web"), line(16000, "tick")])
    assert [(r["at"], r["session"], kind) for r, (kind, _) in zip(run.requests, run.media)] == [
        (0, 1, "sessionStart"), (4000, 2, "sessionStart"), (5000, 2, "play"), (15000, 2, "ping"),
    ]  # fmt: skip


def test_the_player_of_the_line_does_for_a_player_id(dry):
    opening = create(0, "ignored") | {"player": "tv"}
    run = dry([CONFIG, opening, line(1, "pause", player="tv")])
    assert [(r["player"], kind) for r, (kind, _) in zip(run.requests, run.media)] == [("tv", "sessionStart"), ("tv", "pauseStart")]


def test_pings_can_be_the_applications(dry):
    run = dry([CONFIG, create(0, "web", noPings=True), line(30000, "tick")])
    assert [kind for kind, _ in run.media] == ["sessionStart"]


def test_an_event_for_a_player_without_a_session_is_refused(dry):
    run = dry([CONFIG, send(0, "play", "web"), create(1, "web")], "-v")
    assert (run.status, len(run.requests)) == (0, 1)
    assert "log.jsonl:2: player web: sendMediaEvent is refused: no session is open" in run.err


def test_a_wrong_event_is_refused_with_its_place(dry):
    run = dry([CONFIG, create(0, "web"), send(1, "chapterStart", "web", chapterDetails={"index": "1"})], "-v")
    assert (run.status, len(run.requests)) == (0, 1)
    assert "log.jsonl:3: player web: sendMediaEvent is refused: mediaCollection.chapterDetails.index: " in run.err


# ---- Manual sessions ----


def test_a_session_that_its_id_names(dry):
    lines = [CONFIG, create(0), send(500, "play", playhead=1, sessionID="1"), send(900, "sessionEnd", playhead=2, sessionID="1")]
    run = dry([*lines, line(30000, "tick")])
    assert run.status == 0
    assert kinds(run) == [("sessionStart", None, 0), ("play", "1", 1), ("sessionEnd", "1", 2)]
    assert len({request["player"] for request in run.requests}) == 1


def test_sessions_side_by_side(dry):
    opening = [CONFIG, create(0), create(1)]
    run = dry([*opening, *(send(10 + i, "ping", playhead=i, sessionID=str(2 - i % 2)) for i in range(4))])
    assert kinds(run)[2:] == [("ping", "2", 0), ("ping", "1", 1), ("ping", "2", 2), ("ping", "1", 3)]
    assert len({request["player"] for request in run.requests}) == 2


def test_an_event_without_a_playhead_is_refused(dry):
    run = dry([CONFIG, create(0), send(1, "play", sessionID="1")], "-v")
    assert len(run.requests) == 1
    assert "sendMediaEvent is refused: mediaCollection.playhead: " in run.err


def test_an_id_that_comes_late(dry):
    lines = [CONFIG, line(0, "backend", delay=400, sessionId="late"), create(0), line(500, "tick")]
    run = dry([*lines, send(600, "play", playhead=1, sessionID="late")])
    assert [(r["at"], kind) for r, (kind, _) in zip(run.requests, run.media)] == [(0, "sessionStart"), (600, "play")]
    assert len({request["player"] for request in run.requests}) == 1


def test_a_session_of_a_player_is_found_by_its_id_too(dry):
    run = dry([CONFIG, create(0, "web"), send(1, "play", playhead=4, sessionID="1")])
    assert [(r["player"], kind) for r, (kind, _) in zip(run.requests, run.media)] == [("web", "sessionStart"), ("web", "play")]


def test_a_player_can_have_a_manual_session(dry):
    run = dry([CONFIG, create(0, "web", media={"playhead": 0}, manual=True), send(1, "play", "web", playhead=4), line(30000, "tick")])
    assert kinds(run) == [("sessionStart", None, 0), ("play", "1", 4)]
    run = dry([CONFIG, create(0, "web", media={"playhead": 0}, manual=True), details(1, "web", playhead=9), send(2, "play", "web")])
    assert (run.status, len(run.requests)) == (0, 1)


def test_after_the_end_nothing_is_sent(dry):
    run = dry([CONFIG, create(0), send(1, "sessionEnd", playhead=1, sessionID="1"), send(2, "play", playhead=1, sessionID="1")], "-v")
    assert [kind for kind, _ in run.media] == ["sessionStart", "sessionEnd"]
    assert "sendMediaEvent is refused: the session has ended" in run.err


# ---- Sessions of another process ----


def test_a_session_of_another_process_goes_on(dry):
    lines = [send(0, "play", playhead=30, sessionID="abroad"), send(10000, "ping", playhead=40, sessionID="abroad")]
    run = dry([CONFIG, *lines, send(12000, "sessionEnd", playhead=42, sessionID="abroad"), line(60000, "tick")])
    assert run.status == 0
    assert kinds(run) == [("play", "abroad", 30), ("ping", "abroad", 40), ("sessionEnd", "abroad", 42)]
    assert len({request["player"] for request in run.requests}) == 1


def test_the_id_may_stand_beside_the_event(dry):
    """As recordings have it, where the session has a player's name too."""
    options = {"playerId": "web", "manual": True, "sessionID": "abroad", "xdm": {"eventType": "media.play"}}
    options["xdm"]["mediaCollection"] = {"playhead": 30}
    run = dry([CONFIG, line(0, "sendMediaEvent", player="web", options=options)])
    assert (run.requests[0]["player"], kinds(run)) == ("web", [("play", "abroad", 30)])


def test_a_session_of_another_process_takes_events_in_v1_form(dry):
    options = {"sessionID": "abroad", "event": {"eventType": "play", "playerTime": {"playhead": 30}}}
    run = dry([line(0, "configure", config=V1), line(0, "sendMediaEvent", options=options)])
    assert [request["path"] for request in run.requests] == ["/api/v1/sessions/abroad/events"]


def test_a_session_of_another_process_that_is_gone_is_not_opened_again(dry):
    run = dry([CONFIG, line(0, "backend", status=404, times=1), send(0, "play", playhead=30, sessionID="abroad")])
    assert (run.status, [kind for kind, _ in run.media]) == (1, ["play"])


def test_an_id_that_nobody_gives(dry):
    run = dry([CONFIG, send(0, "play", playhead=30, sessionID="x" * 2000)], "-v")
    assert (run.status, run.out) == (0, "")
    assert "sendMediaEvent is refused: " in run.err


def test_a_session_that_was_replaced_is_as_good_as_another_process(dry):
    run = dry([CONFIG, create(0, "web"), create(1, "web"), send(2, "play", playhead=4, sessionID="1")])
    assert kinds(run)[2] == ("play", "1", 4)
    assert run.requests[2]["player"] != "web"


# ---- Either protocol ----


@BOTH
def test_all_of_it_over_either_protocol(dry, protocol):
    lines = [
        details(0, "web", playhead=2),
        create(0, "web"),
        create(0),
        send(0, "adBreakStart", "web", advertisingPodDetails={"index": 1, "offset": 0, "friendlyName": "pre"}),
        send(0, "adStart", "web", advertisingDetails={"name": "ad", "length": 5, "podPosition": 1}),
        send(3000, "play", playhead=1, sessionID="2"),
        send(5000, "adComplete", "web"),
        send(5000, "adBreakComplete", "web"),
        send(5000, "play", "web"),
        send(6000, "statesUpdate", "web", statesStart=[{"name": "mute"}], statesEnd=[{"name": "fullScreen"}]),
        send(7000, "error", "web", errorDetails={"name": "E1", "source": "external"}),
        send(9000, "sessionComplete", playhead=5, sessionID="2"),
        line(19000, "tick"),
        send(20000, "sessionEnd", "web"),
        send(21000, "ping", playhead=5, sessionID="elsewhere"),
    ]
    run = dry([line(0, "configure", config={**EDGE, "adPingInterval": 2}), *lines], "--protocol", protocol)
    events = [kind for kind, _ in run.media] if protocol == "edge-va-v1" else run.types
    assert run.status == 0
    assert [(request["at"], kind) for request, kind in zip(run.requests, events)] == [
        (0, "sessionStart"), (0, "sessionStart"), (0, "adBreakStart"), (0, "adStart"), (2000, "ping"), (3000, "play"),
        (4000, "ping"), (5000, "adComplete"), (5000, "adBreakComplete"), (5000, "play"), (6000, "statesUpdate"),
        (7000, "error"), (9000, "sessionComplete"), (17000, "ping"), (20000, "sessionEnd"), (21000, "ping"),
    ]  # fmt: skip


def test_an_event_in_v1_form_goes_over_the_media_edge_api(dry):
    params = {"media.id": "m", "media.length": 60.7, "media.contentType": "vod", "media.name": "M"}
    opening = {"playerId": "web", "event": {"eventType": "sessionStart", "params": params, "customMetadata": {"mine": "yes"}}}
    run = dry(
        [
            CONFIG,
            line(0, "createMediaSession", options=opening),
            line(1, "sendMediaEvent", options={"playerId": "web", "event": {"eventType": "play", "playerTime": {"playhead": 4.5}}}),
        ]
    )
    assert run.media[0][1]["sessionDetails"]["length"] == 60
    assert run.media[0][1]["customMetadata"] == [{"name": "mine", "value": "yes"}]
    assert kinds(run)[1] == ("play", "1", 4)


def test_an_xdm_event_goes_over_the_media_collection_api(dry):
    run = dry([line(0, "configure", config=V1), create(0, "web"), send(1, "play", "web", playhead=4)])
    assert [request["path"] for request in run.requests] == ["/api/v1/sessions", "/api/v1/sessions/1/events"]
    assert run.events[0]["params"]["media.id"] == "m1" and run.events[0]["params"]["media.channel"] == "c"
    assert run.events[1] == {"eventType": "play", "playerTime": {"playhead": 4, "ts": 1}}


def test_trackers_and_sessions_in_one_log(dry):
    run = dry([CONFIG, start(player="tv"), create(0, "web"), line(1, "play", player="tv"), send(1, "play", "web")])
    assert [(r["player"], media.get("sessionID")) for r, (_, media) in zip(run.requests, run.media)] == [
        ("tv", None), ("web", None), ("tv", "1"), ("web", "2"),
    ]  # fmt: skip
