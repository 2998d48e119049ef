"""Metrics of sessions: the worked examples from a file, from a collector that runs and from what it left; totals; what
cannot be read."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest
from conftest import PATIENCE, PROGRAM, ROOT, SESSION_DETAILS, envelope, event, start, text_of_time, xdm_start

T = 1_700_000_000_000
EXAMPLES = sorted((ROOT / "tests/protocol/session-metrics-examples").glob("*.json"))
FACTS = json.loads((ROOT / "tests/protocol/session-metrics.json").read_text())


@pytest.fixture(params=EXAMPLES, ids=lambda path: path.stem)
def example(request):
    return json.loads(request.param.read_text())


def report(*arguments, status=0, **process):
    words = [PROGRAM, "report", *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, **process)
    assert done.returncode == status, done.stderr
    return done


def measured(*arguments, **process):
    return json.loads(report("--json", *arguments, **process).stdout)


def differences(metrics, expected):
    """What is not as expected, as {name: (got, wanted)}."""
    return {
        name: (metrics.get(name, "missing"), value)
        for name, value in expected.items()
        if metrics.get(name, "missing") != (pytest.approx(value, abs=1e-6) if isinstance(value, float) else value)
    }


def check(session, example):
    assert session["closeReason"] == example["closeReason"]
    assert differences(session["metrics"], example["expected"]) == {}


# The worked examples


def test_examples_from_an_array(example, tmp_path):
    file = tmp_path / "events.json"
    file.write_text(json.dumps(example["events"], indent=1))
    result = measured("--close-reason", example["closeReason"], file)
    assert [session["id"] for session in result["sessions"]] == [None]
    check(result["sessions"][0], example)


def receipts(example):
    """When each event arrives: the latest time so far."""
    latest = 0
    for body in example["events"]:
        latest = max(latest, body["playerTime"]["ts"])
        yield latest, body


def play(collector, example):
    """Sends the example by its own clock, and lets its session close. Returns its id."""
    sid = None
    for index, (now, body) in enumerate(receipts(example)):
        assert collector.post("/api/clock", {"now": now}).status == 200
        refused = example.get("notProcessed", {}).get(str(index))
        if sid is None:
            sid = collector.post("/api/v1/sessions", body).headers["Location"].rsplit("/", 1)[1]
        else:
            assert collector.send(sid, body).status == (410 if refused == "410" else 204), index
    if example["closeReason"].startswith("timeout"):
        assert collector.post("/api/clock", {"advance": 1_800_000}).status == 200
    return sid


@pytest.fixture
def manual(launch, tmp_path):
    return launch("--clock", f"manual:{T}", "--data", tmp_path / "run.db")


def test_examples_over_http(manual, example, tmp_path):
    sid = play(manual, example)
    check(manual.get(f"/api/sessions/{sid}/metrics").json, example)
    over_http = manual.get("/api/report").json
    check(over_http["sessions"][0], example)
    assert measured(f"http://127.0.0.1:{manual.port}/") == over_http
    assert measured(tmp_path / "run.db") == over_http  # beside the collector
    assert manual.end()[0] == 0
    assert measured(tmp_path / "run.db") == over_http


def test_examples_from_an_export(manual, example, run, tmp_path):
    sid = play(manual, example)
    lines = tmp_path / "export.jsonl"
    lines.write_text(run("--export", "--data", tmp_path / "run.db").stdout)
    session = measured("--close-reason", example["closeReason"], lines)["sessions"][0]
    assert session["id"] == sid
    check(session, example)


def test_an_export_in_the_normal_form(manual, run, tmp_path):
    """Whole seconds only, and nothing of those who are no viewers."""
    example = json.loads(EXAMPLES[0].read_text())
    play(manual, example)
    normalised = run("--export", "--normalised", "--data", tmp_path / "run.db").stdout
    session = json.loads(report("--json", "-", input=normalised).stdout)["sessions"][0]
    check(session, example)


def test_every_metric_is_reported(manual, tmp_path):
    for path in EXAMPLES:
        play(manual, json.loads(path.read_text()) | {"events": shifted(path)})
    result = manual.get("/api/report").json
    for metric in FACTS:
        name, level = metric["name"], metric["level"]
        if level in ("session", "ad", "chapter"):
            assert all(name in session["metrics"] for session in result["sessions"]), name
        if level == "report" or (metric["kind"] in ("flag", "count", "duration") and level != "state"):
            assert name in result["total"], name


def shifted(path, by=iter(range(0, 10**12, 10**8))):
    """The events of an example, days after those of the one before."""
    later = next(by)
    events = json.loads(path.read_text())["events"]
    for body in events:
        body["playerTime"]["ts"] += later
    return events


# Over the other wire


def test_edge_sessions_are_measured_alike(manual):
    sid = manual.open_edge()
    for kind, ts, playhead in (("play", T + 1000, 0), ("ping", T + 11_000, 10), ("sessionComplete", T + 61_000, 60)):
        assert manual.send_edge(sid, kind, ts, playhead).status == 204
    assert manual.send_edge(sid, "sessionEnd", T + 61_000, 60).status == 204
    session = manual.get(f"/api/sessions/{sid}/metrics").json
    assert (session["mediaId"], session["events"]) == ("film-1", 5)
    assert differences(session["metrics"], {"contentTimeSpent": 60, "contentCompletes": True, "progress95": True}) == {}


def test_a_downloaded_session(manual):
    batch = [start(T, **{"media.downloaded": True}), event("play", T + 1000), event("ping", T + 3_600_000, 30)]
    assert manual.post("/api/v1/downloaded", batch).status == 201
    session = manual.get("/api/report").json["sessions"][0]
    expected = {"downloaded": True, "contentTimeSpent": 3599, "secondsSinceLastCall": 0}
    assert session["closeReason"] == "batchEnd"
    assert differences(session["metrics"], expected) == {}


# The records that a backend makes


def cpu_seconds(collector):
    """What its process has worked so far, however busy the machine is."""
    fields = Path(f"/proc/{collector.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def each_once(pairs):
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)


def calls(collector, sid):
    return json.loads(collector.get(f"/api/sessions/{sid}/calls").body, object_pairs_hook=each_once)


def close_of(path, manual):
    made = calls(manual, play(manual, json.loads(path.read_text())))
    assert made[-1]["call"] == "mediaClose"
    return made[-1]["contextData"]


METRICS = {metric["analyticsVariable"] for metric in FACTS} - {None}


def test_the_close_has_what_is_not_nothing(manual):
    variables = {name: value for name, value in close_of(EXAMPLES[0], manual).items() if name in METRICS}
    assert " ".join(f"{name.removeprefix('a.media.')}={value}" for name, value in sorted(variables.items())) == (
        "adCount=3 averageMinuteAudience=0.75 complete=true estimatedStreams=1 pause=true pauseCount=1 pauseTime=10 "
        "play=true progress10=true progress25=true progress50=true progress75=true qoe.buffer=true qoe.bufferCount=1 "
        "qoe.bufferTime=3 secondsSinceLastCall=0 segment=[0-5] segmentView=true timePlayed=45 totalTimePlayed=75 "
        "uniqueTimePlayed=45"
    )


def test_states_are_in_the_close(manual):
    states = {key: value for key, value in close_of(EXAMPLES[6], manual).items() if ".states." in key}
    assert states["a.media.states.closedcaptioning.time"] == "80" and len(states) == 9


def test_errors_are_in_the_close(manual):
    errors = close_of(EXAMPLES[3], manual)
    assert (errors["a.media.qoe.playerSdkErrors"], errors["a.media.qoe.externalErrors"]) == ("E1", "CDN-503")


def test_calls_in_order(manual):
    example = json.loads(EXAMPLES[4].read_text())
    made = calls(manual, play(manual, example))
    assert [(call["call"], call["ts"] - T) for call in made] == [
        ("mediaStart", 0),
        ("chapterClose", 20_500),
        ("adStart", 25_600),
        ("adClose", 35_600),
        ("chapterClose", 43_800),
        ("chapterClose", 63_900),
        ("mediaClose", 663_900),
    ]
    chapters = [call["contextData"] for call in made if call["call"] == "chapterClose"]
    assert [chapter.get("a.media.chapter.complete") for chapter in chapters] == ["true", None, None]
    assert [chapter["a.media.chapter.timePlayed"] for chapter in chapters] == ["20", "10", "20"]
    assert chapters[0]["a.media.chapter.name"] == hashlib.md5(b"asset-1_1").hexdigest()
    ad = made[3]["contextData"]
    assert (ad["a.media.ad.name"], ad["a.media.ad.timePlayed"], ad["a.media.name"]) == ("ad-m", "10", "asset-1")
    assert "a.media.ad.complete" not in ad
    assert ad["a.media.ad.pod"] == hashlib.md5(b"asset-1_1").hexdigest()


def test_what_is_open_at_the_close_is_closed_in_order(manual):
    events = [
        start(T),
        event("play", T, 0),
        event("chapterStart", T, 0, params={"media.chapter.index": 1, "media.chapter.offset": 0, "media.chapter.length": 9}),
        event("adBreakStart", T + 1000, 1, params={"media.ad.podFriendlyName": "b", "media.ad.podIndex": 0, "media.ad.podSecond": 1}),
        event("adStart", T + 1000, 1, params={"media.ad.podPosition": 1, "media.ad.id": "x", "media.ad.length": 5, "media.ad.playerName": "p"}),
        event("ping", T + 4000, 1),
    ]  # fmt: skip
    made = calls(manual, manual.post("/api/v1/downloaded", events).headers["Location"][-64:])
    assert [(call["call"], call["ts"] - T) for call in made] == [
        ("mediaStart", 0),
        ("adStart", 1000),
        ("adClose", 4000),
        ("chapterClose", 4000),
        ("mediaClose", 4000),
    ]
    made = calls(manual, manual.post("/api/v1/downloaded", events[:-1]).headers["Location"][-64:])
    of_ad = [(call["call"], call["ts"] - T) for call in made if call["call"].startswith("ad")]
    assert of_ad == [("adStart", 1000), ("adClose", 1000)]  # of its last event, and closed after it began


def test_calls_of_a_break_without_its_end_are_void(manual):
    made = calls(manual, play(manual, json.loads(EXAMPLES[5].read_text())))
    of_ads = [call for call in made if call["call"].startswith("ad")]
    assert [(call["contextData"]["a.media.ad.name"], call["void"]) for call in of_ads] == [
        ("ad-y", False),
        ("ad-y", False),
        ("ad-w", True),
        ("ad-w", True),
    ]


def test_metadata_goes_along(manual):
    body = start(T)
    body["customMetadata"] = {"page": "session", "own": "1"}
    sid = manual.post("/api/v1/sessions", body).headers["Location"][-64:]
    chapter = {"media.chapter.index": 7, "media.chapter.length": 1, "media.chapter.offset": 0}
    answer = manual.send(sid, event("chapterStart", T + 1, params=chapter, customMetadata={"page": "chapter"}))
    assert answer.status == 204
    made = calls(manual, sid)
    assert [(call["contextData"].get("c.page"), call["contextData"]["c.own"]) for call in made] == [
        ("session", "1"),
        ("chapter", "1"),
        ("session", "1"),
    ]


def test_a_late_ad_starts_when_it_says_and_takes_no_time(manual):
    events = [
        start(T, **{"media.contentType": ""}),
        event("play", T, 0),
        event("adBreakStart", T + 5000, 5, params={"media.ad.podFriendlyName": "b", "media.ad.podIndex": 0, "media.ad.podSecond": 5}),
        event("adStart", T + 4000, 5, params={"media.ad.podPosition": 1, "media.ad.id": "x", "media.ad.length": 5, "media.ad.playerName": "p"}),
        event("adComplete", T + 4500, 5),
        event("adBreakComplete", T + 9000, 5),
    ]  # fmt: skip
    made = calls(manual, manual.post("/api/v1/downloaded", events).headers["Location"][-64:])
    assert [(call["call"], call["ts"] - T) for call in made] == [
        ("mediaStart", 0),
        ("adStart", 4000),
        ("adClose", 5000),
        ("mediaClose", 9000),
    ]
    assert {call["contextData"]["a.contentType"] for call in made} == {"missing_content_type"}
    pods = {call["contextData"].get("a.media.ad.pod") for call in made} - {None}
    assert pods == {hashlib.md5(b"film-1_0").hexdigest()}  # of the break, whatever the ad's place in it


def test_the_start_says_how_the_session_began(manual):
    """A resumed session is no view; that a session was downloaded is not said again at its close."""
    flags = {"a.media.view", "a.media.resume", "a.media.downloaded"}

    def said(sid):
        return [sorted(flags & call["contextData"].keys()) for call in calls(manual, sid)]

    assert said(manual.open()) == [["a.media.view"], []]
    assert said(manual.open(**{"media.resume": True})) == [["a.media.resume"], ["a.media.resume"]]
    batch = manual.post("/api/v1/downloaded", [start(T), event("play", T + 1)]).headers["Location"]
    assert said(batch[-64:]) == [["a.media.downloaded", "a.media.view"], []]


def test_a_key_that_comes_twice_is_said_once(manual):
    twice = [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}, {"name": "a", "value": "3"}]
    opened = manual.edge("sessionStart", envelope(xdm_start(customMetadata=twice)))
    sid = opened.payloads("media-analytics:new-session")[0]["sessionId"]
    assert [call["contextData"]["c.a"] for call in calls(manual, sid)] == ["3", "3"]


def test_keys_without_number_do_not_stop_the_others(manual):
    """Two requests of less than a megabyte once took minutes here."""
    keys = [{f"{letter}{i}": "" for i in range(50_000)} for letter in "ab"]
    sid = manual.post("/api/v1/sessions", {**start(T), "customMetadata": keys[0]}).headers["Location"][-64:]
    chapter = {"media.chapter.index": 7, "media.chapter.length": 1, "media.chapter.offset": 0}
    assert manual.send(sid, event("chapterStart", T + 1, params=chapter, customMetadata=keys[1])).status == 204
    close = calls(manual, sid)[1]["contextData"]
    assert all(f"c.{key}" in close for key in (*keys[0], *keys[1]))
    assert cpu_seconds(manual) < 60


def test_records_without_end_are_refused(manual):
    text = {"customMetadata": {"a": "x" * 1_000_000}}
    sid = manual.post("/api/v1/sessions", {**start(T), **text}).headers["Location"][-64:]
    chapter = {"media.chapter.index": 7, "media.chapter.length": 1, "media.chapter.offset": 0}
    for i in range(70):
        assert manual.send(sid, event("chapterStart", T + 1 + i, params=chapter)).status == 204
    assert manual.get(f"/api/sessions/{sid}/calls").status == 500
    assert len(calls(manual, manual.open())) == 2


def test_names_of_any_length_go_along_whole(manual):
    """Keys and states are anybody's text: what is cut is no text any more, or another one's name."""
    keys = ["x" + "é" * 120 + end for end in ("", "a", "b")]
    opened = manual.edge("sessionStart", envelope(xdm_start(customMetadata=[{"name": k, "value": k} for k in keys])))
    sid = opened.payloads("media-analytics:new-session")[0]["sessionId"]
    state = "X" + "é" * 60
    assert manual.send(sid, event("stateStart", T, params={"media.state.name": state})).status == 204
    close = calls(manual, sid)[-1]["contextData"]
    assert {name: text for name, text in close.items() if name.startswith("c.")} == {f"c.{key}": key for key in keys}
    assert [name for name in close if ".states." in name] == [
        f"a.media.states.x{'é' * 60}.{what}" for what in ("set", "count")
    ]


# While a session is open


def test_provisional_metrics(manual):
    sid = manual.open()
    manual.send(sid, event("play", T + 1000))
    manual.post("/api/clock", {"advance": 30_000})
    manual.send(sid, event("ping", T + 30_000, 29))
    manual.post("/api/clock", {"advance": 7000})
    session = manual.get(f"/api/sessions/{sid}/metrics").json
    assert session["closeReason"] is None
    assert differences(session["metrics"], {"contentTimeSpent": 29, "secondsSinceLastCall": 7}) == {}
    manual.send(sid, event("sessionEnd", T + 31_000, 30))
    session = manual.get(f"/api/sessions/{sid}/metrics").json
    assert differences(session["metrics"], {"contentTimeSpent": 30, "secondsSinceLastCall": 0}) == {}


def test_what_an_array_does_not_say(tmp_path):
    file = tmp_path / "events.json"
    events = [start(T), event("play", T + 1000), event("ping", T + 601_000, 600), event("ping", T + 700_000, 700)]
    file.write_text(json.dumps(events))
    session = measured(file)["sessions"][0]
    assert (session["closeReason"], session["events"], session["notProcessed"]) == ("timeout10m", 2, 2)
    assert session["metrics"]["secondsSinceLastCall"] == 600
    file.write_text(json.dumps([*events[:2], event("sessionEnd", T + 2000, 1)]))
    assert measured(file)["sessions"][0]["closeReason"] == "sessionEnd"
    file.write_text(json.dumps([start(T, **{"media.downloaded": True}), *events[1:]]))
    session = measured(file)["sessions"][0]
    assert (session["closeReason"], session["events"]) == ("batchEnd", 4)


def test_a_name_makes_an_event_the_same_in_an_array_too(tmp_path):
    file = tmp_path / "events.json"
    entries = [
        {"mediaEventType": f"media.{kind}", "mediaEventTimestamp": text_of_time(ts), "_id": name,
         "mediaCollection": {"playhead": 0, **more}}
        for kind, ts, name, more in [
            ("sessionStart", T, "a", {"sessionDetails": SESSION_DETAILS}),
            ("play", T + 1000, "b", {}),
            ("ping", T + 2000, "b", {}),
            ("ping", T + 3000, "c", {}),
        ]
    ]  # fmt: skip
    file.write_text(json.dumps(entries))
    session = measured(file)["sessions"][0]
    assert (session["events"], session["notProcessed"]) == (3, 1)


def test_other_readings_of_what_adobe_says(manual, run, tmp_path):
    """Of an array, an export and a data file alike; a collector has its one report."""
    events = [
        start(T),
        event("play", T, 0),
        event("adBreakStart", T + 1000, 1, params={"media.ad.podFriendlyName": "b", "media.ad.podIndex": 0, "media.ad.podSecond": 1}),
        event("adStart", T + 1000, 1, params={"media.ad.podPosition": 1, "media.ad.id": "x", "media.ad.length": 3, "media.ad.playerName": "p"}),
        event("adComplete", T + 4000, 1),
        event("play", T + 4500, 40),
        event("sessionEnd", T + 9500, 45),
    ]  # fmt: skip
    array, lines = tmp_path / "array", tmp_path / "lines"
    array.write_text(json.dumps(events))
    sid = manual.open()
    for body in events[1:]:
        assert manual.send(sid, body).status == 204
    lines.write_text(run("--export", "--data", tmp_path / "run.db").stdout)
    for file in (array, lines, tmp_path / "run.db"):
        readings = [
            [measured(*options, file)["sessions"][0]["metrics"][name] for name in ("adStarts", "progress50", "progress75")]
            for options in ([], ["--lenient-bookends"], ["--passed-markers"], ["--passed-markers", "--lenient-bookends"])
        ]
        assert readings == [[0, True, False], [1, True, False], [0, False, False], [1, False, False]], file
    for option in ("--lenient-bookends", "--passed-markers"):
        assert option in report(option, f"http://127.0.0.1:{manual.port}", status=2).stderr


# Totals


def view(manual, visitor, begin, end, media="film-1", **params):
    """A session of content alone."""
    sid = manual.post(
        "/api/v1/sessions", start(begin, **{"visitor.marketingCloudUserId": visitor, "media.id": media, **params})
    ).headers["Location"][-64:]
    manual.send(sid, event("play", begin, 0))
    manual.send(sid, event("sessionEnd", end, (end - begin) / 1000))
    return sid


def test_totals(manual):
    noon = 1_700_049_600_000 // 60_000 * 60_000
    view(manual, "1", noon + 10_000, noon + 150_000)
    view(manual, "2", noon + 110_000, noon + 180_000)
    view(manual, "1", noon + 160_000, noon + 245_000, media="film-2", **{"media.length": 170, "media.resume": True})
    total = manual.get("/api/report").json["total"]
    minutes = [noon + 60_000 * i for i in range(5)]
    assert total["concurrentViewers"] == list(map(list, zip(minutes, [1, 2, 2, 1, 1])))
    assert total["concurrentSessions"] == list(map(list, zip(minutes, [1, 2, 3, 1, 1])))
    assert total["playbackTimeSpent"] == list(map(list, zip(minutes, [50, 70, 110, 60, 5])))
    assert total["peakConcurrentViewers"] == [noon + 60_000, 2]
    assert (total["sessions"], total["mediaStarts"], total["contentResumes"]) == (3, 2, 1)
    assert total["contentTimeSpent"] == 295
    assert total["averageMinuteAudiencePeriod"] == pytest.approx(295 / 300)
    assert total["averageMinuteAudienceContent"] == {"film-1": pytest.approx(210 / 60.5), "film-2": 0.5}
    assert total["avgContentTimeSpent"] == pytest.approx(295 / 3)
    assert total["avgAdTimeSpent"] is None
    assert total["dropBeforeStartRate"] == 0


def test_a_content_is_as_long_as_its_longest_session_says(manual):
    for length in (0, 100, 50, 0):
        view(manual, "1", T, T + 25_000, **{"media.length": length})
    total = manual.get("/api/report").json["total"]
    assert total["averageMinuteAudienceContent"] == {"film-1": 1}


def test_a_clock_of_a_million_years_is_a_week_of_minutes(manual):
    manual.post("/api/v1/downloaded", [start(0), event("ping", 2**52)])
    total = manual.get("/api/report").json["total"]
    assert len(total["concurrentViewers"]) == 7 * 24 * 60
    assert total["minutesLeftOut"] == 2**52 // 60_000 + 1 - 7 * 24 * 60


def test_visitors(manual):
    """The first of these that is there, and else the session."""
    keys = ["visitor.marketingCloudUserId", "analytics.visitorId", "analytics.aid", "appInstallationId"]
    for first in range(4):
        manual.post("/api/v1/sessions", start(T, **{key: key for key in keys[first:]}))
    sid = manual.open()
    edge = xdm_start(T)
    edge["identityMap"] = {"ECID": [{"id": "ecid"}], "crm": [{"id": "known", "primary": True}]}
    manual.edge("sessionStart", envelope(edge))
    visitors = [session["visitor"] for session in manual.get("/api/report").json["sessions"]]
    assert visitors == [*keys, sid, "known"]


def test_an_empty_id_is_nobodys(manual):
    opened = []
    for key in ("visitor.marketingCloudUserId", "analytics.visitorId", "appInstallationId"):
        answer = manual.post("/api/v1/sessions", start(T, **{key: ""}))
        opened.append(answer.headers["Location"][-64:])
    manual.post("/api/v1/sessions", start(T, **{"visitor.marketingCloudUserId": "", "analytics.aid": "aid"}))
    edge = xdm_start(T)
    edge["identityMap"] = {"crm": [{"id": "", "primary": True}], "ECID": [{"id": "ecid"}]}
    manual.edge("sessionStart", envelope(edge))
    visitors = [session["visitor"] for session in manual.get("/api/report").json["sessions"]]
    assert visitors == [*opened, "aid", "ecid"]


# The table


def test_the_table_is_aligned_and_says_no_more_than_text(manual):
    hostile = "\x1b[31mred\u202e and a name that goes on for ever"
    view(manual, "1", T, T + 3_725_000, **{"media.name": hostile})
    lines = report(f"http://127.0.0.1:{manual.port}").stdout.splitlines()
    head = "session title closed by content unique media ads chapters pauses buffer stalls errors bitrate"
    assert lines[0].split() == head.split()
    assert "?[31mred? and a name tha" in lines[1] and "\x1b" not in "".join(lines)
    assert lines[1].split()[-10:] == "1:02:05 1:01 1:02:05 - - 0:00 0:00 0:00 0 -".split()
    assert lines[2].startswith("total    1 session ")
    assert len({len(line) for line in lines[:3]}) == 1


# What cannot be read


@pytest.mark.parametrize(
    "content, message",
    [
        ("", "nothing in it"),
        ("hello", "neither an array of events"),
        ("[", "not JSON"),
        ("[]", "no events"),
        ("[1]", "events[0]: "),
        (json.dumps([event("play")]), "begins with its sessionStart"),
        (json.dumps([start(), start()]), "events[1]: eventType"),
        (json.dumps([start(), {"eventType": "ping"}]), "events[1]: playerTime"),
        (json.dumps([start(), event("paus")]), "events[1]: eventType"),
        (json.dumps([start(), event("play", str(T))]), "events[1]: playerTime.ts: an integer is needed, not a text"),
        (json.dumps([start(), event("play", T + 0.5)]), "events[1]: playerTime.ts: an integer is needed"),
        (json.dumps([start(), event("play", T, "3")]), "events[1]: playerTime.playhead: a number is needed, not a text"),
        (json.dumps([start(), {"eventType": "ping", "playerTime": {"ts": T}}]), "events[1]: playerTime.playhead: missing"),
        (json.dumps([start(), event("ping", 2**60)]), "events[1]: playerTime.ts"),
        ("{", "line 1: not JSON"),
        ('{"a":1}\n', "line 1: session"),
        ('\n{"session":"a","index":0,"receivedAt":"x","event":{}}', "line 2: index and receivedAt"),
        ('{"session":"a","index":0,"receivedAt":1}', "line 1: event: missing"),
        ('{"session":"a","index":1e300,"receivedAt":1,"event":1}', "line 1: index"),
    ],
)
def test_what_is_no_sessions(tmp_path, content, message):
    file = tmp_path / "input"
    file.write_text(content)
    done = report(file, status=2)
    assert message in done.stderr and not done.stdout


def test_what_cannot_be_reached(tmp_path):
    assert "No such file" in report(tmp_path / "none", status=1).stderr
    report(tmp_path, status=1)
    assert "127.0.0.1" in report("http://127.0.0.1:1/", status=1).stderr
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    assert report(broken, status=1).stderr.count(str(broken)) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        [""],
        ["a", "b"],
        ["--close-reason", "tired", "a"],
        ["--close-reason", "forced", "http://a"],
        ["--token", "t", "a"],
        ["--jsn", "a"],
    ],
)
def test_bad_usage(arguments):
    assert "Try 'mediabeat report --help'" in report(*arguments, status=2).stderr


def test_an_export_line_that_is_no_event_is_not_processed(tmp_path):
    file = tmp_path / "lines"
    with file.open("w") as out:
        for index, body in enumerate([start(), None, 7]):
            print(json.dumps({"session": "a", "index": index, "receivedAt": T + index, "event": body}), file=out)
    session = measured(file)["sessions"][0]
    assert (session["events"], session["notProcessed"]) == (1, 2)


def test_a_token_is_handed_on(launch):
    secret = "0123456789abcdef"
    collector = launch("--token", secret)
    url = f"http://127.0.0.1:{collector.port}"
    assert "--token" in report(url, status=1).stderr
    assert measured("--token", secret, url)["sessions"] == []


def test_unknown_sessions(manual):
    assert manual.get(f"/api/sessions/{'0' * 64}/metrics").status == 404
    assert manual.get("/api/sessions/x/metrics").status == 404
