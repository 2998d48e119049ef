"""A collector started from Python, and what it holds, read in every way there is."""

import gc
import json
import os
import pathlib
import re
import socket
import sqlite3
import subprocess
import sys
import warnings

import mediabeat
import pytest
from mediabeat import collecting
from shared import CONFIGURATION, line, run_mediabeat, text_of, viewing

KNOWN = [column.name for column in collecting.SESSION_COLUMNS]


def fill(url, folder, lines, protocol="collection-v1"):
    """The command's replay, so that these tests need nothing but the collector."""
    log, config = folder / "log.jsonl", folder / "config.json"
    log.write_text(text_of(lines))
    config.write_text(json.dumps(CONFIGURATION))
    run = run_mediabeat(
        "replay", "--to", url, "--speed", "max", "--epoch", "now", "--protocol", protocol, "--config", config, log
    )
    assert run.returncode == 0, run.stderr


@pytest.fixture
def filled(tmp_path):
    """Viewings by each protocol, and one that is still open by those that are sent at once."""
    with mediabeat.collector(tmp_path / "run.db") as running:
        for protocol in ("collection-v1", "downloaded-v1", "edge-va-v1"):
            fill(running.url, tmp_path, viewing("tv") + viewing("radio", ts=9000), protocol)
            if protocol != "downloaded-v1":
                fill(running.url, tmp_path, viewing("open")[:4], protocol)
        yield running


def exported(running, folder, *options):
    path = folder / "export.jsonl"
    path.write_bytes(run_mediabeat("collector", "--export", *options, "--data", running.data).stdout)
    return path


def known(rows):
    return [{name: row[name] for name in KNOWN} for row in rows]


class TestCollector:
    def test_listens_until_its_block_ends(self):
        with mediabeat.collector() as running:
            assert running.url.startswith("http://127.0.0.1:")
            assert list(running.sessions()) == []
            assert repr(running) == f"<mediabeat collector {running.url}>"
            pid = running.pid
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        assert repr(running) == f"<mediabeat collector (ended) {running.url}>"
        with pytest.raises(mediabeat.TransportError):
            list(running.sessions())

    def test_can_be_stopped_twice(self):
        running = mediabeat.collector()
        running.stop()
        running.stop()

    def test_ends_when_nobody_holds_it(self):
        pid = mediabeat.collector().pid
        gc.collect()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    def test_ends_with_python(self):
        code = "import mediabeat; running = mediabeat.collector(); print(running.pid)"
        pid = int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    def test_outlives_a_fork_of_its_owner(self):
        with mediabeat.collector() as running:
            child = os.fork()
            if child == 0:
                running.stop()
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
            assert list(running.sessions()) == []

    def test_is_not_interrupted_with_its_owner(self):
        with mediabeat.collector() as running:
            assert os.getsid(running.pid) != os.getsid(0)

    def test_keeps_its_data(self, tmp_path):
        with mediabeat.collector(tmp_path / "run.db") as running:
            fill(running.url, tmp_path, viewing("tv"))
        with mediabeat.collector(tmp_path / "run.db") as running:
            assert [row["mediaId"] for row in running.sessions()] == ["m1"]

    def test_takes_options_of_the_command(self):
        with mediabeat.collector(options=["--verbose"]) as running:
            list(running.sessions())
            assert "/api/sessions" in running.log

    def test_a_failed_start_says_what_the_command_said(self, tmp_path):
        with pytest.raises(mediabeat.Error, match=r"exit status 2.*\n?.*unknown option \"--nonsense\""):
            mediabeat.collector(options=["--nonsense"])
        with mediabeat.collector(tmp_path / "run.db"):
            with pytest.raises(mediabeat.Error, match="in use by another collector"):
                mediabeat.collector(tmp_path / "run.db")

    def test_a_command_that_is_missing(self, monkeypatch):
        with pytest.raises(mediabeat.Error, match="the collector cannot be started: .*'/nowhere/mediabeat'"):
            mediabeat.collector(command="/nowhere/mediabeat")
        monkeypatch.delenv("MEDIABEAT")
        monkeypatch.setenv("PATH", "/nowhere")
        if not (pathlib.Path(collecting.__file__).parent / "bin/mediabeat").exists():
            with pytest.raises(mediabeat.Error, match="not installed; name it in the environment variable MEDIABEAT"):
                mediabeat.collector()

    def test_a_command_that_never_listens(self, tmp_path):
        slow = tmp_path / "slow"
        slow.write_text("#!/bin/sh\necho warming up >&2\nexec sleep 60\n")
        slow.chmod(0o755)
        with pytest.raises(mediabeat.Error, match=f"^{slow}: the collector did not start within 3 s: warming up$"):
            mediabeat.collector(command=slow, timeout=3)

    def test_a_collector_that_does_not_end_is_killed(self, tmp_path):
        deaf = tmp_path / "deaf"
        deaf.write_text("#!/bin/sh\ntrap '' TERM\necho collector listening on http://127.0.0.1:1\nexec sleep 60\n")
        deaf.chmod(0o755)
        running = mediabeat.collector(command=deaf)
        with pytest.raises(TypeError, match="^timeout: a number is needed, not str"):
            running.stop("soon")
        with pytest.raises(mediabeat.Error, match="the collector ended with -9$"):
            running.stop(timeout=0.2)
        with pytest.raises(ProcessLookupError):
            os.kill(running.pid, 0)

    def test_a_command_that_is_something_else(self):
        with pytest.raises(mediabeat.Error, match=r"^/bin/true: the collector did not start \(exit status 0\)$"):
            mediabeat.collector(command="/bin/true")

    def test_a_port_that_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(mediabeat.Error, match=f"cannot listen on 127.0.0.1 port {port}: Address already"):
                mediabeat.collector(port=port)

    @pytest.mark.parametrize(
        ("arguments", "named"),
        [
            ({"data": 5}, "^data: a path is needed, not int"),
            ({"command": 5}, "^command: a path is needed, not int"),
            ({"listen": 5}, "^listen: a text is needed, not int"),
            ({"options": "--verbose"}, "^options: a sequence of texts is needed, not str"),
            ({"options": [5]}, "^options: a text is needed, not int"),
            ({"timeout": "x"}, "^timeout: a number is needed, not str"),
        ],
    )
    def test_arguments_are_named(self, arguments, named):
        with pytest.raises(TypeError, match=named):
            mediabeat.collector(**arguments)

    def test_it_leaves_no_file_open(self, recwarn):
        gc.collect()  # what others have left
        warnings.simplefilter("always")
        recwarn.clear()
        mediabeat.collector().stop()
        with pytest.raises(mediabeat.Error):
            mediabeat.collector(options=["--nonsense"])
        gc.collect()
        assert [str(warning.message) for warning in recwarn] == []


class TestReading:
    def test_url_data_file_and_export_hold_the_same_sessions(self, filled, tmp_path):
        by_url = known(filled.sessions())
        assert [(row["protocol"], row["state"], row["eventCount"]) for row in by_url] == [
            ("v1", "completed", by_url[0]["eventCount"]),
            ("v1", "completed", by_url[1]["eventCount"]),
            ("v1", "open", by_url[2]["eventCount"]),
            ("v1", "closed", by_url[3]["eventCount"]),
            ("v1", "closed", by_url[4]["eventCount"]),
            ("edge", "completed", by_url[-3]["eventCount"]),
            ("edge", "completed", by_url[-2]["eventCount"]),
            ("edge", "open", by_url[-1]["eventCount"]),
        ]
        assert known(mediabeat.sessions(filled.data)) == by_url
        assert known(mediabeat.sessions(exported(filled, tmp_path))) == by_url

    def test_url_data_file_and_export_hold_the_same_events(self, filled, tmp_path):
        by_url = list(filled.events())
        assert len(by_url) == sum(row["eventCount"] for row in filled.sessions())
        place = {row["id"]: at for at, row in enumerate(filled.sessions())}
        for rows in (mediabeat.events(filled.data), mediabeat.events(exported(filled, tmp_path))):
            assert sorted(rows, key=lambda row: (place[row["session"]], row["index"])) == by_url

    def test_the_facts_of_an_event_are_the_same_for_both_protocols(self, filled):
        sessions = [row["id"] for row in filled.sessions()]
        v1, edge = list(filled.events(sessions[0])), list(filled.events(sessions[-3]))
        assert [row["eventType"] for row in v1] == [
            "sessionStart",
            "play",
            "play",
            "pauseStart",
            "play",
            "sessionComplete",
        ]
        assert [row["eventType"] for row in edge] == [row["eventType"] for row in v1]
        assert [row["playhead"] for row in v1] == [0, 0, 0, 2.9, 2.9, 2.9]
        assert [int(row["playhead"]) for row in edge] == [int(row["playhead"]) for row in v1]
        offsets = [[row["ts"] - rows[0]["ts"] for row in rows] for rows in (v1, edge)]
        assert offsets[0] == offsets[1] == [0, 100, 1100, 3000, 4000, 9000]

    def test_the_normal_form(self, filled, tmp_path):
        by_url = list(filled.events(normalised=True))
        assert by_url == list(mediabeat.events(filled.data, normalised=True))
        assert by_url == list(mediabeat.events(exported(filled, tmp_path, "--normalised")))
        edge = by_url[-1]["session"]
        assert [row for row in by_url if row["session"] == edge] == list(filled.events(edge, normalised=True))
        assert "playerTime" in by_url[-1]["event"]
        with pytest.raises(mediabeat.Error, match="write it with --normalised"):
            list(mediabeat.events(exported(filled, tmp_path), normalised=True))

    def test_one_session(self, filled, tmp_path):
        id = list(filled.sessions())[1]["id"]
        rows = list(filled.events(id))
        assert {row["session"] for row in rows} == {id} and len(rows) == 6
        assert list(mediabeat.events(filled.data, id)) == rows
        assert list(mediabeat.events(exported(filled, tmp_path), id)) == rows
        with pytest.raises(mediabeat.TransportError, match=f"^{filled.url}/api/sessions/another/events: 404: "):
            list(filled.events("another"))
        with pytest.raises(TypeError, match="^session: a text is needed, not int"):
            filled.events(5)
        assert list(mediabeat.events(filled.data, "another")) == []

    def test_long_lists_come_page_by_page(self, tmp_path, monkeypatch):
        monkeypatch.setattr(collecting, "PAGE", 7)
        asked = []
        get = collecting._Site._get
        monkeypatch.setattr(collecting._Site, "_get", lambda *a, **query: asked.append(query) or get(*a, **query))
        with mediabeat.collector() as running:
            lines = [call for i in range(20) for call in viewing(f"tv-{i}", ts=i * 10, media=f"m{i}")]
            fill(running.url, tmp_path, sorted(lines, key=lambda call: call["ts"]))
            assert {row["mediaId"] for row in running.sessions()} == {f"m{i}" for i in range(20)}
            assert [query["limit"] for query in asked] == [7, 7, 7]
            asked.clear()
            next(iter(running.sessions()))
            assert len(asked) == 1
            assert len(list(running.events())) == 20 * 6

    def test_arrow_tables(self, filled):
        pytest.importorskip("pyarrow")
        sessions, events = filled.sessions().to_arrow(), filled.events().to_arrow()
        assert sessions.num_rows == len(list(filled.sessions()))
        assert sessions["startedAt"].cast("int64").to_pylist() == [row["startedAt"] for row in filled.sessions()]
        assert events["eventType"].to_pylist() == [row["eventType"] for row in filled.events()]
        assert json.loads(events["event"][0].as_py()) == next(iter(filled.events()))["event"]

    def test_an_event_without_a_normal_form_has_no_facts(self):
        row = collecting._event_row({"session": "s", "index": 0, "event": None})
        assert (row["eventType"], row["ts"], row["playhead"], row["event"]) == (None, None, None, None)

    @pytest.mark.parametrize(
        "timestamp, ms",
        [
            ("2026-01-15T12:00:00.000Z", 1768478400000),
            ("2026-01-15T12:00:00.5Z", 1768478400500),
            ("2026-01-15T12:00:00.123456Z", 1768478400123),
            ("2026-01-15T12:00:00Z", 1768478400000),
            ("yesterday", None),
            (None, None),
        ],
    )
    def test_timestamps(self, timestamp, ms):
        assert collecting._epoch_ms(timestamp) == ms


class TestWhatCannotBeRead:
    def test_no_file(self):
        with pytest.raises(FileNotFoundError):
            mediabeat.sessions("/nowhere/run.db")

    def test_no_collector(self):
        with pytest.raises(mediabeat.TransportError, match="http://127.0.0.1:1: .*refused"):
            list(mediabeat.sessions("http://127.0.0.1:1"))

    @pytest.mark.parametrize("url", ["http://", "http://[a", "http://a:b", "http://127.0.0.1:1/a b"])
    def test_no_url(self, url):
        with pytest.raises(mediabeat.TransportError, match=re.escape(url.rstrip("/"))):
            list(mediabeat.sessions(url))

    def test_urls_in_other_words(self):
        with mediabeat.collector() as running:
            assert list(mediabeat.sessions(running.url.replace("http", "HTTP") + "/")) == []
            with pytest.raises(mediabeat.TransportError, match="/ä/api/sessions: 404"):
                list(mediabeat.sessions(running.url + "/ä"))

    @pytest.mark.parametrize("place", [5, None, b"run.db"])
    def test_no_place(self, place):
        for read in (mediabeat.sessions, mediabeat.events):
            with pytest.raises(TypeError, match="^place: a URL or a path is needed, not "):
                read(place)

    def test_no_collector_but_something_else(self, tmp_path):
        with mediabeat.collector() as running, pytest.raises(mediabeat.TransportError, match="404"):
            list(mediabeat.sessions(running.url + "/elsewhere"))

    def test_a_database_of_something_else(self, tmp_path):
        path = tmp_path / "other.db"
        with sqlite3.connect(path) as database:
            database.execute("create table session (id)")
        with pytest.raises(mediabeat.Error, match="an SQLite database, but not of a collector"):
            list(mediabeat.sessions(path))

    def test_a_database_that_is_cut_off(self, tmp_path):
        with mediabeat.collector(tmp_path / "run.db") as running:
            fill(running.url, tmp_path, viewing("tv"))
        whole = (tmp_path / "run.db").read_bytes()
        (tmp_path / "run.db").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(mediabeat.Error, match="malformed"):
            list(mediabeat.events(tmp_path / "run.db"))
        with pytest.raises(mediabeat.Error, match=r"run.db: mediabeat collector: "):
            list(mediabeat.events(tmp_path / "run.db", normalised=True))

    @pytest.mark.parametrize("text", ["{", "[]", '{"session": "s"}', "\xff", '{"session":"s","event":5}'])
    def test_lines_that_are_no_export(self, tmp_path, text):
        path = tmp_path / "export.jsonl"
        path.write_text(text + "\n", encoding="latin-1")
        with pytest.raises(mediabeat.Error, match="export.jsonl:1: no line of a collector's export"):
            list(mediabeat.sessions(path))


def test_a_log_of_one_line_is_enough(tmp_path):
    with mediabeat.collector() as running:
        fill(running.url, tmp_path, viewing("tv")[:1] + [line(1000, "tick", player="tv")])
        assert [row["eventType"] for row in running.events()] == ["sessionStart"]
