"""Player logs: which calls there are, what their members are, and whether a line is one.

The format is that of `docs/player-log.md`; the `mediabeat` command reads the same one by the same rules and gives the
same reasons. Whether a call makes sense is the library's business; here it is names, types and the order of time.
"""

from __future__ import annotations

import gzip
import json
import math
import numbers
import os
import tempfile
import zlib
from typing import IO, Any, Callable, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Tuple, Union, cast

from .arguments import wrong_type
from .errors import LogError

__all__ = ["CALLS", "Extent", "Line", "PlayerLog", "Source"]

Source = Union[str, "os.PathLike[str]", IO[bytes], IO[str], Iterable[Mapping[str, object]]]
"""What a log can be read from: a path (of a file that may be compressed with gzip), an open file, or calls as dicts."""

LINE_MAX = 16 << 20  # bytes; longer is not a player log
KEPT_MAX = 4 << 20  # a log up to this size is parsed once: its lines stay in memory between check and replay
TS_MAX = 1 << 53  # beyond, JSON numbers are not exact
DIGITS_MAX = 60
DEPTH_MAX = 64

Members = Mapping[str, Any]


class Line(NamedTuple):
    """One line of a log, checked."""

    number: int  # from 1; blank lines count
    ts: int  # ms, as written
    call: str
    player: str  # "" when it names none
    has_player: bool
    members: Members


class Extent(NamedTuple):
    """What a check of the whole log found out; times in ms, 0 when there are no lines."""

    lines: int
    first_ts: int
    last_ts: int


class _Wrong(Exception):
    """Why a line is none; the place is added where it is known."""


# ---- Members: their types by path


class _Type(NamedTuple):
    name: str
    fits: Callable[[object], bool]


def _is_object(value: object) -> bool:
    return type(value) is dict or isinstance(value, Mapping)  # the first is quick, the second slow


def _is_number(value: object) -> bool:
    if type(value) is float:
        return value - value == 0  # of infinity and NaN it is NaN
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


TEXT = _Type("a text", lambda value: isinstance(value, str))
NUMBER = _Type("a number", _is_number)
FLAG = _Type("true or false", lambda value: isinstance(value, bool))
OBJECT = _Type("an object", _is_object)
TEXTS = _Type("an object of texts", _is_object)


class Member(NamedTuple):
    """A member of a call by its path; an object stands before its members."""

    path: str
    type: _Type
    choices: Tuple[str, ...] = ()


def _info(**types: _Type) -> Tuple[Member, ...]:
    return (Member("info", OBJECT), *(Member(f"info.{name}", type) for name, type in types.items()))


_METADATA = Member("metadata", TEXTS)
_OPTIONS = (Member("options", OBJECT), Member("options.playerId", TEXT))
_FORMS = (Member("options.event", OBJECT), Member("options.xdm", OBJECT))

CALLS: Dict[str, Tuple[Member, ...]] = {
    "configure": (Member("config", OBJECT),),
    "sessionStart": (
        *_info(
            id=TEXT,
            name=TEXT,
            length=NUMBER,
            streamType=TEXT,
            mediaType=TEXT,
            resumed=FLAG,
            prerollWaitingTime=NUMBER,
            granularAdTracking=FLAG,
        ),
        _METADATA,
    ),
    "play": (),
    "pause": (),
    "complete": (),
    "sessionEnd": (),
    "playhead": (Member("value", NUMBER),),
    "qoe": _info(bitrate=NUMBER, startupTime=NUMBER, fps=NUMBER, droppedFrames=NUMBER),
    "error": (Member("id", TEXT),),
    "adBreakStart": _info(name=TEXT, position=NUMBER, startTime=NUMBER),
    "adBreakComplete": (),
    "adStart": (*_info(id=TEXT, name=TEXT, position=NUMBER, length=NUMBER), _METADATA),
    "adComplete": (),
    "adSkip": (),
    "chapterStart": (*_info(name=TEXT, position=NUMBER, length=NUMBER, startTime=NUMBER), _METADATA),
    "chapterComplete": (),
    "chapterSkip": (),
    "bufferStart": (),
    "bufferComplete": (),
    "seekStart": (),
    "seekComplete": (),
    "bitrateChange": (),
    "stateStart": _info(name=TEXT),
    "stateEnd": _info(name=TEXT),
    "createMediaSession": (
        *_OPTIONS,
        *_FORMS,
        Member("options.granularAdTracking", FLAG),
        Member("options.noPings", FLAG),
        Member("options.manual", FLAG),
    ),
    "sendMediaEvent": (
        *_OPTIONS,
        *_FORMS,
        Member("options.xdm.mediaCollection", OBJECT),
        Member("options.xdm.mediaCollection.sessionID", TEXT),
        Member("options.sessionID", TEXT),
    ),
    "playerDetails": (
        Member("details", OBJECT),
        Member("details.playhead", NUMBER),
        Member("details.qoeDataDetails", OBJECT),
        Member("details.qoeDataDetails.bitrate", NUMBER),
        Member("details.qoeDataDetails.droppedFrames", NUMBER),
        Member("details.qoeDataDetails.framesPerSecond", NUMBER),
        Member("details.qoeDataDetails.timeToStart", NUMBER),
    ),
    "online": (Member("value", FLAG),),
    "consent": (Member("value", TEXT, ("in", "out", "unknown")),),
    "backend": (
        Member("status", NUMBER),
        Member("delay", NUMBER),
        Member("network", TEXT, ("up", "down")),
        Member("times", NUMBER),
        Member("sessionId", TEXT),
    ),
    "tick": (),
}
"""The members of each call, by the call's name."""

SESSION_LEVEL = ("createMediaSession", "sendMediaEvent")

_PATHS = {call: tuple((member, tuple(member.path.split("."))) for member in members) for call, members in CALLS.items()}


def member(members: Members, *path: str) -> Any:
    """The member at a path; missing, null, and below something that is no object are the same: None."""
    value: Any = members
    for name in path:
        if not _is_object(value):
            return None
        value = value.get(name)
        if value is None:
            return None
    return value


def session_id(line: Line) -> Optional[str]:
    """The id by which a line names a session: options.sessionID, or where it names no player the one in its event."""
    named: Optional[str] = member(line.members, "options", "sessionID")
    if named is not None or line.has_player:
        return named
    in_event: Optional[str] = member(line.members, "options", "xdm", "mediaCollection", "sessionID")
    return in_event


def _type_name(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "an array"
    if isinstance(value, numbers.Real):
        return "a number"
    return f"{type(value).__name__}"


# ---- One line


def _check_texts(path: str, texts: Mapping[object, object]) -> None:
    for name, value in texts.items():
        if not isinstance(name, str):
            raise _Wrong(f"{path}: a name must be a text, not {_type_name(name)}")
        if value is not None and not isinstance(value, str):
            raise _Wrong(f"{path}.{name} must be a text, not {_type_name(value)}")


def _check_member(wanted: Member, value: object) -> None:
    if not wanted.type.fits(value):
        if isinstance(value, numbers.Real) and wanted.type is NUMBER and not isinstance(value, bool):
            raise _Wrong(f"{wanted.path} must be a finite number")
        raise _Wrong(f"{wanted.path} must be {wanted.type.name}, not {_type_name(value)}")
    if wanted.choices and value not in wanted.choices:
        raise _Wrong(f'{wanted.path} must be one of {" ".join(wanted.choices)}, not "{value}"')
    if wanted.type is TEXTS:
        _check_texts(wanted.path, cast(Mapping[object, object], value))


def _check_members(call: str, members: Members) -> None:
    for wanted, path in _PATHS[call]:
        value = member(members, *path)
        if value is not None:
            _check_member(wanted, value)


def _distance(one: str, other: str) -> int:
    """How many letters must change to make one word the other."""
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        corner, row[0] = row[0], i
        for j, counterpart in enumerate(other, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (letter != counterpart))
    return row[-1]


def _nearest(word: str) -> str:
    """A known call that may have been meant, as the end of a sentence."""
    word = word[:64]
    near = min(CALLS, key=lambda name: _distance(word, name))
    return f'; did you mean "{near}"?' if _distance(word, near) < len(word) // 2 + 1 else ""


def _find_time(members: Members) -> int:
    ts = members.get("ts")
    if type(ts) is not int:
        if ts is None:
            raise _Wrong("ts is missing")
        if isinstance(ts, bool) or not isinstance(ts, numbers.Integral):
            raise _Wrong("ts must be an integer (milliseconds)")
        ts = int(ts)
    if not -TS_MAX <= ts <= TS_MAX:
        raise _Wrong("ts is out of range")
    return ts


def _find_call(members: Members) -> str:
    call = members.get("call")
    if call is None:
        raise _Wrong("call is missing")
    if not isinstance(call, str):
        raise _Wrong(f"call must be a text, not {_type_name(call)}")
    if call not in CALLS:
        raise _Wrong(f'unknown call "{call[:60]}"{_nearest(call)}')
    return call


def _find_player(members: Members, call: str) -> Tuple[str, bool]:
    player = members.get("player")
    if player is None and call in SESSION_LEVEL:
        player = member(members, "options", "playerId")
        return (player, True) if isinstance(player, str) else ("", False)
    if player is None:
        return "", False
    if not isinstance(player, str):
        raise _Wrong(f"player must be a text, not {_type_name(player)}")
    return player, True


def _check_event(line: Line) -> None:
    """An event has one form, and somebody's it must be."""
    if member(line.members, "options", "xdm") is None:
        return
    if member(line.members, "options", "event") is not None:
        raise _Wrong("options.event and options.xdm cannot both be given")
    if line.call == "sendMediaEvent" and not line.has_player and session_id(line) is None:
        raise _Wrong("whose event is it? options.playerId or options.xdm.mediaCollection.sessionID must say")


def _line_of(number: int, members: Members) -> Line:
    ts, call = _find_time(members), _find_call(members)
    player, has_player = _find_player(members, call)
    if _PATHS[call]:
        _check_members(call, members)
    line = Line(number, ts, call, player, has_player, members)
    if call in SESSION_LEVEL:
        _check_event(line)
    return line


# ---- JSON, as strict as the library reads it


class _NotJson(ValueError):
    """A value that Python takes for JSON and the library does not."""


_REASONS = {  # Python's words: the library's
    "Expecting property name enclosed in double quotes": "a member name is expected",
    "Illegal trailing comma before end of object": "a member name is expected",
    "Expecting value": "a value is expected",
    "Extra data": "something follows the value",
    "Expecting ':' delimiter": "':' is expected",
    "Expecting ',' delimiter": "',' or the end of the object or array is expected",
    "Unterminated string starting at": "a text has no end",
    "Invalid control character at": "a control character stands in a text",
    "Invalid \\escape": "no such escape",
    "Invalid \\uXXXX escape": "\\u needs four hexadecimal digits",
}


def _integer(text: str) -> int:
    if len(text) > DIGITS_MAX:
        raise _NotJson("a number is too long")
    return int(text)


def _fraction(text: str) -> float:
    value = float(text)
    if len(text) > DIGITS_MAX:
        raise _NotJson("a number is too long")
    if math.isinf(value):
        raise _NotJson("a number is out of range")
    return value


def _constant(text: str) -> float:
    raise _NotJson("a value is expected")


_decode = json.JSONDecoder(parse_int=_integer, parse_float=_fraction, parse_constant=_constant).decode


def _texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts_in(name)
            yield from _texts_in(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts_in(inner)


def _check_texts_in(value: object) -> None:
    """What no JSON text of the library's holds: zero bytes and halves of characters."""
    for text in _texts_in(value):
        if "\0" in text:
            raise _NotJson("a text contains \\u0000")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise _NotJson("a surrogate stands alone") from None


def _depth(value: object) -> int:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ()
    return 1 + max(map(_depth, inner), default=0) if isinstance(value, (Mapping, list, tuple)) else 0


def _parse(text: str) -> Members:
    try:
        value = _decode(text)
        if "\\u" in text:
            _check_texts_in(value)
        if text.count("{") + text.count("[") > DEPTH_MAX and _depth(value) > DEPTH_MAX:
            raise _NotJson("more than 64 levels")
    except json.JSONDecodeError as error:
        reason = _REASONS.get(error.msg.partition(":")[0] if error.msg not in _REASONS else error.msg, error.msg)
        raise _Wrong(f"not JSON: {reason} (column {len(text[: error.pos].encode()) + 1})") from None
    except _NotJson as error:
        raise _Wrong(f"not JSON: {error}") from None
    except RecursionError:
        raise _Wrong("not JSON: more than 64 levels") from None
    if not isinstance(value, dict):
        raise _Wrong(f"a line must be an object, not {'null' if value is None else _type_name(value)}")
    return value


def _text_of(raw: Union[bytes, str], number: int) -> str:
    try:
        text = raw.decode() if isinstance(raw, bytes) else raw
    except UnicodeDecodeError as error:
        raise _Wrong(f"not JSON: not UTF-8 (column {error.start + 1})") from None
    return text[1:] if number == 1 and text.startswith("\ufeff") else text  # Windows editors put that mark in front


# ---- Where lines come from


class _Calls:
    """Calls as dicts. What can be iterated but once is kept in memory, because a log is checked before it is played."""

    name = "<calls>"

    def __init__(self, calls: Iterable[Mapping[str, object]]) -> None:
        self.calls = list(calls) if iter(calls) is calls else calls

    def items(self) -> Iterator[Tuple[int, object]]:
        return enumerate(self.calls, 1)

    @staticmethod
    def line(number: int, call: object) -> Line:
        if not isinstance(call, Mapping):
            raise _Wrong(f"a call must be a dict, not {type(call).__name__}")
        line = _line_of(number, call)
        try:
            if _PATHS[line.call] or line.player:
                _check_texts_in(call)
            if line.call in SESSION_LEVEL or line.call == "configure":
                json.dumps(call, allow_nan=False)
        except _NotJson as error:
            raise _Wrong(str(error)) from None
        except (TypeError, ValueError) as error:
            raise _Wrong(f"no JSON can be made of it: {error}") from None
        except RecursionError:
            raise _Wrong("more than 64 levels") from None
        return line


def _spooled(pipe: Union[IO[bytes], IO[str]]) -> IO[bytes]:
    """A file with everything that comes out of a pipe."""
    copy = tempfile.TemporaryFile()
    for piece in iter(lambda: pipe.read(1 << 16), pipe.read(0)):
        copy.write(piece.encode() if isinstance(piece, str) else piece)
    copy.seek(0)
    return copy


class _File:
    """A file of lines, compressed or not, from where it stands."""

    def __init__(self, file: Union[IO[bytes], IO[str]], name: str) -> None:
        self.name = name
        self.file = file if file.seekable() else _spooled(file)
        self.start = self.file.tell()

    def _uncompressed(self) -> Union[IO[bytes], IO[str]]:
        self.file.seek(self.start)
        begin = self.file.read(2)
        self.file.seek(self.start)
        return cast(IO[bytes], gzip.open(cast(IO[bytes], self.file))) if begin == b"\x1f\x8b" else self.file

    def _texts(self) -> Iterator[Union[bytes, str]]:
        file = self._uncompressed()
        while True:
            try:
                raw = file.readline(LINE_MAX + 2)
            except EOFError:
                raise _Wrong("the compressed data ends too early") from None
            except (zlib.error, gzip.BadGzipFile) as error:
                raise _Wrong(str(error)[:1].lower() + str(error)[1:]) from None
            if not raw:
                return
            yield raw

    def items(self) -> Iterator[Tuple[int, object]]:
        number = 0
        try:
            for number, raw in enumerate(self._texts(), 1):
                if not raw.isspace():
                    yield number, raw
        except _Wrong as reason:
            raise LogError(str(reason), self.name, number + 1) from None

    @staticmethod
    def line(number: int, raw: object) -> Line:
        text = cast(Union[bytes, str], raw)
        if len(text) > LINE_MAX + 1:
            raise _Wrong("the line is longer than 16 MiB")
        return _line_of(number, _parse(_text_of(text.rstrip(), number)))


class PlayerLog:
    """A player log that can be walked more than once: first for a check, then to be played.

    Raises LogError with file, line and reason where a line is none, OSError where the file cannot be read.
    """

    def __init__(self, source: Source) -> None:
        self._owned: Optional[IO[bytes]] = None
        self._kept: Optional[List[Line]] = None
        self._checked: Optional[int] = None
        if isinstance(source, (str, os.PathLike)):
            self._owned = open(source, "rb")
            self._from: Union[_File, _Calls] = _File(self._owned, os.fspath(source))
        elif hasattr(source, "readline"):
            file = cast(IO[bytes], source)
            self._from = _File(file, str(getattr(file, "name", "<file>")))
        elif hasattr(source, "__iter__") and not isinstance(source, (bytes, Mapping)):
            self._from = _Calls(source)
        else:
            raise wrong_type("source", "a path, an open file or calls as dicts", source)

    @property
    def name(self) -> str:
        """For messages: the file's name, or <calls>."""
        return self._from.name

    def _read(self, keep: bool) -> Iterator[Line]:
        kept: Optional[List[Line]] = [] if keep else None
        size = previous = last_ts = 0
        for number, item in self._from.items():
            try:
                line = self._from.line(number, item)
                if previous and line.call == "configure":
                    raise _Wrong("configure must be the first line")
                if previous and line.ts < last_ts:
                    raise _Wrong(f"time steps back: ts {line.ts} comes after {last_ts} of line {previous}")
            except _Wrong as reason:
                raise LogError(str(reason), self.name, number) from None
            previous, last_ts = number, line.ts
            if kept is not None:
                kept.append(line)
                size += len(cast(bytes, item))
                kept = kept if size <= KEPT_MAX else None
            yield line
        self._kept = kept

    def check(self) -> Extent:
        """Reads all lines. Afterwards lines() hands out no more than these, even if the file has grown."""
        count, first, last = 0, 0, 0
        for line in self._read(keep=isinstance(self._from, _File)):
            if not count:
                first = line.ts
            count, last = count + 1, line.ts
        self._checked = count
        return Extent(count, first, last)

    def lines(self) -> Iterator[Line]:
        """The lines that are not blank, in order, from the first."""
        if self._kept is not None:
            yield from self._kept
            return
        for count, line in enumerate(self._read(keep=False)):
            if count == self._checked:
                return
            yield line

    def close(self) -> None:
        """Closes the file if it was opened here."""
        if self._owned:
            self._owned.close()

    def __enter__(self) -> PlayerLog:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Line]:
        return self.lines()
