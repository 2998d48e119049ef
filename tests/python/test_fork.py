"""fork: the child neither sends nor closes what is its parent's, and may have clients of its own."""

import contextlib
import gc
import os
import socket
import sys
import time
import traceback

import mediabeat
import pytest

MEDIA = {"id": "a", "name": "A", "length": 60, "preroll_waiting_time": 0}

SESSION = {
    "eventType": "sessionStart",
    "playerTime": {"playhead": 0},
    "params": {
        "media.id": "b",
        "media.name": "B",
        "media.length": 60,
        "media.contentType": "vod",
        "media.streamType": "video",
    },
}

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def in_a_child(function):
    """Runs it in a child; its exit code is what it returns, 99 after an exception."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 99
    try:
        code = function() or 0
    except BaseException:
        traceback.print_exc(file=sys.stderr)
    finally:
        os._exit(code)


def test_handles_of_the_parent_are_not_the_childs(client, tracker, event, backend):
    session = client.create_media_session(event)
    sent, asked = len(backend.events), []
    tracker.set_player_details(lambda: asked.append(os.getpid()))

    def child():
        for call in (
            tracker.pause,
            client.tick,
            lambda: session.send({"eventType": "play"}),
            lambda: client.next_deadline,
            client.tracker,
            lambda: client.stats,
            lambda: session.id,
        ):
            with pytest.raises(mediabeat.ForkedError):
                call()
        for handle in (session, tracker, client):
            handle.close()
        assert len(backend.events) == sent and asked == []

    assert in_a_child(child) == 0
    assert tracker.pause().ok
    client.close()
    assert client.stats.delivered == 4


def test_dropping_them_in_the_child_does_nothing(make_client, backend, tmp_path):
    handles = {}
    handles["client"] = mediabeat.Client(
        endpoint="http://127.0.0.1:1", transport=backend, log=False, store=str(tmp_path / "store")
    )
    handles["tracker"] = handles["client"].tracker("tv", lambda: 1.0)
    handles["tracker"].session_start(MEDIA)
    journals = {path: path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file()}
    assert journals

    def child():
        with pytest.raises(mediabeat.ForkedError):
            handles["tracker"].play()
        handles.clear()
        gc.collect()

    assert in_a_child(child) == 0
    assert {path: path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file()} == journals
    assert handles["tracker"].play().ok
    handles["client"].close()


def test_a_child_has_clients_of_its_own(tracker, backend):
    def child():
        own = mediabeat.Client(endpoint="http://127.0.0.1:1", transport=backend, log=False)
        started = own.tracker().session_start(MEDIA)
        own.close()
        grandchild = in_a_child(lambda: 0)
        return 0 if started.ok and own.stats.delivered == 1 and grandchild == 0 else 1

    assert in_a_child(child) == 0


def test_libcurls_sockets_stay_the_parents(make_client):
    client = make_client(transport=None, clock=None, trackingServer="a", reportSuite="b", orgId="c@AdobeOrg")
    tracker = client.tracker()
    tracker.session_start(MEDIA)
    descriptor = client.descriptor

    def child():
        with pytest.raises(mediabeat.ForkedError):
            tracker.play()
        client.close()
        return 0 if descriptor is None or os.fstat(descriptor) else 1

    assert in_a_child(child) == 0
    client.wait(0.05)
    client.close(0)
    assert client.stats.accepted == 1


class Slow:
    """A backend that answers the first request when it is told to, which may be after a fork."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def client(self, **arguments):
        keys = {"trackingServer": "a", "reportSuite": "b", "orgId": "c@AdobeOrg", "channel": "web", "playerName": "tv"}
        return mediabeat.Client(keys, endpoint=self.url, log=False, **arguments)

    def take(self, client):
        """Until the request is here. A server of one's own thread cannot be used: it would be missing in the child."""
        self.listener.setblocking(False)
        while True:
            client.wait(0.01)
            with contextlib.suppress(BlockingIOError):
                self.connection, _ = self.listener.accept()
                self.connection.settimeout(30)
                self.connection.recv(65536)
                return

    def answer(self):
        head = b"HTTP/1.1 201 Created\r\nLocation: /api/v1/sessions/1\r\nContent-Length: 0\r\n\r\n"
        self.connection.sendall(head)


@pytest.fixture
def slow():
    backend = Slow()
    yield backend
    backend.connection.close()
    backend.listener.close()


def wait_for_delivery(client, most=10):
    """By sockets alone: a call that looks at them by itself would hide that nobody is told of them."""
    until = time.monotonic() + most
    while not client.stats.delivered and time.monotonic() < until:
        client.wait_for_io(most)
        client.deliver()
    return client.stats.delivered


def test_what_is_under_way_when_a_child_drops_the_client_is_the_parents(slow):
    handles = {"client": slow.client()}
    handles["tracker"] = handles["client"].tracker("tv")
    handles["tracker"].session_start(MEDIA)
    slow.take(handles["client"])

    def child():
        handles.clear()
        gc.collect()

    assert in_a_child(child) == 0
    slow.answer()
    assert wait_for_delivery(handles["client"]) == 1
    handles["client"].close(0)


def test_a_child_that_drops_the_client_ends_nothing_of_its_transport(make_client):
    class Transport:
        def __init__(self):
            self.ended = []

        def send(self, request):
            pass

        def cancel(self, request):
            self.ended.append(request)

        def close(self):
            self.ended.append(self)

    transport = Transport()
    handles = {"client": mediabeat.Client(endpoint="http://127.0.0.1:1", transport=transport, log=False)}
    handles["tracker"] = handles["client"].tracker("tv")
    handles["tracker"].session_start(MEDIA)

    def child():
        handles.clear()
        gc.collect()
        return len(transport.ended)

    assert in_a_child(child) == 0
    handles["client"].close(0)
    assert len(transport.ended) == 2


def test_an_answer_that_is_there_when_a_callback_forks_is_the_parents(slow):
    """The child comes back into a tick, which goes on to look after sockets."""
    children = []

    def details():
        if not children:
            slow.answer()
            children.append(os.fork())
            if children[0]:
                children.append(os.waitpid(children[0], 0)[1])
        return 1

    clock = mediabeat.VirtualClock(1000)
    client = slow.client(clock=clock)
    tracker = client.tracker("tv")
    tracker.session_start(MEDIA)
    tracker.play()
    slow.take(client)
    tracker.set_player_details(details)
    clock.advance(1)
    here, code = os.getpid(), 98
    try:
        client.tick()
    except mediabeat.ForkedError:
        code = 0
    finally:
        if os.getpid() != here:
            os._exit(code)
    assert os.waitstatus_to_exitcode(children[1]) == 0
    assert wait_for_delivery(client) == 1
    client.close(0)


def test_with_blocks_of_the_parent_end_quietly_in_the_child(make_client, backend):
    def child():
        sys.exit(7)

    code = None
    with make_client() as client:
        client.tracker().session_start(MEDIA)
        child_id = os.fork()
        if not child_id:
            try:
                with client:
                    child()
            except SystemExit as leaving:
                os._exit(leaving.code)
            os._exit(1)
        code = os.waitstatus_to_exitcode(os.waitpid(child_id, 0)[1])
        assert not client.closed
    assert code == 7


@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="starts the command")
@pytest.mark.parametrize("call", ["pause", "close"])
def test_a_callback_that_forks_while_libcurl_sends(call):
    """The child leaves the parent's sockets alone, and learns it from the call that it came back into."""
    with mediabeat.collector() as collector:
        children = []

        def fork(*_):
            if not children:
                children.append(os.fork())
            return 1

        arguments = {"trackingServer": "a", "reportSuite": "b", "orgId": "c@AdobeOrg", "endpoint": collector.url}
        client = mediabeat.Client(log=False, channel="web", playerName="tv", **arguments)
        tracker = client.tracker("tv")
        tracker.session_start(MEDIA)
        while client.stats.delivered < 1:
            client.wait(0.02)
        if call == "pause":
            tracker.set_player_details(fork)
        else:
            session = client.create_media_session(SESSION, session_id=fork)
            assert session.id is None
        here = os.getpid()
        code = 98
        try:
            tracker.pause() if call == "pause" else client.close()
        except mediabeat.ForkedError:
            code = 0
        finally:
            if os.getpid() != here:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 0
        client.close()
        second = "pauseStart" if call == "pause" else "sessionStart"
        assert [row["eventType"] for row in collector.events()] == ["sessionStart", second]
        assert client.stats.delivered == 2 and client.stats.retries == 0


def test_a_callback_that_forks_sends_and_stores_once(make_client, backend, tmp_path):
    children = []
    tracker = make_client(store=str(tmp_path / "store")).tracker("tv")
    tracker.session_start(MEDIA)
    tracker.play()

    def details():
        children.append(os.fork())
        return 1

    tracker.set_player_details(details)
    sent = len(backend.events)
    here = os.getpid()
    try:
        tracker.pause()
    finally:
        if os.getpid() != here:
            os._exit(len(backend.events) - sent)
    assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 0
    assert backend.types[sent:] == ["pauseStart"]
    (journal,) = (tmp_path / "store").glob("*/*.journal")
    assert journal.read_bytes().count(b"pauseStart") == 1
