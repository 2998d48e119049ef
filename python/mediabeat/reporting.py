"""What sessions come to: metrics and findings, as rows. The command computes them; here they become tables."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Union

from .arguments import wrong_type
from .command import Place, run_command
from .errors import ArgumentError, Error
from .session import json_of
from .tables import Column, Row, Table

__all__ = ["Report", "findings", "report"]

Source = Union[Place, Iterable[Mapping[str, Any]]]
"""A collector's URL, data file or export, a file with an array of events, or the events themselves, of one session."""

_FLAGS = frozenset(
    "mediaStarts contentStarts contentCompletes contentResumes contentSegmentViews progress10 progress25 progress50 "
    "progress75 progress95 pausedImpactedStreams authorized federated downloaded dropsBeforeStart "
    "bufferImpactedStreams stallImpactedStreams bitrateChangeImpactedStreams droppedFrameImpactedStreams "
    "errorImpactedStreams".split()
)
_COUNTS = (
    "contentTimeSpent mediaTimeSpent uniqueTimePlayed estimatedStreams pauseEvents totalPauseDuration adCount "
    "chapterCount secondsSinceLastCall timeToStart bufferEvents totalBufferDuration stallEvents totalStallingDuration "
    "bitrateChanges droppedFrames errorEvents adStarts adCompletes adTimeSpent chapterStarts chapterCompletes "
    "chapterTimeSpent".split()
)
_TYPES = {
    **dict.fromkeys(_FLAGS, "bool"),
    **dict.fromkeys(_COUNTS, "int64"),
    **dict.fromkeys(("averageMinuteAudience", "averageBitrate"), "double"),
    **dict.fromkeys(("contentSegment", "averageBitrateBucket"), "string"),
    **dict.fromkeys(("playerSdkErrorIds", "externalErrorIds", "mediaSdkErrorIds"), "json"),
    **dict.fromkeys(("ads", "chapters", "states"), "json"),
}

SESSION_COLUMNS = (
    Column("id", "string"),
    Column("closeReason", "string"),
    Column("mediaId", "string"),
    Column("mediaName", "string"),
    Column("contentType", "string"),
    Column("playerName", "string"),
    Column("channel", "string"),
    Column("visitor", "string"),
    Column("firstEvent", "time"),
    Column("lastEvent", "time"),
    Column("events", "int64"),
    Column("notProcessed", "int64"),
)

METRIC_COLUMNS = tuple(Column(name, type) for name, type in _TYPES.items())

FINDING_COLUMNS = (
    Column("session", "string"),
    Column("severity", "string"),
    Column("code", "string"),
    Column("event", "int64"),
    Column("type", "string"),
    Column("message", "string"),
    Column("says", "string"),
    Column("where", "string"),
)


def _computed(command: str, source: Source, options: Sequence[str], accepted: Sequence[int]) -> Dict[str, Any]:
    """The JSON that `mediabeat COMMAND` prints for the source. Exit statuses that are not `accepted` raise Error."""
    given: Optional[bytes] = None
    place = "-"
    if isinstance(source, (str, os.PathLike)):
        place = os.fspath(source)
        if place.startswith("-"):  # the name of a file, not an option
            place = os.path.join(os.curdir, place)
    elif isinstance(source, (bytes, Mapping)) or not isinstance(source, Iterable):
        raise wrong_type("source", "a URL, a path or events", source)
    else:
        events = (json_of(event, f"source[{index}]", raised=ArgumentError) for index, event in enumerate(source))
        given = f"[{','.join(events)}]".encode()
    run = run_command(command, "--json", *options, place, given=given)
    if run.returncode not in accepted:
        said = run.stderr.decode(errors="replace").strip().replace("mediabeat: -: ", "source: ", 1)
        raise Error(said or f"mediabeat {command} ended with {run.returncode}")
    found: Dict[str, Any] = json.loads(run.stdout)
    return found


def _reason(close_reason: Optional[str]) -> List[str]:
    return [] if close_reason is None else ["--close-reason", close_reason]


class Report(Table):
    """A row for each session with its metrics, and `total`: what they come to together."""

    def __init__(self, computed: Mapping[str, Any]) -> None:
        self.total: Dict[str, Any] = computed["total"]
        """The metrics of all sessions together, by name: sums, rates, and concurrent viewers minute by minute."""
        self._sessions: List[Row] = computed["sessions"]
        super().__init__(SESSION_COLUMNS + METRIC_COLUMNS, self._flat, "report")

    def __len__(self) -> int:
        return len(self._sessions)

    def _flat(self) -> Iterator[Row]:
        for session in self._sessions:
            row = {column.name: session[column.name] for column in SESSION_COLUMNS}
            row.update((column.name, session["metrics"][column.name]) for column in METRIC_COLUMNS)
            yield row


def report(
    source: Source,
    *,
    close_reason: Optional[str] = None,
    lenient_bookends: bool = False,
    passed_markers: bool = False,
) -> Report:
    """The metrics of sessions, as Adobe's backend reports them: what `mediabeat report` prints, as rows.

    `source` is a collector's URL, its data file, its export, a file with an array of events, or an iterable of events
    of one session. Durations are seconds, bitrates as sent, `firstEvent` and `lastEvent` milliseconds since 1970; each
    metric is explained in docs/metrics.md. `close_reason` says how sessions closed that have no sessionEnd: timeout10m
    (the default), timeout30m, maxAge24h, batchEnd, forced or sessionEnd. A live session has what it comes to so far.
    Where Adobe's pages contradict each other, two flags choose the other reading: with `lenient_bookends` ads count
    whether their break ends or not, with `passed_markers` progress is what was played, not what a seek went over. These
    three are for files and events; a collector has its one report.

        import pandas
        frame = pandas.DataFrame(mediabeat.report("run.db"))

    Raises Error with the command's words when the source cannot be read or has no sessions.
    """
    options = _reason(close_reason)
    options += ["--lenient-bookends"] if lenient_bookends else []
    options += ["--passed-markers"] if passed_markers else []
    return Report(_computed("report", source, options, (0,)))


def findings(source: Source, *, close_reason: Optional[str] = None) -> Table:
    """What is wrong with sessions beyond the shape of their events: what `mediabeat check` prints, as rows.

    `source` and `close_reason` as for `report`. A row has the `session`, the `severity` ("error", "warning" or "note"),
    the `code`, the index of the `event` and its `type`, a `message`, what the protocol `says` and `where`;
    docs/checks.md lists the codes. Raises Error as `report`.
    """
    computed = _computed("check", source, _reason(close_reason), (0, 1))
    rows: List[Row] = []
    for session in computed["sessions"]:
        for found in session["findings"]:
            rows.append({"session": session["id"], **found})
    return Table(FINDING_COLUMNS, lambda: iter(rows), "findings")
