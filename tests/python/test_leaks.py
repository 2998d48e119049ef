"""100,000 calls and callbacks leave nothing behind: neither Python's blocks nor C's.

Also run with PYTHONMALLOC=debug, which guards C's blocks as well, and with the address sanitizer.
"""

import contextlib
import gc
import itertools
import os
import sys
import tracemalloc

import mediabeat
import pytest

CALLS = int(os.environ.get("MEDIABEAT_CALLS", "100000"))
MEDIA = {"id": "a", "name": "A", "length": 60, "preroll_waiting_time": 0}


class Sink:
    """Takes everything, keeps nothing."""

    def send(self, request):
        request.body  # noqa: B018
        return SESSION if request.path.endswith("sessions") else TAKEN


TAKEN = mediabeat.Response(204)
SESSION = mediabeat.Response(201, location="/api/v1/sessions/a")


def measure(work, calls):
    """Blocks of Python's allocator, and bytes of everything that tracemalloc sees, C's memory too."""
    gc.collect()
    tracemalloc.start(1)
    blocks, (before, _) = sys.getallocatedblocks(), tracemalloc.get_traced_memory()
    work(calls)
    gc.collect()
    (after, _), now = tracemalloc.get_traced_memory(), sys.getallocatedblocks()
    tracemalloc.stop()
    return now - blocks, after - before


def assert_no_growth(work, calls=CALLS):
    """A leak grows each time, by a block for each of a few hundred clients at least; Python's caches grow once."""
    work(max(calls // 10, 200))
    for _ in range(3):
        blocks, size = measure(work, calls)
        if blocks < max(200, calls // 400) and size < 150_000:
            return
    raise AssertionError(f"{blocks} blocks, {size} bytes")


@pytest.fixture
def live():
    clock = mediabeat.VirtualClock(1_000_000)
    client = mediabeat.Client(endpoint="http://a", transport=Sink(), clock=clock, log=lambda level, text: None)
    tracker = client.tracker("tv")
    tracker.session_start(MEDIA)
    tracker.play()
    yield client, tracker, clock
    client.close(0)


def test_a_leak_would_be_seen():
    kept = []
    with pytest.raises(AssertionError):
        assert_no_growth(lambda calls: kept.extend(object() for _ in range(calls)), 20_000)


def test_calls(live):
    client, tracker, clock = live

    def work(calls):
        for number in range(calls // 4):
            clock.advance(0.001)
            tracker.update_playhead(number / 10)
            client.tick()
            tracker.pause()
            tracker.play()

    assert_no_growth(work)


def test_callbacks(live):
    client, tracker, clock = live
    qoe = mediabeat.QoE(1e6, 1, 25, 0)
    new = map(float, itertools.count())  # a reference too many to what is there anyway would not be seen
    answers = [
        lambda: next(new),
        lambda: (next(new), qoe),
        lambda: {"playhead": next(new)},
        lambda: {"qoe": {"bitrate": next(new), "startup_time": next(new), "fps": next(new), "dropped_frames": 0}},
        lambda: mediabeat.PlayerDetails(next(new), qoe),
        lambda: None,
    ]

    def work(calls):
        for number in range(calls // 4):
            clock.advance(0.001)
            tracker.set_player_details(answers[number % len(answers)])
            tracker.bitrate_change()

    assert_no_growth(work)


def test_exceptions_of_callbacks(live):
    client, tracker, clock = live

    def fail():
        raise KeyError("gone")

    def work(calls):
        for number in range(calls // 10):
            clock.advance(0.001)
            tracker.set_player_details(fail if number % 2 else lambda: "wrong")
            with pytest.raises((KeyError, TypeError)):
                tracker.bitrate_change()

    assert_no_growth(work)


def test_bad_values(live):
    client, tracker, clock = live

    def work(calls):
        for _ in range(calls // 20):
            for call in (
                lambda: tracker.update_playhead("x"),
                lambda: tracker.update_playhead(float("nan")),
                lambda: tracker.state_start("\ud800"),
                lambda: tracker.session_start(MEDIA, {"key": 5}),
                lambda: client.create_media_session({"eventType": "nonsense"}),
            ):
                with pytest.raises((TypeError, ValueError)):
                    call()

    assert_no_growth(work)


def test_sessions_and_metadata(live, event):
    client, _, clock = live

    def work(calls):
        for _ in range(calls // 40):
            clock.advance(1)
            with client.tracker("other", lambda: 1.5) as tracker:
                tracker.session_start(MEDIA, {"key": "value", "other": "väl"})
                tracker.ad_break_start(name="B", position=1)
                tracker.ad_start({"id": "i", "name": "N", "position": 1, "length": 5}, {"key": "value"})
                tracker.session_end()
            with client.create_media_session(event, session_id=lambda id: None) as session:
                session.send({"eventType": "play"})
                session.send({"eventType": "sessionEnd"})

    assert_no_growth(work)


def test_handles_dropped_inside_a_running_call(live, event):
    """They cannot be freed there: the call does it at its end."""
    client, tracker, clock = live
    others = []

    def drop():
        others.clear()
        return 1.5

    tracker.set_player_details(drop)

    def work(calls):
        for _ in range(calls // 20):
            clock.advance(0.001)
            others.append(client.tracker("other", lambda: 2.5))
            session = client.create_media_session(event)
            session.send({"eventType": "sessionEnd"})
            others.append(session)
            del session
            tracker.bitrate_change()
            assert not others

    assert_no_growth(work)


def test_clients(event):
    def work(calls):
        for _ in range(calls // 200):
            client = mediabeat.Client({"endpoint": "http://a"}, transport=Sink(), log=lambda level, text: client)
            client.itself = client
            client.record(lambda line: None)
            tracker = client.tracker("tv", lambda: client and 1)
            tracker.session_start(MEDIA)
            if _ % 2:
                client.close(0)
            if _ % 50 == 0:
                gc.collect()

    assert_no_growth(work, CALLS)


@pytest.mark.parametrize("answer", [KeyError("gone"), mediabeat.BusyError("later"), 5, SESSION])
def test_requests_that_fail(answer):
    """Or that are answered, for comparison."""

    class Failing:
        def send(self, request):
            if isinstance(answer, Exception):
                raise answer.with_traceback(None)
            return answer

    def work(calls):
        for _ in range(calls // 100):
            client = mediabeat.Client(endpoint="http://a", transport=Failing(), log=False)
            with contextlib.suppress(KeyError, TypeError):
                client.tracker().session_start(MEDIA)
            client.close(0)

    assert_no_growth(work)


def test_requests_that_wait(live):
    taken = []

    class Later:
        capacity = 1000

        def send(self, request):
            taken.append(request)

    def work(calls):
        for _ in range(calls // 100):
            client = mediabeat.Client(endpoint="http://a", transport=Later(), log=False)
            client.tracker().session_start(MEDIA)
            if _ % 2:
                taken.pop().complete(SESSION)
            client.close(0)
            taken.clear()

    assert_no_growth(work)
