"""What a disk, other people's files, other clients and a clock may do to a store: tracking goes on, one clear error says
what is wrong, and nothing good is lost."""
import os
import random
import resource
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import PATIENCE, START
from journal_text import with_version
from notes import LAST, Notes, by_media, check, plain, type_of

STEPS = 400
YEAR = 365 * 86_400_000


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def small_disk(tmp_path):
    """Mounts a file system in memory as a folder."""
    mounted = []

    def mount(name, options):
        folder = tmp_path / name
        folder.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=False, capture_output=True)
        if done.returncode:
            pytest.skip("no file system can be mounted here")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", folder], check=True)


def leave_something(view, gate, runs=1):
    """Viewers are killed while nobody answers; everything they noted is only on disk. Returns their notes."""
    gate.shut()
    left = []
    for _ in range(runs):
        viewer = view("random")
        while not viewer.path.exists() or viewer.path.read_bytes().count(b"event") < 100:
            time.sleep(0.002)
        assert viewer.kill()
        left.append(viewer.notes())
    gate.open()
    return left


def journals(store):
    return sorted(store.rglob("*.journal"))


def said(notes, *words):
    """How many messages have all these words."""
    return sum(all(word in message for word in words) for _, message in notes.log)


def assert_nothing_lost(collector, store, *runs):
    _, doubled = check(collector.sessions(), runs)
    assert not doubled
    for run in runs:
        run.assert_balanced()
    assert not journals(store)


# The disk


def wait_until_said(path, words):
    end = time.monotonic() + PATIENCE
    while not path.exists() or words not in path.read_bytes():
        assert time.monotonic() < end, f"{words} was not said"
        time.sleep(0.01)


def test_a_full_disk_is_one_error_and_events_wait_in_memory(view, gate, collector, small_disk):
    disk = small_disk("full", "size=32k")
    gate.shut()
    viewer = view("random", STEPS, store=str(disk / "store"))
    wait_until_said(viewer.path, b"kept in memory")
    gate.open()
    notes = viewer.finish()
    assert len(notes.errors()) == 1, notes.errors()
    assert "no space" in notes.errors()[0]
    assert_nothing_lost(collector, disk, notes)


def test_a_limit_of_files_is_one_error_too(view, collector, gate, store, tmp_path):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))

    gate.shut()
    path = tmp_path / "whole-notes"
    with path.open("wb") as file, subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=file) as cat:
        limited = {"preexec_fn": limit, "restore_signals": False, "stdout": cat.stdin}  # the notes are not limited
        viewer = view("random", STEPS, process=limited, notes="/dev/stdout")
        cat.stdin.close()
        wait_until_said(path, b"kept in memory")
        gate.open()
        viewer.finish()
    notes = Notes(path)
    assert len(notes.errors()) == 1, notes.errors()
    assert_nothing_lost(collector, store, notes)


def test_a_folder_that_may_not_be_written_is_one_error(view, collector, small_disk):
    disk = small_disk("read-only", "ro")
    notes = view("random", STEPS, store=str(disk / "store")).finish()
    assert len(notes.errors()) == 1, notes.errors()
    assert str(disk / "store") in notes.errors()[0]
    assert_nothing_lost(collector, disk, notes)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_one_error(view, collector, tmp_path):
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o500)
    notes = view("random", STEPS, store=str(folder / "store")).finish()
    assert len(notes.errors()) == 1, notes.errors()
    assert_nothing_lost(collector, folder, notes)


@pytest.mark.parametrize("files", [10, 12, 14, 16])
def test_running_out_of_file_handles_loses_nothing(view, collector, store, files):
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    notes = view("random", STEPS, process={"preexec_fn": limit}).finish()
    assert len(notes.errors()) <= 1, notes.errors()
    assert_nothing_lost(collector, store, notes)


# What is in the folder


def test_files_that_are_not_ours_stay_as_they_are_and_are_named_once(view, gate, collector, store):
    left = leave_something(view, gate)
    dead = journals(store)[0].parent
    foreign = {
        store / "README": b"keep out\n",
        store / "photos/cat.jpeg": b"\xff\xd8\x00",
        dead / "list.txt": b"milk\n",
        dead / "001600000000000-000001.journal": b"dear diary\n",
    }
    for path, content in foreign.items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    last = view("finish", 30_000).finish()
    _, doubled = check(collector.sessions(), left)
    assert not doubled
    assert not last.errors()
    for path, content in foreign.items():
        assert path.read_bytes() == content
    for name in ("README", "photos", "list.txt", "001600000000000-000001.journal"):
        assert said(last, name) == 1, (name, last.log)


def test_a_journal_of_a_newer_version_waits_for_a_program_that_knows_it(view, gate, collector, store):
    leave_something(view, gate)
    newer = journals(store)[0]
    content = with_version(newer.read_bytes(), 2)
    newer.write_bytes(content)
    last = view("finish", 30_000).finish()
    assert newer.read_bytes() == content
    assert journals(store) == [newer]
    assert said(last, newer.name) == 1, last.log


def events_of(collector, session):
    (copy,) = by_media(collector.sessions())[session]
    return copy


def session_of(journal, left):
    """Which session of the notes a journal has."""
    text = journal.read_text(encoding="utf-8")
    (session,) = [name for name in left.sessions if f'"{name}"' in text]
    return session


def test_a_journal_that_was_cut_off_is_good_up_to_there(view, gate, collector, store):
    (left,) = leave_something(view, gate)
    cut = max(journals(store), key=lambda path: path.stat().st_size)
    session = session_of(cut, left)
    lines = cut.read_bytes().splitlines(keepends=True)
    events = [i for i, line in enumerate(lines) if line.startswith(b"{")][1:]  # without the header
    keep = len(events) // 2
    cut.write_bytes(b"".join(lines[: events[keep]]) + lines[events[keep]][:-5])
    last = view("finish", 30_000).finish()
    expected = [plain(event) for event in left.sessions.pop(session)]
    arrived = events_of(collector, session)
    assert arrived[:-1] == expected[:keep]
    assert arrived[-1] not in expected
    assert said(last, cut.name, "torn") == 1, last.log
    assert not last.errors()
    collected = [events for events in collector.sessions() if session not in by_media([events])]
    check(collected, [left])


@pytest.mark.parametrize("seed", range(8))
def test_a_flipped_bit_costs_its_session_what_follows_and_the_file_is_kept(view, gate, collector, store, seed):
    chance = random.Random(seed)
    (left,) = leave_something(view, gate)
    bad = max(journals(store), key=lambda path: path.stat().st_size)
    session = session_of(bad, left)
    content = bytearray(bad.read_bytes())
    header = content.index(b"\n") + 1
    first_event = content.index(b"\n", content.index(b"\n{", header - 1) + 1) + 1
    at = chance.randrange(first_event, len(content) - 1)
    content[at] ^= 1 << chance.randrange(8)
    bad.write_bytes(content)
    good = sum(line.startswith(b"{") for line in bytes(content[:at]).splitlines(keepends=True)[1:] if line.endswith(b"\n"))
    last = view("finish", 30_000).finish()
    expected = [plain(event) for event in left.sessions.pop(session)]
    arrived = events_of(collector, session)
    assert arrived[:good] == expected[:good]
    assert len(arrived) == good + (type_of(expected[good - 1]) not in LAST)
    assert len(last.errors()) == 1, last.errors()
    (aside,) = (store / "aside").iterdir()
    assert aside.read_bytes() == content
    assert str(aside) in last.errors()[0]
    collected = [events for events in collector.sessions() if session not in by_media([events])]
    check(collected, [left])


# Other clients, other times


def test_clients_that_start_at_once_share_what_was_left(view, gate, collector, store):
    left = leave_something(view, gate, runs=6)
    viewers = [view("finish", 30_000) for _ in range(4)]
    with ThreadPoolExecutor() as pool:
        finished = list(pool.map(lambda viewer: viewer.finish(), viewers))
    assert sum(run.stats[-1]["recovered"] for run in finished) >= sum(
        len(events) for run in left for events in run.sessions.values()
    )
    assert not [run.errors() for run in finished if run.errors()]
    assert_nothing_lost(collector, store, *left)


def test_a_clock_that_was_set_back_a_year_changes_nothing(view, gate, collector, store):
    left = leave_something(view, gate)
    now = view("random", STEPS, now=START - YEAR).finish()
    assert not now.errors()
    assert_nothing_lost(collector, store, *left, now)
