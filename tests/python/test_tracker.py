"""The tracker: every call goes out as the event it is, in every form that its arguments may have."""

import mediabeat
import pytest
from mediabeat import Ad, AdBreak, Chapter, Media, QoE, Result, State

MEDIA = {"id": "a", "name": "A", "length": 60, "preroll_waiting_time": 0}


@pytest.mark.parametrize(
    "start",
    [
        lambda tracker: tracker.session_start(Media(**MEDIA), {"show": "S"}),
        lambda tracker: tracker.session_start(MEDIA, {"show": "S"}),
        lambda tracker: tracker.session_start(metadata={"show": "S"}, **MEDIA),
        lambda tracker: tracker.session_start(
            {"id": "a", "name": "A"}, {"show": "S"}, length=60, preroll_waiting_time=0
        ),
    ],
    ids=["dataclass", "dict", "keywords", "both"],
)
def test_media_comes_in_any_form(client, backend, start):
    assert start(client.tracker("tv")) is Result.OK
    (event,) = backend.events
    assert (event["params"]["media.id"], event["params"]["media.contentType"]) == ("a", "vod")
    assert event["customMetadata"] == {"show": "S"}


def test_a_whole_viewing(client, backend, clock, tracker):
    calls = [
        (lambda: tracker.update_playhead(5.5), None),
        (lambda: tracker.update_qoe(QoE(1e6, 100, 25, 0)), None),
        (tracker.pause, "pauseStart"),
        (tracker.play, "play"),
        (tracker.buffer_start, "bufferStart"),
        (tracker.buffer_complete, "play"),
        (tracker.seek_start, "pauseStart"),
        (tracker.seek_complete, "play"),
        (lambda: tracker.chapter_start(Chapter("C", 1, 30), {"key": "value"}), "chapterStart"),
        (lambda: tracker.ad_break_start(AdBreak("B", 1)), "adBreakStart"),
        (lambda: tracker.ad_start(Ad("i", "N", 1, 15), {"key": "value"}), "adStart"),
        (tracker.ad_complete, "adComplete"),
        (lambda: tracker.ad_start(id="j", name="N", position=2, length=15), "adStart"),
        (tracker.ad_skip, "adSkip"),
        (tracker.ad_break_complete, "adBreakComplete"),
        (tracker.chapter_complete, "chapterComplete"),
        (lambda: tracker.chapter_start(name="D", position=2, length=30), "chapterStart"),
        (tracker.chapter_skip, "chapterSkip"),
        (lambda: tracker.state_start(State.MUTE), "stateStart"),
        (lambda: tracker.state_end("mute"), "stateEnd"),
        (tracker.bitrate_change, "bitrateChange"),
        (lambda: tracker.error("broken"), "error"),
        (tracker.complete, "sessionComplete"),
    ]
    for call, expected in calls:
        clock.advance(0.1)
        before = len(backend.events)
        assert call() is Result.OK, expected
        assert expected is None or expected in backend.types[before:], expected
    assert backend.playheads[-1] == 5.5


def test_refusals_are_results_and_change_nothing(client, backend, tracker):
    before = len(backend.events)
    result = tracker.buffer_complete()
    assert result is Result.REFUSED_NOT_BUFFERING
    assert (result.ok, result.refused, result.text) == (False, True, "the player is not buffering")
    assert "buffer" in client.error()
    assert len(backend.events) == before


def test_the_player_is_asked_in_every_form(client, backend):
    answers = [
        1.5,
        2,
        (3.0, None),
        (4.0, QoE(1e6, 1, 25, 0)),
        {"".join(("play", "head")): 5.0},  # which is equal to the name, and not the same object
        {"playhead": 6, "qoe": {"bitrate": 2e6, "startup_time": 1, "fps": 25, "dropped_frames": 0}},
        mediabeat.PlayerDetails(7.0, QoE(3e6, 1, 25, 0)),
        mediabeat.PlayerDetails(qoe=QoE(4e6, 1, 25, 0)),
        None,
    ]
    tracker = client.tracker("tv", player_details=lambda: answers[len(backend.events) - 1] if backend.events else 0)
    tracker.session_start(MEDIA)
    for _ in answers:
        tracker.bitrate_change()
    assert backend.playheads == [0, 1.5, 2, 3, 4, 5, 6, 7, 7, 7]
    rates = [event.get("qoeData", {}).get("media.qoe.bitrate") for event in backend.events]
    assert rates[4:] == [1e6, 1e6, 2e6, 3e6, 4e6, 4e6]


def test_nobody_is_asked_any_more(client, backend):
    asked = []
    tracker = client.tracker(player_details=lambda: asked.append(1))
    tracker.set_player_details(None)
    tracker.session_start(MEDIA)
    tracker.set_player_details(lambda: asked.append(2))
    tracker.play()
    assert asked == [2]


def test_with_frees_the_handle_and_sends_nothing(client, backend):
    with client.tracker() as tracker:
        tracker.session_start(MEDIA)
    assert (tracker.closed, backend.types) == (True, ["sessionStart"])
    with pytest.raises(mediabeat.ClosedError):
        tracker.play()
