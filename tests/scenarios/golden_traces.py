"""Traces of real clients, played through a dry run and compared event by event.

golden/*.json are recordings of the Web SDK: what an application called, and what went out. The clients are
createMediaSession and sendMediaEvent ("alloy-..."), played as those lines, and the tracker that the Web SDK puts on top
of them ("alloytracker-..."), played as calls at session level. golden/differences.json says what is tolerated, and names
each trace that is left out.
"""
import itertools
import json
import math
import pathlib
import re
import subprocess

import check_scenarios

FOLDER = pathlib.Path(__file__).resolve().parent / "golden"
DIFFERENCES = json.loads((FOLDER / "differences.json").read_text(encoding="utf-8"))
EPOCH_MS = check_scenarios.iso_ms("2026-01-15T12:00:00.000Z")
KEYS = ("datastreamId", "channel", "playerName", "appVersion", "mainPingInterval", "adPingInterval")
WORD = re.compile(r"[a-zA-Z0-9_.]+")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

EVENT_OF_CALL = {
    "pause": "pauseStart",
    "seekStart": "pauseStart",
    "bufferComplete": "play",
    "seekComplete": "play",
    "complete": "sessionComplete",
    "stateStart": "statesUpdate",
    "stateEnd": "statesUpdate",
    "states": "statesUpdate",
}
NO_EVENT = ("playhead", "qoe")
QOE_NAMES = {"bitrate": "bitrate", "startupTime": "timeToStart", "fps": "framesPerSecond", "droppedFrames": "droppedFrames"}


def names():
    return sorted(path.stem for path in FOLDER.glob("alloy*.json"))


def load(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def tolerated(name):
    return DIFFERENCES["played"].get(name, {})


def whole(value):
    """The protocol has whole numbers only: fractions are cut off."""
    if isinstance(value, dict):
        return {key: whole(member) for key, member in value.items()}
    if isinstance(value, list):
        return [whole(member) for member in value]
    return math.floor(value) if isinstance(value, float) else value


# ---- From a trace to a player log ----


def details_line(ts, player, playhead, qoe):
    details = {"playhead": playhead}
    if qoe:
        details["qoeDataDetails"] = {QOE_NAMES[key]: value for key, value in qoe.items()}
    return {"ts": ts, "call": "playerDetails", "player": player, "details": details}


def pairs(metadata):
    return [{"name": key, "value": value} for key, value in metadata.items()]


def media_collection(call, qoe):
    """The objects that the application gives with an event."""
    kind, info = call["call"], call.get("info", {})
    media = {"customMetadata": pairs(call["metadata"])} if "metadata" in call else {}
    details = info.get("details", {})
    if kind == "sessionStart":
        given = {"name": info["id"], "friendlyName": info["name"], "length": info["length"]}
        media["sessionDetails"] = given | {"contentType": info["streamType"], "streamType": info["mediaType"]} | details
    elif kind == "adBreakStart":
        media["advertisingPodDetails"] = {"friendlyName": info["name"], "index": info["position"], "offset": info["startTime"]}
    elif kind == "adStart":
        given = {"name": info["id"], "friendlyName": info["name"], "length": info["length"]}
        media["advertisingDetails"] = given | {"podPosition": info["position"]} | details
    elif kind == "chapterStart":
        given = {"friendlyName": info["name"], "index": info["position"]}
        media["chapterDetails"] = given | {"length": info["length"], "offset": info["startTime"]}
    elif kind == "error":
        media["errorDetails"] = {"name": call["id"], "source": "player"}
    elif kind == "bitrateChange":
        media["qoeDataDetails"] = {QOE_NAMES[key]: value for key, value in (qoe or {}).items()}
    elif kind in ("stateStart", "stateEnd"):
        media["statesStart" if kind == "stateStart" else "statesEnd"] = [{"name": info["name"]}]
    elif kind == "states":
        ends = {"statesStart": call.get("start"), "statesEnd": call.get("end")}
        media |= {key: [{"name": name} for name in given] for key, given in ends.items() if given}
    return whole(media | call.get("mediaCollection", {}))


def event_of(call):
    if call["call"] == "event":
        return call["eventType"].removeprefix("media.")
    return EVENT_OF_CALL.get(call["call"], call["call"])


def media_line(call, qoe, manual_playhead=None):
    """The createMediaSession or sendMediaEvent line of a call; `manual_playhead` only where the application does it all."""
    xdm = {"eventType": f"media.{event_of(call)}", "mediaCollection": media_collection(call, qoe)}
    opens = call["call"] == "sessionStart"
    options = {"xdm": xdm} if manual_playhead is not None else {"playerId": call.get("player", "web"), "xdm": xdm}
    if manual_playhead is not None:
        xdm["mediaCollection"] |= {"playhead": manual_playhead} if opens else {"playhead": manual_playhead, "sessionID": "1"}
    return {"ts": call["ts"], "call": "createMediaSession" if opens else "sendMediaEvent", "options": options}


def read_playheads(trace):
    """What the player answered for each event. Where the client asked too late, what it would have answered in time."""
    late = tolerated(trace["name"]).get("playheadReadLate", {})
    given = [playhead for _, playhead in trace["playerDetailsCalls"]]
    return [late.get(str(index), playhead) for index, playhead in enumerate(given)]


def first_attempts(trace):
    return [event for event in trace["expect"] if event.get("attempt", 1) == 1]


def automatic_lines(trace):
    """Each event's playerDetails, then the call; pings have no call."""
    calls, playheads, qoe, lines = list(trace["calls"]), iter(read_playheads(trace)), None, []
    players = [call.get("player", "web") for call in calls if call["call"] == "sessionStart"]

    def take():
        nonlocal qoe
        call = calls.pop(0)
        qoe = call["info"] if call["call"] == "qoe" else qoe
        if call["call"] not in NO_EVENT:
            lines.append(media_line(call, qoe))

    for event in first_attempts(trace):
        is_ping = event["eventType"] == "media.ping"
        while not is_ping and calls and (calls[0]["call"] in NO_EVENT or f"media.{event_of(calls[0])}" != event["eventType"]):
            take()
        while is_ping and calls and calls[0]["ts"] <= event["ts"]:
            take()
        lines.append(details_line(event["ts"], players[event["session"] - 1], next(playheads), qoe))
        if not is_ping:
            take()
    while calls:
        take()
    return lines


def manual_lines(trace):
    playheads, qoe, lines = iter([event["playhead"] for event in trace["expect"]]), None, []
    for call in trace["calls"]:
        if call["call"] == "qoe":
            qoe = call["info"]
        else:
            lines.append(media_line(call, qoe, next(playheads)))
    return lines


def as_log_line(call):
    """A log's metadata are texts by words; that a session resumes another it says in the info."""
    metadata = dict(call.get("metadata", {}))
    resumed = {"info": call["info"] | {"resumed": metadata.pop("media.resumed")}} if "media.resumed" in metadata else {}
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in metadata.items()}
    return call | {"metadata": {key: texts[key] for key in texts if texts[key] != "null" and WORD.fullmatch(key)}} | resumed


def tracker_lines(trace):
    """The calls as they are. What the tracker had been told last is what it answers its own session."""
    if "playheadUpdates" not in trace:
        return [as_log_line(call) for call in trace["calls"]]
    playhead, qoe, lines, begun = 0, None, [], False
    updates = [{"ts": ts, "call": "playhead", "value": value} for ts, value in trace["playheadUpdates"]]
    for call in sorted(updates + trace["calls"], key=lambda call: call["ts"]):
        begun = begun or call["call"] == "sessionStart"
        if begun and call["call"] in NO_EVENT:
            playhead, qoe = call.get("value", playhead), call.get("info", qoe)
            lines.append(details_line(call["ts"], "", playhead, qoe))
        else:
            lines.append(as_log_line(call))
    return lines


def player_log(trace):
    is_tracker = trace["name"].startswith("alloytracker-")
    config = {key: trace["config"][key] for key in KEYS if key in trace["config"]} | {"protocol": "edge-va-v1"}
    if is_tracker:
        config |= {"level": "session", "mainPingAnchor": "event", "playheadFollows": "playheadUpdates" not in trace}
    make = tracker_lines if is_tracker else manual_lines if trace.get("sessionMode") == "manual" else automatic_lines
    until = tolerated(trace["name"]).get("until", trace["until"] + 1)
    lines = [line for line in make(trace) if line["ts"] < until]
    backend = [{"ts": ts, "call": "backend", **members} for ts, members in tolerated(trace["name"]).get("backend", [])]
    lines = sorted(backend + lines, key=lambda line: line["ts"])
    if "defaultConsent" in trace["config"]:
        lines.insert(0, {"ts": 0, "call": "consent", "value": trace["config"]["defaultConsent"]})
    return [{"ts": 0, "call": "configure", "config": config}, *lines, {"ts": until - 1, "call": "tick"}]


# ---- From a trace to what must go out ----


def text_values(entries):
    texts = [(e["name"], e["value"] if isinstance(e["value"], str) else json.dumps(e["value"])) for e in entries]
    return sorted([name, text] for name, text in texts if text != "null")


def plain(media):
    """A mediaCollection as it is compared: without the id, metadata in order, and what goes without saying left out."""
    media = {key: value for key, value in whole(media).items() if key not in ("sessionID", "qoeDataDetails")}
    metadata = text_values(media.pop("customMetadata", []))
    if metadata:
        media["customMetadata"] = metadata
    if "sessionDetails" in media:
        media["sessionDetails"] = {"hasResume": False} | media["sessionDetails"]
    return media


def action_of(event):
    return event["eventType"].removeprefix("media.")


def wanted(trace):
    """The trace's events as records, with what is tolerated taken in."""
    known = tolerated(trace["name"])
    missing = [tuple(entry) for entry in known.get("missing", [])]
    until = known.get("until", math.inf)
    automatic = not trace["name"].startswith("alloytracker-") and trace.get("sessionMode") != "manual"
    playheads = read_playheads(trace) if automatic else None
    records, first = [], -1
    for event in trace["expect"]:
        first += event.get("attempt", 1) == 1
        action = action_of(event)
        if (event["ts"], action) in missing:
            missing.remove((event["ts"], action))
        elif event["ts"] < until:
            media = plain(event["xdm"]["mediaCollection"])
            if automatic and "playhead" in media:
                media["playhead"] = math.floor(playheads[first])
            records.append({
                "at": event["sentAt"], "ts": event["ts"], "action": action, "session": event["session"], "media": media,
                "attempt": event.get("attempt", 1), "qoe": whole(event["xdm"]["mediaCollection"].get("qoeDataDetails")),
            })  # fmt: skip
    assert not missing, f"the trace has no such events: {missing}"
    return set_members(add_more(records, known.get("more", [])), known.get("members", []))


def add_more(records, more):
    """Events that only we send."""
    for ts, action, session, media in more:
        at = next((i for i, record in enumerate(records) if record["ts"] > ts), len(records))
        records.insert(at, {"at": ts, "ts": ts, "action": action, "session": session, "media": media, "attempt": 1, "qoe": None})
    return records


def set_members(records, members):
    """Members that we say otherwise, by their path; null: not at all."""
    for ts, action, path, value in members:
        target = next(r for r in records if (r["ts"], r["action"]) == (ts, action))["media"]
        *objects, last = path
        for name in objects:
            target = target[name]
        assert target.pop(last, None) != value, f"nothing to tolerate: {ts} {action} {path}"
        if value is not None:
            target[last] = value
    return records


def growing(records):
    """Two events of one session are at least a millisecond apart on the wire; one that is repeated is the same bytes."""
    newest, said = {}, {}
    for record in records:
        key = (record["session"], record["ts"], record["action"])
        later = max(record["ts"], newest.get(record["session"], -1) + 1)
        record["wireTs"] = said[key] if record["attempt"] > 1 else later
        said[key] = newest[record["session"]] = record["wireTs"]
    return records


# ---- What goes out ----


def play(name, mediabeat):
    """The requests of a trace, and the words on stderr."""
    log = "".join(json.dumps(line) + "\n" for line in player_log(load(name)))
    command = [mediabeat, "replay", "--dry-run", "--epoch", str(EPOCH_MS), "-"]
    run = subprocess.run(command, input=log, text=True, capture_output=True, timeout=300)
    assert run.returncode in (0, 1), run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()], run.stderr


def split_path(path):
    location, _, query = path.partition("?")
    return location, dict(part.split("=", 1) for part in query.split("&"))


def sent(requests):
    """The requests as records like those of `wanted`."""
    sessions, records = {}, []
    for request in requests:
        (event,) = request["body"]["events"]
        xdm, (path, query) = event["xdm"], split_path(request["path"])
        who = (request["player"], request["session"])
        records.append({
            "at": request["at"] - EPOCH_MS, "wireTs": check_scenarios.iso_ms(xdm["timestamp"]) - EPOCH_MS,
            "action": action_of(xdm), "session": sessions.setdefault(who, len(sessions) + 1), "media": plain(xdm["mediaCollection"]),
            "qoe": xdm["mediaCollection"].get("qoeDataDetails"), "path": path, "query": query, "xdm": xdm,
        })  # fmt: skip
    return records


def line_of(record):
    media = json.dumps(record["media"], sort_keys=True, ensure_ascii=False)
    return f"{record['wireTs']} {record['action']} #{record['session']} {media}"


def first_difference(want, have):
    for index, (one, other) in enumerate(itertools.zip_longest(map(line_of, want), map(line_of, have))):
        if one != other:
            return f"event {index}: expected {one}, sent {other}"
    return None


def compare(trace, have):
    """Asserts that what went out is what the trace has."""
    want = growing(wanted(trace))
    difference = first_difference(want, have)
    assert difference is None, difference
    for one, other in zip(want, have):
        assert abs(one["at"] - other["at"]) <= trace["tsTolerance"], f"sent at {other['at']}, expected {one['at']}"
    compare_envelopes(trace, have)
    compare_qoe(want, have, repeated=trace.get("sessionMode") != "manual")


def compare_envelopes(trace, have):
    ids = {}
    for record in have:
        xdm, action = record["xdm"], record["action"]
        assert record["path"] == f"/ee/va/v1/{action}"
        assert record["query"]["configId"] == trace["config"]["datastreamId"]
        assert UUID.fullmatch(record["query"]["requestId"]) and UUID.fullmatch(xdm["_id"])
        beside = {"implementationDetails"} if action == "sessionStart" else set()
        assert set(xdm) == {"_id", "eventType", "timestamp", "mediaCollection"} | beside
        session_id = xdm["mediaCollection"].get("sessionID")
        assert (session_id is None) == (action == "sessionStart")
        if session_id is not None:
            assert ids.setdefault(record["session"], session_id) == session_id
    assert len(set(ids.values())) == len(ids)


def compare_qoe(want, have, repeated):
    """The Web SDK asks for it with every event, and says it each time; we say it when it has changed."""
    said = {}
    for one, other in zip(want, have):
        said[one["session"]] = other["qoe"] or (said.get(one["session"]) if repeated else None)
        assert (one["qoe"] or None) == said[one["session"]], f"quality of experience at {one['ts']}"
