"""Rows for people who analyse: dicts that are Arrow tables where pyarrow is there, and data frames as calls."""

from __future__ import annotations

import datetime
import importlib
import itertools
import json
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from .arguments import wrong_type
from .errors import ArgumentError, Error
from .player_log import CALLS

__all__ = ["Column", "Frame", "Table", "calls_from_frame"]

Row = Dict[str, Any]

BATCH_ROWS = 8192  # of an Arrow record batch: what is in memory at a time when a table is streamed
CHUNK_ROWS = 8192  # of a data frame that is turned into Python's values at a time


class Column(NamedTuple):
    """A column of a table and its Arrow type: "string", "int64", "double", "bool", "json" or "time" (UTC, ms)."""

    name: str
    type: str


def _pyarrow() -> Any:
    try:
        return importlib.import_module("pyarrow")
    except ImportError as error:
        raise Error(f"Arrow tables need pyarrow, which cannot be imported: {error}; pip install pyarrow") from error


def _json(value: object) -> Optional[str]:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Table:
    """Rows of one shape. Iterating gives dicts, each time from the beginning, and holds a page of them at a time.

    Where pyarrow is there, a table is also an Arrow stream: `pandas.DataFrame.from_arrow(table)`,
    `polars.DataFrame(table)` and `duckdb.sql("select * from table")` read it without a copy. Times are integers, in
    milliseconds since 1970, in dicts, and UTC timestamps in Arrow; nested values are JSON texts there.
    """

    def __init__(self, columns: Sequence[Column], rows: Callable[[], Iterator[Row]], name: str = "table") -> None:
        self.columns = tuple(columns)
        self._rows = rows
        self._name = name

    def __iter__(self) -> Iterator[Row]:
        return self._rows()

    def __repr__(self) -> str:
        return f"<mediabeat {self._name}: {', '.join(column.name for column in self.columns)}>"

    def _schema(self, arrow: Any) -> Any:
        types = {
            "string": arrow.string(),
            "json": arrow.string(),
            "int64": arrow.int64(),
            "double": arrow.float64(),
            "bool": arrow.bool_(),
            "time": arrow.timestamp("ms", tz="UTC"),
        }
        return arrow.schema([(column.name, types[column.type]) for column in self.columns])

    def _batches(self, arrow: Any, schema: Any) -> Iterator[Any]:
        rows = iter(self)
        while page := list(itertools.islice(rows, BATCH_ROWS)):
            arrays = []
            for column, field in zip(self.columns, schema):
                values = [row.get(column.name) for row in page]
                arrays.append(
                    arrow.array([_json(value) for value in values] if column.type == "json" else values, field.type)
                )
            yield arrow.record_batch(arrays, schema=schema)

    def to_reader(self) -> Any:
        """A pyarrow.RecordBatchReader over the rows, which reads as it is read. Raises Error without pyarrow."""
        arrow = _pyarrow()
        schema = self._schema(arrow)
        return arrow.RecordBatchReader.from_batches(schema, self._batches(arrow, schema))

    def to_arrow(self) -> Any:
        """All rows as a pyarrow.Table. Raises Error without pyarrow."""
        return self.to_reader().read_all()

    def __arrow_c_stream__(self, requested_schema: Optional[object] = None) -> object:
        """The Arrow PyCapsule protocol, by which other libraries read the rows."""
        return self.to_reader().__arrow_c_stream__(requested_schema)


# ---- Data frames as calls

_MEMBERS = frozenset(member.path for members in CALLS.values() for member in members)
_FLAGS = frozenset(
    member.path for members in CALLS.values() for member in members if member.type.name == "true or false"
)
_FREE = ("config.", "options.event.", "options.xdm.")  # whatever stands behind these is for the library to judge
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MS = datetime.timedelta(milliseconds=1)


def _is_missing(value: object) -> bool:
    """None, NaN, and what pandas has for a time or a value that is not there: they are not equal to themselves."""
    if value is None or hasattr(value, "__len__"):
        return value is None
    return bool(type(value).__name__ in ("NAType", "NaTType") or value != value)


def _milliseconds(value: Any) -> object:
    """A time as a log has it. Without a time zone it is UTC. What is no time is left for the log's check to refuse."""
    if isinstance(value, datetime.datetime):
        return ((value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)) - _EPOCH) // _MS
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _text(value: object) -> object:
    """Metadata is text; numbers of a table become it, whole ones without a fraction."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return str(value) if isinstance(value, (int, float)) else value


def _plain(path: str, value: Any) -> object:
    value = value.item() if hasattr(value, "item") and not hasattr(value, "__len__") else value  # of numpy
    if path in _FLAGS and isinstance(value, float) and value in (0.0, 1.0):
        return bool(value)  # a column of truth values with gaps
    return _text(value) if path.startswith("metadata.") else value


def _put(call: Row, path: str, value: object) -> None:
    # A metadata key may have dots in it: everything behind the first belongs to it.
    names = path.split(".", 1) if path.startswith("metadata.") else path.split(".")
    for name in names[:-1]:
        call = call.setdefault(name, {})
    call[names[-1]] = value


class Frame:
    """The rows of a data frame as calls of a player log: what calls_from_frame returns. It can be walked repeatedly."""

    def __init__(self, frame: Any, columns: Mapping[str, str]) -> None:
        self._frame = frame
        self._columns = dict(columns)

    def __len__(self) -> int:
        return len(self._frame)

    def _chunks(self) -> Iterator[Iterable[Tuple[object, ...]]]:
        for begin in range(0, len(self), CHUNK_ROWS):
            chunk = self._frame.iloc[begin : begin + CHUNK_ROWS]
            lists: List[List[object]] = [chunk[column].tolist() for column in self._columns]
            yield zip(*lists)

    def __iter__(self) -> Iterator[Row]:
        paths = tuple(self._columns.values())
        for chunk in self._chunks():
            for values in chunk:
                call: Row = {}
                for path, value in zip(paths, values):
                    if not _is_missing(value):
                        _put(call, path, _milliseconds(value) if path == "ts" else _plain(path, value))
                yield call


def _is_path(name: object) -> bool:
    return isinstance(name, str) and (name in _MEMBERS or name.startswith("metadata."))


def _check_columns(columns: Mapping[str, str]) -> None:
    if not isinstance(columns, Mapping):
        raise wrong_type("columns", "a mapping", columns)
    for path in columns.values():
        if not (_is_path(path) or path == "player" or str(path).startswith(_FREE)):
            raise ArgumentError(f"columns: no call has a member {path!r}")


def _in_order(frame: Any, ts: str) -> Any:
    try:
        return frame.sort_values(ts, kind="stable")
    except TypeError as error:
        raise Error(f"the times in column {ts!r} cannot be put in order: {error}") from error


def calls_from_frame(
    frame: Any,
    *,
    ts: str = "ts",
    call: str = "call",
    player: Optional[str] = "player",
    columns: Optional[Mapping[str, str]] = None,
    sort: bool = True,
) -> Frame:
    """Turns the rows of a pandas DataFrame of player events into calls for `replay`.

    `ts`, `call` and `player` name the columns that say when (a timestamp, UTC where it has no time zone, or
    milliseconds since 1970), what (a call of a player log, such as "sessionStart") and who. `columns` says which member
    of a call another column is, such as {"title": "info.name", "show": "metadata.a.media.show"}; a column that is
    called like a member, such as "info.length" or "value", needs no mention, and all others are left out. Empty cells
    (None, NaN, NaT) are not given. Numbers in metadata become texts.

    `sort` puts the rows in the order of time first, those of the same time as they stand. Raises Error when a column
    that is named is missing or there twice, and ArgumentError for a member that no call has.
    """
    if not hasattr(frame, "columns"):
        raise wrong_type("frame", "a data frame", frame)
    _check_columns(columns or {})
    found = list(frame.columns)
    mapped: Dict[str, str] = {name: name for name in found if _is_path(name)}
    mapped.update({ts: "ts", call: "call"})
    if player is not None and (player in found or player != "player"):
        mapped[player] = "player"
    mapped.update(columns or {})
    missing = [name for name in mapped if name not in found]
    if missing:
        raise Error(f"the frame has no column {', '.join(map(repr, missing))}; it has {', '.join(map(str, found))}")
    for path in mapped.values():
        if any(inner.startswith(f"{path}.") for inner in mapped.values()):
            raise ArgumentError(f"columns: {path} is given as a whole and by its members")
    for name in mapped:
        if found.count(name) > 1:
            raise Error(f"the frame has more than one column {name!r}")
    return Frame(_in_order(frame, ts) if sort else frame, mapped)
