"""A line that is no player log: file, line and reason are named, the exit status is 2 and nothing is sent."""
import pytest
from conftest import line, start

WRONG = {
    "not JSON": ("{", "not JSON: a member name is expected (column 2)"),
    "not UTF-8 escapes": ('{"ts": 0, "call": "\\ud800"}', "not JSON: a surrogate stands alone"),
    "two values": ('{"ts": 0, "call": "play"} {}', "not JSON: something follows the value"),
    "no object": ("[1, 2]", "a line must be an object, not an array"),
    "no ts": ({"call": "play"}, "ts is missing"),
    "ts null": ({"ts": None, "call": "play"}, "ts is missing"),
    "ts text": ({"ts": "0", "call": "play"}, "ts must be an integer"),
    "ts fraction": ({"ts": 10.5, "call": "play"}, "ts must be an integer"),
    "ts huge": ({"ts": 10**17, "call": "play"}, "ts is out of range"),
    "no call": ({"ts": 10}, "call is missing"),
    "call no text": ({"ts": 10, "call": 5}, "call must be a text, not a number"),
    "unknown call": (line(10, "bufferStrat"), 'unknown call "bufferStrat"; did you mean "bufferStart"?'),
    "nothing like a call": (line(10, "xyz"), 'unknown call "xyz"'),
    "player no text": (line(10, "play", player=7), "player must be a text, not a number"),
    "configure late": (line(10, "configure", config={}), "configure must be the first line"),
    "info no object": (line(10, "sessionStart", info="x"), "info must be an object, not a text"),
    "id number": (line(10, "sessionStart", info={"id": 5}), "info.id must be a text, not a number"),
    "length text": (line(10, "sessionStart", info={"length": "60"}), "info.length must be a number, not a text"),
    "resumed number": (line(10, "sessionStart", info={"resumed": 1}), "info.resumed must be true or false, not a number"),
    "metadata list": (line(10, "sessionStart", metadata=[]), "metadata must be an object of texts, not an array"),
    "metadata value": (line(10, "adStart", metadata={"a": 1}), "metadata.a must be a text, not a number"),
    "playhead text": (line(10, "playhead", value="3"), "value must be a number, not a text"),
    "qoe": (line(10, "qoe", info={"fps": True}), "info.fps must be a number, not true or false"),
    "error": (line(10, "error", id=404), "id must be a text, not a number"),
    "adBreakStart": (line(10, "adBreakStart", info={"position": "1"}), "info.position must be a number, not a text"),
    "chapterStart": (line(10, "chapterStart", info={"name": {}}), "info.name must be a text, not an object"),
    "stateStart": (line(10, "stateStart", info={"name": ["mute"]}), "info.name must be a text, not an array"),
    "stateEnd": (line(10, "stateEnd", info=[]), "info must be an object, not an array"),
    "createMediaSession": (line(10, "createMediaSession", options={"event": "x"}), "options.event must be an object"),
    "sendMediaEvent": (line(10, "sendMediaEvent", options=[]), "options must be an object, not an array"),
    "playerDetails": (line(10, "playerDetails", details={"playhead": "1"}), "details.playhead must be a number"),
    "online": (line(10, "online", value="yes"), "value must be true or false, not a text"),
    "consent type": (line(10, "consent", value=True), "value must be a text, not true or false"),
    "consent value": (line(10, "consent", value="no"), 'value must be one of in out unknown, not "no"'),
    "backend status": (line(10, "backend", status="500"), "status must be a number, not a text"),
    "backend network": (line(10, "backend", network="off"), 'network must be one of up down, not "off"'),
    "backend sessionId": (line(10, "backend", sessionId=7), "sessionId must be a text, not a number"),
    "xdm": (line(10, "createMediaSession", options={"xdm": "media.sessionStart"}), "options.xdm must be an object, not a text"),
    "manual": (line(10, "createMediaSession", options={"manual": 1}), "options.manual must be true or false, not a number"),
    "playerId": (line(10, "sendMediaEvent", options={"playerId": 1}), "options.playerId must be a text, not a number"),
    "mediaCollection": (
        line(10, "sendMediaEvent", options={"playerId": "a", "xdm": {"mediaCollection": []}}),
        "options.xdm.mediaCollection must be an object, not an array",
    ),
    "sessionID": (
        line(10, "sendMediaEvent", options={"xdm": {"mediaCollection": {"sessionID": 1}}}),
        "options.xdm.mediaCollection.sessionID must be a text, not a number",
    ),
    "options.sessionID": (
        line(10, "sendMediaEvent", options={"sessionID": 1, "xdm": {}}),
        "options.sessionID must be a text, not a number",
    ),
    "an event in both forms": (
        line(10, "createMediaSession", options={"playerId": "a", "event": {}, "xdm": {}}),
        "options.event and options.xdm cannot both be given",
    ),
    "an event of nobody": (
        line(10, "sendMediaEvent", options={"xdm": {"eventType": "media.play", "mediaCollection": {"playhead": 1}}}),
        "whose event is it? options.playerId or options.xdm.mediaCollection.sessionID must say",
    ),
    "an event of null": (
        line(10, "sendMediaEvent", options={"playerId": None, "xdm": {"mediaCollection": {"sessionID": None}}}),
        "whose event is it?",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_line(dry, name):
    bad, reason = WRONG[name]
    run = dry([start(), line(5, "play"), "", bad, line(20, "complete")])
    assert (run.status, run.out) == (2, "")
    assert "/log.jsonl:4: " in run.err
    assert reason in run.err


def test_time_steps_back(dry):
    run = dry([start(), line(900, "play"), line(899, "pause")])
    assert (run.status, run.out) == (2, "")
    assert "log.jsonl:3: time steps back: ts 899 comes after 900 of line 2" in run.err


def test_the_configuration_of_the_log_is_of_a_wrong_type(dry):
    run = dry([line(0, "configure", config={"channel": 5}), start()])
    assert (run.status, run.out) == (2, "")
    assert "log.jsonl:1: config: channel: needs a text, not a number" in run.err


def test_times_outside_of_the_calendar(dry):
    run = dry([start(-5)])
    assert (run.status, run.out) == (2, "")
    assert "--epoch moves them" in run.err
    assert dry([start(-5)], "--epoch", "0").status == 0


def test_unknown_members_and_blank_lines_are_ignored(dry):
    run = dry(["", start(mood="good"), "  \r", line(1, "play", info=5), ""])
    assert (run.status, run.types) == (0, ["sessionStart", "play"])


def test_a_byte_order_mark_is_skipped(dry):
    run = dry(['\ufeff{"ts": 0, "call": "tick"}', start()])
    assert (run.status, run.types) == (0, ["sessionStart"])


def test_an_empty_log_is_no_error(dry):
    run = dry([])
    assert (run.status, run.out) == (0, "")


@pytest.mark.parametrize(
    "call",
    [
        line(1, "playhead"),
        line(1, "playhead", value=None),
        line(1, "qoe"),
        line(1, "error"),
        line(1, "error", id=None),
        line(1, "adBreakStart", info={"name": "b", "position": 0.5, "startTime": 0}),
        line(1, "adStart", info=None),
        line(1, "chapterStart", info={}),
        line(1, "stateStart", info={}),
        line(1, "consent", value=None),
        line(1, "online"),
        line(1, "sendMediaEvent"),
        line(1, "createMediaSession", options={}),
    ],
    ids=lambda call: call["call"],
)
def test_what_is_missing_is_refused_and_counted_but_no_failure(dry, call):
    run = dry([start(), line(0, "play"), call], "-v")
    assert (run.status, run.types) == (0, ["sessionStart", "play"])
    assert f"log.jsonl:3: player (unnamed): {call['call']} is refused: " in run.err
    assert "1 call refused" in run.err
    assert run.err.count("is refused") == 1


def test_messages_hold_nothing_that_a_terminal_obeys(dry):
    run = dry([line(0, "play\x1b[31m\u202e")])
    assert '"play?[31m?"' in run.err
    run = dry([line(0, "play", player="tv\x1b]0;x\x07")], "-v")
    assert run.status == 0
    assert "player tv" in run.err and "\x1b" not in run.err and "\x07" not in run.err
    run = dry([line(0, "sendMediaEvent", player="tv\x1b", options={"event": {"eventType": "x"}})], "-v")
    assert "player tv?: sendMediaEvent is refused" in run.err


def test_compressed_data_that_is_none(mediabeat, tmp_path):
    log = tmp_path / "log.jsonl.gz"
    log.write_bytes(b"\x1f\x8bnothing")
    run = mediabeat("replay", "--dry-run", log)
    assert (run.status, run.err) == (2, f"{log}:1: unknown compression method\n")


def test_a_line_of_more_than_16_mib(dry):
    run = dry([line(0, "play", note="x" * (17 << 20))])
    assert run.status == 2
    assert "log.jsonl:1: the line is longer than 16 MiB" in run.err
