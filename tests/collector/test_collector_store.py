"""What is kept: order, duplicates, paging, export, and what survives an end, a kill and a full disk."""

import http.client
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import threading
import time

import pytest
from conftest import PATIENCE, PROGRAM, Client, event, start


def play_some(collector, count=5):
    sid = collector.open()
    sent = [event("play", ts) for ts in range(1, count + 1)]
    for body in sent:
        assert collector.send(sid, body).status == 204
    return sid, [start(), *sent]


def bodies(events):
    return [e["event"] for e in events]


def test_events_are_kept_as_they_came(collector):
    sid = collector.open()
    raw = ' {"playerTime" : {"ts":2,\n "playhead":1.50},\t"eventType":"play", "params":{ } } '
    assert collector.send(sid, raw).status == 204
    answer = collector.get(f"/api/sessions/{sid}/events")
    assert b'{"playerTime":{"ts":2,"playhead":1.50},"eventType":"play","params":{}}' in answer.body
    assert [e["index"] for e in answer.json] == [0, 1]


def test_texts_are_kept_byte_for_byte(collector):
    metadata = {"a": ' "quoted" \\ {[,]} \n \u2028 \U0001f600 ', "b": "é" * 1000}
    sid = collector.post("/api/v1/sessions", {**start(), "customMetadata": metadata}).headers["Location"][-64:]
    assert collector.events(sid)[0]["event"]["customMetadata"] == metadata


def test_batch_elements_are_kept_as_they_came(collector):
    ad = {"media.ad.id": '],[{"', "media.ad.length": 1, "media.ad.podPosition": 1, "media.ad.playerName": "\\"}
    batch = [start(), event("adStart", 1, params=ad), event("statesUpdate", 2, params={"statesEnd": [], "statesStart": []})]
    sid = collector.post("/api/v1/downloaded", json.dumps(batch, indent=2)).headers["Location"][-64:]
    assert bodies(collector.events(sid)) == batch


def test_session_list(collector):
    sid, _ = play_some(collector, 2)
    [session] = collector.sessions()
    started, last = session.pop("startedAt"), session.pop("lastEventAt")
    assert 1_600_000_000_000 < started <= last
    assert session == {
        "id": sid, "state": "open", "protocol": "v1", "closeReason": None, "closedAt": None, "eventCount": 3,
        "duplicateCount": 0, "mediaId": "film-1", "mediaName": "Film", "playerName": "player", "channel": "channel",
        "resume": False, "downloaded": False,
    }  # fmt: skip


# Duplicates


def test_repeated_event_counts_once(collector):
    sid = collector.open()
    first = '{"eventType":"play","playerTime":{"playhead":30,"ts":5},"qoeData":{"media.qoe.bitrate":1}}'
    again = '{"qoeData":{"media.qoe.bitrate":1}, "playerTime":{"ts":5,"playhead":30.0}, "eventType":"pl\\u0061y"}'
    for body in (first, first, again):
        assert collector.send(sid, body).status == 204
    assert [e["duplicate"] for e in collector.events(sid)] == [False, False, True, True]
    [session] = collector.sessions()
    assert (session["eventCount"], session["duplicateCount"]) == (2, 2)


@pytest.mark.parametrize(
    "other",
    [event("play", 6), event("play", 5, 31), event("pauseStart", 5, 30), event("play", 5, 30, params={}),
     event("play", 5, 30, qoeData={})],
)  # fmt: skip
def test_event_that_differs_in_anything_is_another(collector, other):
    sid = collector.open()
    assert collector.send(sid, event("play", 5, 30)).status == 204
    assert collector.send(sid, other).status == 204
    assert collector.sessions()[0]["duplicateCount"] == 0


def test_same_event_in_another_session_is_no_duplicate(collector):
    for sid in (collector.open(), collector.open()):
        assert collector.send(sid, event("play", 5)).status == 204
    assert [s["duplicateCount"] for s in collector.sessions()] == [0, 0]


def test_duplicates_are_known_after_a_restart(launch, tmp_path):
    first = launch("--data", tmp_path / "data")
    sid, _ = play_some(first)
    first.end()
    second = launch("--data", tmp_path / "data")
    assert second.send(sid, event("play", 3)).status == 204
    assert second.events(sid)[-1]["duplicate"]
    assert second.events(sid)[-1]["index"] == 6


# Reading


def test_paging_of_sessions(collector):
    ids = [collector.open() for _ in range(7)]
    assert [s["id"] for s in collector.sessions()] == ids
    seen, after = [], ""
    while page := collector.sessions(f"?limit=3{after}"):
        assert len(page) <= 3
        seen += [s["id"] for s in page]
        after = f"&after={seen[-1]}"
    assert seen == ids


def test_paging_of_events(collector):
    sid, sent = play_some(collector)
    assert bodies(collector.events(sid, "?limit=2")) == sent[:2]
    assert bodies(collector.events(sid, "?limit=2&after=1")) == sent[2:4]
    assert bodies(collector.events(sid, "?after=5")) == []
    assert collector.events(sid, "?limit=0") == []


@pytest.mark.parametrize("query", ["limit=x", "limit=-1", "limit=", "limit=" + "9" * 30, "after=x", "after=" + "0" * 64])
def test_bad_paging(collector, query):
    collector.open()
    answer = collector.get(f"/api/sessions?{query}")
    assert answer.status == 400 and answer.message


def test_events_of_an_unknown_session(collector):
    assert collector.get(f"/api/sessions/{'0' * 64}/events").status == 404


# Export


def test_export_is_one_line_an_event_in_order_of_arrival(launch, run, tmp_path):
    collector = launch("--data", tmp_path / "data")
    one, two = collector.open(), collector.open()
    for ts, sid in enumerate([one, two, one, one], 1):
        assert collector.send(sid, event("play", ts)).status == 204
    assert collector.send(one, event("play", 1)).status == 204
    beside = run("--export", "--data", tmp_path / "data")  # while the collector runs
    collector.end()
    result = run("--export", "--data", tmp_path / "data")
    assert (result.returncode, result.stderr, result.stdout) == (0, "", beside.stdout)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(x["session"], x["index"]) for x in lines] == [
        (one, 0), (two, 0), (one, 1), (two, 1), (one, 2), (one, 3), (one, 4)
    ]  # fmt: skip
    assert set(lines[0]) == {"session", "index", "receivedAt", "duplicate", "afterEnd", "event"}
    assert [x["duplicate"] for x in lines] == [False] * 6 + [True]
    assert lines[0]["event"] == start()


def test_export_to_a_full_disk_fails(launch, run, tmp_path):
    collector = launch("--data", tmp_path / "data")
    play_some(collector)
    collector.end()
    with open("/dev/full", "w") as full:
        result = run("--export", "--data", tmp_path / "data", stdout=full)
    assert result.returncode == 1 and "No space left" in result.stderr


# Ends


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_regular_end_keeps_everything_in_one_file(launch, tmp_path, number):
    first = launch("--data", tmp_path / "data")
    sid, sent = play_some(first)
    listed = first.sessions()
    assert first.end(number) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    second = launch("--data", tmp_path / "data")
    assert second.sessions() == listed
    assert bodies(second.events(sid)) == sent
    assert second.send(sid, event("sessionEnd", 99)).status == 204


def test_kill_loses_nothing_that_was_acknowledged(launch, tmp_path):
    collector = launch("--data", tmp_path / "data")
    acknowledged = []
    stop = threading.Event()

    def send():
        client = Client(collector.port)
        sid = client.open()
        try:
            for ts in range(1, 100_000):
                if client.send(sid, event("play", ts)).status == 204:
                    acknowledged.append((sid, ts))
                if len(acknowledged) > 2000:
                    stop.set()
        except (OSError, http.client.HTTPException):
            pass

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert stop.wait(60)
    collector.process.kill()
    collector.process.wait()
    collector.process.communicate()
    for thread in threads:
        thread.join()
    again = launch("--data", tmp_path / "data")
    for sid in {sid for sid, _ in acknowledged}:
        kept = {e["event"]["playerTime"]["ts"] for e in again.events(sid)[1:]}
        assert {ts for s, ts in acknowledged if s == sid} <= kept


@pytest.mark.parametrize("others", [0, 3])
def test_full_disk_is_answered_500_and_passes(launch, tmp_path, others):
    collector = launch("--data", tmp_path / "data")
    clients = [Client(collector.port) for _ in range(others)]  # with others about, answers wait for a common commit
    for client in clients:
        client.sessions()
    sid, sent = play_some(collector)
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    resource.prlimit(collector.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    answers = [collector.send(sid, event("play", 1000 + n)) for n in range(100)]
    refused = [n for n, answer in enumerate(answers) if answer.status == 500]
    assert refused and answers[refused[0]].message
    assert "the store failed: " in collector.process.stderr.readline()
    batch = [start(), *(event("play", ts) for ts in range(5000))]
    assert collector.post("/api/v1/downloaded", batch).status == 500
    resource.prlimit(collector.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    taken = [event("play", 1000 + n) for n in range(100) if answers[n].status == 204]
    assert bodies(collector.events(sid)) == sent + taken
    assert len(collector.sessions()) == 1
    for n in refused:
        assert collector.send(sid, event("play", 1000 + n)).status == 204
    assert collector.sessions()[0]["eventCount"] == len(sent) + 100


def test_a_full_disk_is_said_once_a_second(launch, tmp_path):
    """Every request fails then; nobody has to read that as often, or at all."""
    began = time.monotonic()
    collector = launch("--data", tmp_path / "data")
    sid, _ = play_some(collector)
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    resource.prlimit(collector.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    answers = [collector.send(sid, event("play", 1000 + n)).status for n in range(300)]
    status, errors = collector.end()
    lines = errors.splitlines()
    assert status == 0 and answers.count(500) > 200
    assert lines and all("the store failed: " in line for line in lines)
    assert len(lines) <= 1 + (time.monotonic() - began)


def test_signal_is_heard_under_load(launch, tmp_path):
    collector = launch("--data", tmp_path / "data")
    busy = threading.Barrier(5)

    def send():
        client = Client(collector.port)
        sid = client.open()
        try:
            for ts in range(1, 1_000_000):
                client.send(sid, event("play", ts))
                if ts == 50:
                    busy.wait(60)
        except (OSError, http.client.HTTPException):
            pass

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    busy.wait(60)
    assert collector.end() == (0, "")
    for thread in threads:
        thread.join()


# Files


def test_file_is_for_its_owner_alone(launch, tmp_path):
    launch("--data", tmp_path / "data")
    assert os.stat(tmp_path / "data").st_mode & 0o777 == 0o600


def test_one_collector_a_file(launch, run, tmp_path):
    launch("--data", tmp_path / "data")
    second = run("--port", "0", "--data", tmp_path / "data")
    assert second.returncode == 1 and "in use by another collector" in second.stderr


def sqlite_file(path, *statements):
    with sqlite3.connect(path) as database:
        for statement in statements:
            database.execute(statement)
    database.close()


@pytest.mark.parametrize("mode", [[], ["--export"]])
def test_file_of_somebody_else(run, tmp_path, mode):
    path = tmp_path / "data"
    sqlite_file(path, "CREATE TABLE other (x)")
    before = path.read_bytes()
    result = run("--port", "0", "--data", path, *mode)
    assert result.returncode == 1 and "not a data file of a mediabeat collector" in result.stderr
    assert str(path) in result.stderr and path.read_bytes() == before


def test_file_that_is_no_database(run, tmp_path):
    path = tmp_path / "data"
    path.write_text("notes of mine\n" * 100)
    result = run("--port", "0", "--data", path)
    assert result.returncode == 1 and "not a database" in result.stderr
    assert path.read_text() == "notes of mine\n" * 100


def test_file_of_a_newer_version(launch, run, tmp_path):
    path = tmp_path / "data"
    launch("--data", path).end()
    sqlite_file(path, "PRAGMA user_version = 99")
    for mode in ([], ["--export"]):
        result = run("--port", "0", "--data", path, *mode)
        assert result.returncode == 1 and "format 99" in result.stderr and "newer" in result.stderr


def test_file_that_cannot_be_opened(run, tmp_path):
    for path, reason in [(tmp_path / "no" / "data", "No such file"), (tmp_path, "Is a directory")]:
        result = run("--port", "0", "--data", path)
        assert result.returncode == 1 and reason in result.stderr and str(path) in result.stderr


def without_privileges():
    """What root may do more than others makes no difference to files then."""
    if os.geteuid() != 0:
        return []
    words = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    if not shutil.which("setpriv") or subprocess.run([*words, "true"], capture_output=True).returncode != 0:
        pytest.skip("root, and setpriv takes nothing away")
    return words


@pytest.fixture
def locked(tmp_path):
    """A folder that is written to by nobody once `lock` was called."""
    folder = tmp_path / "locked"
    folder.mkdir()

    def lock():
        for path in folder.iterdir():
            path.chmod(0o444)
        folder.chmod(0o555)

    yield folder, lock
    folder.chmod(0o755)


def run_in(folder, *words):
    words = [*without_privileges(), PROGRAM, *words]
    return subprocess.run(words, capture_output=True, text=True, cwd=folder, timeout=PATIENCE)


def test_the_log_of_a_killed_collector_is_not_overlooked(launch, locked):
    """What is in it is read, or nothing is, even where nobody may write."""
    folder, lock = locked
    collector = launch("--data", folder / "data")
    _, sent = play_some(collector)
    collector.end(signal.SIGKILL)
    assert (folder / "data-wal").stat().st_size > 0
    lock()
    exported = run_in(folder, "collector", "--export", "--data", "data")
    assert exported.returncode in (0, 1)
    assert len(exported.stdout.splitlines()) == (len(sent) if exported.returncode == 0 else 0)
    (folder / "data-shm").chmod(0)
    (folder.parent / "link").symlink_to(folder / "data")
    for name in ("data", "../link"):
        exported = run_in(folder, "collector", "--export", "--data", name)
        assert (exported.returncode, exported.stdout) == (1, "") and f"{name}: " in exported.stderr


@pytest.mark.parametrize("name", ["data", "file:data?mode=memory&x=1#%41"])
def test_a_file_that_nobody_may_write_to_is_read(launch, locked, name):
    folder, lock = locked
    collector = launch("--data", folder / name)
    sid, sent = play_some(collector)
    assert collector.end()[0] == 0
    lock()
    for path in (folder / name, f"./{name}", name):
        exported = run_in(folder, "collector", "--export", "--data", path)
        assert exported.returncode == 0, exported.stderr
        assert len(exported.stdout.splitlines()) == len(sent)
        assert json.loads(run_in(folder, "report", "--json", path).stdout)["sessions"][0]["id"] == sid
    refused = run_in(folder, "collector", "--port", "0", "--data", name)
    assert (refused.returncode, refused.stdout) == (1, "") and f"{name}: Permission denied" in refused.stderr
    assert [path.name for path in folder.iterdir()] == [name]


def test_names_that_sqlite_takes_for_more_than_a_file(launch, tmp_path):
    name = "file:data?mode=memory&x=1#%41"
    collector = launch("--data", name, cwd=tmp_path)
    sid, sent = play_some(collector)
    assert collector.end()[0] == 0
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert bodies(launch("--data", name, cwd=tmp_path).events(sid)) == sent


def test_export_of_a_missing_file_makes_none(run, tmp_path):
    result = run("--export", "--data", tmp_path / "data")
    assert result.returncode == 1 and "No such file" in result.stderr
    assert list(tmp_path.iterdir()) == []
