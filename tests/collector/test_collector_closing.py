"""How sessions come to an end other than by time: by their end, by command, at the collector's end, by too many events."""

import signal

import pytest
from conftest import event


def reason(collector, sid):
    return collector.session(sid)["closeReason"]


def test_close_by_command(launch):
    collector = launch("--clock", "manual:1000000")
    sid = collector.open()
    collector.advance(100)
    answer = collector.close(sid)
    assert (answer.status, answer.body) == (204, b"")
    session = collector.session(sid)
    assert (session["state"], session["closeReason"], session["closedAt"]) == ("closed", "forced", 1_100_000)
    assert collector.send(sid, event("play", 5)).status == 410
    collector.advance(100)
    assert collector.close(sid).status == 204  # it stays as it is
    assert collector.session(sid)["closedAt"] == 1_100_000


def test_close_does_not_rewrite_another_end(launch):
    collector = launch("--clock", "manual:1000000")
    ended, silent = collector.open(), collector.open()
    assert collector.send(ended, event("sessionEnd", 5)).status == 204
    collector.advance(700)
    for sid in (ended, silent):
        assert collector.close(sid).status == 204
    assert (reason(collector, ended), reason(collector, silent)) == ("sessionEnd", "timeout10m")


@pytest.mark.parametrize("sid", ["0" * 64, "x", "..%2f"])
def test_close_of_what_is_not_there(collector, sid):
    assert collector.close(sid).status == 404


def test_close_is_a_post(collector):
    sid = collector.open()
    answer = collector.get(f"/api/sessions/{sid}/close")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST, OPTIONS")
    assert reason(collector, sid) is None


def test_at_the_end_sessions_stay_open(launch, tmp_path):
    first = launch("--data", tmp_path / "data")
    sid = first.open()
    first.end()
    second = launch("--data", tmp_path / "data")
    assert reason(second, sid) is None and second.send(sid, event("play", 5)).status == 204


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_at_the_end_sessions_are_closed_when_told(launch, tmp_path, number):
    first = launch("--data", tmp_path / "data", "--close-at-end", "--clock", "manual:1000000")
    open_one, ended = first.open(), first.open()
    assert first.send(ended, event("sessionEnd", 5)).status == 204
    first.advance(10)
    assert first.end(number) == (0, "")
    second = launch("--data", tmp_path / "data", "--clock", "manual:2000000")
    assert (reason(second, open_one), reason(second, ended)) == ("forced", "sessionEnd")
    assert second.session(open_one)["closedAt"] == 1_010_000


def test_too_many_events_close_a_session(launch):
    collector = launch("--event-limit", "5")
    sid = collector.open()
    assert [collector.send(sid, event("play", ts)).status for ts in range(1, 7)] == [204, 204, 204, 204, 410, 410]
    session = collector.session(sid)
    assert (session["state"], session["closeReason"], session["eventCount"]) == ("closed", "forced", 5)


def test_the_end_comes_before_what_sorts_behind_it(collector):
    sid = collector.open()
    assert collector.send(sid, event("sessionEnd", 5)).status == 204
    assert collector.send(sid, event("sessionEnd", 6)).status == 204
    assert [e["afterEnd"] for e in collector.events(sid)] == [False, False, True]


def test_health(launch):
    collector = launch("--clock", "manual:1000000")
    collector.advance(5)
    collector.open()
    health = collector.get("/api/health").json
    assert health.pop("version")
    assert health == {"status": "ok", "startedAt": 1_000_000, "now": 1_005_000, "openSessions": 1}
    collector.advance(600)
    assert collector.get("/api/health").json["openSessions"] == 0
