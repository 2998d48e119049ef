"""Sending to a backend over HTTP."""
import signal

import pytest
from conftest import EDGE, LIVE, PATIENCE, create, line, log_in, open_program, say, send as send_event, start

LOG = [line(0, "configure", config=LIVE), start(), line(0, "play"), line(60000, "playhead", value=60), line(60000, "complete")]


@pytest.fixture
def send(mediabeat, backend, tmp_path):
    def play(lines, *options):
        return mediabeat("replay", "--to", backend.url, "--speed", "max", *options, log_in(tmp_path, lines))

    return play


def test_everything_arrives_in_order(send, backend):
    run = send(LOG)
    assert (run.status, run.out) == (0, "")
    assert backend.types == ["sessionStart", "play", "play", *["ping"] * 5, "sessionComplete"]
    assert {path for path, _ in backend.got[1:]} == {"/api/v1/sessions/s1/events"}
    assert "9 events: 9 delivered" in run.err


def test_the_same_bodies_as_a_dry_run(send, backend, dry):
    send(LOG)
    assert [body for _, body in backend.got] == dry(LOG).events


def test_the_media_edge_api_gets_the_requests_of_a_dry_run(send, backend, dry):
    log = [
        line(0, "configure", config={**EDGE, "seed": 1}),
        create(0, "web"),
        send_event(0, "play", "web"),
        line(60000, "pause", player="web"),
    ]
    run = send(log)
    assert (run.status, run.out) == (0, "")
    assert backend.got == [(request["path"], request["body"]) for request in dry(log).requests]
    assert len(backend.got) == 8


def test_faster_than_real_time(send, backend):
    assert send(LOG, "--speed", "2000").status == 0
    assert len(backend.got) == 9


def test_show_prints_what_is_sent(send):
    run = send(LOG, "--show")
    assert [text.split()[2] for text in run.out.splitlines()][:3] == ["sessionStart", "play", "play"]


def test_what_is_refused_is_a_failure(send, backend):
    backend.refuse = 400
    run = send(LOG)
    assert run.status == 1
    assert "dropped (the backend refused their sessionStart)" in run.err


def test_what_cannot_be_delivered_in_time_is_a_failure(send, backend):
    backend.refuse = 503
    run = send(LOG, "--drain", "0")
    assert run.status == 1
    assert "9 left undelivered" in run.err


def test_backend_lines_are_for_dry_runs(send, backend):
    assert send([*LOG, line(60001, "backend", status=500)]).status == 0


def test_times_before_2000_are_noted(send):
    assert "before the year 2000" in send(LOG).err
    assert "before the year 2000" not in send(LOG, "--epoch", "now").err


def test_a_day_at_full_speed(send, backend):
    run = send([line(0, "configure", config=LIVE), start(), line(0, "play"), line(7200000, "complete")])
    assert run.status == 0
    assert len(backend.got) == 3 + 719 + 1


def test_following_sends_each_line_when_it_comes(backend):
    program = open_program("replay", "--follow", "--to", backend.url, "-")
    for lines, event in [(LOG[:2], "sessionStart"), (LOG[2:3], "play"), ([line(500, "pause")], "pauseStart")]:
        say(program, lines)
        assert backend.arrivals.get(timeout=PATIENCE) == event
    _, err = program.communicate(timeout=PATIENCE)
    assert program.returncode == 0
    assert "3 delivered" in err


def test_ctrl_c_while_the_log_goes_on(backend, tmp_path):
    log = log_in(tmp_path, [*LOG[:3], line(3600000, "complete")])
    program = open_program("replay", "--to", backend.url, log)
    assert backend.arrivals.get(timeout=PATIENCE) == "sessionStart"
    program.send_signal(signal.SIGINT)
    _, err = program.communicate(timeout=PATIENCE)
    assert program.returncode == 130
    assert "1 session, " in err


def test_ctrl_c_ends_a_drain_that_gets_nowhere(backend, tmp_path):
    backend.refuse = 503
    program = open_program("replay", "--to", backend.url, "--speed", "max", "--drain", "600", log_in(tmp_path, LOG))
    backend.arrivals.get(timeout=PATIENCE)
    program.send_signal(signal.SIGINT)
    _, err = program.communicate(timeout=PATIENCE)
    assert program.returncode == 130
    assert "left undelivered" in err
