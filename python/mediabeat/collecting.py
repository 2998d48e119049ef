"""The collector: starting one, and reading what one holds or has held."""

from __future__ import annotations

import contextlib
import datetime
import http.client
import json
import os
import pathlib
import selectors
import signal
import sqlite3
import subprocess
import tempfile
import time
import urllib.parse
import weakref
from typing import IO, Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Union, cast

from . import reporting
from .arguments import check_seconds, path_of, wrong_type
from .command import Place, find_command
from .errors import Error, TransportError
from .tables import Column, Row, Table

__all__ = ["Collector", "collector", "events", "sessions"]

SESSION_COLUMNS = (
    Column("id", "string"),
    Column("state", "string"),
    Column("protocol", "string"),
    Column("startedAt", "time"),
    Column("lastEventAt", "time"),
    Column("closeReason", "string"),
    Column("closedAt", "time"),
    Column("eventCount", "int64"),
    Column("duplicateCount", "int64"),
    Column("mediaId", "string"),
    Column("mediaName", "string"),
    Column("playerName", "string"),
    Column("channel", "string"),
    Column("resume", "bool"),
    Column("downloaded", "bool"),
)

EVENT_COLUMNS = (
    Column("session", "string"),
    Column("index", "int64"),
    Column("receivedAt", "time"),
    Column("duplicate", "bool"),
    Column("afterEnd", "bool"),
    Column("eventType", "string"),
    Column("ts", "time"),
    Column("playhead", "double"),
    Column("event", "json"),
)

PAGE = 1000  # rows asked of a collector at a time
REQUEST_TIMEOUT_S = 60.0


# ---- What is common to the forms of an event


def _epoch_ms(timestamp: object) -> Optional[int]:
    """An XDM timestamp as milliseconds since 1970; None when it is none."""
    if not isinstance(timestamp, str):
        return None
    seconds, _, fraction = timestamp.rstrip("Z").partition(".")
    try:
        moment = datetime.datetime.strptime(seconds, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
        return int(moment.timestamp()) * 1000 + int((fraction + "000")[:3])
    except ValueError:
        return None


def _event_row(row: Row) -> Row:
    """A row as the collector gives it, with the facts that either protocol's events have put in front of the event."""
    event = row.pop("event") or {}
    xdm = event.get("mediaCollection")
    if xdm is None:
        time_of = event.get("playerTime", {})
        row.update(eventType=event.get("eventType"), ts=time_of.get("ts"), playhead=time_of.get("playhead"))
    else:
        kind = event.get("eventType") or event.get("mediaEventType") or ""
        timestamp = event.get("timestamp") or event.get("mediaEventTimestamp")
        row.update(eventType=kind.partition(".")[2], ts=_epoch_ms(timestamp), playhead=xdm.get("playhead"))
    row["event"] = event or None
    return row


# ---- A collector that runs


class _Site:
    """Reads what a running collector holds, page by page, over one connection."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    @contextlib.contextmanager
    def _connection(self) -> Iterator[http.client.HTTPConnection]:
        try:
            parts = urllib.parse.urlsplit(self.url)
            kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
            connection = kind(parts.netloc, timeout=REQUEST_TIMEOUT_S)
        except (ValueError, http.client.InvalidURL) as error:
            raise TransportError(f"{self.url}: {error}") from error
        try:
            yield connection
        except TransportError:
            raise
        except (OSError, http.client.HTTPException) as error:
            raise TransportError(f"{self.url}: {error}") from error
        finally:
            connection.close()

    def _get(self, connection: http.client.HTTPConnection, path: str, **query: object) -> List[Row]:
        prefix = urllib.parse.quote(urllib.parse.urlsplit(self.url).path, safe="/%")
        connection.request("GET", f"{prefix}{path}?{urllib.parse.urlencode(query)}")
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise TransportError(f"{self.url}{path}: {answer.status}: {body[:200].decode(errors='replace').strip()}")
        try:
            return cast(List[Row], json.loads(body))
        except ValueError as error:
            raise TransportError(f"{self.url}{path}: the answer is not JSON: {error}") from error

    def _pages(self, connection: http.client.HTTPConnection, path: str, key: str, **query: object) -> Iterator[Row]:
        page = self._get(connection, path, limit=PAGE, **query)
        while page:
            yield from page
            page = self._get(connection, path, limit=PAGE, after=page[-1][key], **query) if len(page) == PAGE else []

    def sessions(self) -> Iterator[Row]:
        with self._connection() as connection:
            yield from self._pages(connection, "/api/sessions", "id")

    def events(self, session: Optional[str], normalised: bool) -> Iterator[Row]:
        form = {"form": "normalised"} if normalised else {}
        with self._connection() as connection:
            ids = [session] if session is not None else (row["id"] for row in self.sessions())
            for id in ids:
                path = f"/api/sessions/{urllib.parse.quote(id, safe='')}/events"
                for row in self._pages(connection, path, "index", **form):
                    yield _event_row({"session": id, **row})


# ---- A collector's data file

APPLICATION_ID = 0x6D626561

_SESSIONS_SQL = """
select id, state, protocol, started_at as startedAt, last_event_at as lastEventAt, reason as closeReason,
  case state when 'closed' then closed_at end as closedAt, events as eventCount, duplicates as duplicateCount,
  media_id as mediaId, media_name as mediaName, player_name as playerName, channel, resume, downloaded
from session order by key
"""

_EVENTS_SQL = """
select session.id as session, position as "index", received_at as receivedAt,
  ifnull(mark = 'duplicate', 0) as duplicate, ifnull(mark = 'afterEnd', 0) as afterEnd, body as event
from event cross join session on session.key = event.session {where} order by event.key
"""


class _DataFile:
    """Reads a collector's SQLite database; a collector may be running on it."""

    def __init__(self, path: str) -> None:
        self.path = path

    @contextlib.contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        place = pathlib.Path(self.path).absolute().as_uri()
        try:
            with contextlib.closing(sqlite3.connect(f"{place}?mode=ro", uri=True)) as database:
                database.row_factory = sqlite3.Row
                if database.execute("pragma application_id").fetchone()[0] != APPLICATION_ID:
                    raise Error(f"{self.path}: an SQLite database, but not of a collector")
                yield database
        except sqlite3.Error as error:
            raise Error(f"{self.path}: {error}") from error

    def sessions(self) -> Iterator[Row]:
        with self._database() as database:
            for found in database.execute(_SESSIONS_SQL):
                yield {**dict(found), "resume": bool(found["resume"]), "downloaded": bool(found["downloaded"])}

    def events(self, session: Optional[str], normalised: bool) -> Iterator[Row]:
        if normalised:
            yield from self._exported(session)
            return
        where, values = ("", ()) if session is None else ("where session.id = ?", (session,))
        with self._database() as database:
            for found in database.execute(_EVENTS_SQL.format(where=where), values):
                flags = {name: bool(found[name]) for name in ("duplicate", "afterEnd")}
                yield _event_row({**dict(found), **flags, "event": json.loads(found["event"])})

    def _exported(self, session: Optional[str]) -> Iterator[Row]:
        """The normal form is the command's business."""
        arguments = [find_command(), "collector", "--export", "--normalised", "--data", self.path]
        with tempfile.TemporaryFile() as errors:
            with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=errors) as run:
                assert run.stdout
                yield from _Export(self.path).rows(run.stdout, session)
            if run.returncode:
                raise Error(f"{self.path}: {_text_in(errors)}")


# ---- An export


def _close(row: Row, reason: str) -> None:
    row.update(state="closed", closeReason=reason, closedAt=row["lastEventAt"])


def _media_facts(event: Mapping[str, Any]) -> Row:
    """What a session's own row says of its sessionStart."""
    media = event.get("mediaCollection")
    if media is not None:
        facts = media.get("sessionDetails", {})
        names = {"mediaId": "name", "mediaName": "friendlyName", "playerName": "playerName", "channel": "channel"}
        resume, downloaded = facts.get("hasResume"), "mediaEventType" in event
    else:
        facts = event.get("params", {})
        names = {"mediaId": "id", "mediaName": "name", "playerName": "playerName", "channel": "channel"}
        names = {column: f"media.{name}" for column, name in names.items()}
        resume, downloaded = facts.get("media.resume"), facts.get("media.downloaded")
    found = {column: facts.get(name) for column, name in names.items()}
    return {**found, "resume": bool(resume), "downloaded": bool(downloaded)}


class _Export:
    """Reads JSON Lines that `mediabeat collector --export` has written."""

    def __init__(self, path: str) -> None:
        self.path = path

    def rows(self, lines: Iterable[bytes], session: Optional[str]) -> Iterator[Row]:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                if session is None or row["session"] == session:
                    yield _event_row(row)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise Error(f"{self.path}:{number}: no line of a collector's export: {error}") from error

    def events(self, session: Optional[str], normalised: bool) -> Iterator[Row]:
        if normalised:
            raise Error(f"{self.path}: an export is in the form it was written in; write it with --normalised")
        with open(self.path, "rb") as file:
            yield from self.rows(file, session)

    def sessions(self) -> Iterator[Row]:
        """Put together from their events, so all of them are in memory at once."""
        found: Dict[str, Row] = {}
        for event in self.events(None, False):
            row = found.get(event["session"])
            if row is None:
                row = found[event["session"]] = self._opened(event)
            self._count(row, event)
        yield from found.values()

    @staticmethod
    def _opened(event: Row) -> Row:
        body = event["event"] or {}
        row: Row = {column.name: None for column in SESSION_COLUMNS}
        row.update(id=event["session"], state="open", protocol="edge" if "mediaCollection" in body else "v1")
        row.update(startedAt=event["receivedAt"], eventCount=0, duplicateCount=0)
        row.update(_media_facts(body))
        return row

    @staticmethod
    def _count(row: Row, event: Row) -> None:
        row["lastEventAt"] = event["receivedAt"]
        row["duplicateCount"] += event["duplicate"]
        if event["duplicate"] or event["afterEnd"]:
            return
        row["eventCount"] += 1
        if event["eventType"] == "sessionEnd":
            _close(row, "sessionEnd")
        elif row["downloaded"]:
            _close(row, "batchEnd")
        elif event["eventType"] == "sessionComplete":
            row["state"] = "completed"


def _reader(place: Place) -> Union[_Site, _DataFile, _Export]:
    text = path_of(place, "place", "a URL or a path")
    if text[:8].lower().startswith(("http://", "https://")):
        return _Site(text)
    with open(text, "rb") as file:
        return _DataFile(text) if file.read(16) == b"SQLite format 3\0" else _Export(text)


def sessions(place: Place) -> Table:
    """The sessions that a collector holds, in order of arrival.

    `place` is the URL of a collector that runs, its data file, or a file of JSON Lines from `mediabeat collector
    --export` (whose sessions are put together from their events). Rows have the members that docs/collector.md lists;
    times are milliseconds since 1970. Raises TransportError when a collector does not answer, OSError when a file
    cannot be read, Error when it is something else; at the call for a file's name, else while iterating.
    """
    reader = _reader(place)
    return Table(SESSION_COLUMNS, reader.sessions, "sessions")


def events(place: Place, session: Optional[str] = None, *, normalised: bool = False) -> Table:
    """The events that a collector holds, of all sessions or of one, by its id.

    `place` as for `sessions`. A row has `session`, `index`, `receivedAt` (ms), `duplicate`, `afterEnd`, the event's
    `eventType` (without "media." in front), `ts` (ms since 1970) and `playhead` (s), and the whole `event` as it was
    sent, or with `normalised` in the form that is the same for both protocols. Events stand in order of arrival within
    their session; from a URL and in the normal form session after session. Raises as `sessions`.
    """
    reader = _reader(place)
    if session is not None and not isinstance(session, str):
        raise wrong_type("session", "a text", session)
    return Table(EVENT_COLUMNS, lambda: reader.events(session, normalised), "events")


# ---- Starting one


def _text_in(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace").strip()


def _end(process: "subprocess.Popen[bytes]", owner: int, timeout: float) -> None:
    """Ends the collector as it wants to be ended. A fork of its owner leaves it alone."""
    if owner != os.getpid() or process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Collector:
    """A collector that runs as a process of its own; `collector()` makes it. A context manager.

    It ends with stop(), with its `with` block, when it is garbage collected, or when Python ends.
    """

    def __init__(self, arguments: Sequence[str], data: Optional[str], timeout: float) -> None:
        self.url = ""
        """Where it listens, such as http://127.0.0.1:8484."""
        self.data = data
        """Its data file; None when it keeps everything in memory."""
        self._errors = tempfile.TemporaryFile()
        weakref.finalize(self, self._errors.close)
        self._command = arguments[0]
        try:
            # In a session of its own: Ctrl-C in a notebook interrupts the cell, not the collector.
            self._process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._errors, start_new_session=True
            )
        except OSError as error:
            raise Error(f"the collector cannot be started: {error}") from error
        self._owner = os.getpid()
        self._finalizer = weakref.finalize(self, _end, self._process, self._owner, 10.0)
        self.url = self._wait_until_it_listens(timeout)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def log(self) -> str:
        """What it has written on standard error so far."""
        return _text_in(self._errors)

    def _wait_until_it_listens(self, timeout: float) -> str:
        line = self._first_line(time.monotonic() + timeout)
        if line.startswith("collector listening on "):
            return line.split()[-1]
        ended = self._process.poll()
        why = f"within {timeout:g} s" if ended is None else f"(exit status {ended})"
        self._finalizer()
        said = [f"{self._command}: the collector did not start {why}", line.strip(), self.log]
        raise Error(": ".join(filter(None, said)))

    def _first_line(self, deadline: float) -> str:
        output = cast(IO[bytes], self._process.stdout)
        line = b""
        with output, selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while not line.endswith(b"\n") and selector.select(max(deadline - time.monotonic(), 0)):
                piece = os.read(output.fileno(), 4096)
                if not piece:
                    self._process.wait()
                    break
                line += piece
        return line.decode(errors="replace")

    def sessions(self) -> Table:
        """Its sessions; see mediabeat.sessions."""
        return sessions(self.url)

    def events(self, session: Optional[str] = None, *, normalised: bool = False) -> Table:
        """Its events; see mediabeat.events."""
        return events(self.url, session, normalised=normalised)

    def report(self) -> reporting.Report:
        """The metrics of its sessions; see mediabeat.report."""
        return reporting.report(self.url)

    def findings(self) -> Table:
        """What is wrong with its sessions; see mediabeat.findings."""
        return reporting.findings(self.url)

    def stop(self, timeout: float = 10.0) -> None:
        """Ends it and waits for that, for `timeout` seconds at most before it is killed. Fine when it has ended.

        Raises Error when it ended with an exit status other than 0.
        """
        check_seconds(timeout, "timeout")
        if self._finalizer.detach():
            _end(self._process, self._owner, timeout)
            if self._process.returncode:
                raise Error(": ".join(filter(None, [f"the collector ended with {self._process.returncode}", self.log])))

    def __enter__(self) -> Collector:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        ended = self._process.poll() is not None
        return f"<mediabeat collector {'(ended) ' if ended else ''}{self.url}>"


def collector(
    data: Optional[Place] = None,
    *,
    port: int = 0,
    listen: str = "127.0.0.1",
    options: Sequence[str] = (),
    command: Optional[Place] = None,
    timeout: float = 10.0,
) -> Collector:
    """Starts a collector and waits until it listens, for tests and notebooks.

        with mediabeat.collector() as collector:
            mediabeat.replay("evening.jsonl", to=collector.url)
            print(list(collector.sessions()))

    `data` is the file it keeps everything in; without it everything is in memory and gone at the end. `port` 0 takes
    any that is free. `options` are further options of `mediabeat collector`. `command` names the program, otherwise it
    is $MEDIABEAT, the one of this package, or the one on the PATH. Raises Error, with what the collector said, when it
    does not listen within `timeout` seconds.
    """
    path = None if data is None else path_of(data, "data")
    if isinstance(options, str):
        raise wrong_type("options", "a sequence of texts", options)
    for name, text in (("listen", listen), *(("options", option) for option in options)):
        if not isinstance(text, str):
            raise wrong_type(name, "a text", text)
    check_seconds(timeout, "timeout")
    arguments = [find_command(command), "collector", "--port", str(port), "--listen", listen, *options]
    return Collector(arguments + (["--data", path] if path is not None else []), path, timeout)
