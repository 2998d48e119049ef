"""The session level: either form of events, ids, pings, playheads."""

import mediabeat
import pytest

XDM = {
    "mediaCollection": {
        "playhead": 0,
        "sessionDetails": {"name": "a", "friendlyName": "Ä", "length": 60, "contentType": "vod", "streamType": "video"},
    }
}


def test_events_go_out_as_they_are(client, backend, clock, event):
    ids = []
    with client.create_media_session(event, player="p", session_id=ids.append) as session:
        clock.advance(1)
        session.update_playhead(1)
        session.update_qoe(bitrate=1e6, startup_time=1, fps=25, dropped_frames=0)
        session.send({"eventType": "play"})
        assert (session.id, ids) == ("session-1", ["session-1"])
        clock.advance(10)
        client.tick()
    assert backend.types == ["sessionStart", "play", "ping"]
    assert backend.playheads == [0, 1, 1]


def test_xdm_is_taken(client, backend):
    session = client.create_media_session(XDM)
    session.send({"eventType": "media.play", "mediaCollection": {"playhead": 0}})
    assert backend.types == ["sessionStart", "play"]
    assert backend.events[0]["params"]["media.name"] == "Ä"


def test_details_are_asked_at_the_opening(client, backend, event):
    del event["playerTime"]
    session = client.create_media_session(event, player_details=lambda: 4.5)
    session.set_player_details(lambda: 5.5)
    session.send({"eventType": "play"})
    assert backend.playheads == [4.5, 5.5]


def test_no_pings_where_the_caller_sends_them(client, event, clock, backend):
    for options in ({"pings": False}, {"manual": True}):
        client.create_media_session(event, **options).send({"eventType": "play", "playerTime": {"playhead": 0}})
    clock.advance(100)
    client.tick()
    assert "ping" not in backend.types


def test_a_session_goes_on_elsewhere(client, backend):
    session = client.resume_media_session("elsewhere", player="p")
    session.send({"eventType": "play", "playerTime": {"playhead": 3}})
    assert (session.id, backend.types) == ("elsewhere", ["play"])


def test_what_does_not_fit_is_named_by_its_path(client):
    with pytest.raises(mediabeat.EventError, match="length") as raised:
        client.create_media_session(
            {"mediaCollection": {"playhead": 0, "sessionDetails": {"name": "a", "length": "x"}}}
        )
    assert raised.value.status is mediabeat.Result.INVALID_EVENT


def test_nothing_follows_the_end(client, event):
    session = client.create_media_session(event)
    session.send({"eventType": "sessionEnd"})
    with pytest.raises(mediabeat.ClosedError):
        session.send({"eventType": "play"})
    session.close()
    with pytest.raises(mediabeat.ClosedError):
        session.id  # noqa: B018
