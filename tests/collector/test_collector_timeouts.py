"""What time does to sessions, by a clock that is moved by hand: days pass in an instant."""

import time

import pytest
from conftest import PATIENCE, event, start

DAY = 86400


@pytest.fixture
def collector(launch):
    return launch("--clock", "manual:1000000")


def ping(collector, sid, playhead=0, ts=[0]):
    """A ping unlike all others; the answer's status."""
    ts[0] += 1
    return collector.send(sid, event("ping", ts[0], playhead)).status


def end_of(collector, sid):
    """State, reason, and when it was closed in seconds after 1000."""
    session = collector.session(sid)
    closed_at = session["closedAt"]
    return session["state"], session["closeReason"], closed_at and (closed_at - 1_000_000) / 1000


# Silence


def test_ten_minutes_without_events(collector):
    sid = collector.open()
    collector.advance(599.999)
    assert end_of(collector, sid) == ("open", None, None)
    collector.advance(0.001)
    assert end_of(collector, sid) == ("closed", "timeout10m", 600)


def test_closing_is_as_of_the_due_time_however_late_it_is_seen(collector):
    sid = collector.open()
    collector.advance(5000)
    assert end_of(collector, sid) == ("closed", "timeout10m", 600)


def test_any_event_starts_the_ten_minutes_again(collector):
    sid = collector.open()
    collector.advance(500)
    assert ping(collector, sid, 1) == 204
    collector.advance(599.999)
    assert ping(collector, sid, 2) == 204
    collector.advance(600)
    assert end_of(collector, sid) == ("closed", "timeout10m", 500 + 599.999 + 600)


def test_a_repeated_event_is_activity(collector):
    sid = collector.open()
    for _ in range(3):
        collector.advance(599)
        assert collector.send(sid, event("play", 5)).status == 204
    assert collector.session(sid)["duplicateCount"] == 2


def test_a_refused_event_is_no_activity(collector):
    sid = collector.open()
    collector.advance(599)
    assert collector.send(sid, event("paus", 5)).status == 400
    collector.advance(1)
    assert end_of(collector, sid) == ("closed", "timeout10m", 600)


def test_an_event_at_the_due_time_is_too_late(collector):
    sid = collector.open()
    collector.advance(600)
    assert ping(collector, sid) == 410
    assert collector.send(sid, event("sessionEnd", 9)).status == 204  # harmless
    assert end_of(collector, sid) == ("closed", "timeout10m", 600)
    assert collector.session(sid)["eventCount"] == 1


# The playhead


def pings_until(collector, sid, seconds, playhead=0, every=300):
    for _ in range(0, seconds, every):
        assert ping(collector, sid, playhead) == 204
        collector.advance(every)


def test_thirty_minutes_without_movement(collector):
    sid = collector.open()
    pings_until(collector, sid, 1800)
    assert ping(collector, sid) == 410
    assert end_of(collector, sid) == ("closed", "timeout30m", 1800)


@pytest.mark.parametrize("playhead, moves", [(0.001, False), (0.0011, True), (0.002, True), (1, True)])
def test_movement_is_more_than_a_millisecond(collector, playhead, moves):
    sid = collector.open()
    pings_until(collector, sid, 900)
    pings_until(collector, sid, 900, playhead)
    assert end_of(collector, sid) == (("open", None, None) if moves else ("closed", "timeout30m", 1800))


def test_a_playhead_that_goes_back_moves(collector):
    sid = collector.open()
    assert ping(collector, sid, 100) == 204
    collector.advance(599)
    assert ping(collector, sid, 50) == 204
    pings_until(collector, sid, 1500, 50)
    assert ping(collector, sid, 50) == 204
    collector.advance(300)
    assert end_of(collector, sid) == ("closed", "timeout30m", 599 + 1800)


def test_movement_against_the_event_before_not_against_the_first(collector):
    sid = collector.open()
    for n in range(1, 7):
        assert ping(collector, sid, n / 1000) == 204  # a millisecond each
        collector.advance(300)
    assert end_of(collector, sid) == ("closed", "timeout30m", 1800)


def test_a_duplicate_does_not_move(collector):
    sid = collector.open()
    body = event("ping", 7, 10)
    for _ in range(2):
        assert collector.send(sid, body).status == 204
        assert collector.send(sid, event("ping", 8, 20)).status == 204
        collector.advance(300)
    pings_until(collector, sid, 1200, 20)
    assert end_of(collector, sid) == ("closed", "timeout30m", 1800)


def test_the_rule_that_is_due_first_wins(launch):
    collector = launch("--clock", "manual:1000000", "--movement-timeout", "600")
    sid = collector.open()
    collector.advance(600)  # both are due: the first of the table
    assert end_of(collector, sid) == ("closed", "timeout10m", 600)
    sid = collector.open()
    collector.advance(300)
    assert ping(collector, sid) == 204
    collector.advance(300)
    assert end_of(collector, sid) == ("closed", "timeout30m", 1200)


# Age


def days(collector, sid, send):
    """Plays for days; after how many seconds it was refused, and how."""
    for n in range(1, 400):
        collector.advance(590)
        if (status := send(sid, n)) != 204:
            return n * 590, status
    return None


def test_edge_sessions_end_after_24_hours(collector):
    sid = collector.open_edge()
    seconds, status = days(collector, sid, lambda sid, n: collector.send_edge(sid, "ping", n, n).status)
    assert status == 410 and DAY <= seconds < DAY + 590
    assert end_of(collector, sid) == ("closed", "maxAge24h", DAY)


def test_v1_sessions_do_not(collector):
    sid = collector.open()
    assert days(collector, sid, lambda sid, n: ping(collector, sid, n)) is None


def test_v1_sessions_do_when_told(launch):
    collector = launch("--clock", "manual:1000000", "--max-age", "1000")
    sid = collector.open()
    assert days(collector, sid, lambda sid, n: ping(collector, sid, n)) == (1180, 410)
    assert end_of(collector, sid) == ("closed", "maxAge24h", 1000)


# After the close


def test_answers_of_closed_and_forgotten_sessions(collector):
    v1, edge = collector.open(), collector.open_edge()
    collector.advance(600)
    assert ping(collector, v1) == 410
    answer = collector.send_edge(edge, "ping", 2)
    assert (answer.status, answer.json["type"][-16:]) == (404, "va-edge-0404-404")
    collector.advance(DAY - 0.001)
    assert ping(collector, v1) == 410
    assert collector.send(v1, event("sessionEnd", 9)).status == 204
    assert collector.send_edge(edge, "sessionEnd", 9).status == 204
    collector.advance(0.001)
    assert ping(collector, v1) == 404
    assert collector.send(v1, event("sessionEnd", 9)).status == 404
    assert collector.send_edge(edge, "sessionEnd", 10).status == 404
    assert [s["state"] for s in collector.sessions()] == ["closed", "closed"]  # what is kept outlives that
    assert len(collector.events(v1)) == 2


def test_bad_body_to_a_session_that_timed_out_is_410(collector):
    sid = collector.open()
    collector.advance(600)
    assert collector.send(sid, event("nonsense", 9)).status == 410
    assert collector.send(sid, "{").status == 400


def test_what_comes_for_a_closed_session_may_be_dropped_without_a_word(launch):
    collector = launch("--clock", "manual:1000000", "--drop-after-close", "--gone", "60")
    v1, edge = collector.open(), collector.open_edge()
    collector.advance(600)
    assert ping(collector, v1) == 204
    assert collector.send(v1, event("nonsense", 9)).status == 204
    assert collector.send(v1, "{").status == 400
    assert collector.send_edge(edge, "ping", 2).status == 404
    assert [len(collector.events(sid)) for sid in (v1, edge)] == [1, 1]
    assert [session["closeReason"] for session in collector.sessions()] == ["timeout10m"] * 2
    assert collector.send(collector.open(), event("nonsense", 9)).status == 400
    collector.advance(60)
    assert ping(collector, v1) == 404


def test_a_closed_session_never_opens_again(collector):
    sid = collector.open()
    collector.advance(600)
    for _ in range(3):
        assert ping(collector, sid, 5) == 410
    other = collector.open()
    assert ping(collector, other) == 204
    assert end_of(collector, sid) == ("closed", "timeout10m", 600)


def test_gone_is_a_setting(launch):
    collector = launch("--clock", "manual:1000000", "--gone", "0")
    sid = collector.open()
    assert collector.send(sid, event("sessionEnd", 9)).status == 204
    assert ping(collector, sid) == 404


# Completed


def test_a_completed_session_waits_for_its_end(collector):
    sid = collector.open()
    assert collector.send(sid, event("sessionComplete", 5, 60)).status == 204
    assert end_of(collector, sid) == ("completed", None, None)
    collector.advance(300)
    assert ping(collector, sid) == 204  # a post-roll may follow
    collector.advance(600)
    assert end_of(collector, sid) == ("closed", "timeout10m", 900)


def test_grace_after_completion_is_never_longer(launch):
    collector = launch("--clock", "manual:1000000", "--complete-grace", "900")
    sid = collector.open()
    assert collector.send(sid, event("sessionComplete", 5)).status == 204
    assert collector.session(sid)["state"] == "completed"
    collector.advance(600)
    assert collector.session(sid)["closedAt"] == 1_600_000


def test_grace_after_completion_may_be_shorter(launch):
    collector = launch("--clock", "manual:1000000", "--complete-grace", "5")
    sid, other = collector.open(), collector.open()
    collector.advance(100)
    assert collector.send(sid, event("sessionComplete", 5, 60)).status == 204
    collector.advance(5)
    assert end_of(collector, sid) == ("closed", "timeout10m", 105)
    assert end_of(collector, other) == ("open", None, None)


# Batches


def test_batches_do_not_time_out(collector):
    sid = collector.post("/api/v1/downloaded", [start(), event("play", 5)]).headers["Location"][-64:]
    collector.advance(5000)
    assert end_of(collector, sid) == ("closed", "batchEnd", 0)


# Clocks and restarts


def test_timer_closes_without_any_request(launch):
    collector = launch("--timeout", "1")
    sid = collector.open()
    deadline = time.monotonic() + PATIENCE
    while (session := collector.session(sid))["state"] == "open" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert session["closeReason"] == "timeout10m"
    assert session["closedAt"] == session["lastEventAt"] + 1000


def test_what_was_due_while_no_collector_ran(launch, tmp_path):
    first = launch("--data", tmp_path / "data", "--clock", "manual:1000000")
    sid, ended = first.open(), first.open()
    assert first.send(ended, event("sessionEnd", 9)).status == 204
    first.end()
    second = launch("--data", tmp_path / "data", "--clock", "manual:5000000")
    assert end_of(second, sid) == ("closed", "timeout10m", 600)
    assert end_of(second, ended) == ("closed", "sessionEnd", 0)


def test_a_restart_with_shorter_time_outs(launch, tmp_path):
    first = launch("--data", tmp_path / "data", "--clock", "manual:1000000")
    sid = first.open()
    first.end()
    second = launch("--data", tmp_path / "data", "--clock", "manual:1020000", "--timeout", "10")
    assert end_of(second, sid) == ("closed", "timeout10m", 10)


def test_many_sessions_are_due_at_once(collector):
    ids = [collector.open() for _ in range(1000)]
    collector.advance(600)
    assert {(s["state"], s["closeReason"], s["closedAt"]) for s in collector.sessions()} == {("closed", "timeout10m", 1_600_000)}
    assert len(ids) == len(collector.sessions()) == 1000


def test_clock(collector):
    assert collector.get("/api/clock").json == {"clock": "manual", "now": 1_000_000}
    assert collector.advance(1.5) == 1_001_500
    assert collector.post("/api/clock", {"now": 2_000_000}).json == {"clock": "manual", "now": 2_000_000}
    back = collector.post("/api/clock", {"now": 1_999_999})
    assert back.status == 409 and "2000000" in back.message
    assert collector.get("/api/clock").json["now"] == 2_000_000
    sid = collector.open()
    assert collector.session(sid)["startedAt"] == 2_000_000


@pytest.mark.parametrize("body", ["{}", "[]", "1", '{"advance":-1}', '{"advance":1.5}', '{"advance":"1"}', '{"now":1e300}',
                                  '{"advance":1,"now":2}', '{"later":1}', "{"])  # fmt: skip
def test_bad_moves(collector, body):
    answer = collector.post("/api/clock", body)
    assert answer.status == 400 and answer.message
    assert collector.get("/api/clock").json["now"] == 1_000_000


def test_the_real_clock_is_not_moved(launch):
    collector = launch()
    assert collector.get("/api/clock").json["clock"] == "real"
    before = int(time.time() * 1000)
    now = collector.get("/api/clock").json["now"]
    assert before <= now <= time.time() * 1000
    answer = collector.post("/api/clock", {"advance": 1})
    assert answer.status == 409 and "--clock manual" in answer.message


def test_bad_clocks(run):
    for clock in ("", "virtual", "manual:", "manual:x", "manual:-1", "manual:" + "9" * 16, "manuall"):
        result = run("--clock", clock)
        assert result.returncode == 2 and "--clock" in result.stderr
