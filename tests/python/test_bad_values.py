"""Bad values: TypeError or ValueError that names the argument, and nothing has changed."""

import json

import mediabeat
import pytest

MEDIA = {"id": "a", "name": "A", "length": 60}
HUGE = 10**400
NAN = float("nan")
SURROGATE = "a\ud800"


@pytest.mark.parametrize("value", ["1", None, True, [1], {}, object(), 1j, b"1"])
def test_playheads_of_a_wrong_type(tracker, value):
    with pytest.raises(TypeError, match="^playhead: a number is needed"):
        tracker.update_playhead(value)


@pytest.mark.parametrize("value", [NAN, float("inf"), HUGE])
def test_playheads_out_of_range(tracker, backend, value):
    before = tracker.update_playhead(3)
    with pytest.raises(ValueError, match="^playhead: (a|the) number is [^:]*$"):
        tracker.update_playhead(value)
    assert before.ok and tracker.pause().ok
    assert backend.playheads[-1] == 3


def test_a_playhead_before_the_beginning_is_refused(tracker):
    assert tracker.update_playhead(-1).refused


class Float:
    """What numpy has: a number that is no float."""

    def __float__(self):
        return 4.5


class Index:
    def __index__(self):
        return 4


def test_numbers_of_other_kinds_are_taken(tracker, backend):
    for value, shown in ((Float(), 4.5), (Index(), 4), (7, 7)):
        assert tracker.update_playhead(value).ok
        tracker.bitrate_change()
        assert backend.playheads[-1] == shown


@pytest.mark.parametrize("name", ["id", "name", "stream_type", "media_type"])
@pytest.mark.parametrize(
    ("value", "raised"),
    [(None, TypeError), (5, TypeError), (b"a", TypeError), (SURROGATE, ValueError), ("a\0b", ValueError)],
)
def test_texts_of_media(client, backend, name, value, raised):
    with pytest.raises(raised, match=f"^{name}: "):
        client.tracker().session_start({**MEDIA, name: value})
    assert backend.events == []


@pytest.mark.parametrize(
    ("members", "raised", "named"),
    [
        ({"length": "60"}, TypeError, "^length"),
        ({"length": NAN}, ValueError, "^length: a number is not finite"),
        ({"length": HUGE}, ValueError, "^length"),
        ({"resumed": 1}, TypeError, "^resumed"),
        ({"granular_ad_tracking": None}, TypeError, "^granular_ad_tracking"),
        ({"preroll_waiting_time": NAN}, ValueError, "^preroll_waiting_time"),
        ({"preroll_waiting_time": "x"}, TypeError, "^preroll_waiting_time"),
        ({"lenght": 60}, TypeError, "lenght"),
        ({5: 60}, TypeError, "the key 5 is no text"),
    ],
)
def test_members_of_media(client, members, raised, named):
    with pytest.raises(raised, match=named):
        result = client.tracker().session_start({**MEDIA, **members})
        assert result.ok, result


def test_media_of_a_wrong_kind(client):
    for media in (5, "media", mediabeat.QoE(1, 2, 3, 4), [MEDIA]):
        with pytest.raises(TypeError, match="Media"):
            client.tracker().session_start(media)
    with pytest.raises(TypeError, match="give one of them"):
        client.tracker().session_start(mediabeat.Media("a", "A", 60), length=5)
    with pytest.raises(TypeError, match="missing"):
        client.tracker().session_start(id="a")


@pytest.mark.parametrize(
    ("metadata", "raised", "named"),
    [
        ({5: "a"}, TypeError, "^metadata: key: a text is needed, not int"),
        ({None: "a"}, TypeError, "^metadata: key"),
        ({"key": 5}, TypeError, r"^metadata\['key'\]: a text is needed, not int"),
        ({"key": None}, TypeError, r"^metadata\['key'\]"),
        ({"key": SURROGATE}, ValueError, r"^metadata\['key'\]: the text holds a surrogate"),
        ({SURROGATE: "a"}, ValueError, "^metadata: key"),
        ([("key", "value")], TypeError, "^metadata: a mapping"),
        ("text", TypeError, "^metadata: a mapping"),
        (5, TypeError, "^metadata: a mapping"),
    ],
)
def test_metadata(client, backend, metadata, raised, named):
    with pytest.raises(raised, match=named):
        client.tracker().session_start(MEDIA, metadata)
    assert backend.events == []


def test_integers(tracker):
    for value, raised in (
        (1.5, TypeError),
        ("1", TypeError),
        (None, TypeError),
        (True, TypeError),
        (HUGE, ValueError),
        (2**63, ValueError),
    ):
        with pytest.raises(raised, match="^position"):
            tracker.ad_break_start(name="B", position=value)
        with pytest.raises(raised, match="^position"):
            tracker.chapter_start(name="C", position=value, length=1)
        with pytest.raises(raised, match="^position"):
            tracker.ad_start(id="i", name="A", position=value, length=1)


@pytest.mark.parametrize("name", ["bitrate", "startup_time", "fps", "dropped_frames"])
def test_quality_of_experience(tracker, name):
    qoe = {"bitrate": 1, "startup_time": 1, "fps": 1, "dropped_frames": 1}
    for value, raised in (("1", TypeError), (None, TypeError), (HUGE, ValueError)):
        with pytest.raises(raised, match=f"^{name}"):
            tracker.update_qoe({**qoe, name: value})
    with pytest.raises(ValueError, match="^bitrate|^startup_time|^fps|^dropped_frames"):
        tracker.update_qoe({**qoe, name: NAN})


def test_names_of_states_and_errors(tracker):
    for call, name in ((tracker.state_start, "name"), (tracker.state_end, "name"), (tracker.error, "error_id")):
        for value, raised in ((5, TypeError), (None, TypeError), (SURROGATE, ValueError), ("a\0", ValueError)):
            with pytest.raises(raised, match=f"^{name}"):
                call(value)


@pytest.mark.parametrize(
    ("event", "raised", "named"),
    [
        (None, TypeError, "^event: a mapping is needed"),
        ("{}", TypeError, "^event"),
        ({"eventType": "play", 5: 1}, TypeError, "^event: the key 5 is no text"),
        ({"eventType": "play", "params": {"list": [{None: 1}]}}, TypeError, r"^event.params.list\[0\]: the key None"),
        (
            {"eventType": "play", "playerTime": {"playhead": NAN}},
            ValueError,
            "^event.playerTime.playhead: the number is not finite",
        ),
        ({"eventType": "play", "playerTime": {"playhead": HUGE}}, ValueError, "^event.playerTime.playhead"),
        (
            {"eventType": "play", "params": {"a": [SURROGATE]}},
            ValueError,
            r"^event.params.a\[0\]: the text holds a surrogate",
        ),
        ({"eventType": "play", "params": {SURROGATE: 1}}, ValueError, "^event.params"),
        ({"eventType": "play", "params": {"key": object()}}, TypeError, "^event"),
        ({"eventType": "play", "params": {"key": {1, 2}}}, TypeError, "^event"),
        ({"eventType": SURROGATE}, ValueError, "^event.eventType"),
        ({"eventType": "play", "params": {"a": "\0"}}, ValueError, "^event.params.a: the text holds a NUL"),
        ({"eventType": "nonsense"}, ValueError, "eventType"),
        ({}, ValueError, "eventType"),
    ],
)
def test_events(client, backend, event, raised, named):
    opening = {
        "mediaCollection": {
            "playhead": 0,
            "sessionDetails": {
                "name": "a",
                "friendlyName": "A",
                "length": 60,
                "contentType": "vod",
                "streamType": "video",
            },
        }
    }
    session = client.create_media_session(opening)
    with pytest.raises(raised, match=named):
        session.send(event)
    assert backend.types == ["sessionStart"]


def test_events_that_never_end(client, event):
    event["params"]["loop"] = event
    with pytest.raises(ValueError, match="^event"):
        client.create_media_session(event)


@pytest.mark.parametrize(
    ("arguments", "raised", "named"),
    [
        ({"clock": 5}, TypeError, "^clock"),
        ({"log": 5}, TypeError, "^log"),
        ({"transport": 5}, TypeError, "^transport"),
        ({"transport": True}, TypeError, "^transport"),
        ({"check_same_thread": 1}, TypeError, "^check_same_thread"),
        ({"mainPingInterval": "x"}, mediabeat.ConfigError, "^mainPingInterval: needs a number"),
        ({"mainPingInterval": NAN}, mediabeat.ArgumentError, "^mainPingInterval: the number is not finite$"),
        ({"mainPingInterval": HUGE}, mediabeat.ArgumentError, "^mainPingInterval: the integer is too large$"),
        ({"channel": 5}, mediabeat.ConfigError, "^channel: needs a text"),
        ({"channel": b"a"}, TypeError, "^channel: bytes has no form in JSON"),
        ({"channel": SURROGATE}, mediabeat.ArgumentError, "^channel: the text holds a surrogate"),
        ({"channel": "a\0"}, mediabeat.ArgumentError, "^channel: the text holds a NUL$"),
        ({"channel": {"a": NAN}}, mediabeat.ArgumentError, r"^channel\.a: the number is not finite$"),
        ({"logLevel": "loud"}, mediabeat.ArgumentError, '^logLevel: "loud"'),
        ({"customerIDs": {5: {}}}, TypeError, "^customerIDs: the key 5"),
        ({"customerIDs": json.loads('{"a":' * 200 + "1" + "}" * 200)}, mediabeat.ArgumentError, "^config: .*64 levels"),
    ],
)
def test_arguments_of_a_client(make_client, arguments, raised, named):
    with pytest.raises(raised, match=named) as caught:
        make_client(**arguments)
    assert not isinstance(caught.value, mediabeat.EventError)


def test_capacity_of_a_transport(make_client):
    for capacity, raised in ((0, ValueError), ("8", TypeError), (HUGE, ValueError)):
        transport = type("Transport", (), {"capacity": capacity, "send": lambda self, request: None})()
        with pytest.raises(raised, match="^transport.capacity"):
            make_client(transport=transport)


def test_other_arguments(client, event):
    calls = [
        (lambda: client.tracker(5), TypeError, "^player"),
        (lambda: client.tracker(SURROGATE), ValueError, "^player"),
        (lambda: client.tracker("tv", 5), TypeError, "^player_details"),
        (lambda: client.tracker("tv").set_player_details(5), TypeError, "^player_details"),
        (lambda: client.resume_media_session(5), TypeError, "^id: a text is needed, not int$"),
        (lambda: client.resume_media_session(None), TypeError, "^id: a text is needed, not None$"),
        (lambda: client.resume_media_session(""), ValueError, "^id: "),
        (lambda: client.resume_media_session("a", session_id=5), TypeError, "^session_id: a callable"),
        (lambda: client.create_media_session(event, player=5), TypeError, "^player"),
        (lambda: client.create_media_session(event, session_id=5), TypeError, "^session_id: a callable"),
        (lambda: client.create_media_session(event, player_details=5), TypeError, "^player_details"),
        (lambda: client.create_media_session(event, pings=None), TypeError, "^pings"),
        (lambda: client.create_media_session(event, manual=1), TypeError, "^manual"),
        (lambda: client.create_media_session(event, granular_ad_tracking="no"), TypeError, "^granular_ad_tracking"),
        (lambda: client.record(5), TypeError, "^to"),
        (lambda: setattr(client, "consent", 5), ValueError, "^consent"),
        (lambda: setattr(client, "consent", False), TypeError, "^consent"),
        (lambda: client.wait(NAN), ValueError, "^seconds"),
        (lambda: client.wait(HUGE), ValueError, "^seconds"),
        (lambda: setattr(client, "online", 1), TypeError, "^online"),
        (lambda: client.wait("x"), TypeError, "^seconds"),
        (lambda: client.close("x"), TypeError, "^timeout"),
        (lambda: client.close(NAN), ValueError, "^timeout"),
        (lambda: client.wait_for_io(None), TypeError, "^timeout"),
        (lambda: mediabeat.Tracker(5), TypeError, "^client"),
        (lambda: mediabeat.Tracker(mediabeat.VirtualClock()), TypeError, "^client"),
        (lambda: mediabeat.VirtualClock("x"), TypeError, "^now"),
        (lambda: mediabeat.VirtualClock(NAN), ValueError, "^now"),
        (lambda: mediabeat.VirtualClock().advance(NAN), ValueError, "^seconds"),
        (lambda: setattr(mediabeat.VirtualClock(), "now", "x"), TypeError, "^seconds"),
    ]
    for call, raised, named in calls:
        with pytest.raises(raised, match=named):
            call()
