"""Exceptions in callbacks: raised from the call that caused them, while the event went out all the same."""

import gc
import sys

import mediabeat
import pytest

MEDIA = {"id": "a", "name": "A", "length": 60, "preroll_waiting_time": 0}
QOE = {"bitrate": 1, "startup_time": 1, "fps": 25, "dropped_frames": 0}


class Gone(Exception):
    """The player is not there."""


def fail():
    raise Gone("the player is gone")


def test_details_that_fail_leave_the_last_known_ones(client, backend, tracker):
    tracker.update_playhead(7.5)
    tracker.set_player_details(fail)
    with pytest.raises(Gone, match="the player is gone") as raised:
        tracker.pause()
    assert (backend.types[-1], backend.playheads[-1]) == ("pauseStart", 7.5)
    assert [entry.name for entry in raised.traceback][-1] == "fail"
    tracker.set_player_details(None)
    assert tracker.play().ok


def test_a_ping_that_asks_in_vain_is_raised_from_the_tick(client, clock, backend, tracker):
    tracker.set_player_details(fail)
    clock.advance(20)
    with pytest.raises(Gone):
        client.tick()
    assert backend.types[-1] in ("play", "ping")
    tracker.set_player_details(None)


@pytest.mark.parametrize("answer", ["text", object(), [1], (1, 2, 3), {"playhead": "x"}, (1, {"bitrate": 1}), True])
def test_details_of_a_wrong_type_are_named(client, backend, tracker, answer):
    tracker.update_playhead(2)
    tracker.set_player_details(lambda: answer)
    with pytest.raises(TypeError, match="^player_details"):
        tracker.pause()
    assert (backend.types[-1], backend.playheads[-1]) == ("pauseStart", 2)


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ({"playHead": 5}, "^player_details: there is no 'playHead'$"),
        ({"playhead": 5, 5: 1}, "^player_details: there is no 5$"),
        ({"qoe": {**QOE, "framerate": 25}}, "^player_details: qoe: there is no 'framerate'$"),
    ],
)
def test_details_of_another_name_are_named(backend, tracker, answer, named):
    tracker.update_playhead(2)
    tracker.set_player_details(lambda: answer)
    with pytest.raises(TypeError, match=named):
        tracker.pause()
    assert (backend.types[-1], backend.playheads[-1]) == ("pauseStart", 2)


def test_too_large_a_playhead_is_named(tracker, backend):
    tracker.set_player_details(lambda: 10**400)
    with pytest.raises(mediabeat.ArgumentError, match="^player_details"):
        tracker.pause()
    assert backend.types[-1] == "pauseStart"


def test_details_out_of_range_are_ignored_with_a_warning(make_client, backend):
    heard = []
    tracker = make_client(log=lambda level, text: heard.append(text)).tracker("tv", lambda: float("nan"))
    tracker.session_start(MEDIA)
    assert heard == ["player tv: its playhead is out of range and ignored"]
    assert backend.playheads == [0]


def test_of_several_exceptions_the_first_is_raised(client, clock, monkeypatch):
    others = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: others.append(unraisable.exc_value))
    trackers = [client.tracker(str(number)) for number in range(3)]
    for number, tracker in enumerate(trackers):
        tracker.session_start(MEDIA)
        tracker.play()

        def lost(number=number):
            raise Gone(number)

        tracker.set_player_details(lost)
    clock.advance(20)
    with pytest.raises(Gone, match="^0$"):
        client.tick()
    assert [error.args[0] for error in others[:2]] == [1, 2]


def test_an_interrupt_is_raised_before_what_failed_earlier(client, clock, monkeypatch):
    others = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: others.append(unraisable.exc_value))

    def interrupt():
        raise KeyboardInterrupt

    trackers = [client.tracker() for _ in range(3)]
    for tracker, details in zip(trackers, (fail, interrupt, fail)):
        tracker.session_start(MEDIA)
        tracker.play()
        tracker.set_player_details(details)
    clock.advance(1)
    with pytest.raises(KeyboardInterrupt):
        client.tick()
    assert [type(error) for error in others] == [Gone, Gone]


def test_a_driver_that_fails_hides_nothing(client, tracker, monkeypatch):
    others = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: others.append(unraisable.exc_value))

    def wake():
        raise LookupError("the loop is closed")

    client._set_wake(wake)
    tracker.set_player_details(fail)
    with pytest.raises(Gone):
        tracker.pause()
    assert [type(error) for error in others] == [LookupError]
    client._set_wake(None)


def test_a_log_is_told_while_the_client_closes():
    """close() has let go of the GIL, which the log needs."""
    heard = []
    arguments = {"trackingServer": "a", "reportSuite": "b", "orgId": "c@AdobeOrg", "channel": "web", "playerName": "tv"}
    client = mediabeat.Client(
        endpoint="http://127.0.0.1:1",
        log=lambda level, text: heard.append(text),
        logLevel="debug",
        retryInterval=0.01,
        **arguments,
    )
    client.tracker().session_start(MEDIA)
    heard.clear()
    client.close(1)
    assert heard  # what is tried again is told each time


def test_a_log_that_fails_is_raised_from_the_call(make_client, backend):
    def log(level, text):
        raise Gone(text)

    client = make_client(log=log, logLevel="debug")
    tracker = client.tracker("tv")
    with pytest.raises(Gone, match="POST|player tv"):
        tracker.session_start(MEDIA)
    assert backend.types == ["sessionStart"]
    with pytest.raises(Gone):
        tracker.buffer_complete()


def test_a_log_that_fails_at_the_start_leaves_no_client(make_client):
    def log(level, text):
        raise Gone(text)

    with pytest.raises(Gone, match="no such key"):
        mediabeat.Client({"endpont": ""}, transport=False, log=log)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it fails at two lines
def test_a_writer_that_fails_is_raised_from_the_call(client, backend):
    def write(line):
        raise Gone(line)

    client.record(write)
    tracker = client.tracker()
    with pytest.raises(Gone):
        tracker.session_start(MEDIA)


def test_a_session_id_callback_that_fails(client, backend, event):
    def told(id):
        raise Gone(id)

    with pytest.raises(Gone, match="session-1") as raised:
        client.create_media_session(event, session_id=told)
    session = raised.value.session
    assert session.id == "session-1"
    session.send({"eventType": "sessionEnd"})
    assert backend.types == ["sessionStart", "sessionEnd"]


def test_a_session_that_was_not_opened_is_not_handed_over(make_client, event):
    def log(level, text):
        raise Gone(text)

    client = make_client(log=log, logLevel="debug")
    with pytest.raises((Gone, mediabeat.EventError)) as raised:
        client.create_media_session({**event, "eventType": "play"})
    assert not hasattr(raised.value, "session")


def test_a_clock_that_fails_or_lies(make_client):
    times = [10.0, Gone("no time"), "noon", float("nan"), 1e300, -5.0, 10.0]

    def clock():
        time = times.pop(0)
        if isinstance(time, Exception):
            raise time
        return time

    tracker = make_client(clock=clock, transport=False).tracker()
    assert tracker.session_start(MEDIA).ok
    for expected, text in ((Gone, "no time"), (TypeError, "^clock"), (ValueError, "^clock"), (ValueError, "^clock")):
        with pytest.raises(expected, match=text):
            tracker.play()
    with pytest.raises(mediabeat.ArgumentError) as raised:
        tracker.play()
    assert raised.value.status is mediabeat.Result.INVALID_TIME
    assert tracker.play().ok
    times.append(11.0)  # for the client's close


class Transport:
    """Fails wherever it is told to."""

    def __init__(self, *failing):
        self.failing = failing
        self.requests = []

    def maybe(self, where, answer=None):
        if where in self.failing:
            raise Gone(where)
        return answer

    def send(self, request):
        self.maybe("send")
        self.requests.append(request)

    def poll(self):
        self.maybe("poll")

    def cancel(self, request):
        self.maybe("cancel")

    def next_deadline(self):
        return self.maybe("next_deadline")

    def wait(self, timeout):
        return self.maybe("wait", timeout)

    def descriptor(self):
        return self.maybe("descriptor")

    def close(self):
        self.maybe("close")


@pytest.mark.parametrize(
    ("where", "call"),
    [
        ("send", None),
        ("poll", lambda client: client.tick()),
        ("next_deadline", lambda client: client.next_deadline),
        ("descriptor", lambda client: client.descriptor),
        ("wait", lambda client: client.wait_for_io(0.1)),
        ("cancel", lambda client: client.close(0)),
        ("close", lambda client: client.close(0)),
    ],
)
def test_a_transport_that_fails(make_client, where, call):
    transport = Transport(where)
    client = make_client(transport=transport)
    if where == "send":
        with pytest.raises(Gone, match=where):
            client.tracker().session_start(MEDIA)
        assert (client.stats.accepted, client.stats.queued) == (1, 1)
        transport.failing = ()
        return
    client.tracker().session_start(MEDIA)
    with pytest.raises(Gone, match=where):
        call(client)
    transport.failing = ()
    if where in ("cancel", "close"):
        assert client.closed


def test_what_nobody_is_left_to_hear_is_reported(monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda report: told.append(str(report.exc_value)))
    client = mediabeat.Client(endpoint="http://a", transport=Transport("close"), log=False)
    del client
    gc.collect()
    assert told == ["close"]


def test_a_request_that_fails_is_tried_again(make_client, clock, backend):
    transport = Transport("send")
    client = make_client(transport=transport)
    with pytest.raises(Gone):
        client.tracker().session_start(MEDIA)
    transport.failing = ()
    clock.advance(3)
    client.tick()
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    ("response", "raised", "named"),
    [
        (mediabeat.Response("200"), TypeError, "^status"),
        (mediabeat.Response(1000), ValueError, "^status"),
        (mediabeat.Response(200, location=5), TypeError, "^location"),
        (mediabeat.Response(200, body=5), TypeError, "^body"),
        (mediabeat.Response(200, body="\ud800"), ValueError, "^body"),
        (mediabeat.Response(200, retry_after=10**30), ValueError, "^retry_after"),
        (mediabeat.Response(0, error="a\0b"), ValueError, "^error"),
        (mediabeat.Response(0, not_sent=1), TypeError, "^not_sent"),
        (204, TypeError, "^response: a Response is needed, not int"),
    ],
)
def test_responses_that_cannot_be_read(make_client, response, raised, named):
    class Answering:
        def send(self, request):
            return response

    client = make_client(transport=Answering())
    with pytest.raises(raised, match=named):
        client.tracker().session_start(MEDIA)
    assert client.stats.queued == 1


def test_a_response_that_answers_its_request_while_it_is_read(make_client):
    class Sly:
        request = None

        @property
        def status(self):
            request, self.request = self.request, None
            if request:
                request.complete(mediabeat.Response(201, location="/api/v1/sessions/a"))
            return 204

        location = error = None
        body = b""
        retry_after = 0
        not_sent = False

    class Answering:
        def send(self, request):
            sly = Sly()
            sly.request = request
            return sly

    client = make_client(transport=Answering())
    with pytest.raises(mediabeat.ClosedError):
        client.tracker().session_start(MEDIA)
    assert (client.stats.delivered, client.stats.queued) == (1, 0)


def test_a_request_answered_twice_and_then_failed(make_client):
    class Twice:
        def send(self, request):
            request.complete(mediabeat.Response(201, location="/api/v1/sessions/a"))
            request.complete(mediabeat.Response(204))

    client = make_client(transport=Twice())
    with pytest.raises(mediabeat.ClosedError):
        client.tracker().session_start(MEDIA)
    assert client.stats.delivered == 1


def test_requests_survive_their_client(make_client):
    transport = Transport()
    client = make_client(transport=transport)
    client.tracker().session_start(MEDIA)
    client.close(0)
    gc.collect()
    for use in (lambda request: request.body, lambda request: request.complete(mediabeat.Response(204))):
        with pytest.raises(mediabeat.ClosedError):
            use(transport.requests[0])


def test_interrupts_come_through(tracker):
    def interrupt():
        raise KeyboardInterrupt

    tracker.set_player_details(interrupt)
    with pytest.raises(KeyboardInterrupt):
        tracker.pause()
