"""Folders of player logs that are too large for one machine: divided by session, and worked on with Dask.

A session's lines are all that is needed for what is sent of it and for what it measures. So each task is a pure
function of one session's lines, and sending, which is none, has a ledger for each session.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fnmatch
import importlib
import itertools
import json
import logging
import os
import pathlib
import sys
from bisect import bisect
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from .arguments import check_seconds, path_of, wrong_type
from .dry_run import PlannedRequest
from .errors import ArgumentError, Error, LogError
from .ledger import KEEP_ALL, SentSession, SessionLines, add_up, key_of, send_session
from .player_log import SESSION_LEVEL, Line, PlayerLog, session_id
from .replay import _count, replay
from .reporting import _computed

__all__ = ["Bag", "BagReport", "Batches", "SentBag", "bag", "batches_of", "report_of"]

Paths = Union[str, "os.PathLike[str]", Iterable[Union[str, "os.PathLike[str]"]]]

NAMES = ("*.jsonl", "*.jsonl.gz")  # what is a log in a folder
FOR_ALL = ("consent", "online")  # calls that mean every session of a log, whenever they are made
ENDS = ("sessionEnd", "complete")  # calls after which a tracker remembers nothing
TASKS_PER_THREAD = 8
INSTALL = "mediabeat.bag needs Dask: apt-get install python3-distributed, or pip install 'dask[bag,distributed]'"


def _dask(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise Error(f"{INSTALL} ({error})") from error


def _default_client() -> Any:
    """The client that Dask itself would take; None when it would take none."""
    distributed = sys.modules.get("distributed")
    try:
        return distributed.default_client() if distributed else None
    except ValueError:
        return None


# ---- Dividing a log


class _Log(NamedTuple):
    """A log of the bag, before anybody has read it."""

    name: str
    path: str


class _Manner(NamedTuple):
    """How a log is divided."""

    log: _Log
    whole: bool  # not at all: its lines name sessions by ids
    undivided: Tuple[str, ...]  # players whose sessions are not told apart


class _Part(NamedTuple):
    """One session of one player, as far as they can be told apart."""

    manner: _Manner
    player: str
    number: int


def _is_global(line: Line) -> bool:
    return line.call in ("configure", "backend", "tick") or line.call in FOR_ALL


def _config_of(line: Optional[Line]) -> Mapping[str, Any]:
    return (line.members.get("config") or {}) if line is not None and line.call == "configure" else {}


class _Divider:
    """Takes the lines of a log in order, and says which session each of them belongs to.

    A tracker remembers nothing of a session that is over. So a player is divided in front of a sessionStart that comes
    after the end of the session before. At session level one session may replace another, and the player is one piece.
    """

    def __init__(self, manner: _Manner) -> None:
        self._manner = manner
        self._number: Dict[str, int] = {}
        self._over: Dict[str, int] = {}  # 1: a session was started, 2: and ended

    def place(self, line: Line) -> Tuple[str, int]:
        if self._manner.whole:
            return "", 1
        player = line.player
        number = self._number.setdefault(player, 1)
        if player in self._manner.undivided:
            return player, number
        over = self._over.get(player, 0)
        if line.call == "sessionStart":
            if over == 2:
                self._number[player] = number = number + 1
            self._over[player] = 1
        elif line.call in ENDS and over:
            self._over[player] = 2
        return player, number


def _manner_of(log: _Log, lines: Iterable[Line], session_level: bool) -> _Manner:
    whole, undivided = False, {}
    for line in lines:
        session_level = session_level or _config_of(line).get("level") == "session"
        if line.call in SESSION_LEVEL:
            whole = whole or not line.has_player or session_id(line) is not None
            undivided[line.player] = True
        elif session_level and not _is_global(line):
            undivided[line.player] = True
    return _Manner(log, whole, tuple(undivided))


def _survey(log: _Log, session_level: bool) -> List[_Part]:
    """The sessions of a log, which is checked whole."""
    with PlayerLog(log.path) as lines:
        lines.check()
        manner = _manner_of(log, lines, session_level)
        divider = _Divider(manner)
        found = dict.fromkeys(divider.place(line) for line in lines if not _is_global(line))
    return [_Part(manner, player, number) for player, number in found]


# ---- The lines of a session


@dataclasses.dataclass
class _Gathered:
    """A session's lines as they are found."""

    details: Optional[Line]  # what the player answered when it began
    lines: List[Line] = dataclasses.field(default_factory=list)

    @property
    def open(self) -> bool:
        """Whether time that passes may still lead to events."""
        since_start = itertools.dropwhile(lambda line: line.call != "sessionStart", self.lines)
        return not any(line.call in ENDS for line in since_start)


class _Gatherer:
    """Walks a log once, and keeps what the sessions asked for need of it."""

    def __init__(self, manner: _Manner, wanted: Sequence[_Part]) -> None:
        self.first: Optional[Line] = None
        self.last: Optional[Line] = None
        self._divider = _Divider(manner)
        self._wanted = {(part.player, part.number): None for part in wanted}
        self._found: Dict[Tuple[str, int], _Gathered] = {}
        self._details: Dict[str, Line] = {}
        self._for_all: List[Line] = []
        self._ticks: List[Line] = []
        self._ticked: List[int] = []  # where they stand

    def take(self, line: Line) -> None:
        self.first = self.first or line
        self.last = line
        if line.call in FOR_ALL:
            self._for_all.append(line)
        elif line.call == "tick":
            self._ticks.append(line)
            self._ticked.append(line.number)
        elif not _is_global(line):
            self._take_of_player(line)

    def _take_of_player(self, line: Line) -> None:
        place = self._divider.place(line)
        if place in self._wanted:
            if place not in self._found:
                self._found[place] = _Gathered(self._details.get(line.player))
            self._found[place].lines.append(line)
        if line.call == "playerDetails":
            self._details[line.player] = line

    def lines_of(self, part: _Part, recorded: bool) -> Tuple[List[Mapping[str, Any]], str]:
        """The lines of a session with what surrounds them, and their digest."""
        found = self._found.get((part.player, part.number))
        if found is None:
            raise LogError("the log has changed since the bag was made", part.manner.log.path)
        first, last = found.lines[0], found.lines[-1]
        lasts = found.open or part.manner.whole or part.player in part.manner.undivided  # until the log ends
        begin, end = bisect(self._ticked, first.number), bisect(self._ticked, last.number)
        more = self._ticks[begin : None if lasts else end]
        more += [found.details] if found.details else []
        lines = sorted(found.lines + more + self._for_all, key=lambda line: line.number)
        members = [line.members for line in lines]
        own = [line.members for line in lines if line.number <= last.number]
        if lasts and not recorded and self.last is not None:
            members.append({"ts": self.last.ts, "call": "tick"})
        return members, key_of(own)


def _shifted(members: Mapping[str, Any], shift: int) -> Mapping[str, Any]:
    return {**members, "ts": members["ts"] + shift} if shift else members


@dataclasses.dataclass(frozen=True)
class _How:
    """What a bag was given for all its logs."""

    config: Mapping[str, Any]
    epoch: Optional[int]

    def session_level(self) -> bool:
        return self.config.get("level") == "session"


def _session_lines(part: _Part, gathered: _Gatherer, how: _How) -> SessionLines:
    config = {**how.config, **_config_of(gathered.first), **KEEP_ALL}
    lines, digest = gathered.lines_of(part, config.get("ticks") == "recorded")
    shift = 0 if how.epoch is None or gathered.first is None else how.epoch - gathered.first.ts
    name = part.manner.log.name
    # Of two sessions with the same seed the events would have the same ids, and a backend would take one for a repeat.
    config["seed"] = int(key_of(config.get("seed"), name, part.player, part.number, digest, shift)[:12], 16)
    config.pop("store", None)
    shifted = tuple(_shifted(members, shift) for members in lines)
    return SessionLines(name, part.player, part.number, config, shifted, digest)


def _read(parts: Iterable[_Part], how: _How) -> Iterator[SessionLines]:
    """A log is read once for all its sessions that are asked for."""
    for manner, wanted in itertools.groupby(parts, key=lambda part: part.manner):
        of_log = list(wanted)
        gathered = _Gatherer(manner, of_log)
        with PlayerLog(manner.log.path) as lines:
            for line in lines:
                gathered.take(line)
        for part in of_log:
            yield _session_lines(part, gathered, how)


# ---- Pure functions of a session's lines


class Batches(NamedTuple):
    """What would be sent of one session: a request for each event, or one for a downloaded session."""

    log: str
    player: str
    number: int
    requests: Tuple[PlannedRequest, ...]


def batches_of(session: SessionLines) -> Batches:
    """What would be sent of a session: a dry run of its lines."""
    requests = replay(session.lines, dry_run=True, config=session.config).requests
    return Batches(session.log, session.player, session.number, requests)


def _events_of(requests: Iterable[PlannedRequest]) -> List[List[Any]]:
    """The events of each session, in the form of the Media Collection API."""
    sessions: Dict[Tuple[str, int], List[Any]] = {}
    for request in requests:
        body = json.loads(request.body)
        sessions.setdefault((request.player, request.session), []).extend(body if isinstance(body, list) else [body])
    return list(sessions.values())


def report_of(session: SessionLines) -> List[Dict[str, Any]]:
    """What a session measures: rows of `mediabeat report --json`, with its log, player and number. A session that its
    log leaves open is measured as ended, as it is when it is sent."""
    downloaded = session.config.get("protocol") == "downloaded-v1" or bool(session.config.get("downloaded"))
    config = {**session.config, "protocol": "collection-v1", "downloaded": downloaded}
    rows: List[Dict[str, Any]] = []
    for events in _events_of(replay(session.lines, dry_run=True, config=config).requests):
        for row in _computed("report", events, ("--close-reason", "sessionEnd"), (0,))["sessions"]:
            rows.append({"log": session.log, "player": session.player, "number": session.number, **row})
    return rows


# ---- Sums


def _is_count(value: object) -> bool:
    return isinstance(value, (bool, int))


@dataclasses.dataclass(frozen=True)
class BagReport:
    """What the sessions of a bag measure."""

    sessions: Tuple[Mapping[str, Any], ...]
    """A row for each session, as in docs/report.md."""

    @property
    def total(self) -> Dict[str, int]:
        """Sums over the sessions: flags are counted, durations are in seconds, summed before they are rounded. Ratios
        and concurrent viewers are none."""
        metrics = [
            {name: int(value) for name, value in row["metrics"].items() if _is_count(value)} for row in self.sessions
        ]
        sums = add_up(metrics)
        exact = add_up(row["milliseconds"] for row in self.sessions)
        sums.update({name: (value + 500) // 1000 for name, value in exact.items()})
        return {"sessions": len(self.sessions), **sums}


@dataclasses.dataclass(frozen=True)
class SentBag:
    """What became of the events of a bag, over all runs with the same ledger."""

    parts: Tuple[SentSession, ...]
    """The same, session by session."""

    @property
    def sessions(self) -> int:
        """Sessions on the wire."""
        return sum(part.sessions for part in self.parts)

    @property
    def events(self) -> int:
        """Events to be sent."""
        return sum(part.events for part in self.parts)

    @property
    def delivered(self) -> int:
        """Of those: taken by the backend."""
        return sum(part.delivered for part in self.parts)

    @property
    def left(self) -> int:
        """Of those: not delivered yet. The next run goes on with them."""
        return sum(part.left for part in self.parts)

    @property
    def dropped(self) -> Dict[str, int]:
        """Of those: dropped, by reason."""
        return add_up(part.dropped for part in self.parts)

    @property
    def possibly_doubled(self) -> int:
        """Sessions whose opening was repeated although the backend may have taken it."""
        return sum(part.possibly_doubled for part in self.parts)

    @property
    def problems(self) -> Tuple[SentSession, ...]:
        """Sessions of which nothing was sent in this run, each with the reason in its `problem`."""
        return tuple(part for part in self.parts if part.problem is not None)

    @property
    def complete(self) -> bool:
        """Whether every event was delivered."""
        return self.delivered == self.events and not self.problems

    def __str__(self) -> str:
        fates = [(self.delivered, "delivered"), (self.left, "left undelivered")]
        fates += [(count, f"dropped ({name})") for name, count in self.dropped.items()]
        said = ", ".join(f"{count} {what}" for count, what in fates if count)
        events = f"{_count(self.sessions, 'session')}, {_count(self.events, 'event')}"
        asides = ((self.possibly_doubled, "possibly doubled"), (len(self.problems), "not sent"))
        return "; ".join(
            [events + (f": {said}" if said else "")]
            + [f"{_count(count, 'session')} {fate}" for count, fate in asides if count]
        )


# ---- Tasks: what a worker does with its partition


def _survey_all(logs: Iterable[_Log], session_level: bool) -> List[_Part]:
    return [part for log in logs for part in _survey(log, session_level)]


def _each(parts: Iterable[_Part], how: _How, function: Callable[[SessionLines], Any]) -> List[Any]:
    return [function(session) for session in _read(parts, how)]


def _send_each(parts: Iterable[_Part], how: _How, ledger: str, patience: float) -> List[SentSession]:
    return [send_session(session, ledger, patience) for session in _read(parts, how)]


# ---- The bag


class Bag:
    """The sessions of many player logs; `bag()` makes it."""

    def __init__(
        self,
        logs: Sequence[_Log],
        how: _How,
        client: Any,
        partitions: Optional[int],
        progress: Optional[bool],
    ) -> None:
        self._how = how
        self._client = _default_client() if client is None else client or None
        self._partitions = partitions
        self._progress = progress
        found = self._compute(self._divided(logs).map_partitions(_survey_all, session_level=how.session_level()))
        self._parts: Tuple[_Part, ...] = tuple(found)

    def __len__(self) -> int:
        return len(self._parts)

    def __repr__(self) -> str:
        return f"<mediabeat bag of {_count(len(self), 'session')}>"

    # ---- Dask

    def _threads(self) -> int:
        if self._client is None:
            return os.cpu_count() or 1
        return sum(self._client.nthreads().values()) or 1

    def _divided(self, items: Sequence[Any], partitions: Optional[int] = None) -> Any:
        most = partitions or TASKS_PER_THREAD * self._threads()
        return _dask("dask.bag").from_sequence(items, npartitions=max(1, min(len(items), most)))

    def _compute(self, work: Any) -> List[Any]:
        """Does it, behind Dask's own progress bar."""
        shown = sys.stderr is not None and sys.stderr.isatty() if self._progress is None else self._progress
        if self._client is not None:
            under_way = self._client.persist(work)
            if shown:
                _dask("distributed").progress(under_way, notebook=False)
            return list(self._client.compute(under_way).result())
        bar = _dask("dask.diagnostics").ProgressBar(out=sys.stderr) if shown else contextlib.nullcontext()
        with bar:
            return list(work.compute(scheduler="threads"))

    def map(self, function: Callable[[SessionLines], Any]) -> Any:
        """A `dask.bag.Bag` with what `function` makes of each session's lines; nothing is computed yet."""
        if not callable(function):
            raise wrong_type("function", "a callable", function)
        return self._divided(self._parts, self._partitions).map_partitions(_each, how=self._how, function=function)

    # ---- What is done with sessions

    def batches(self) -> Any:
        """A `dask.bag.Bag` of Batches: what would be sent of each session. Nothing is computed yet."""
        return self.map(batches_of)

    def report(self) -> BagReport:
        """Measures every session, with `mediabeat report`, in Dask's tasks."""
        return BagReport(tuple(row for rows in self._compute(self.map(report_of)) for row in rows))

    def send(self, to: str, ledger: Union[str, "os.PathLike[str]"], *, patience: float = 30.0) -> SentBag:
        """Sends every session to the endpoint `to`, but for what the ledger knows to be accepted.

        `ledger` is a folder, the same one for every worker and every run. A run that was killed is repeated with the
        same arguments: what was accepted is not sent again, and nothing is lost. `patience` is how long, in seconds, a
        session goes on while the backend takes nothing, and how long it waits for another run that is sending it.

        Returns the sums over all runs. Raises ConfigError when the configuration is not complete.
        """
        if not isinstance(to, str):
            raise wrong_type("to", "a text", to)
        check_seconds(patience, "patience")
        folder = os.path.abspath(path_of(ledger, "ledger"))
        os.makedirs(folder, exist_ok=True)
        how = dataclasses.replace(self._how, config={**self._how.config, "endpoint": to})
        work = self._divided(self._parts, self._partitions)
        return SentBag(tuple(self._compute(work.map_partitions(_send_each, how=how, ledger=folder, patience=patience))))


def _logs_in(source: Paths) -> List[_Log]:
    """Logs by a name that stays when the folder is moved."""
    if isinstance(source, (str, os.PathLike)) and os.path.isdir(source):
        root = pathlib.Path(source).absolute()
        found = sorted(path for path in root.rglob("*") if any(fnmatch.fnmatch(path.name, name) for name in NAMES))
        if not found:
            logging.getLogger("mediabeat").warning("%s: no %s in this folder", root, " or ".join(NAMES))
        return [_Log(path.relative_to(root).as_posix(), str(path)) for path in found]
    if isinstance(source, bytes) or not isinstance(source, (str, os.PathLike, Iterable)):
        raise wrong_type("source", "a folder or paths of logs", source)
    paths = [path_of(path, "source") for path in ([source] if isinstance(source, (str, os.PathLike)) else source)]
    logs = [_Log(os.path.basename(path), os.path.abspath(path)) for path in paths]
    twice = [log.name for log, other in zip(sorted(logs), sorted(logs)[1:]) if log.name == other.name]
    if twice:
        raise ArgumentError(f"source: two logs have the name {twice[0]}; give their folder instead")
    return logs


def _check_arguments(config: object, epoch: object, client: object, partitions: object) -> None:
    if config is not None and not isinstance(config, Mapping):
        raise wrong_type("config", "a mapping", config)
    if epoch is not None and (isinstance(epoch, bool) or not isinstance(epoch, int)):
        raise TypeError(f"epoch: milliseconds since 1970 or None is needed, not {epoch!r}")
    if client not in (None, False) and not hasattr(client, "nthreads"):
        raise wrong_type("client", "a distributed.Client, None or False", client)
    if partitions is not None and not isinstance(partitions, int):
        raise wrong_type("partitions", "a whole number", partitions)
    if partitions is not None and partitions < 1:
        raise ArgumentError("partitions: at least 1 is needed")


def bag(
    source: Paths,
    *,
    config: Optional[Mapping[str, object]] = None,
    epoch: Optional[int] = None,
    client: Any = None,
    partitions: Optional[int] = None,
    progress: Optional[bool] = None,
) -> Bag:
    """Player logs on Dask, divided by session.

        bag = mediabeat.bag("logs", config={...}, client=distributed.Client("scheduler:8786"))
        bag.send("https://backend.example.com", ledger="ledger")
        bag.report().total

    `source` is a folder, in which every *.jsonl and *.jsonl.gz is a log, or paths of logs. Workers must find them, and
    a ledger, at the same path. `config` holds configuration keys; those of a log's own `configure` line go over them.
    `epoch`, in ms since 1970, moves each log in time so that its first line is at this moment. `client` is a
    `distributed.Client`; None is the one that was made last, if there is any. Otherwise, and for False, threads of this
    process do the work. `partitions` is how many tasks there are at most. `progress` is Dask's progress bar: None shows
    it on a terminal, True always, False never.

    All logs are checked here, before anything is done with one of them. Raises LogError (file, line, reason) for a line
    that is no player log, OSError for a file that cannot be read, and Error when Dask is not installed. Of a folder
    without logs the log has a warning.
    """
    _check_arguments(config, epoch, client, partitions)
    return Bag(_logs_in(source), _How(dict(config or {}), epoch), client, partitions, progress)
