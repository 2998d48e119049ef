"""Signals: what waits gives way at once, and nothing is lost that a store holds."""

import os
import signal
import socket
import sys
import threading
import time

import mediabeat
import pytest

MEDIA = {"id": "a", "name": "A", "length": 60, "preroll_waiting_time": 0}
ARGUMENTS = {
    "trackingServer": "metrics.example.com",
    "reportSuite": "suite",
    "orgId": "1@AdobeOrg",
    "channel": "web",
    "playerName": "tv",
    "answerTimeout": 60,  # else it would end waits
    "log": False,
}

pytestmark = pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs signals between threads")


SOON = 10  # s; all of these would wait for 30


class Failed(Exception):
    """What a handler raises that is not Ctrl-C."""


@pytest.fixture
def silent():
    """Takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(params=["at the wait", "to another thread"])
def interrupted(request):
    """Calls a function, sends SIGINT into it, and returns the exception and how long it took to come. Whoever runs the
    tests in the background has Python ignore SIGINT, so its handler is set.

    A signal that another thread receives does not end the wait of this one: that has to look by itself.
    """

    def run(call, after=None):
        sent = []

        def send():
            if after:
                after.wait(30)
            time.sleep(0.5)  # short waits, such as for a connection, are over
            sent.append(time.monotonic())
            to_here = request.param == "at the wait"
            signal.pthread_kill(threading.main_thread().ident if to_here else threading.get_ident(), signal.SIGINT)

        thread = threading.Thread(target=send)
        thread.start()
        with pytest.raises((KeyboardInterrupt, Failed)) as raised:
            call()
        took = time.monotonic() - sent[0]
        thread.join()
        return raised.value, took

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield run
    signal.signal(signal.SIGINT, before)


def client_of(url, **arguments):
    client = mediabeat.Client(endpoint=url, **{**ARGUMENTS, **arguments})
    assert client.tracker("tv").session_start(MEDIA).ok
    return client


def wait_for_sockets(client):
    """No deadline ends these waits."""
    while True:
        client.tick()
        client.wait_for_io(30)


def test_close_gives_way(silent, interrupted):
    client = client_of(silent)
    error, took = interrupted(lambda: client.close(30))
    assert type(error) is KeyboardInterrupt and took < SOON
    assert client.closed and client.stats.dropped[mediabeat.Drop.CLOSED] == 1


def test_leaving_a_with_block_gives_way(silent, interrupted):
    def leave():
        with client_of(silent):
            pass

    assert interrupted(leave)[1] < SOON


def test_waiting_gives_way_and_the_client_stays(silent, interrupted):
    client = client_of(silent)
    error, took = interrupted(lambda: client.wait(30))
    assert type(error) is KeyboardInterrupt and took < SOON
    assert not client.closed and client.stats.queued == 1
    error, took = interrupted(lambda: wait_for_sockets(client))
    assert type(error) is KeyboardInterrupt and took < SOON
    client.close(0)


def test_whatever_the_handler_raises_ends_the_waiting(silent, interrupted):
    def fail(number, frame):
        raise Failed

    before = signal.signal(signal.SIGINT, fail)
    try:
        client = client_of(silent)
        error, took = interrupted(lambda: client.close(30))
    finally:
        signal.signal(signal.SIGINT, before)
    assert type(error) is Failed and took < SOON and client.closed


def test_ctrl_c_comes_before_what_failed_earlier(interrupted, monkeypatch):
    others = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: others.append(unraisable.exc_value))

    failing, failed = threading.Event(), threading.Event()

    def log(level, text):
        if failing.is_set():
            failed.set()
            raise Failed

    client = client_of("http://127.0.0.1:1", log=log, logLevel="debug", retryInterval=0.01)
    failing.set()
    error, took = interrupted(lambda: client.close(60), after=failed)
    assert type(error) is KeyboardInterrupt and took < SOON and client.closed
    assert Failed in [type(error) for error in others]


def test_a_handler_that_raises_nothing_ends_no_waiting(silent):
    heard = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: heard.append(time.monotonic()))
    timer = threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGUSR1))
    try:
        client = client_of(silent)
        timer.start()
        began = time.monotonic()
        client.close(2)
        ended = time.monotonic()
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, before)
    assert len(heard) == 1 and began < heard[0] < ended
    assert ended - began >= 1.9


def test_a_transport_in_python_gives_way(interrupted):
    class Silent:
        def send(self, request):
            pass

        def wait(self, timeout):
            time.sleep(timeout)

    client = client_of("http://127.0.0.1:1", transport=Silent())
    error, took = interrupted(lambda: client.close(30))
    assert type(error) is KeyboardInterrupt and took < SOON and client.closed


def test_what_a_store_holds_goes_out_later(silent, interrupted, tmp_path):
    arguments = {"store": str(tmp_path / "store"), "protocol": "downloaded-v1"}
    client = client_of(silent, **arguments)
    next_to_send = client.tracker("radio")
    next_to_send.session_start(MEDIA)
    next_to_send.session_end()
    interrupted(lambda: client.close(30))
    assert client.closed and client.stats.dropped[mediabeat.Drop.CLOSED] == 0
    with mediabeat.collector() as collector:
        with mediabeat.Client(endpoint=collector.url, **ARGUMENTS, **arguments) as client:
            client.wait(0.2)
        types = sorted(row["eventType"] for row in collector.events())  # the session that was open is ended
        assert types == ["sessionEnd", "sessionEnd", "sessionStart", "sessionStart"]
