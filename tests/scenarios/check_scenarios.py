#!/usr/bin/env python3
"""Play scenarios through `mediabeat replay --dry-run` and compare what goes out with what must.

usage: check_scenarios.py [--mediabeat PATH] [-v] [-k WORD] [FOLDER_OR_FILE ...]

README.md describes a scenario. Every wire event is compared in order: its type, session number, playhead, time, and
each member that the scenario fixes. Without a place: conformance/ and timelines/ beside this file. Exit status 0 when
all pass.
"""
import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
PLACES = [HERE / "conformance", HERE / "timelines"]
DEFAULT_TOLERANCE_MS = 25
BLOCKS = ("params", "qoeData", "customMetadata")
CONSENT = {"optedin": "in", "optedout": "out", "optunknown": "unknown"}


def default_mediabeat():
    return os.environ.get("MEDIABEAT", str(HERE.parents[1] / "build/dev/cli/mediabeat"))


def player_log(scenario):
    """The scenario's calls as the lines of a player log."""
    config = dict(scenario.get("config", {}))
    session_id = config.pop("backendSessionId", None)
    privacy = config.pop("privacy", None)
    config["protocol"] = scenario["protocol"]
    if scenario.get("playheadFollows"):
        config["playheadFollows"] = True
    start = scenario["calls"][0]["ts"] if scenario["calls"] else 0
    lines = [{"ts": start, "call": "configure", "config": config}]
    if session_id is not None:
        lines.append({"ts": start, "call": "backend", "sessionId": session_id})
    if privacy is not None:
        lines.append({"ts": start, "call": "consent", "value": CONSENT[privacy.lower()]})
    return "".join(json.dumps(line) + "\n" for line in lines + scenario["calls"])


def iso_ms(text):
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return round(moment.timestamp() * 1000)


def edge_event(session, xdm):
    """An event, or an entry of a downloaded session, which has other names for the same."""
    return {
        "session": session,
        "eventType": xdm.get("eventType", xdm.get("mediaEventType")).split(".", 1)[1],
        "ts": iso_ms(xdm.get("timestamp", xdm.get("mediaEventTimestamp"))),
        "playhead": xdm["mediaCollection"].get("playhead"),
        "xdm": xdm,
    }


def collection_event(session, item):
    event = {"session": session, "eventType": item["eventType"], **item["playerTime"]}
    return event | {block: item.get(block, {}) for block in BLOCKS}


def wire_events(requests):
    """The requests of a dry run as one record for each event."""
    for request in requests:
        body = request["body"]
        for item in body if isinstance(body, list) else [body]:
            if "events" in item:
                xdms = [event["xdm"] for event in item["events"]]
                events = [event for xdm in xdms for event in xdm.get("mediaDownloadedEvents", [xdm])]
                yield from (edge_event(request["session"], event) for event in events)
            else:
                yield collection_event(request["session"], item)


def number_differs(want, have):
    return isinstance(have, bool) or not isinstance(have, (int, float)) or abs(want - have) >= 1e-6


def object_differs(want, have, where, exact):
    if not isinstance(have, dict):
        return f"{where}: {have!r} is not an object"
    more = [key for key in have if key not in want and have[key] not in ({}, [])]
    if exact and more:
        return f"{where}: unexpected {', '.join(sorted(more))}"
    for key, value in want.items():
        if key not in have:
            return f"{where}.{key}: missing"
        if key != "timestamp" and (found := differs(value, have[key], f"{where}.{key}", exact)):
            return found
    return None


def array_differs(want, have, where, exact):
    """Arrays are sets: the wire gives their order no meaning."""
    if not isinstance(have, list) or len(want) != len(have):
        return f"{where}: {have!r}, expected {want!r}"
    ordered = [sorted(items, key=lambda item: json.dumps(item, sort_keys=True)) for items in (want, have)]
    findings = (differs(one, other, f"{where}[{i}]", exact) for i, (one, other) in enumerate(zip(*ordered)))
    return next(filter(None, findings), None)


def differs(want, have, where, exact=False):
    """The first place where `have` is not what `want` fixes (or, when exact, holds more), or None."""
    if isinstance(want, dict):
        return object_differs(want, have, where, exact)
    if isinstance(want, list):
        return array_differs(want, have, where, exact)
    if isinstance(want, (int, float)) and not isinstance(want, bool):
        wrong = number_differs(want, have)
    else:
        wrong = type(want) is not type(have) or want != have
    return f"{where}: {have!r}, expected {want!r}" if wrong else None


def blocks_differ(want, have, exact):
    if "xdm" in want:
        head = {key: value for key, value in want["xdm"].items() if key != "mediaCollection"}
        media = want["xdm"].get("mediaCollection", {})
        return differs(head, have.get("xdm"), "xdm") or differs(
            media, have["xdm"].get("mediaCollection"), "mediaCollection", exact
        )
    for block in BLOCKS:
        open_ended = block == "params" and want["eventType"] in ("sessionStart", "adStart")
        if block in want or exact:
            if found := differs(want.get(block, {}), have.get(block, {}), block, exact and not open_ended):
                return found
    return None


def event_differs(want, have, tolerance, exact):
    for key in ("eventType", "session"):
        if want[key] != have[key]:
            return f"{key} {have[key]!r} (at {have['ts']}), expected {want[key]!r}"
    if abs(want["ts"] - have["ts"]) > tolerance:
        return f"ts {have['ts']}, expected {want['ts']} within {tolerance} ms"
    if "playhead" in want and (found := differs(want["playhead"], have["playhead"], "playhead")):
        return found
    return blocks_differ(want, have, exact)


def compare(scenario, have, exact):
    want = scenario["expect"]
    tolerance = scenario.get("tsTolerance", DEFAULT_TOLERANCE_MS)
    for index, (one, other) in enumerate(zip(want, have)):
        if found := event_differs(one, other, tolerance, exact):
            return f"event {index} ({one['eventType']} at {one['ts']}): {found}"
    if len(want) == len(have):
        return None
    kind, longer = ("missing", want) if len(want) > len(have) else ("extra", have)
    odd = longer[min(len(want), len(have))]
    return f"{len(have)} events, expected {len(want)}; first {kind}: {odd['eventType']} at {odd['ts']}"


class Failed(Exception):
    """A dry run that came to no good end."""


def play(scenario, mediabeat):
    """The requests of the scenario, as a dry run prints them."""
    command = [mediabeat, "replay", "--dry-run", "-"]
    try:
        run = subprocess.run(command, input=player_log(scenario), text=True, capture_output=True, timeout=300)
    except subprocess.TimeoutExpired:
        raise Failed("no end within 300 s") from None
    if run.returncode != 0:
        raise Failed(f"exit status {run.returncode}: {run.stderr.strip()[-300:]}")
    return [json.loads(line) for line in run.stdout.splitlines()]


def check(scenario, mediabeat, exact=False):
    """None when the scenario holds, else what is wrong, in one line."""
    try:
        have = list(wire_events(play(scenario, mediabeat)))
    except Failed as failure:
        return str(failure)
    except (ValueError, KeyError, TypeError) as error:
        return f"unreadable output: {error!r}"
    return compare(scenario, have, exact)


def is_exact(path, scenario):
    """Whether the index beside a scenario marks it so."""
    index = path.parent / "index.json"
    if not index.exists():
        return False
    entries = json.loads(index.read_text(encoding="utf-8"))["scenarios"]
    return any(entry["name"] == scenario["name"] and entry.get("exact") for entry in entries)


def check_file(path, mediabeat):
    scenario = json.loads(path.read_text(encoding="utf-8"))
    return check(scenario, mediabeat, is_exact(path, scenario))


def scenario_files(places):
    for place in map(pathlib.Path, places):
        if place.is_dir():
            yield from (path for path in sorted(place.glob("*.json")) if path.name != "index.json")
        else:
            yield place


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mediabeat", default=default_mediabeat())
    parser.add_argument("-v", action="store_true", help="name the passing ones too")
    parser.add_argument("-k", default="", help="only files whose name contains this")
    parser.add_argument("places", nargs="*", default=PLACES)
    options = parser.parse_args()
    results = {}
    for path in scenario_files(options.places):
        if options.k in path.name:
            results[path.name] = found = check_file(path, options.mediabeat)
            if found or options.v:
                print(f"{'FAIL' if found else 'ok  '} {path.name}{': ' + found if found else ''}")
    failed = sum(map(bool, results.values()))
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())
