"""Dry runs: what is printed, how the built-in backend answers, and what it comes to."""
import gzip
import json

import pytest
from conftest import LOGS, MEDIA, line, log_in, run_on_a_full_disk, start, text_of

PLAY = [start(), line(0, "play"), line(5000, "playhead", value=5), line(5000, "sessionEnd")]


def backend(ts, **members):
    return line(ts, "backend", **members)


def times(run):
    return [(request["at"], request["path"].removeprefix("/api/v1/sessions")) for request in run.requests]


def test_a_line_for_each_request(dry):
    run = dry(PLAY)
    assert run.status == 0
    first, *rest = run.requests
    assert list(first) == ["at", "player", "session", "method", "path", "body"]
    assert (first["at"], first["player"], first["session"]) == (0, "", 1)
    assert (first["method"], first["path"]) == ("POST", "/api/v1/sessions")
    assert {request["path"] for request in rest} == {"/api/v1/sessions/1/events"}
    assert run.types == ["sessionStart", "play", "play", "sessionEnd"]


def test_the_summary(dry):
    run = dry(PLAY)
    assert run.err == "mediabeat: 1 session, 4 events: 4 delivered\n"
    assert dry(PLAY, "--quiet").err == ""


def test_two_runs_are_byte_identical(dry):
    lines = [backend(0, status=503, times=3), *PLAY]
    assert dry(lines).out == dry(lines).out != ""


def test_players_are_told_apart(dry):
    lines = [start(0, player='a "quoted" \\ name'), start(1, player="b"), line(2, "play", player="b")]
    requests = dry(lines).requests
    assert [(r["player"], r["path"]) for r in requests] == [
        ('a "quoted" \\ name', "/api/v1/sessions"),
        ("b", "/api/v1/sessions"),
        ("b", "/api/v1/sessions/2/events"),
    ]


def test_sessions_of_a_player_are_counted(dry):
    run = dry([start(), line(1, "sessionEnd"), start(2), line(3, "play")])
    assert [request["session"] for request in run.requests] == [1, 1, 2, 2]


def test_what_is_open_at_the_end_is_left_open(dry):
    run = dry([start(), line(0, "play"), line(12000, "tick")])
    assert (run.status, run.types) == (0, ["sessionStart", "play", "play", "ping"])


def test_ticks_only_where_they_are_recorded(dry):
    lines = [line(0, "configure", config={"ticks": "recorded"}), start(), line(0, "play"), line(700, "tick"), line(30000, "pause")]
    run = dry(lines)
    assert [event["playerTime"]["ts"] for event in run.events if event["eventType"] == "ping"] == []


def test_delayed_answers_hold_the_queue_back(dry):
    run = dry([backend(0, delay=300), start(), line(0, "play"), line(10, "pause"), line(1000, "tick")])
    assert times(run) == [(0, ""), (300, "/1/events"), (600, "/1/events")]


def test_answers_outstanding_at_the_end_come_at_once(dry):
    run = dry([backend(0, delay=60000), *PLAY])
    assert (run.status, run.types) == (0, ["sessionStart", "play", "play", "sessionEnd"])
    assert times(run)[-1] == (5000, "/1/events")


def test_failures_are_repeated_with_the_same_bytes(dry):
    run = dry([start(), backend(1, status=500, times=2), line(1, "play"), line(60000, "tick")])
    bodies = [request["body"] for request in run.requests[1:4]]
    assert run.status == 0
    assert bodies[0] == bodies[1] == bodies[2]
    assert "2 requests repeated" in run.err


def test_the_network_goes_down_and_comes_back(dry):
    run = dry([backend(0, network="down"), *PLAY, backend(6000, network="up")])
    assert run.status == 0
    assert run.types[-3:] == ["play", "play", "sessionEnd"]


def test_a_network_that_stays_down_leaves_events_undelivered(dry):
    run = dry([backend(0, network="down"), *PLAY])
    assert run.status == 1
    assert set(run.types) == {"sessionStart"}
    assert "4 left undelivered" in run.err
    assert run.requests[-1]["at"] <= 35000


def test_drain_bounds_the_repeats_at_the_end(dry):
    run = dry([backend(0, network="down"), *PLAY], "--drain", "0")
    assert run.status == 1
    assert all(request["at"] <= 5000 for request in run.requests)


def test_a_refused_event_is_dropped_and_the_rest_goes_on(dry):
    run = dry([start(), backend(1, status=400, times=1), line(1, "play"), line(2, "pause")])
    assert (run.status, run.types) == (1, ["sessionStart", "play", "pauseStart"])
    assert "1 dropped (refused by the backend)" in run.err


def test_a_refused_session_is_dropped_with_its_queue(dry):
    run = dry([backend(0, status=400), *PLAY])
    assert (run.status, run.types) == (1, ["sessionStart"])
    assert "dropped (the backend refused their sessionStart)" in run.err


def test_after_410_the_session_goes_on_in_a_new_one(dry):
    run = dry([start(), line(0, "play"), backend(1, status=410, times=1), line(2, "pause"), line(3, "tick")])
    assert run.status == 0
    assert [request["session"] for request in run.requests] == [1, 1, 1, 2, 2, 2]
    assert run.types == ["sessionStart", "play", "pauseStart", "sessionStart", "play", "pauseStart"]
    assert run.events[3]["params"]["media.resume"] is True
    assert "1 session reopened" in run.err


def test_the_backend_gives_the_id_it_is_told(dry):
    run = dry([backend(0, sessionId="abc"), *PLAY])
    assert {request["path"] for request in run.requests[1:]} == {"/api/v1/sessions/abc/events"}


def test_times_gives_way_to_what_was_usual(dry):
    lines = [backend(0, sessionId="usual"), backend(0, sessionId="once", times=1), start(player="a"), start(player="b")]
    run = dry([*lines, line(1, "play", player="a"), line(1, "play", player="b")])
    assert [path for _, path in times(run)[2:]] == ["/once/events", "/usual/events"]


def test_consent_out_sends_nothing_and_is_no_failure(dry):
    run = dry([line(0, "consent", value="out"), *PLAY])
    assert (run.status, run.out) == (0, "")


def test_consent_unknown_holds_and_is_no_failure(dry):
    run = dry([line(0, "consent", value="unknown"), *PLAY])
    assert (run.status, run.out) == (0, "")
    assert "4 held back by consent" in run.err
    run = dry([line(0, "consent", value="unknown"), *PLAY, line(6000, "consent", value="in")])
    assert run.types == ["sessionStart", "play", "play", "sessionEnd"]


def test_downloaded_content_goes_out_as_one_batch(dry):
    run = dry(PLAY, "--protocol", "downloaded-v1")
    assert run.status == 0
    assert [request["path"] for request in run.requests] == ["/api/v1/downloaded"]
    assert run.types == ["sessionStart", "play", "play", "sessionEnd"]


def test_downloaded_content_waits_for_the_network(dry):
    config = line(0, "configure", config={"downloaded": True})
    run = dry([config, line(0, "online", value=False), *PLAY])
    assert (run.status, run.out) == (1, "")
    assert "4 left undelivered" in run.err
    run = dry([config, line(0, "online", value=False), *PLAY, line(9000, "online", value=True)])
    assert [request["at"] for request in run.requests] == [9000]


def test_a_gzipped_log_is_read_as_it_is(mediabeat, tmp_path):
    log = tmp_path / "log.jsonl.gz"
    log.write_bytes(gzip.compress(text_of(PLAY).encode()))
    run = mediabeat("replay", "--dry-run", log)
    assert (run.status, len(run.requests)) == (0, 4)


def test_a_gzipped_log_that_is_cut_off(mediabeat, tmp_path):
    log = tmp_path / "log.jsonl.gz"
    log.write_bytes(gzip.compress(text_of(PLAY).encode())[:-12])
    run = mediabeat("replay", "--dry-run", log)
    assert (run.status, run.out) == (2, "")
    assert "log.jsonl.gz:" in run.err


def test_stdin(mediabeat, dry):
    run = mediabeat("replay", "--dry-run", "-", stdin=text_of(PLAY))
    assert (run.status, run.out) == (0, dry(PLAY).out)
    run = mediabeat("replay", "--dry-run", "-", stdin="{\n")
    assert (run.status, run.out) == (2, "")
    assert "<stdin>:1: not JSON" in run.err


def test_the_last_line_needs_no_end(mediabeat):
    run = mediabeat("replay", "--dry-run", "-", stdin=text_of(PLAY).rstrip())
    assert len(run.requests) == 4


def test_epoch_moves_the_log(dry):
    run = dry([line(100, "tick"), start(1100)], "--epoch", "1700000000000")
    assert run.requests[0]["at"] == run.events[0]["playerTime"]["ts"] == 1700000001000


def test_show_prints_a_timeline_instead(dry):
    lines = dry([start(player="tv"), line(0, "play", player="tv"), line(65000, "tick")], "--show").out.splitlines()
    assert lines[0].split() == ["0:00.000", "tv", "#1", "sessionStart", "0.0", "s", "Metropolis", "vod", "60", "s"]
    assert lines[-1].split()[:4] == ["1:01.000", "tv", "#1", "ping"]


def test_playhead_follows_the_clock(dry):
    config = line(0, "configure", config={"playheadFollows": True})
    run = dry([config, start(), line(0, "play"), line(12500, "pause"), line(20000, "play"), line(32000, "tick")])
    assert [(e["eventType"], e["playerTime"]["ts"] // 100, e["playerTime"]["playhead"]) for e in run.events] == [
        ("sessionStart", 0, 0),
        ("play", 0, 0),
        ("play", 10, 1),
        ("ping", 110, 11),
        ("pauseStart", 125, 12.5),
        ("play", 200, 12.5),
        ("ping", 300, 22.5),
    ]


def test_refused_calls_are_counted_and_named(dry):
    lines = [start(), line(1, "bufferComplete"), line(2, "adSkip"), line(3, "play")]
    assert "2 calls refused" in dry(lines).err
    run = dry(lines, "-v")
    assert run.status == 0
    assert "log.jsonl:2: player (unnamed): bufferComplete is refused: the player is not buffering" in run.err
    assert "log.jsonl:3: player (unnamed): adSkip is refused: no ad break is open" in run.err
    assert run.err.count("is refused") == 2


@pytest.mark.parametrize("name", ["vod-with-ads.jsonl", "live-radio.jsonl"])
def test_the_logs_of_the_documentation(mediabeat, name):
    run = mediabeat("replay", "--dry-run", LOGS / name)
    assert run.status == 0
    assert "refused" not in run.err
    assert run.types[0] == "sessionStart" and run.types[-1] == "sessionEnd"


def test_numbers_of_a_log_survive_the_way(dry):
    media = {**MEDIA, "length": 60.3333333333333}
    run = dry([line(0, "sessionStart", info=media)])
    assert run.events[0]["params"]["media.length"] == 60.3333333333333


def test_output_that_cannot_be_written_is_no_success(tmp_path):
    run = run_on_a_full_disk("replay", "--dry-run", log_in(tmp_path, PLAY))
    assert run.returncode == 1
    assert "stdout: " in run.stderr


def test_requests_are_one_line_of_json_each(dry):
    name = "tab\there, newline\nthere, “quotes”"
    run = dry([line(0, "sessionStart", info={**MEDIA, "name": name})])
    assert len(run.out.splitlines()) == 1
    assert json.loads(run.out)["body"]["params"]["media.name"] == name


def test_quiet_is_not_silent_about_what_was_lost(dry):
    run = dry([start(), line(1, "backend", status=400, times=1), line(2, "play"), line(10, "sessionEnd")], "-q")
    assert run.status == 1
    assert run.err == "mediabeat: 1 session, 3 events: 2 delivered, 1 dropped (refused by the backend)\n"
