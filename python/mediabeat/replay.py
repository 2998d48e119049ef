"""Replays of player logs: back-filling a backend, and dry runs that say what would be sent."""

from __future__ import annotations

import dataclasses
import sys
import time
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple, Union

from . import _native
from .arguments import check_seconds, wrong_type
from .client import Client
from .clock import VirtualClock
from .dry_run import DryRun, PlannedRequest
from .errors import ArgumentError, ConfigError, LogError
from .model import Consent, Drop, Result, Stats
from .playback import Playback, RefusedCall
from .player_log import Extent, Line, PlayerLog, Source

__all__ = ["Accounting", "PlannedRequest", "RefusedCall", "replay"]

LATEST_MS = 253402300799999  # the end of the year 9999
GLANCE_S = 0.1  # how long at most a wait lasts
BACKLOG_MAX = 1000  # events that may wait while the log goes on
LONG_GAP_MS = 60_000  # before such a leap of the clock everything is delivered

Progress = Union[None, bool, Callable[[int, int], object]]


# ---- What came of it


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


@dataclasses.dataclass(frozen=True)
class Accounting:
    """What became of a log's events. `print` shows the line that the command shows."""

    stats: Stats
    """The client's own accounting, for every event."""
    lines: int
    """Lines of the log that were played."""
    refused: Tuple[RefusedCall, ...]
    """Calls that changed nothing, because a rule refused them or their arguments did not fit. They are no failure."""
    refused_calls: int
    """How many that were; a call that waited for a pre-roll and was refused then is counted and not listed."""
    held_back: int
    """Events that wait for consent, or were dropped for want of it."""
    left: int
    """Events that nobody took in the time there was."""
    requests: Tuple[PlannedRequest, ...] = ()
    """Of a dry run without `on_request`: what would have been sent."""

    @property
    def complete(self) -> bool:
        """Whether every event was delivered, is stored for later, or was held back by consent."""
        return not self.left and not self.dropped

    @property
    def dropped(self) -> int:
        """Events that are lost, for other reasons than consent."""
        return sum(count for reason, count in self.stats.dropped.items() if reason is not Drop.CONSENT)

    def __str__(self) -> str:
        stats = self.stats
        events = [f"{_count(stats.sessions, 'session')}", f"{_count(stats.accepted, 'event')}"]
        events += [f"{stats.recovered} recovered"] if stats.recovered else []
        fates = [(stats.delivered, "delivered"), (stats.stored, "stored"), (self.held_back, "held back by consent")]
        fates += [
            (count, f"dropped ({_native.drop_text(why)})")
            for why, count in stats.dropped.items()
            if why is not Drop.CONSENT
        ]
        fates.append((self.left, "left undelivered"))
        said = ", ".join(f"{count} {what}" for count, what in fates if count)
        asides = (
            (self.refused_calls, "call", "refused"),
            (stats.retries, "request", "repeated"),
            (stats.reopened, "session", "reopened"),
            (stats.possibly_doubled, "session", "possibly doubled"),
        )
        return "; ".join(
            [", ".join(events) + (f": {said}" if said else "")]
            + [f"{_count(count, what)} {fate}" for count, what, fate in asides if count]
        )


def _account(stats: Stats, playback: Playback, lines: int, requests: List[PlannedRequest]) -> Accounting:
    waiting = 0 if playback.consent is Consent.IN else stats.held
    return Accounting(
        stats=stats,
        lines=lines,
        refused=tuple(playback.refused),
        refused_calls=stats.refused_calls + playback.uncounted,
        held_back=waiting + stats.dropped[Drop.CONSENT],
        left=stats.queued - waiting,
        requests=tuple(requests),
    )


# ---- Progress


class _Bar:
    """A line on a terminal that is drawn again and again."""

    EVERY_S = 0.1
    WIDTH = 30

    def __init__(self) -> None:
        self._drawn_at = 0.0

    def __call__(self, done: int, all: int) -> None:
        now = time.monotonic()
        if done < all and now - self._drawn_at < self.EVERY_S:
            return
        self._drawn_at = now
        part = done / all if all else 1.0
        bar = "#" * int(part * self.WIDTH)
        sys.stderr.write(
            f"\r\033[K{part:4.0%} [{bar:<{self.WIDTH}}] {done} of {all} lines" + ("\n" if done == all else "")
        )
        sys.stderr.flush()


def _reporter(progress: Progress) -> Optional[Callable[[int, int], object]]:
    if callable(progress):
        return progress
    wanted = sys.stderr is not None and sys.stderr.isatty() if progress is None else progress
    return _Bar() if wanted else None


# ---- The clock


class _Pace:
    """Moves the clock from one line of a log to the next, firing what is due at its own time, and on to the end."""

    def __init__(self, client: Client, clock: VirtualClock, playback: Playback, answers: Optional[DryRun]) -> None:
        self._client = client
        self._clock = clock
        self._playback = playback
        self._answers = answers
        self._recorded = client.config.get("ticks") == "recorded"  # the log says itself when timers fire
        self._fired_at: Optional[int] = None  # the last tick that was not a line's

    @staticmethod
    def _milliseconds(seconds: Optional[float]) -> Optional[int]:
        return None if seconds is None else round(seconds * 1000)

    def _next_firing(self) -> Optional[int]:
        """What could not be done at its time is tried a millisecond later."""
        at = self._milliseconds(self._client._next_delivery() if self._recorded else self._client._next_deadline())
        if at is None:
            return None
        at = max(at, self._clock.now_ms)
        return at + 1 if at == self._fired_at else at

    def _fire_before(self, limit: int) -> None:
        at = self._next_firing()
        while at is not None and at < limit:
            self._clock.now_ms = self._fired_at = at
            if self._recorded:
                self._client.deliver()
            else:
                self._playback.tick(at)
            at = self._next_firing()

    def _backlog(self) -> int:
        stats = self._client.stats
        return stats.queued - stats.held

    def _let_backend_catch_up(self, ts: int) -> None:
        """The clock of a log leaves a backend behind at once, and a long log would overflow the queues. It waits for
        answers; not for retries, whose time comes with the clock."""
        enough = 0 if ts - self._clock.now_ms >= LONG_GAP_MS else BACKLOG_MAX
        while self._client.descriptor is not None and self._backlog() > enough:
            self._client.wait_for_io(GLANCE_S)
            self._client.deliver()

    def to(self, ts: int) -> None:
        """Goes on to a line's time."""
        if self._answers is None:
            self._let_backend_catch_up(ts)
        self._fire_before(ts)
        self._clock.now_ms = ts

    def end(self, drain: float) -> None:
        """The log is over: no more timers. Delivers what is queued, for `drain` seconds at most."""
        if self._answers is None:
            self._end_sending(drain)
        else:
            self._end_dry_run(self._answers, round(drain * 1000))

    def _end_dry_run(self, answers: DryRun, drain_ms: int) -> None:
        until = self._clock.now_ms + drain_ms
        answers.end()
        self._client.deliver()
        due = self._milliseconds(self._client._next_delivery())
        while due is not None and max(due, self._clock.now_ms) <= until:
            self._clock.now_ms = due if due > self._clock.now_ms else self._clock.now_ms + 1
            self._client.deliver()
            due = self._milliseconds(self._client._next_delivery())

    def _end_sending(self, drain: float) -> None:
        begin, log_end = time.monotonic(), self._clock.now_ms
        while True:
            passed = time.monotonic() - begin
            self._clock.now_ms = log_end + round(passed * 1000)
            self._client.deliver()
            due = self._milliseconds(self._client._next_delivery())
            under_way = self._client.descriptor is not None
            if passed >= drain or (not under_way and due is None):
                return
            ahead = GLANCE_S if due is None else max(due - self._clock.now_ms, 1) / 1000
            self._client.wait_for_io(min(ahead, GLANCE_S, drain - passed))


# ---- A replay


def _configuration(
    first: Optional[Line], dry_run: bool, given: Mapping[str, object], to: Optional[str]
) -> Dict[str, Any]:
    """The log's configuration goes over what was given, the endpoint over both. Two dry runs give the same bytes, so
    what is random is the same too; and because they take all that they show for delivered, they have no store."""
    config: Dict[str, Any] = {"seed": 1} if dry_run else {}
    config.update(given)
    if first is not None and first.call == "configure":
        config.update(first.members.get("config") or {})
    if to is not None:
        config["endpoint"] = to
    if dry_run:
        config.pop("store", None)
    elif not config.get("endpoint"):
        raise ConfigError("to: where to send is missing, and the configuration has no endpoint", Result.MISSING_KEY)
    return config


def _shift(log: PlayerLog, extent: Extent, epoch: Union[None, int, str]) -> int:
    """From the log's time to the clock's, in ms."""
    if epoch is None or not extent.lines:
        shift = 0
    elif epoch == "now":
        shift = time.time_ns() // 1_000_000 - extent.first_ts
    elif isinstance(epoch, int) and not isinstance(epoch, bool):
        shift = epoch - extent.first_ts
    else:
        raise TypeError(f'epoch: milliseconds since 1970, "now" or None is needed, not {epoch!r}')
    if not 0 <= extent.first_ts + shift <= extent.last_ts + shift <= LATEST_MS:
        raise LogError("its times are not between 1970 and 9999; epoch moves them", log.name, 1)
    return shift


def _play(
    log: PlayerLog, extent: Extent, shift: int, playback: Playback, pace: _Pace, client: Client, progress: Progress
) -> None:
    report = _reporter(progress)
    for done, line in enumerate(log.lines(), 1):
        ts = line.ts + shift
        pace.to(ts)
        playback.play(line, ts)
        client.deliver()
        if report:
            report(done, extent.lines)


def _check_arguments(
    to: object, dry_run: bool, config: object, drain: float, on_request: Optional[Callable[[PlannedRequest], object]]
) -> None:
    if to is not None and not isinstance(to, str):
        raise wrong_type("to", "a text", to)
    if config is not None and not isinstance(config, Mapping):
        raise wrong_type("config", "a mapping", config)
    check_seconds(drain, "drain")
    if on_request is not None and not callable(on_request):
        raise wrong_type("on_request", "a callable", on_request)
    if on_request is not None and not dry_run:
        raise ArgumentError("on_request: only a dry run shows its requests")


def replay(
    source: Source,
    *,
    to: Optional[str] = None,
    dry_run: bool = False,
    config: Optional[Mapping[str, object]] = None,
    epoch: Union[None, int, str] = None,
    drain: float = 30.0,
    progress: Progress = None,
    on_request: Optional[Callable[[PlannedRequest], object]] = None,
) -> Accounting:
    """Plays a player log: every call goes to the library at the time it was made, on a clock of the log's own, as fast
    as it can be done. For back-filling a backend, and with `dry_run` for looking at what would be sent.

        mediabeat.replay("evening.jsonl", to="http://127.0.0.1:8484", config={...}, epoch="now")
        mediabeat.replay([{"ts": 0, "call": "sessionStart", "info": {...}}, ...], dry_run=True).requests
        mediabeat.replay(mediabeat.calls_from_frame(frame), to=url, config={...})

    `source` is a path, an open file, or calls as dicts; see docs/player-log.md. All of it is checked before the first
    request. `to` is the endpoint. `config` holds configuration keys; those of the log's own `configure` line go over
    them. `epoch` moves the log in time, so that its first line is at this moment: milliseconds since 1970, or "now".
    `drain` is how long, in seconds, to go on delivering when the log is over. `progress` is a bar on standard error:
    None shows it on a terminal, True always, False never; a callable gets the number of lines played and of all.

    A dry run sends nothing and answers each request itself, as a backend that is content or as the log's `backend`
    lines say. Its requests are in the answer's `requests`, or go to `on_request` one by one as they are made.

    Returns the accounting. Raises LogError (file, line, reason) for a line that is no player log, ConfigError when
    the configuration is not complete, and ArgumentError for a value that is not taken; nothing was sent then.
    """
    _check_arguments(to, dry_run, config, drain, on_request)
    with PlayerLog(source) as log:
        extent = log.check()
        keys = _configuration(next(iter(log.lines()), None), dry_run, config or {}, to)
        shift = _shift(log, extent, epoch)
        requests: List[PlannedRequest] = []
        clock = VirtualClock((extent.first_ts + shift) / 1000)
        answers = DryRun(on_request or requests.append, lambda: clock.now_ms) if dry_run else None
        client = Client(keys, clock=clock, transport=answers)
        try:
            playback = Playback(client, client.config, answers)
            pace = _Pace(client, clock, playback, answers)
            _play(log, extent, shift, playback, pace, client, progress)
            pace.end(drain)
            if client.config.get("store"):  # nothing is lost when the client closes: what waited in memory waits there
                client.close(timeout=0)
            return _account(client.stats, playback, extent.lines, requests)
        finally:
            client.close(timeout=0)
