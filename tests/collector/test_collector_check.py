"""Findings beyond the schema: by `mediabeat check` and over HTTP. What mediabeat sends by its own rules has no errors,
in any scenario, over either protocol."""

import copy
import json
import random
import subprocess
import sys

import pytest
from conftest import PATIENCE, PROGRAM, ROOT, Collector, event, start

sys.path.insert(0, str(ROOT / "tests/scenarios"))
import check_scenarios  # noqa: E402

T = 1_700_000_000_000
FILES = list(check_scenarios.scenario_files(check_scenarios.PLACES))
LIVE = {
    "trackingServer": "metrics.example.com", "reportSuite": "suite", "orgId": "1@AdobeOrg",
    "datastreamId": "datastream", "channel": "channel", "playerName": "player",
}  # fmt: skip
TOO_LARGE_FOR_EDGE = {"dl-24h-restart"}  # a request of the Media Edge API may not carry it


def check(*arguments, status=0, **process):
    words = [PROGRAM, "check", *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, **process)
    assert done.returncode == status, done.stdout + done.stderr
    return done


def checked(*arguments, **process):
    return json.loads(check("--json", *arguments, **process).stdout)


def brief(findings):
    return [(finding["severity"], finding["event"], finding["code"]) for finding in findings]


GOOD = [start(T), event("play", T + 1), event("ping", T + 8000, 8), event("sessionEnd", T + 9000, 9)]
WITH_NOTE = [start(T), event("play", T), event("sessionEnd", T + 9000, 9)]
WITH_WARNING = [start(T), event("play", T + 1), event("ping", T + 60_000, 60), event("sessionEnd", T + 60_001, 60)]
AD = {"media.ad.id": "a", "media.ad.length": 5, "media.ad.podPosition": 1, "media.ad.playerName": "p"}
WITH_ERROR = [
    start(T),
    event("play", T + 1),
    event("adStart", T + 2000, 2, params=AD),
    event("adComplete", T + 7000, 2),
    event("adBreakComplete", T + 7001, 2),
    event("sessionEnd", T + 9000, 4),
]
FOUND_IN_ERROR = [
    ("error", 2, "adOutsideBreak"),
    ("error", 3, "adOutsideBreak"),
    ("warning", 4, "missingBreakStart"),
]


@pytest.fixture
def file(tmp_path):
    def write(events):
        path = tmp_path / "events.json"
        path.write_text(json.dumps(events))
        return path

    return write


# As a gate


@pytest.mark.parametrize(
    ("events", "status", "strict"), [(GOOD, 0, 0), (WITH_NOTE, 0, 0), (WITH_WARNING, 0, 1), (WITH_ERROR, 1, 1)]
)
def test_the_status_says_whether_there_is_an_error(file, events, status, strict):
    check(file(events), status=status)
    check("--json", file(events), status=status)
    check("--strict", file(events), status=strict)


def test_what_is_printed(file):
    assert check(file(WITH_ERROR), status=1).stdout == (
        "session without an id, closed by sessionEnd: 2 errors, 1 warning, 0 notes\n"
        "  error: event 2, adStart: outside an ad break: the ad is ignored, its time is content [adOutsideBreak]\n"
        "      ads lie between adBreakStart and adBreakComplete, single ones too, or else they are ignored\n"
        "      https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/events/ads/ad-start\n"
        "  error: event 3, adComplete: outside an ad break: the ad is ignored, its time is content [adOutsideBreak]\n"
        "  warning: event 4, adBreakComplete: adBreakComplete without an open ad break [missingBreakStart]\n"
        "      adBreakStart comes first\n"
        "      https://experienceleague.adobe.com/en/docs/media-analytics/using/implementation/events/ads/overview\n"
        "1 session: 2 errors, 1 warning, 0 notes\n"
    )


def test_a_good_session_is_a_line(file):
    assert check(file(GOOD)).stdout == "1 session: 0 errors, 0 warnings, 0 notes\n"


def test_notes_are_printed_when_asked_for(file):
    assert check(file(WITH_NOTE)).stdout == "1 session: 0 errors, 0 warnings, 1 note\n"
    lines = check("--all", file(WITH_NOTE)).stdout.splitlines()
    assert lines[1] == f"  note: event 1, play: its ts is that of the event before: {T} [equalTs]"


def test_repetitions_are_counted(file):
    path = file([start(T), event("play", T + 1), *(event("adSkip", T + 2 + i, 0) for i in range(5)), GOOD[-1]])
    assert check(path).stdout.count("[missingAdStart]") == 3
    assert "  and 2 more of missingAdStart\n" in check(path).stdout
    assert check("--all", path).stdout.count("[missingAdStart]") == 5


def test_hostile_names_do_not_reach_a_terminal(file):
    name = {"media.state.name": "\x1b[31m\u202e" + "ä" * 1000}
    path = file([*GOOD[:2], event("stateStart", T + 2, 0, params=name), *GOOD[2:]])
    assert "player state that trackers refuse: ?[31m?ää" in check(path).stdout
    assert "\x1b" not in check(path).stdout
    (finding,) = checked(path)["sessions"][0]["findings"]
    assert finding["message"].endswith("ää")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "a FILE or a URL is needed"),
        (["--nonsense"], "unknown option"),
        (["--token", "x", "file"], "--token is for a URL"),
        (["--close-reason", "boredom", "file"], "--close-reason is one of"),
        (["/nowhere/at/all"], "/nowhere/at/all: No such file"),
        (["http://127.0.0.1:1"], "http://127.0.0.1:1"),
    ],
)
def test_bad_usage_and_unreadable_sources(arguments, message):
    assert message in check(*arguments, status=2).stderr


@pytest.mark.parametrize("text", ["", "no", "[]", "[1]", '{"a":1}', '[{"eventType":"play"}]'])
def test_what_is_no_sessions(tmp_path, text):
    path = tmp_path / "file"
    path.write_text(text)
    assert str(path) in check(path, status=2).stderr


def test_standard_input_and_how_sessions_close():
    unfinished = json.dumps(GOOD[:-1])
    assert brief(checked("-", input=unfinished)["sessions"][0]["findings"]) == [("warning", 2, "noEnd")]
    assert brief(checked("--close-reason", "sessionEnd", "-", input=unfinished)["sessions"][0]["findings"]) == []


def test_output_that_cannot_be_written_is_a_failure(file):
    with open("/dev/full", "w") as full:
        done = subprocess.run([PROGRAM, "check", file(GOOD)], stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE)
    assert done.returncode == 2


def test_help():
    assert check("--help").stdout.startswith("usage: mediabeat check")


# Whatever comes

EXAMPLES = sorted((ROOT / "tests/protocol/session-metrics-examples").glob("*.json"))
PLAYHEADS = [-1, 0, 0.001, 59, 1e9, 1e300]
SHIFTS = [-100_000, -1000, -1, 1, 1000, 10**6, 10**12]
BARE = "play pauseStart bufferStart adComplete adSkip adBreakComplete chapterSkip sessionComplete".split()


def remove(chance, events, at):
    if len(events) > 3:
        del events[at]


def repeat(chance, events, at):
    events.insert(chance.randrange(1, len(events) + 1), copy.deepcopy(events[at]))


def move(chance, events, at):
    events.insert(chance.randrange(1, len(events)), events.pop(at))


def shift(chance, events, at):
    events[at]["playerTime"]["ts"] += chance.choice(SHIFTS)


def seek(chance, events, at):
    events[at]["playerTime"]["playhead"] = chance.choice(PLAYHEADS)


def replace(chance, events, at):
    events[at] = {"eventType": chance.choice(BARE), "playerTime": events[at]["playerTime"]}


def mutated(seed):
    chance = random.Random(seed)
    events = json.loads(chance.choice(EXAMPLES).read_text())["events"]
    for _ in range(chance.randint(1, 8)):
        mutate = chance.choice([remove, repeat, move, shift, seek, replace])
        mutate(chance, events, chance.randrange(1, len(events)))
    return events


@pytest.mark.parametrize("seed", range(60))
def test_mutated_sessions_are_checked(seed):
    words = [PROGRAM, "check", "--json", "-"]
    events = json.dumps(mutated(seed))
    done = subprocess.run(words, input=events, capture_output=True, text=True, timeout=PATIENCE)
    total = json.loads(done.stdout)["total"]
    assert (done.returncode, done.stderr) == (1 if total["errors"] else 0, "")


# Of a collector


def send(collector, events):
    sid = collector.post("/api/v1/sessions", events[0]).headers["Location"].rsplit("/", 1)[1]
    for body in events[1:]:
        assert collector.send(sid, body).status == 204
    return sid


def without_clock(findings):
    """The test's events are of 2023, and the collector's clock is not."""
    return [finding for finding in findings if finding["code"] != "clockDiffers"]


def found_in(collector, sid):
    return brief(without_clock(collector.get(f"/api/sessions/{sid}/findings").json))


def test_over_http(collector):
    sid = send(collector, WITH_ERROR)
    answer = collector.get(f"/api/sessions/{sid}/findings")
    assert answer.status == 200
    found = without_clock(answer.json)
    assert brief(found) == FOUND_IN_ERROR
    assert set(found[0]) == {"code", "severity", "event", "type", "message", "says", "where"}
    assert found[0]["where"].startswith("https://")


def test_a_page_of_the_list_with_findings(collector):
    ids = [collector.open() for _ in range(5)]
    for limit, after, listed in [(2, None, ids[:2]), (2, ids[1], ids[2:4]), (9, ids[3], ids[4:]), (0, None, [])]:
        rows = collector.sessions(f"?with=findings&limit={limit}" + (f"&after={after}" if after else ""))
        assert [row["id"] for row in rows] == listed
        assert all(row.pop("findings").keys() == {"error", "warning", "note"} for row in rows)
        assert rows == [row for row in collector.sessions() if row["id"] in listed]


def test_of_an_unknown_session(collector):
    assert collector.get(f"/api/sessions/{'0' * 64}/findings").status == 404


def test_a_running_collector_its_file_and_its_export_are_checked_alike(launch, tmp_path):
    data, export = tmp_path / "run.db", tmp_path / "export.jsonl"
    collector = launch("--data", data)
    ids = [send(collector, GOOD), send(collector, WITH_ERROR)]
    running = checked(f"http://127.0.0.1:{collector.port}/", status=1)
    assert running == collector.get("/api/findings").json
    assert [session["id"] for session in running["sessions"]] == ids
    assert running["total"] == {"sessions": 2, "errors": 2, "warnings": 1, "notes": 2}
    collector.end()
    assert checked(data, status=1) == running
    with export.open("w") as out:
        subprocess.run([PROGRAM, "collector", "--export", "--data", data], stdout=out, timeout=PATIENCE, check=True)
    assert checked(export, status=1) == running


def test_findings_of_an_open_session_are_provisional(collector):
    break_start = event("adBreakStart", T + 2000, 2, params={"media.ad.podIndex": 1, "media.ad.podSecond": 2})
    ad_start = event("adStart", T + 2001, 2, params=AD)
    sid = send(collector, [*GOOD[:2], break_start, ad_start, event("ping", T + 8000, 8)])
    assert found_in(collector, sid) == []
    assert collector.send(sid, GOOD[-1]).status == 204
    assert found_in(collector, sid) == [("error", 2, "missingBreakEnd"), ("note", 3, "voidAd")]


def test_a_collector_with_a_token(launch):
    token = "0123456789abcdef"
    url = f"http://127.0.0.1:{launch('--token', token).port}"
    assert "--token" in check(url, status=2).stderr
    assert check("--token", token, url).stdout == "0 sessions: 0 errors, 0 warnings, 0 notes\n"


def test_a_dead_page_is_no_collector(collector):
    assert "is it a collector?" in check(f"http://127.0.0.1:{collector.port}/nothing", status=2).stderr


# What mediabeat sends


@pytest.fixture(scope="module")
def of_all_scenarios():
    """One collector for all of them."""
    collector = Collector()
    yield collector
    assert collector.end() == (0, "")


def player_log(path, protocol):
    """The scenario as a log of a live client, to whom the collector gives ids."""
    scenario = json.loads(path.read_text(encoding="utf-8"))
    downloaded = {"downloaded": True} if scenario["protocol"] == "downloaded-v1" else {}
    config = LIVE | scenario.get("config", {}) | downloaded
    config.pop("backendSessionId", None)
    return check_scenarios.player_log(scenario | {"protocol": protocol, "config": config})


def replay(log, collector):
    url = f"http://127.0.0.1:{collector.port}"
    words = [PROGRAM, "replay", "--to", url, "--speed", "max", "--epoch", str(T), "--quiet", "-"]
    done = subprocess.run(words, input=log, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr


def sessions_of(path, protocol, collector):
    """The scenario's sessions, all closed."""
    known = collector.sessions("?limit=1000")
    replay(player_log(path, protocol), collector)
    new = collector.sessions("?limit=1000")[len(known) :]
    for session in new:
        assert session["state"] == "closed" or collector.close(session["id"]).status == 204
    return [session["id"] for session in new]


@pytest.mark.parametrize("protocol", ["collection-v1", "edge-va-v1"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scenarios_have_no_errors(of_all_scenarios, path, protocol):
    if protocol == "edge-va-v1" and path.stem in TOO_LARGE_FOR_EDGE:
        pytest.skip("more than a request of the Media Edge API may carry")
    ids = sessions_of(path, protocol, of_all_scenarios)
    assert len(ids) == len({expected["session"] for expected in json.loads(path.read_text())["expect"]})
    for sid in ids:
        findings = of_all_scenarios.get(f"/api/sessions/{sid}/findings").json
        assert [finding for finding in findings if finding["severity"] == "error"] == []

