"""Prints the sessions of a collector as tables: stored_sessions.py URL."""

import json
import sys
import urllib.request


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def clock(ms):
    return f"{ms // 60000}:{ms // 1000 % 60:02}"


def detail(event):
    """What tells this event from others of its type."""
    params = event.get("params", {})
    names = [
        params[key]
        for key in ("media.name", "media.chapter.friendlyName", "media.ad.podFriendlyName", "media.ad.name",
                    "media.state.name", "media.qoe.errorID")
        if key in params
    ]
    if "media.qoe.bitrate" in event.get("qoeData", {}):
        names.append(f"{event['qoeData']['media.qoe.bitrate'] / 1e6:g} Mbit/s")
    return ", ".join(map(str, names))


def show(line):
    """Prints a line without what a terminal might obey: names and titles are anybody's words."""
    print("".join(c if c.isprintable() else "?" for c in line.rstrip()))


def print_session(url, session):
    show(f"session {session['id']}: {session['mediaName']}, {session['eventCount']} events, {session['state']}"
          + (f" ({session['closeReason']})" if session["closeReason"] else ""))
    print(f"  {'time':>5}  {'playhead':>8}  event")
    start = None
    for stored in get(f"{url}/api/sessions/{session['id']}/events?form=normalised"):
        event = stored["event"]
        time = event["playerTime"]
        start = time["ts"] if start is None else start
        line = f"  {clock(time['ts'] - start):>5}  {time['playhead']:>8.0f}  {event['eventType']:<16}  {detail(event)}"
        show(line)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        for session in get(f"{sys.argv[1]}/api/sessions"):
            print_session(sys.argv[1], session)
    except OSError as error:
        sys.exit(f"stored_sessions.py: {sys.argv[1]}: {error}")


main()
