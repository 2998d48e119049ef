"""What of a session of a log has been sent: a folder for each, which holds a store of its own.

A session is planned whole before anything of it is sent: a dry run with a store has the library itself write the
journal, whose events are then put into the ledger with one rename. From there on it is a session whose process is
gone, and docs/delivery.md says what becomes of it: a client that is given this store sends what was not answered, and
marks what is. So it does not matter when a process dies, or how often.

    LEDGER/4b/4b1f.../lock             held by the run that sends this session
    LEDGER/4b/4b1f.../plan/plan.json   what it is, and how much
    LEDGER/4b/4b1f.../plan/store/      the store; removed when all is done
    LEDGER/4b/4b1f.../reported.jsonl   what clients have said was dropped or may be doubled
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import json
import logging
import os
import pathlib
import shutil
import tempfile
import time
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Set, Tuple, Union

from .client import Client
from .clock import VirtualClock
from .command import run_command
from .dry_run import DryRun
from .errors import Error
from .model import Drop, LogLevel, Response, Stats
from .playback import Playback
from .player_log import PlayerLog
from .replay import _Pace
from .transport import Request

__all__ = ["SentSession", "SessionLines", "send_session"]

GLANCE_S = 0.05  # how long at most a wait lasts
ENDS = ("sessionEnd", "sessionComplete")
# Whoever back-fills wants what is there delivered, however old and large it is.
KEEP_ALL: Mapping[str, object] = {
    "queueMaxEvents": 1_000_000_000,
    "queueMaxBytes": 1 << 30,
    "queueMaxAge": 31_536_000,
    "storeMaxAge": 315_360_000,
    "storeMaxBytes": 1 << 40,
}
DOUBLED = "the backend may have the session twice"  # the end of the library's message
LEVELS = (logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG, logging.DEBUG)  # by LogLevel
DESTINATION = ("endpoint", "protocol", "datastreamId", "reportSuite")


class SessionLines(NamedTuple):
    """The lines of a log that one session of one player is made of, and nothing else: what is done with them depends on
    them alone."""

    log: str
    """The log's name in its bag."""
    player: str
    """Whose session it is; "" for a player without a name, and for a log that is not divided."""
    number: int
    """Its place among that player's sessions in that log, from 1."""
    config: Mapping[str, Any]
    """The configuration: what was given, the log's own over it, and a seed for this session."""
    lines: Tuple[Mapping[str, Any], ...]
    """The lines, with their times as they are to be sent."""
    digest: str
    """Changes when the lines do."""

    @property
    def key(self) -> str:
        """Its name in a ledger."""
        return key_of(self.log, self.player, self.number)


def key_of(*what: object) -> str:
    """A name of fixed length for what it is."""
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:40]


@dataclasses.dataclass(frozen=True)
class SentSession:
    """What became of the events of one SessionLines, over all runs with the same ledger."""

    log: str
    player: str
    number: int
    sessions: int = 0
    """Sessions on the wire: more than one when the player was not divided, none when no event came of the lines."""
    events: int = 0
    """Events to be sent, the end of a session that its log leaves open among them."""
    left: int = 0
    """Of those: neither delivered nor dropped. The next run goes on with them."""
    dropped: Mapping[str, int] = dataclasses.field(default_factory=dict)
    """Of those: dropped, by reason."""
    possibly_doubled: int = 0
    """Sessions whose opening was repeated although the backend may have taken it."""
    refused_calls: int = 0
    """Calls of the log that a rule refused."""
    problem: Optional[str] = None
    """Why nothing was sent in this run, and the counts are 0; None when there was no reason."""

    @property
    def delivered(self) -> int:
        """Events that the backend took."""
        return self.events - self.left - sum(self.dropped.values())


class _Refused(Exception):
    """Nothing of this session can be sent, and why."""


# ---- Files


def _journals(store: pathlib.Path) -> List[pathlib.Path]:
    return sorted(path for path in store.glob("*/*.journal") if path.parent.name != "aside")


def _sync(path: pathlib.Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_tree(root: pathlib.Path) -> None:
    for folder, _, names in os.walk(root):
        for name in names:
            _sync(pathlib.Path(folder, name))
        _sync(pathlib.Path(folder))


# ---- Planning


class _Planner(DryRun):
    """Takes every request, and keeps the journal that the library writes of its session: by a second name, because the
    library removes what is delivered."""

    def __init__(self, now_ms: Callable[[], int], store: pathlib.Path, kept: pathlib.Path) -> None:
        super().__init__(lambda request: None, now_ms)
        self.sent: Dict[pathlib.Path, Optional[int]] = {}  # events of each journal that were sent; None: all
        self.elsewhere: Optional[str] = None  # a request to a session that none of these has opened
        self._store = store
        self._kept = kept
        self._seen: Set[str] = set()
        self._journal_of: Dict[Tuple[str, int], pathlib.Path] = {}

    def _keep(self, request: Request) -> pathlib.Path:
        """A journal is written before its first request is made, and its header says whose it is."""
        for path in _journals(self._store):
            if path.name in self._seen:
                continue
            with open(path, "rb") as file:
                header = json.loads(file.readline().rpartition(b"\t")[0])
            if (header["player"], header["session"]) == (request.player, request.session):
                self._seen.add(path.name)
                kept = self._kept / path.name
                os.link(path, kept)
                return kept
        raise OSError("the plan of a session could not be written")

    def send(self, request: Request) -> Optional[Response]:
        """Answers at once, as a backend that is content."""
        whose = (request.player, request.session)
        path = request.path.partition("?")[0]
        batch = path.endswith("/downloaded")
        if whose not in self._journal_of:
            if not (batch or path.endswith(("/sessions", "/sessionStart"))):
                self.elsewhere = path
            self._journal_of[whose] = self._keep(request)
        kept = self._journal_of[whose]
        self.sent[kept] = None if batch else (self.sent.get(kept) or 0) + 1
        return super().send(request)


class _Journal(NamedTuple):
    """What is to be sent of one session, as lines of the store's format."""

    name: str
    header: bytes
    events: Tuple[bytes, ...]

    @property
    def last(self) -> Any:
        return json.loads(self.events[-1].rpartition(b"\t")[0])

    @property
    def has_end(self) -> bool:
        return not self.events or str(self.last["eventType"]).rpartition(".")[2] in ENDS


def _journal(kept: pathlib.Path, sent: Optional[int]) -> _Journal:
    """Events stand in the order in which they are sent; marks are left out."""
    header, *lines = kept.read_bytes().splitlines()
    events = [line for line in lines if line.startswith(b"{")]
    return _Journal(kept.name, header, tuple(events if sent is None else events[:sent]))


class _Plan(NamedTuple):
    journals: Tuple[_Journal, ...]
    now_ms: int  # when the log is over
    refused_calls: int


def _play(session: SessionLines, work: pathlib.Path) -> _Plan:
    store, kept = work / "store", work / "kept"
    kept.mkdir()
    keys = {**session.config, "store": str(store), "durability": "process"}
    with PlayerLog(session.lines) as log:
        extent = log.check()
        clock = VirtualClock(extent.first_ts / 1000)
        answers = _Planner(lambda: clock.now_ms, store, kept)
        client = Client(keys, clock=clock, transport=answers, log=False)
        try:
            playback = Playback(client, client.config, answers)
            pace = _Pace(client, clock, playback, answers)
            for line in log.lines():
                pace.to(line.ts)
                playback.play(line, line.ts)
                client.deliver()
            pace.end(0)
            stats = client.stats
        finally:
            client.close(timeout=0)
    if answers.elsewhere:
        raise _Refused(f"it goes on in a session that was opened elsewhere ({answers.elsewhere}); replay it by itself")
    journals = tuple(_journal(path, sent) for path, sent in answers.sent.items())
    if sum(len(journal.events) for journal in journals) != stats.delivered:
        raise OSError("the plan of a session could not be written whole")
    return _Plan(journals, clock.now_ms, stats.refused_calls + playback.uncounted)


def _write_plan(session: SessionLines, folder: pathlib.Path, power: bool) -> None:
    """All of it appears at once."""
    with tempfile.TemporaryDirectory(prefix="mediabeat-") as work:
        plan = _play(session, pathlib.Path(work))
    made = folder / "planning"
    shutil.rmtree(made, ignore_errors=True)  # of a run that was killed
    client = made / "store" / "1-0000000000000001"
    client.mkdir(parents=True)
    for journal in plan.journals:
        (client / journal.name).write_bytes(b"".join(line + b"\n" for line in (journal.header, *journal.events)))
    what = {
        "log": session.log,
        "player": session.player,
        "number": session.number,
        "digest": session.digest,
        "to": _destination(session),
        "sessions": len(plan.journals),
        "events": sum(len(journal.events) + (not journal.has_end) for journal in plan.journals),
        "refused_calls": plan.refused_calls,
        "now_ms": plan.now_ms,
    }
    (made / "plan.json").write_text(json.dumps(what))
    if power:
        _sync_tree(made)
    made.rename(folder / "plan")
    if power:
        _sync(folder)


def _destination(session: SessionLines) -> Dict[str, object]:
    return {name: session.config.get(name) for name in DESTINATION}


# ---- Sending


class _Reported:
    """What clients have said of this session that no journal knows, from run to run."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path
        self._said: Dict[str, int] = {}
        self.sums: Dict[str, int] = {}
        with contextlib.suppress(FileNotFoundError):
            said = path.read_bytes()
            whole = said[: said.rfind(b"\n") + 1]
            if whole != said:  # the process was killed while it wrote
                os.truncate(path, len(whole))
            self.sums = add_up(json.loads(line) for line in whole.splitlines())

    def listen(self, level: LogLevel, message: str) -> None:
        """The library says this before the journal has the answer. So whenever the process ends, either it is written
        down here, or the next run hears it."""
        if message.endswith(DOUBLED):
            self._write({"possibly_doubled": 1})
        logging.getLogger("mediabeat").log(LEVELS[level], "%s", message)

    def note(self, stats: Stats) -> None:
        """Writes down which events were dropped since the last time."""
        now = {Drop(reason).name.lower(): count for reason, count in stats.dropped.items() if reason is not Drop.CLOSED}
        new = {name: count - self._said.get(name, 0) for name, count in now.items() if count != self._said.get(name, 0)}
        if new:
            self._write(new)
        self._said = now

    def sync(self) -> None:
        """What is written here survives loss of power."""
        if self.sums:
            _sync(self._path)
            _sync(self._path.parent)

    def _write(self, new: Mapping[str, int]) -> None:
        with open(self._path, "ab") as file:
            file.write(json.dumps(new).encode() + b"\n")
        self.sums = add_up((self.sums, new))


def _settled(stats: Stats) -> int:
    return stats.delivered + sum(stats.dropped.values())


def _level(keys: Mapping[str, object]) -> str:
    """Warnings are listened to, whoever wants to see them."""
    level = keys.get("logLevel")
    return "warning" if level is None or level == "error" else str(level)


def _deliver(
    keys: Mapping[str, object], store: pathlib.Path, now_ms: int, patience: float, reported: _Reported
) -> None:
    """Sends what is in the store. The clock goes on from the end of the log, so nothing is too old to be repeated."""
    begin = time.monotonic()
    client = Client(
        {**keys, "store": str(store), "logLevel": _level(keys)},
        clock=lambda: now_ms / 1000 + time.monotonic() - begin,
        log=reported.listen,
    )
    moved_at, settled = begin, 0
    try:
        while True:
            client.tick()
            stats, now = client.stats, time.monotonic()
            reported.note(stats)
            if _settled(stats) > settled:
                moved_at, settled = now, _settled(stats)
            if now - moved_at >= patience or not (stats.queued or _journals(store)):
                return
            ahead = client._until_deadline()
            if client.descriptor is not None:
                client.wait_for_io(min(max(ahead, 0.001), GLANCE_S))
            else:
                time.sleep(min(max(ahead, 0.001), GLANCE_S))
    finally:
        client.close(timeout=0)
        reported.note(client.stats)


def _left(store: pathlib.Path) -> int:
    """Events that wait, by the command that knows the store, and the ends that the next client will add."""
    if not _journals(store):
        return 0
    run = run_command("store", "-q", "--json", str(store))
    if not run.stdout:
        raise Error(f"{store}: {run.stderr.decode(errors='replace').strip()}")
    left = 0
    for row in map(json.loads, run.stdout.splitlines()):
        if row["state"] != "aside":
            left += row["events"] - row["done"]
            left += not _journal(store / row["folder"] / row["file"], None).has_end
    return left


# ---- One session at a time


@contextlib.contextmanager
def _locked(folder: pathlib.Path, patience: float) -> Iterator[None]:
    """The end of a process frees it. Whoever comes second waits, and then finds the work done."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        until = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if not isinstance(error, BlockingIOError):
                    raise
            if time.monotonic() >= until:
                raise _Refused("another run is sending it")
            time.sleep(GLANCE_S)
        yield
    finally:
        os.close(descriptor)


def _check_same(plan: Mapping[str, Any], session: SessionLines) -> None:
    if plan["digest"] != session.digest:
        raise _Refused("its lines have changed since it was begun")
    for name, value in _destination(session).items():
        if plan["to"][name] != value:
            raise _Refused(f"it was begun with {name} {plan['to'][name]}, not {value}")


def _sent(plan: Mapping[str, Any], left: int, reported: Mapping[str, int], problem: Optional[str]) -> SentSession:
    dropped = {name: count for name, count in reported.items() if name != "possibly_doubled"}
    return SentSession(
        plan["log"],
        plan["player"],
        plan["number"],
        plan["sessions"],
        plan["events"],
        left,
        dropped,
        reported.get("possibly_doubled", 0),
        plan["refused_calls"],
        problem,
    )


def _finish(store: pathlib.Path, reported: _Reported, power: bool) -> None:
    """What was set aside stays, for a person to look at. Without its store nothing is delivered again, so nothing would
    be reported again."""
    if any(store.glob("aside/*")) or not store.exists():
        return
    if power:
        reported.sync()
    shutil.rmtree(store, ignore_errors=True)


def _send_locked(session: SessionLines, folder: pathlib.Path, patience: float) -> SentSession:
    power = session.config.get("durability") == "power"
    place = folder / "plan" / "plan.json"
    keys = {name: value for name, value in session.config.items() if name not in ("seed", "store")}
    if not place.exists():
        Client(keys, log=False).close(timeout=0)  # a configuration that cannot be sent with plans nothing
        _write_plan(session, folder, power)
    plan = json.loads(place.read_bytes())
    _check_same(plan, session)
    store = folder / "plan" / "store"
    reported = _Reported(folder / "reported.jsonl")
    if _journals(store):
        _deliver(keys, store, plan["now_ms"], patience, reported)
    sent = _sent(plan, _left(store), reported.sums, None)
    if not sent.left:
        _finish(store, reported, power)
    return sent


def send_session(session: SessionLines, ledger: Union[str, "os.PathLike[str]"], patience: float = 30.0) -> SentSession:
    """Sends what the ledger does not know to be accepted, and says what has become of the session by now.

    Two runs at once exclude each other: the second waits, up to `patience` seconds. `patience` is also how long a
    backend may take nothing. Raises ConfigError when the configuration is not complete.
    """
    folder = pathlib.Path(ledger) / session.key[:2] / session.key
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)  # what is in a store is for its owner only
    try:
        with _locked(folder, patience):
            return _send_locked(session, folder, patience)
    except _Refused as problem:
        return SentSession(session.log, session.player, session.number, problem=str(problem))


def add_up(counts: Iterable[Mapping[str, int]]) -> Dict[str, int]:
    """The sums, name by name."""
    sums: Dict[str, int] = {}
    for one in counts:
        for name, count in one.items():
            sums[name] = sums.get(name, 0) + count
    return sums
