"""Player logs in Python: the command's rules, and its reasons word for word."""

import gzip
import io
import json
import os
import threading

import pytest
from mediabeat import LogError
from mediabeat.player_log import CALLS, PlayerLog
from shared import LOGS, line, run_mediabeat, start, text_of

WRONG = {
    "not JSON": "{",
    "no text": '{"ts": 0, "call": play}',
    "no comma": '{"ts": 0 "call": "play"}',
    "no colon": '{"ts" 0, "call": "play"}',
    "no end": '{"ts": 0, "call": "play',
    "surrogate": '{"ts": 0, "call": "\\ud800"}',
    "NUL": '{"ts": 0, "call": "tick", "player": "\\u0000"}',
    "control character": '{"ts": 0, "call": "ti\tck"}',
    "escape": '{"ts": 0, "call": "\\x"}',
    "NaN": '{"ts": 0, "call": "playhead", "value": NaN}',
    "infinite": '{"ts": 10, "call": "playhead", "value": 1e999}',
    "long number": '{"ts": 10, "call": "playhead", "value": %s}' % ("1" * 61),
    "deep": '{"ts": 10, "call": "play", "x": %s}' % ("[" * 70 + "]" * 70),
    "very deep": '{"ts": 10, "call": "play", "x": %s}' % ("[" * 100_000 + "]" * 100_000),
    "two values": '{"ts": 0, "call": "play"} {}',
    "no object": "[1, 2]",
    "null": "null",
    "no ts": {"call": "play"},
    "ts null": {"ts": None, "call": "play"},
    "ts text": {"ts": "0", "call": "play"},
    "ts fraction": {"ts": 10.5, "call": "play"},
    "ts written as a fraction": {"ts": 10.0, "call": "play"},
    "ts flag": {"ts": True, "call": "play"},
    "ts huge": {"ts": 10**17, "call": "play"},
    "no call": {"ts": 10},
    "call no text": {"ts": 10, "call": 5},
    "unknown call": line(10, "bufferStrat"),
    "nothing like a call": line(10, "xyz"),
    "player no text": line(10, "play", player=7),
    "configure late": line(10, "configure", config={}),
    "info no object": line(10, "sessionStart", info="x"),
    "id number": line(10, "sessionStart", info={"id": 5}),
    "length text": line(10, "sessionStart", info={"length": "60"}),
    "resumed number": line(10, "sessionStart", info={"resumed": 1}),
    "metadata list": line(10, "sessionStart", metadata=[]),
    "metadata value": line(10, "adStart", metadata={"a": 1}),
    "qoe flag": line(10, "qoe", info={"fps": True}),
    "error number": line(10, "error", id=404),
    "position text": line(10, "adBreakStart", info={"position": "1"}),
    "state list": line(10, "stateStart", info={"name": ["mute"]}),
    "event text": line(10, "createMediaSession", options={"event": "x"}),
    "online text": line(10, "online", value="yes"),
    "consent flag": line(10, "consent", value=True),
    "consent value": line(10, "consent", value="no"),
    "network value": line(10, "backend", network="off"),
    "playerId": line(10, "sendMediaEvent", options={"playerId": 1}),
    "mediaCollection": line(10, "sendMediaEvent", options={"playerId": "a", "xdm": {"mediaCollection": []}}),
    "sessionID": line(10, "sendMediaEvent", options={"xdm": {"mediaCollection": {"sessionID": 1}}}),
    "both forms": line(10, "createMediaSession", options={"playerId": "a", "event": {}, "xdm": {}}),
    "nobody's event": line(10, "sendMediaEvent", options={"xdm": {"eventType": "media.play"}}),
    "time steps back": line(4, "pause"),
}


def lines_with(bad):
    return [start(), line(5, "play"), bad, line(20, "complete")]


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_line_is_named_as_the_command_names_it(name, tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text(text_of(lines_with(WRONG[name])))
    with pytest.raises(LogError) as caught:
        PlayerLog(path).check()
    command = run_mediabeat("replay", "--dry-run", path)
    reason = command.stderr.decode().strip().partition(":3: ")[2]
    assert (caught.value.file, caught.value.line) == (str(path), 3)
    # After the number's own characters the command knows a column, Python does not.
    assert reason.split(" (column")[0] == caught.value.reason.split(" (column")[0]
    assert str(caught.value) == f"{path}:3: {caught.value.reason}"


@pytest.mark.parametrize("name", [name for name, bad in WRONG.items() if isinstance(bad, dict)])
def test_a_wrong_call_among_dicts_has_the_same_reason(name, tmp_path):
    with pytest.raises(LogError) as of_dicts:
        PlayerLog(lines_with(WRONG[name])).check()
    with pytest.raises(LogError) as of_text:
        PlayerLog(io.StringIO(text_of(lines_with(WRONG[name])))).check()
    assert (of_dicts.value.file, of_dicts.value.line) == ("<calls>", 3)
    assert of_dicts.value.reason == of_text.value.reason


@pytest.mark.parametrize(
    "bad, reason",
    [
        (5, "a call must be a dict, not int"),
        (line(10, "playhead", value=float("nan")), "value must be a finite number"),
        (line(10, "playhead", value=float("inf")), "value must be a finite number"),
        (line(10, "error", id="\ud800"), "a surrogate stands alone"),
        (line(10, "error", id="a\0b"), "a text contains \\u0000"),
        (line(10, "adStart", metadata={1: "x"}), "metadata: a name must be a text, not a number"),
        (line(10, "createMediaSession", options={"event": {"a": float("nan")}}), "no JSON can be made of it: "),
        (line(10, "createMediaSession", options={"event": {"a": {1, 2}}}), "no JSON can be made of it: "),
        (line(10, "createMediaSession", options={"event": {b"a": 1}}), "no JSON can be made of it: "),
        (line(10, "qoe", info={"fps": 10**400}), "info.fps must be a finite number"),
        (line(10, "qoe", info={"fps": b"5"}), "info.fps must be a number, not bytes"),
    ],
)
def test_what_only_python_can_say_is_refused_too(bad, reason):
    with pytest.raises(LogError) as caught:
        PlayerLog(lines_with(bad)).check()
    assert caught.value.line == 3
    assert caught.value.reason.startswith(reason)


def test_every_call_of_the_documentation_is_known():
    page = (LOGS.parents[1] / "player-log.md").read_text()
    for call in CALLS:
        assert f"`{call}`" in page


def test_every_example_is_read_as_the_command_reads_it():
    for path in sorted(LOGS.glob("*.jsonl")):
        lines = list(PlayerLog(path).lines())
        written = [json.loads(text) for text in path.read_text().splitlines() if text.strip()]
        assert [(one.ts, one.call, one.player) for one in lines] == [
            (other["ts"], other["call"], other.get("player", "")) for other in written
        ]


def test_blank_lines_count_and_are_left_out():
    log = PlayerLog(io.StringIO(text_of([start(), "", "  \r", line(7, "play")])))
    assert log.check() == (2, 0, 7)
    assert [one.number for one in log.lines()] == [1, 4]


def test_a_byte_order_mark_is_skipped():
    log = PlayerLog(io.BytesIO(("\ufeff" + text_of([line(0, "tick")])).encode()))
    assert log.check().lines == 1


def test_text_that_is_not_utf8():
    with pytest.raises(LogError, match=r"<file>:1: not JSON: not UTF-8 \(column 28\)"):
        PlayerLog(io.BytesIO(b'{"ts": 0, "call": "play", "\xff": 1}\n')).check()


def test_a_log_is_walked_twice_whatever_it_comes_from(tmp_path):
    calls = [start(), line(5, "play"), line(20, "complete")]
    path = tmp_path / "log.jsonl"
    path.write_text(text_of(calls))
    (tmp_path / "log.gz").write_bytes(gzip.compress(text_of(calls).encode()))
    read, write = os.pipe()
    threading.Thread(target=lambda: os.write(write, text_of(calls).encode()) and os.close(write)).start()
    sources = [
        calls,
        iter(calls),
        (call for call in calls),
        path,
        str(path),
        tmp_path / "log.gz",
        io.StringIO(text_of(calls)),
    ]
    for source in [*sources, open(path, "rb"), open(path), os.fdopen(read, "rb")]:
        with PlayerLog(source) as log:
            assert log.check() == (3, 0, 20)
            assert [one.call for one in log.lines()] == ["sessionStart", "play", "complete"]
            assert [one.call for one in log] == ["sessionStart", "play", "complete"]


def test_a_file_is_read_from_where_it_stands(tmp_path):
    file = io.BytesIO(b"a heading\n" + text_of([line(0, "tick")]).encode())
    file.readline()
    assert PlayerLog(file).check().lines == 1


def test_lines_that_come_after_the_check_are_not_handed_out(tmp_path, monkeypatch):
    monkeypatch.setattr("mediabeat.player_log.KEPT_MAX", 0)
    path = tmp_path / "log.jsonl"
    path.write_text(text_of([line(0, "tick")]))
    with PlayerLog(path) as log:
        log.check()
        path.write_text(text_of([line(5, "tick"), line(6, "tick")]))
        assert [read.ts for read in log.lines()] == [5]  # nothing is kept in memory


def test_compressed_data_that_is_none(tmp_path):
    path = tmp_path / "log.jsonl.gz"
    path.write_bytes(b"\x1f\x8bnothing but noise")
    with pytest.raises(LogError) as caught:
        PlayerLog(path).check()
    assert run_mediabeat("replay", "--dry-run", path).stderr.decode() == f"{caught.value}\n"


def test_compressed_data_that_ends_too_early(tmp_path):
    path = tmp_path / "log.jsonl.gz"
    path.write_bytes(gzip.compress(text_of([line(0, "tick")] * 9).encode())[:-9])
    with pytest.raises(LogError, match="the compressed data ends too early"):
        PlayerLog(path).check()


def test_a_line_of_more_than_16_mib_is_not_read_to_its_end():
    with pytest.raises(LogError, match="<file>:1: the line is longer than 16 MiB"):
        PlayerLog(io.BytesIO(b'"' + b"x" * (17 << 20))).check()


def test_a_file_that_is_missing():
    with pytest.raises(FileNotFoundError):
        PlayerLog("/nowhere/log.jsonl")


def test_an_empty_log_is_no_error():
    assert PlayerLog([]).check() == (0, 0, 0)
    assert PlayerLog(io.BytesIO(b"")).check() == (0, 0, 0)
