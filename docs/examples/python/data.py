#!/usr/bin/env python3
"""A player log replayed into a collector of the program's own, and what the collector holds then.

usage: data.py LOG
"""

import itertools
import sys
from typing import Any, Dict

import mediabeat

# [calls]
FILM = {"id": "m1", "name": "Metropolis", "length": 9180, "streamType": "vod", "mediaType": "video"}
CALLS = [
    {"ts": 0, "call": "sessionStart", "info": FILM},
    {"ts": 200, "call": "play"},
    {"ts": 30_000, "call": "playhead", "value": 29.8},
    {"ts": 30_000, "call": "sessionEnd"},
]
# [/calls]

CONFIG: Dict[str, Any] = {
    "trackingServer": "metrics.example.com",
    "reportSuite": "examplestream.prod",
    "orgId": "0A1B@AdobeOrg",
    "channel": "Example Stream",
    "playerName": "Example Player",
}


# [dry]
def look() -> None:
    planned = mediabeat.replay(CALLS, dry_run=True, config={"channel": "web", "playerName": "tv"})
    print(planned)
    for request in planned.requests[:2]:
        print(request.path, request.body)
    # [/dry]


# [collector]
def fill_and_read(log: str) -> None:
    with mediabeat.collector() as collector:
        accounting = mediabeat.replay(log, to=collector.url, config=CONFIG, epoch="now")
        print(accounting)
        for session in collector.sessions():
            print(session["mediaName"], session["state"], session["eventCount"])
        for event in itertools.islice(collector.events(), 3):
            print(event["playhead"], event["eventType"])
    # [/collector]


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    look()
    fill_and_read(sys.argv[1])
