"""mediabeat replay --store: what is not delivered waits on disk, and the next run delivers it."""
import os
import signal
import socket

from conftest import LIVE, NOWHERE, PATIENCE, line, log_in, open_program, say, start

LOG = [line(0, "configure", config=LIVE), start(), line(0, "play"), line(20000, "playhead", value=20), line(20000, "complete")]


def fail_to_deliver(mediabeat, tmp_path, *options):
    return mediabeat("replay", "--to", NOWHERE, "--speed", "max", "--drain", "0", *options, log_in(tmp_path, LOG))


def test_what_is_stored_is_no_failure_and_is_said(mediabeat, tmp_path):
    run = fail_to_deliver(mediabeat, tmp_path, "--store", tmp_path / "spool")
    assert run.status == 0
    assert "1 session, 5 events: 5 stored" in run.err
    assert "undelivered" not in run.err


def test_without_a_store_the_same_is_a_failure(mediabeat, tmp_path):
    run = fail_to_deliver(mediabeat, tmp_path)
    assert run.status == 1
    assert "1 session, 5 events: 5 left undelivered" in run.err


def test_the_next_run_recovers_it(mediabeat, tmp_path):
    fail_to_deliver(mediabeat, tmp_path, "--store", tmp_path / "spool")
    run = mediabeat("replay", "--dry-run", "--store", tmp_path / "spool", log_in(tmp_path, LOG))
    assert run.status == 0
    assert "1 session, 5 events, 5 recovered: 10 delivered" in run.err
    assert sorted(run.types) == sorted(2 * ["sessionStart", "play", "play", "ping", "sessionComplete"])
    assert os.listdir(tmp_path / "spool") == []


def test_an_opening_whose_answer_was_lost_is_said(mediabeat, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        options = ["--to", url, "--speed", "max", "--drain", "0", "--store", tmp_path / "spool"]
        assert mediabeat("replay", *options, log_in(tmp_path, LOG)).status == 0
    run = mediabeat("replay", "--dry-run", "--store", tmp_path / "spool", log_in(tmp_path, [], "empty.jsonl"))
    assert run.status == 0
    assert "0 sessions, 0 events, 5 recovered: 5 delivered; 1 session possibly doubled" in run.err


def test_everything_delivered_leaves_nothing_on_disk(dry, tmp_path):
    run = dry(LOG, "--store", tmp_path / "spool")
    assert run.status == 0
    assert "5 events: 5 delivered" in run.err
    assert os.listdir(tmp_path / "spool") == []


def test_a_killed_process_loses_nothing(mediabeat, tmp_path):
    options = ["--store", tmp_path / "spool", "--to", NOWHERE, "--follow", "-"]
    program = open_program("replay", *options)
    say(program, LOG[:3])
    assert any("no answer" in text for text in program.stderr)
    program.send_signal(signal.SIGKILL)
    program.communicate(timeout=PATIENCE)
    empty = log_in(tmp_path, [line(0, "configure", config=LIVE)], "empty.jsonl")
    run = mediabeat("replay", "--dry-run", "--store", tmp_path / "spool", empty)
    assert run.status == 0
    assert run.types == ["sessionStart", "play", "sessionEnd"]
    assert "0 sessions, 1 event, 2 recovered: 3 delivered" in run.err


def test_a_dry_run_leaves_alone_the_store_of_a_configuration(dry, mediabeat, tmp_path):
    fail_to_deliver(mediabeat, tmp_path, "--store", tmp_path / "spool")
    before = sorted(os.walk(tmp_path / "spool"))
    run = dry([line(0, "configure", config={**LIVE, "store": str(tmp_path / "spool")}), *LOG[1:]])
    assert run.status == 0
    assert "a dry run leaves the store of its configuration alone; --store names one for it" in run.err
    assert len(run.types) == 5
    assert sorted(os.walk(tmp_path / "spool")) == before


def test_what_waits_for_consent_is_stored(dry, tmp_path):
    run = dry([line(0, "consent", value="unknown"), *LOG[1:]], "--store", tmp_path / "spool")
    assert (run.status, run.out) == (0, "")
    assert "5 events: 5 stored" in run.err


def test_a_store_that_cannot_be_made_is_said_and_nothing_is_hidden(mediabeat, tmp_path):
    run = fail_to_deliver(mediabeat, tmp_path, "--store", tmp_path / "no/spool")
    assert run.status == 1
    assert f"store {tmp_path}/no/spool: no such file or folder" in run.err
    assert "5 left undelivered" in run.err
