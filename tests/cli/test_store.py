"""mediabeat store: what is on disk is listed, exported, sent and removed; what belongs to the living is not touched."""
import json
import os
import pty
import shutil
import signal
import socket
import subprocess

import pytest
from conftest import EDGE, LIVE, NOWHERE, PATIENCE, PROGRAM, line, log_in, open_program, run_on_a_full_disk, say, start
from journal_text import checked, with_version

CALLS = [start(player="tv"), line(0, "play", player="tv"), line(200, "pause", player="tv"), line(300, "sessionEnd", player="tv")]
EVENTS = ["sessionStart", "play", "pauseStart", "sessionEnd"]


@pytest.fixture
def spool(tmp_path):
    return tmp_path / "spool"


@pytest.fixture
def leave(mediabeat, tmp_path, spool):
    """A client that delivers nothing, stores what it has and is gone."""

    def run(calls=CALLS, config=LIVE, to=NOWHERE):
        log = log_in(tmp_path, [line(0, "configure", config=config), *calls])
        options = ["--to", to, "--speed", "max", "--drain", "0", "--epoch", "now", "--store", spool]
        assert mediabeat("replay", *options, log).status == 0

    return run


@pytest.fixture
def alive(spool):
    """A client that lives until the test is over, with a session that it cannot deliver."""
    options = ["--follow", "--to", NOWHERE, "--epoch", "now", "--store", spool, "-"]
    program = open_program("replay", *options)
    say(program, [line(0, "configure", config=LIVE), *CALLS[:2]])
    assert any("no answer" in text for text in program.stderr)
    yield program
    program.send_signal(signal.SIGKILL)
    program.communicate(timeout=PATIENCE)


def lines_of(run):
    return [json.loads(text) for text in run.out.splitlines()]


def journals(folder):
    return sorted(folder.glob("*/*.journal"))


def tree(folder):
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def set_aside(mediabeat, leave, spool, backend):
    """A downloaded session that the backend refuses."""
    leave(config={**LIVE, "downloaded": True})
    backend.refuse = 400
    assert mediabeat("store", "--send", "--to", backend.url, spool).status == 1
    backend.refuse = 0


# Listing


def test_a_session_of_a_client_that_is_gone(mediabeat, leave, spool):
    leave()
    run = mediabeat("store", spool)
    head, folder, session = run.out.splitlines()
    assert run.status == 0
    assert head.split() == ["events", "done", "bytes", "age", "kind", "protocol", "state", "session"]
    assert folder == f"{journals(spool)[0].parent.name}  gone"
    assert session.split()[:2] == ["4", "0"]
    assert session.split()[-5:] == ["online", "collection-v1", "ended", "#1", "tv"]
    assert "1 session, 4 events not delivered" in run.err


def test_the_same_for_a_program(mediabeat, leave, spool):
    leave()
    run = mediabeat("store", "-q", "--json", spool)
    assert (run.status, run.err) == (0, "")
    (session,) = lines_of(run)
    path = journals(spool)[0]
    created = session.pop("created")
    assert f"{created:015}" == path.name[:15]
    assert session == {
        "folder": path.parent.name, "file": path.name, "client": "gone",
        "player": "tv", "session": 1, "kind": "online", "protocol": "collection-v1",
        "state": "ended", "id": None, "opening": False, "error": None,
        "events": 4, "done": 0, "bytes": path.stat().st_size, "journal": "good",
    }  # fmt: skip


def test_a_living_client_is_shown_and_left_alone(mediabeat, alive, spool, backend):
    before = tree(spool)
    (session,) = lines_of(mediabeat("store", "--json", spool))
    assert (session["client"], session["state"], session["events"]) == ("alive", "open", 2)
    assert "alive" in mediabeat("store", spool).out
    assert mediabeat("store", "--send", "--to", backend.url, spool).status == 0
    assert mediabeat("store", "--purge", "--yes", spool).status == 0
    assert backend.types == []
    assert {path: before[path] for path in journals(spool)} == {path: path.read_bytes() for path in journals(spool)}


def test_what_a_backend_refused_is_shown_with_its_words(mediabeat, leave, spool, backend):
    set_aside(mediabeat, leave, spool, backend)
    run = mediabeat("store", spool)
    assert run.status == 0
    assert "\naside\n" in run.out
    assert "the backend: " in run.out
    (session,) = lines_of(mediabeat("store", "--json", spool))
    assert (session["client"], session["state"], session["kind"]) == ("aside", "aside", "downloaded")
    assert session["error"]


def test_an_answer_that_never_came_is_shown(mediabeat, leave, spool):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        leave(to=f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert "whether the backend took its opening is not known" in mediabeat("store", spool).out
    assert lines_of(mediabeat("store", "--json", spool))[0]["opening"] is True


def test_an_empty_store_and_one_with_strange_names(mediabeat, spool):
    spool.mkdir()
    (spool / "notes.txt").write_text("mine")
    (spool / "12-xyz").mkdir()
    run = mediabeat("store", "-v", spool)
    assert (run.status, run.out) == (0, "")
    assert f"{spool}/notes.txt is nothing of the store" in run.err
    assert f"{spool}/12-xyz is nothing of the store" in run.err
    assert "0 sessions" in run.err
    assert sorted(os.listdir(spool)) == ["12-xyz", "notes.txt"]


def test_looking_makes_no_files(mediabeat, spool):
    folder = spool / "1-0123456789abcdef"
    folder.mkdir(parents=True)
    assert mediabeat("store", spool).status == 0
    assert os.listdir(folder) == []


def test_a_player_cannot_command_the_terminal(mediabeat, leave, spool):
    leave([{**call, "player": "tv\x1b[2J\u202e"} for call in CALLS])
    assert "#1 tv?[2J?" in mediabeat("store", spool).out


# What cannot be read


@pytest.mark.parametrize("options", [[], ["--json"], ["--export"], ["--purge", "--yes"]])
def test_no_such_folder(mediabeat, spool, options):
    run = mediabeat("store", *options, spool)
    assert (run.status, run.out) == (2, "")
    assert f"{spool}: no such file or folder" in run.err
    assert not spool.exists()


def test_not_a_folder(mediabeat, spool):
    spool.write_text("")
    run = mediabeat("store", spool)
    assert run.status == 2
    assert f"{spool}: not a folder" in run.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(mediabeat, leave, spool):
    leave()
    journals(spool)[0].chmod(0)
    run = mediabeat("store", spool)
    assert run.status == 1
    assert f"{journals(spool)[0]}: permission denied" in run.err


def test_a_newer_version_is_named(mediabeat, leave, spool):
    leave()
    path = journals(spool)[0]
    path.write_bytes(with_version(path.read_bytes(), 2))
    run = mediabeat("store", spool)
    assert run.status == 1
    assert f"{path}: version 2 of journals is newer than this program, which knows 1" in run.err
    assert "unknown" in run.out
    assert lines_of(mediabeat("store", "--json", spool))[0]["journal"] == "newer"


def test_a_damaged_journal_is_named(mediabeat, leave, spool):
    leave()
    path = journals(spool)[0]
    path.write_bytes(path.read_bytes().replace(b'"pauseStart"', b'"pauseStarT"'))
    run = mediabeat("store", spool)
    assert run.status == 1
    assert f"{path}: damaged: " in run.err
    (session,) = lines_of(mediabeat("store", "--json", spool))
    assert (session["journal"], session["events"]) == ("damaged", 2)


def test_a_torn_one_is_as_a_crash_leaves_it(mediabeat, leave, spool):
    leave()
    path = journals(spool)[0]
    path.write_bytes(path.read_bytes()[:-5])
    run = mediabeat("store", "--json", spool)
    assert run.status == 0
    assert lines_of(run)[0]["journal"] == "torn"


def test_no_journal_at_all(mediabeat, leave, spool):
    leave()
    journals(spool)[0].write_text("hello\n")
    run = mediabeat("store", spool)
    assert run.status == 1
    assert "no journal" in run.err


@pytest.mark.parametrize("options", [[], ["--send", "--to", NOWHERE], ["--purge", "--yes"]])
def test_a_journal_that_cannot_be_read_is_named_by_every_action(mediabeat, spool, options):
    path = spool / "1-0123456789abcdef/001795245254303-000001.journal"
    path.mkdir(parents=True)
    run = mediabeat("store", *options, spool)
    assert run.status == 1
    assert f"{path}: input or output failed" in run.err
    assert path.exists()


def test_of_a_damaged_one_the_good_part_is_sent(mediabeat, leave, spool, backend):
    leave()
    path = journals(spool)[0]
    path.write_bytes(path.read_bytes().replace(b'"pauseStart"', b'"pauseStarT"'))
    assert mediabeat("store", "--send", "--to", backend.url, spool).status == 0
    assert backend.types == ["sessionStart", "play", "sessionEnd"]
    (copy,) = lines_of(mediabeat("store", "--json", spool))
    assert (copy["client"], copy["state"], copy["journal"]) == ("aside", "copy", "damaged")
    assert mediabeat("store", "--export", spool).out == ""


# Exporting


def test_events_that_are_not_delivered(mediabeat, leave, spool):
    leave()
    run = mediabeat("store", "--export", spool)
    assert run.status == 0
    events = lines_of(run)
    assert [event["body"]["eventType"] for event in events] == EVENTS
    assert [event["event"] for event in events] == [1, 2, 3, 4]
    assert {(event["player"], event["session"], event["protocol"]) for event in events} == {("tv", 1, "collection-v1")}


def test_events_that_are_done_are_left_out(mediabeat, leave, spool):
    leave()
    with journals(spool)[0].open("ab") as journal:
        journal.write(checked(b'opened {"id":"s1","region":""}') + checked(b"done 2"))
    events = lines_of(mediabeat("store", "--export", spool))
    assert [event["event"] for event in events] == [3, 4]
    listed = mediabeat("store", spool)
    assert "id s1" in listed.out
    assert "2 events not delivered" in listed.err


def test_an_event_that_is_no_json_is_not_printed(mediabeat, leave, spool):
    leave()
    with journals(spool)[0].open("ab") as journal:
        journal.write(checked(b"{nothing"))
    run = mediabeat("store", "--export", spool)
    assert run.status == 1
    assert len(lines_of(run)) == 4
    assert "an event in it cannot be read" in run.err


# Sending


def test_what_is_left_is_delivered_oldest_first(mediabeat, leave, spool, backend):
    leave()
    leave()
    run = mediabeat("store", "--send", "--to", backend.url, spool)
    assert run.status == 0
    assert "8 events recovered: 8 delivered" in run.err
    assert backend.types == 2 * EVENTS
    assert os.listdir(spool) == []


def test_a_session_without_an_end_gets_one(mediabeat, leave, spool, backend):
    leave(CALLS[:2])
    run = mediabeat("store", "--send", "--to", backend.url, spool)
    assert "2 events recovered, 1 added to end a session: 3 delivered" in run.err
    assert backend.types == ["sessionStart", "play", "sessionEnd"]


def test_more_clients_than_are_adopted_at_a_time(mediabeat, leave, spool, backend):
    leave()
    first = journals(spool)[0].parent
    for number in range(99):
        shutil.copytree(first, spool / f"{number + 1}-{number:016x}")
    run = mediabeat("store", "--send", "--to", backend.url, spool)
    assert run.status == 0
    assert "400 events recovered: 400 delivered" in run.err
    assert os.listdir(spool) == []


def test_however_old_it_is(mediabeat, leave, spool, backend):
    leave()
    path = journals(spool)[0]
    hundred_days = 100 * 24 * 3600 * 1000
    path.rename(path.parent / f"{int(path.name[:15]) - hundred_days:015}-000001.journal")
    backend.refuse = 503
    run = mediabeat("store", "--send", "--to", backend.url, "--patience", "0.2", spool)
    assert run.status == 1
    assert "4 events recovered: 4 stored" in run.err
    assert "4 of 4 events are still in the store" in run.err


def test_nothing_is_lost_where_nobody_answers(mediabeat, leave, spool):
    leave()
    run = mediabeat("store", "--send", "--to", NOWHERE, "--patience", "0", spool)
    assert run.status == 1
    assert "4 stored" in run.err
    assert lines_of(mediabeat("store", "--json", spool))[0]["events"] == 4


def test_the_other_protocol_is_left_alone(mediabeat, leave, spool, backend, tmp_path):
    leave()
    leave(config=EDGE)
    run = mediabeat("store", "--send", "--to", backend.url, spool)
    assert run.status == 0
    assert backend.types == EVENTS
    assert "1 session of edge-va-v1 left alone; --protocol names it" in run.err
    backend.got.clear()
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"datastreamId": "stream"}))
    run = mediabeat("store", "--send", "--to", backend.url, "--protocol", "edge-va-v1", "-c", config, spool)
    assert run.status == 0
    assert backend.types == [f"media.{name}" for name in EVENTS]


def test_nothing_to_send(mediabeat, spool, backend):
    spool.mkdir()
    run = mediabeat("store", "--send", "--to", backend.url, spool)
    assert run.status == 0
    assert "nothing to send" in run.err


def test_sending_needs_an_endpoint_and_for_the_edge_a_datastream(mediabeat, leave, spool):
    leave()
    run = mediabeat("store", "--send", spool)
    assert run.status == 2
    assert "endpoint: not set; name one with --to" in run.err
    run = mediabeat("store", "--send", "--to", NOWHERE, "--protocol", "edge-va-v1", spool)
    assert run.status == 2
    assert "datastreamId: not set" in run.err


def test_ctrl_c_leaves_the_rest_in_the_store(leave, mediabeat, spool, backend):
    leave()
    backend.refuse = 503
    options = ["--send", "--to", backend.url, "--patience", "600", spool]
    program = open_program("store", *options)
    assert "503" in program.stderr.readline()
    program.send_signal(signal.SIGINT)
    _, err = program.communicate(timeout=PATIENCE)
    assert program.returncode == 130
    assert "4 stored" in err
    assert len(lines_of(mediabeat("store", "--export", spool))) == 4


# Removing


def test_purge_asks_for_yes_where_nobody_can_answer(mediabeat, leave, spool):
    leave()
    before = tree(spool)
    run = mediabeat("store", "--purge", spool, stdin="y\n")
    assert run.status == 2
    assert "--purge needs --yes when nobody can be asked; 1 session would be removed" in run.err
    assert tree(spool) == before


def test_purge_removes_what_is_nobodys(mediabeat, leave, spool, backend):
    set_aside(mediabeat, leave, spool, backend)
    leave()
    (spool / "notes.txt").write_text("mine")
    run = mediabeat("store", "--purge", "--yes", spool)
    assert run.status == 0
    assert "2 sessions removed, with 8 events not delivered" in run.err
    assert [path for path in spool.rglob("*") if path.is_file()] == [spool / "notes.txt"]


@pytest.mark.parametrize("answer, left", [("y", 0), ("n", 1), ("", 1)])
def test_purge_asks_on_a_terminal(leave, spool, answer, left):
    leave()
    ours, theirs = pty.openpty()
    program = subprocess.Popen([PROGRAM, "store", "--purge", spool], stdin=theirs, stderr=theirs)
    os.close(theirs)
    question = b""
    while b"[y/N]" not in question:
        question += os.read(ours, 1024)
    assert b"Remove 1 session with 4 events that are not delivered?" in question
    os.write(ours, answer.encode() + b"\n")
    program.wait(PATIENCE)
    os.close(ours)
    assert len(journals(spool)) == left
    assert program.returncode == (2 if left else 0)


def test_progress_on_a_terminal(leave, spool, backend):
    for _ in range(40):
        leave()
    ours, theirs = pty.openpty()
    program = subprocess.Popen([PROGRAM, "store", "--send", "--to", backend.url, spool], stderr=theirs)
    os.close(theirs)
    said = b""
    try:
        while piece := os.read(ours, 1024):
            said += piece
    except OSError:  # the other end is closed
        pass
    program.wait(PATIENCE)
    assert program.returncode == 0
    assert b"of 160 events" in said
    assert b"160 events recovered: 160 delivered" in said


# Usage


@pytest.mark.parametrize(
    "arguments, reason",
    [
        ([], "which folder?"),
        (["a", "b"], "one folder at a time, not also b"),
        (["--json", "--export", "a"], "only one of --json, --export, --send and --purge at a time"),
        (["--to", "http://x", "a"], "--to, --protocol, --config and --patience go with --send"),
        (["--yes", "a"], "--yes goes with --purge"),
        (["--send", "--patience", "x", "a"], "--patience needs seconds"),
        (["--purg", "a"], "unknown option --purg; did you mean --purge?"),
    ],
)
def test_bad_usage(mediabeat, arguments, reason):
    run = mediabeat("store", *arguments)
    assert (run.status, run.out) == (2, "")
    assert reason in run.err


@pytest.mark.parametrize("arguments", [["store", "--help"], ["help", "store"]])
def test_help(mediabeat, arguments):
    run = mediabeat(*arguments)
    assert (run.status, run.err) == (0, "")
    for part in ("--export", "--send", "--purge", "examples:", "exit status:"):
        assert part in run.out
    assert all(len(text) <= 100 for text in run.out.splitlines())


def test_a_list_that_cannot_be_written_is_a_failure(leave, spool):
    leave()
    run = run_on_a_full_disk("store", spool)
    assert run.returncode == 1
    assert "stdout" in run.stderr
