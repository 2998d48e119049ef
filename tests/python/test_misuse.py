"""Misuse is a Python exception each time, never a crash: closed handles, orders of dropping, threads, re-entry."""

import copy
import gc
import pickle
import sys
import threading
import weakref

import mediabeat
import pytest
from mediabeat import _native

MEDIA = {"id": "a", "name": "A", "length": 60, "preroll_waiting_time": 0}


def in_a_thread(function):
    """What a call in another thread returned or raised."""
    answers = []

    def run():
        try:
            answers.append(function())
        except BaseException as error:
            answers.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return answers[0]


def calls_of(client, tracker, session):
    return [
        tracker.play,
        lambda: tracker.update_playhead(1),
        lambda: tracker.session_start(MEDIA),
        lambda: tracker.update_qoe(bitrate=1, startup_time=1, fps=1, dropped_frames=1),
        lambda: tracker.set_player_details(None),
        lambda: session.send({"eventType": "play"}),
        lambda: session.update_playhead(1),
        lambda: session.id,
        lambda: session.set_player_details(None),
        client.tick,
        client.deliver,
        lambda: client.wait_for_io(0.01),
        lambda: client.wait(0),
        lambda: client.tracker(),
        lambda: client.resume_media_session("id"),
        lambda: client.next_deadline,
        lambda: client.descriptor,
        lambda: client.record(None),
        lambda: setattr(client, "online", True),
        lambda: setattr(client, "consent", mediabeat.Consent.IN),
    ]


@pytest.fixture
def session(client, event):
    return client.create_media_session(event)


def test_every_call_after_the_client_is_closed(client, tracker, session):
    client.close()
    for call in calls_of(client, tracker, session):
        with pytest.raises(mediabeat.ClosedError):
            call()
    assert client.stats.delivered == 3
    for handle in (tracker, session, client):
        handle.close()
        assert handle.closed


def test_every_call_from_another_thread(client, tracker, session):
    for call in calls_of(client, tracker, session):
        assert isinstance(in_a_thread(call), mediabeat.ThreadError)
    assert isinstance(in_a_thread(client.close), mediabeat.ThreadError)
    assert isinstance(in_a_thread(tracker.close), mediabeat.ThreadError)
    assert tracker.pause().ok


def test_every_call_from_inside_a_callback(client, tracker, session):
    errors = []

    def details():
        for call in [*calls_of(client, tracker, session), client.close, tracker.close, session.close]:
            with pytest.raises(mediabeat.BusyError, match="inside one of this client's callbacks") as raised:
                call()
            errors.append(raised.value)
        return 4.5

    tracker.set_player_details(details)
    assert tracker.pause().ok
    assert len(errors) == 23
    tracker.set_player_details(None)


def test_a_client_may_be_handed_over(make_client):
    client = make_client(check_same_thread=False)
    tracker = client.tracker()
    assert in_a_thread(lambda: tracker.session_start(MEDIA)).ok
    assert tracker.play().ok


class Waiting:
    """A transport whose wait lets other threads run until it is told to go on."""

    def __init__(self):
        self.waits = threading.Event()
        self.go_on = threading.Event()

    def send(self, request):
        pass

    def wait(self, timeout):
        self.waits.set()
        self.go_on.wait(60)


def test_calls_while_another_thread_waits(make_client):
    transport = Waiting()
    client = make_client(transport=transport, check_same_thread=False)
    tracker = client.tracker()
    tracker.session_start(MEDIA)
    thread = threading.Thread(target=lambda: client.wait_for_io(10))
    thread.start()
    assert transport.waits.wait(60)
    for call in (tracker.play, client.tick, client.close, tracker.close, lambda: client.next_deadline):
        with pytest.raises(mediabeat.BusyError, match="^another thread is inside a call"):
            call()
    del tracker
    gc.collect()
    transport.go_on.set()
    thread.join()
    client.tick()


def test_the_gil_is_free_while_libcurl_waits(make_client):
    arguments = {"trackingServer": "a", "reportSuite": "b", "orgId": "c@AdobeOrg"}
    client = make_client(transport=None, clock=None, check_same_thread=False, **arguments)
    thread = threading.Thread(target=lambda: client.wait_for_io(1))
    thread.start()
    counted = 0
    busy = 0
    while thread.is_alive():
        counted += 1
        try:
            client.tick()
        except mediabeat.BusyError:
            busy += 1
        gc.collect()
    assert busy > 3 and counted > 3


def test_handles_dropped_in_any_order(make_client, event):
    for order in ((0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0), (0, 2, 1), (2, 0, 1)):
        client = make_client()
        handles = [client, client.tracker("tv", lambda: 1.5), client.create_media_session(event)]
        client = None
        handles[1].session_start(MEDIA)
        for index in order:
            handles[index] = None
            gc.collect()


def test_a_tracker_keeps_its_client(clock, backend):
    tracker = mediabeat.Client(endpoint="http://a", clock=clock, transport=backend, log=False).tracker()
    gc.collect()
    assert tracker.session_start(MEDIA).ok
    assert backend.types == ["sessionStart"]


def test_what_c_points_at_lives_as_long_as_needed(make_client):
    class Details:
        def __call__(self):
            return 2.5

    details = Details()
    there = weakref.ref(details)
    tracker = make_client().tracker("tv", details)
    del details
    gc.collect()
    assert there() is not None and tracker.session_start(MEDIA).ok
    tracker.close()
    del tracker
    gc.collect()
    assert there() is None


def test_cycles_are_collected(backend, event):
    gone = []

    class Transport:
        def send(self, request):
            return backend.send(request)

    def make():
        transport = Transport()
        client = mediabeat.Client(
            endpoint="http://a", transport=transport, log=lambda level, text: client, clock=lambda: client and 5
        )
        transport.client = client
        client._set_wake(lambda: client)
        client.record(lambda line: client)
        session = client.create_media_session(event, session_id=lambda id: session if gone else None)
        tracker = client.tracker("tv", lambda: tracker and 1)
        tracker.session_start(MEDIA)
        tracker.itself = tracker
        client.trackers = [tracker]
        gone.extend([weakref.ref(client), weakref.ref(tracker), weakref.ref(session)])

    make()
    gc.collect()
    assert [there() for there in gone] == [None, None, None]


def test_a_handle_dropped_inside_a_callback(client, backend):
    others = [client.tracker(str(number)) for number in range(5)]
    for other in others:
        other.session_start(MEDIA)

    def details():
        others.clear()
        gc.collect()
        return 1

    tracker = client.tracker("tv", details)
    tracker.session_start(MEDIA)
    assert client.stats.queued == 0 and len(backend.events) == 6


def test_a_handle_dropped_in_another_thread(client):
    trackers = [client.tracker(str(number)) for number in range(10)]
    for tracker in trackers:
        tracker.session_start(MEDIA)
    del tracker
    in_a_thread(trackers.clear)
    gc.collect()
    client.tick()


def test_a_client_dropped_in_another_thread(backend, clock):
    clients = [mediabeat.Client(endpoint="http://a", transport=backend, clock=clock, log=False) for _ in range(3)]
    clients[0].tracker().session_start(MEDIA)
    in_a_thread(clients.clear)
    gc.collect()


def test_objects_that_were_never_made(client):
    for kind in (_native.Tracker, _native.Session, mediabeat.Tracker, mediabeat.Session):
        made = kind.__new__(kind)
        with pytest.raises(mediabeat.ClosedError):
            made.update_playhead(1)
        made.close()
        assert made._closed()
    made = mediabeat.Client.__new__(mediabeat.Client)
    with pytest.raises(mediabeat.ClosedError):
        made.tick()
    with pytest.raises(mediabeat.ClosedError):
        mediabeat.Tracker(made)
    with pytest.raises(mediabeat.ClosedError):
        made.stats  # noqa: B018
    clock = mediabeat.VirtualClock.__new__(mediabeat.VirtualClock)
    with pytest.raises(mediabeat.ClosedError):
        clock.advance(1)
    request = _native.Request.__new__(_native.Request)
    with pytest.raises(mediabeat.ClosedError):
        request.url  # noqa: B018
    with pytest.raises(mediabeat.ClosedError):
        request.complete(mediabeat.Response(204))
    config = _native.Config.__new__(_native.Config)
    with pytest.raises(mediabeat.ClosedError):
        config.text("endpoint")
    with pytest.raises(mediabeat.ClosedError):
        _native.Client(config, None, None, True)


def test_constructors_run_once(client, tracker):
    with pytest.raises(RuntimeError, match="__init__"):
        tracker.__init__(client)
    with pytest.raises(RuntimeError, match="__init__"):
        client.__init__(endpoint="http://a", transport=False)
    assert tracker.pause().ok


def test_a_configuration_makes_one_client():
    config = _native.Config(None)
    _native.Client(config, None, None, True)
    with pytest.raises(ValueError, match="^config"):
        _native.Client(config, None, None, True)
    assert config.text("endpoint") is None or config.text("endpoint") == ""


def test_handles_are_neither_copied_nor_pickled(client, tracker):
    for handle in (client, tracker):
        for copied in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises((TypeError, pickle.PicklingError, mediabeat.Error)):
                copied(handle).tick()


@pytest.mark.parametrize("name", [name for name in mediabeat.__all__ if name.endswith(("Error", "Memory"))])
def test_exceptions_go_between_processes(name):
    kind = getattr(mediabeat, name)
    made = kind("it is late", "log.jsonl", 7) if name == "LogError" else kind("it is late", mediabeat.Result.BUSY)
    made.session = "its own"
    again = pickle.loads(pickle.dumps(made))
    assert (type(again), str(again), again.args, vars(again)) == (kind, str(made), made.args, vars(made))
    assert "it is late" in str(again)


def test_handles_compare_and_hash_by_themselves(client):
    one, other = client.tracker(), client.tracker()
    assert one == one and one != other and one != "one" and len({one, other, one}) == 2


def test_a_subclass_that_forgets_its_parent(client):
    class Mine(mediabeat.Tracker):
        def __init__(self):
            pass

    with pytest.raises(mediabeat.ClosedError):
        Mine().play()


@pytest.mark.parametrize("what", ["tracker", "client"])
def test_a_clock_that_closes_what_is_being_called(make_client, what):
    closing = []

    def clock():
        if closing:
            closing.pop().close()
        return 1000.0

    client = make_client(clock=clock)
    tracker = client.tracker()
    tracker.session_start(MEDIA)
    closing.append(tracker if what == "tracker" else client)
    with pytest.raises(mediabeat.ClosedError):
        tracker.play()


def test_a_transport_that_calls_its_client_when_it_is_asked_for_its_descriptor(make_client):
    class Curious:
        client = None

        def send(self, request):
            pass

        def descriptor(self):
            return self.client and self.client.tick()

    transport = Curious()
    client = make_client(transport=transport)
    client._set_wake(lambda: None)
    transport.client = client
    with pytest.raises(mediabeat.BusyError):
        client.tracker().session_start(MEDIA)
    transport.client = None


def test_a_log_that_closes_the_client_is_refused(make_client):
    def log(level, text):
        client.close()

    client = make_client(log=log, logLevel="debug")
    with pytest.raises(mediabeat.BusyError):
        client.tracker().session_start(MEDIA)


def test_a_driver_may_close_what_it_was_told_about(client):
    tracker = client.tracker()
    client._set_wake(lambda: client.close(0))
    assert tracker.session_start(MEDIA).ok
    tracker_play = tracker.play
    if not client.closed:
        tracker_play()
    with pytest.raises(mediabeat.ClosedError):
        tracker_play()


def test_a_driver_that_drops_the_last_reference(backend):
    tracker = mediabeat.Client(endpoint="http://a", transport=backend, log=False).tracker()
    client = gc.get_referents(tracker)
    client = next(item for item in client if isinstance(item, mediabeat.Client))
    client._set_wake(tracker.close)
    del client
    assert tracker.session_start(MEDIA).ok
    assert tracker.closed


def test_requests_are_answered_in_their_place_only(make_client, event):
    taken = []

    class Later:
        def send(self, request):
            taken.append(request)

    answers = []

    def details():
        answer = mediabeat.Response(201, location="/api/v1/sessions/a")
        for call in (lambda: taken[0].complete(answer), lambda: in_a_thread(lambda: taken[0].complete(answer))):
            try:
                answers.append(call())
            except mediabeat.BusyError as error:
                answers.append(error)
        return 1.5

    client = make_client(transport=Later())
    session = client.create_media_session(event)
    session.set_player_details(details)
    session.send({"eventType": "play"})
    assert [type(answer) for answer in answers] == [mediabeat.BusyError, mediabeat.ThreadError]
    session.set_player_details(None)
    taken[0].complete(mediabeat.Response(201, location="/api/v1/sessions/a"))
    assert session.id == "a"


@pytest.mark.parametrize("where", ["clock", "session_id", "response", "wake"])
def test_an_answer_whose_callbacks_drop_the_client(event, where):
    held = {}
    dropping = []

    def drop(*_):
        if where in dropping:
            held.clear()
            gc.collect()
        return 1_000_000.0

    class Answer(mediabeat.Response):
        def __getattribute__(self, name):
            if where == "response":
                drop()
            return super().__getattribute__(name)

    class Later:
        def send(self, request):
            self.request = request

    transport = Later()
    client = mediabeat.Client(
        endpoint="http://a", transport=transport, log=False, clock=drop if where == "clock" else None
    )
    held["session"] = client.create_media_session(event, session_id=drop if where == "session_id" else None)
    if where == "wake":
        client._set_wake(drop)
    there = weakref.ref(client)
    del client
    dropping.append(where)
    transport.request.complete(Answer(201, location="/api/v1/sessions/a"))
    held.clear()
    gc.collect()
    assert there() is None


def test_an_answer_that_cannot_be_read_may_be_given_again(make_client, event):
    class Later:
        def send(self, request):
            self.request = request

    transport = Later()
    client = make_client(transport=transport)
    client.create_media_session(event)
    with pytest.raises(TypeError, match="^response: a Response is needed, not int"):
        transport.request.complete(204)
    transport.request.complete(mediabeat.Response(201, location="/api/v1/sessions/a"))
    assert client.stats.delivered == 1


def test_answers_inside_poll_make_room_for_the_next(make_client):
    class Polled:
        capacity = 1

        def __init__(self):
            self.taken = []
            self.count = 0

        def send(self, request):
            self.count += 1
            self.taken.append(request)

        def poll(self):
            while self.taken:
                self.taken.pop().complete(mediabeat.Response(201, location=f"/api/v1/sessions/{self.count}"))

    client = make_client(transport=Polled())
    trackers = [client.tracker(str(number)) for number in range(5)]
    for tracker in trackers:
        tracker.session_start(MEDIA)
    client.tick()
    client.tick()
    assert client.stats.delivered == 5


def test_a_sub_interpreter_is_refused(client):
    interpreters = pytest.importorskip("_xxsubinterpreters")
    other = interpreters.create()
    try:
        with pytest.raises(Exception, match="ImportError.*interpreter"):
            interpreters.run_string(other, f"import sys; sys.path[:] = {sys.path!r}; import mediabeat")
    finally:
        interpreters.destroy(other)
    assert client.tracker().play() is mediabeat.Result.REFUSED_NOT_IN_SESSION


def test_the_tree_of_exceptions():
    for kind, base in (
        (mediabeat.ArgumentError, ValueError),
        (mediabeat.EventError, ValueError),
        (mediabeat.ClosedError, RuntimeError),
        (mediabeat.BusyError, RuntimeError),
        (mediabeat.OutOfMemory, MemoryError),
        (mediabeat.TransportError, OSError),
        (mediabeat.LogError, ValueError),
        (mediabeat.ConfigError, Exception),
    ):
        assert issubclass(kind, mediabeat.Error) and issubclass(kind, base)
