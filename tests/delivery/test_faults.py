"""Nothing is lost on the way: what a network and a backend may do, over real HTTP, over either wire, against the real
collector."""
import json
import threading

from faulty_proxy import FaultyProxy
from viewing import MEDIA, ON_THE_WIRE, VIEWING, call


def in_order(events):
    times = [item["event"]["playerTime"]["ts"] for item in events if not item["duplicate"]]
    return all(one < other for one, other in zip(times, times[1:]))


def test_a_slow_answer_to_session_start_makes_events_wait_and_then_flow_in_order(collector, replay):
    others_seen_early = []
    released = threading.Event()

    def fault(number, path):
        if number == 1:
            threading.Timer(0.7, released.set).start()
            return released.wait
        if not released.is_set():
            others_seen_early.append(path)
        return None

    with FaultyProxy(collector.url, fault) as proxy:
        status, errors = replay(proxy.url, VIEWING).finish()
    assert (status, others_seen_early) == (0, []), errors
    (session,) = collector.sessions()
    assert collector.types(session) == ON_THE_WIRE
    assert in_order(collector.events(session))


def test_500s_then_success_repeat_the_same_bytes_in_place(collector, replay):
    with FaultyProxy(collector.url, lambda number, path: 500 if number % 3 else None) as proxy:
        status, errors = replay(proxy.url, VIEWING).finish()
        assert status == 0, errors
        bodies = [body for _, body in proxy.seen]
    assert len(bodies) == 3 * len(ON_THE_WIRE)
    for first in range(0, len(bodies), 3):
        assert bodies[first] == bodies[first + 1] == bodies[first + 2]
    (session,) = collector.sessions()
    assert collector.types(session) == ON_THE_WIRE
    assert session["duplicateCount"] == 0


def test_a_lost_answer_is_an_exact_duplicate_for_the_collector(collector, replay):
    class Lossy(FaultyProxy):
        def pass_on(self, path, body):
            answer = super().pass_on(path, body)
            return (503, {}, b"") if len(self.seen) in (4, 9) else answer

    with Lossy(collector.url) as proxy:
        status, errors = replay(proxy.url, VIEWING).finish()
    assert status == 0, errors
    (session,) = collector.sessions()
    assert session["duplicateCount"] == 2
    assert collector.types(session) == ON_THE_WIRE


def test_connection_refused_then_back(collector, replay, free_port):
    run = replay(f"http://127.0.0.1:{free_port}", VIEWING)
    assert any("no answer" in line for line in run.process.stderr)
    with FaultyProxy(collector.url, port=free_port):
        status, errors = run.finish()
    assert status == 0, errors
    (session,) = collector.sessions()
    assert collector.types(session) == ON_THE_WIRE


def test_410_in_mid_session_goes_on_in_a_new_one_with_everything_open_said_again(collector, replay):
    def fault(number, path):
        return 410 if number == 9 else None  # the ping inside the ad

    with FaultyProxy(collector.url, fault) as proxy:
        status, errors = replay(proxy.url, VIEWING).finish()
    assert status == 0, errors
    first, second = collector.sessions()
    assert collector.types(first) == ON_THE_WIRE[:8]
    assert collector.types(second) == [
        "sessionStart", "chapterStart", "adBreakStart", "adStart", "stateStart", "play", *ON_THE_WIRE[8:],
    ]  # fmt: skip
    assert (first["resume"], second["resume"]) == (False, True)
    assert in_order(collector.events(second))


def test_a_refused_event_is_dropped_and_said(collector, replay):
    with FaultyProxy(collector.url, lambda number, path: 400 if number == 4 else None) as proxy:
        status, errors = replay(proxy.url, VIEWING).finish()
    assert status == 1
    assert "chapterStart answered 400: said by the faulty proxy" in errors
    (session,) = collector.sessions()
    assert collector.types(session) == ON_THE_WIRE[:3] + ON_THE_WIRE[4:]


def test_no_server_at_all_is_said_and_ends_in_time(replay, free_port):
    status, errors = replay(f"http://127.0.0.1:{free_port}", VIEWING, "--drain", "1").finish()
    assert status == 1
    assert "undelivered" in errors


def test_ten_thousand_sessions_at_once_through_one_client(collector, replay):
    count = 10_000
    lines = [call(0, "sessionStart", player=str(i), info={**MEDIA, "id": f"m{i}"}) for i in range(count)]
    lines += [call(0.5, "play", player=str(i)) for i in range(count)]
    lines += [call(15, "complete", player=str(i)) for i in range(count)]
    status, errors = replay(collector.url, lines).finish()
    assert status == 0, errors
    sessions = collector.sessions()
    assert len(sessions) == count
    assert len({session["mediaId"] for session in sessions}) == count
    assert {(session["state"], session["eventCount"]) for session in sessions} == {("completed", 5)}
    assert json.dumps(collector.types(sessions[-1])) == json.dumps(["sessionStart", "play", "play", "ping", "sessionComplete"])
