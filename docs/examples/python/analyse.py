#!/usr/bin/env python3
"""What was watched: concurrent viewers as a picture, and the time that viewers spent on each title as a table.

usage: analyse.py PLACE PICTURE.png

PLACE is the URL of a collector, its data file, or a file written by `mediabeat collector --export`.
"""

import collections
import datetime
import itertools
import operator
import sys
from typing import Any, Dict, Iterable, List, NamedTuple, Tuple

import matplotlib

matplotlib.use("Agg")  # a picture in a file needs no screen

import matplotlib.dates
import matplotlib.pyplot
import mediabeat

PLAYING = {
    "play",
    "ping",
    "bitrateChange",
    "chapterStart",
    "chapterComplete",
    "chapterSkip",
}  # what leaves a player playing
LOOKS_MS = 120_000  # longer gaps between events than that are no viewing: pings come every ten seconds

Row = Dict[str, Any]


class Viewing(NamedTuple):
    """A session: its title, from when to when (ms since 1970), and how long of that content played (s)."""

    title: str
    begin: int
    end: int
    played: float


def played_ms(events: List[Row]) -> int:
    """The time between two events counts when the player played after the first."""
    playing, total = False, 0
    for event, following in zip(events, events[1:]):
        playing = event["eventType"] == "play" or (playing and event["eventType"] in PLAYING)
        gap = following["ts"] - event["ts"]
        total += gap if playing and 0 <= gap <= LOOKS_MS else 0
    return total


def viewings(place: str) -> Iterable[Viewing]:
    titles = {row["id"]: row["mediaName"] or row["mediaId"] or "(no title)" for row in mediabeat.sessions(place)}
    counted = (row for row in mediabeat.events(place) if not row["duplicate"] and row["ts"] is not None)
    by_session = sorted(counted, key=operator.itemgetter("session", "index"))
    for session, rows in itertools.groupby(by_session, key=operator.itemgetter("session")):
        events = list(rows)
        times = [event["ts"] for event in events]
        yield Viewing(titles[session], min(times), max(times), played_ms(events) / 1000)


def concurrent(found: List[Viewing]) -> Tuple[List[datetime.datetime], List[int]]:
    """The number of open sessions, from each moment at which it changes."""
    changes: Dict[int, int] = collections.defaultdict(int)
    for viewing in found:
        changes[viewing.begin] += 1
        changes[viewing.end] -= 1
    moments = sorted(changes)
    counts = list(itertools.accumulate(changes[moment] for moment in moments))
    return [datetime.datetime.fromtimestamp(moment / 1000, datetime.timezone.utc) for moment in moments], counts


def draw(found: List[Viewing], seconds: Dict[str, float], path: str) -> None:
    figure, (viewers, titles) = matplotlib.pyplot.subplots(2, 1, figsize=(9, 7), layout="constrained")
    viewers.step(*concurrent(found), where="post")
    viewers.set_title("Concurrent viewers")
    viewers.set_ylim(bottom=0)
    viewers.xaxis.set_major_formatter(matplotlib.dates.ConciseDateFormatter(viewers.xaxis.get_major_locator()))
    most = sorted(seconds, key=lambda title: seconds[title])[-12:]
    titles.barh(most, [seconds[title] / 60 for title in most])
    titles.set_title("Time spent")
    titles.set_xlabel("minutes")
    figure.savefig(path, dpi=120)
    matplotlib.pyplot.close(figure)


def main(place: str, picture: str) -> None:
    found = list(viewings(place))
    by_title: Dict[str, float] = collections.defaultdict(float)
    for viewing in found:
        by_title[viewing.title] += viewing.played
    sessions = collections.Counter(viewing.title for viewing in found)
    draw(found, by_title, picture)
    print(f"{'title':<32} {'sessions':>8} {'minutes':>8} {'each':>6}")
    for title, seconds in sorted(by_title.items(), key=operator.itemgetter(1), reverse=True):
        print(f"{title[:32]:<32} {sessions[title]:>8} {seconds / 60:>8.1f} {seconds / 60 / sessions[title]:>6.1f}")
    print(f"at most {max(concurrent(found)[1], default=0)} viewers at a time; drawn in {picture}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        main(sys.argv[1], sys.argv[2])
    except (mediabeat.Error, OSError) as error:
        sys.exit(f"analyse.py: {error}")
