"""Tables of dicts, as Arrow streams and as what reads those; data frames as calls of a player log."""

import datetime
import gc
import json
import subprocess
import sys

import mediabeat
import pytest
from mediabeat.player_log import PlayerLog
from mediabeat.tables import BATCH_ROWS, Column, Table
from shared import line

COLUMNS = [
    Column("id", "string"),
    Column("at", "time"),
    Column("count", "int64"),
    Column("seconds", "double"),
    Column("open", "bool"),
    Column("event", "json"),
]
ROWS = [
    {"id": "a", "at": 1_772_828_100_000, "count": 1, "seconds": 1, "open": True, "event": {"eventType": "play"}},
    {"id": "ü", "at": None, "count": None, "seconds": 2.5, "open": None, "event": None, "more": "than columns"},
]


def table(rows=ROWS):
    return Table(COLUMNS, lambda: iter(rows))


class TestTable:
    def test_iterates_dicts_from_the_beginning_each_time(self):
        rows = table()
        assert list(rows) == ROWS
        assert list(rows) == ROWS

    def test_says_what_its_columns_are(self):
        assert repr(table()) == "<mediabeat table: id, at, count, seconds, open, event>"

    def test_arrow_without_pyarrow_says_what_is_missing(self):
        code = (
            "import sys; sys.modules['pyarrow'] = None; import mediabeat.tables as t\n"
            "try: t.Table([], lambda: iter([])).to_arrow()\n"
            "except t.Error as error: print(error)"
        )
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        assert said.startswith("Arrow tables need pyarrow, which cannot be imported: ")
        assert said.endswith("; pip install pyarrow\n")


class TestArrow:
    @pytest.fixture(autouse=True)
    def arrow(self):
        self.pa = pytest.importorskip("pyarrow")

    def test_columns_have_their_types(self):
        found = table().to_arrow()
        assert [str(field.type) for field in found.schema] == [
            "string",
            "timestamp[ms, tz=UTC]",
            "int64",
            "double",
            "bool",
            "string",
        ]
        first, second = found.to_pylist()
        assert first["at"] == datetime.datetime(2026, 3, 6, 20, 15, tzinfo=datetime.timezone.utc)
        assert json.loads(first["event"]) == {"eventType": "play"}
        assert second == {"id": "ü", "at": None, "count": None, "seconds": 2.5, "open": None, "event": None}

    def test_no_rows_are_a_table_with_columns(self):
        found = table([]).to_arrow()
        assert (found.num_rows, found.num_columns) == (0, len(COLUMNS))

    def test_a_stream_reads_as_it_is_read(self):
        read = []

        def rows():
            for i in range(3 * BATCH_ROWS):
                read.append(i)
                yield {"id": str(i)}

        stream = self.pa.RecordBatchReader.from_stream(Table([Column("id", "string")], rows))
        assert read == []
        assert stream.read_next_batch().num_rows == BATCH_ROWS
        assert len(read) == BATCH_ROWS
        assert sum(batch.num_rows for batch in stream) == 2 * BATCH_ROWS

    def test_a_failure_among_the_rows_comes_through(self):
        def rows():
            yield {"id": "a"}
            raise mediabeat.Error("the collector went away")

        with pytest.raises(mediabeat.Error, match="the collector went away"):
            Table([Column("id", "string")], rows).to_arrow()
        with pytest.raises(Exception, match="the collector went away"):
            self.pa.table(Table([Column("id", "string")], rows))

    def test_pandas_polars_and_duckdb_read_a_table(self):
        pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
        duckdb = pytest.importorskip("duckdb")
        rows = table()
        assert table().to_arrow().to_pandas()["id"].tolist() == ["a", "ü"]
        if hasattr(pandas.DataFrame, "from_arrow"):
            assert pandas.DataFrame.from_arrow(rows)["id"].tolist() == ["a", "ü"]
        assert polars.DataFrame(rows)["seconds"].sum() == 3.5
        assert duckdb.sql("select id, seconds from rows order by seconds desc").fetchall() == [("ü", 2.5), ("a", 1.0)]

    def test_texts_and_numbers_are_not_copied_on_the_way(self):
        polars = pytest.importorskip("polars")
        found = table([{"id": "a", "seconds": float(i)} for i in range(1000)]).to_arrow()
        here = found["seconds"].chunk(0).buffers()[1].address
        gc.collect()
        there = polars.from_arrow(found)["seconds"].to_arrow().buffers()[1].address
        assert here == there


class TestFrames:
    @pytest.fixture(autouse=True)
    def pandas(self):
        self.pd = pytest.importorskip("pandas")

    def frame(self, **columns):
        return self.pd.DataFrame(columns)

    def test_rows_become_calls(self):
        frame = self.frame(
            ts=[0, 300, 5000],
            call=["sessionStart", "play", "playhead"],
            player=["tv", "tv", "tv"],
            value=[None, None, 4.5],
            title=["A film", None, None],
            **{
                "info.id": ["a", None, None],
                "info.length": [60, None, None],
                "metadata.a.media.show": ["S", None, None],
            },
        )
        calls = mediabeat.calls_from_frame(frame, columns={"title": "info.name"})
        assert list(calls) == [
            line(
                0,
                "sessionStart",
                player="tv",
                info={"id": "a", "length": 60, "name": "A film"},
                metadata={"a.media.show": "S"},
            ),
            line(300, "play", player="tv"),
            line(5000, "playhead", player="tv", value=4.5),
        ]
        assert len(calls) == 3
        assert PlayerLog(calls).check() == (3, 0, 5000)

    def test_times_are_timestamps_and_are_put_in_order(self):
        times = self.pd.to_datetime(["2026-03-06T20:15:01.5", "2026-03-06T20:15:00.0", "2026-03-06T20:15:01.5"])
        frame = self.frame(when=times, what=["play", "tick", "pause"], who=["tv"] * 3)
        calls = mediabeat.calls_from_frame(frame, ts="when", call="what", player="who")
        assert list(calls) == [
            line(1_772_828_100_000, "tick", player="tv"),
            line(1_772_828_101_500, "play", player="tv"),
            line(1_772_828_101_500, "pause", player="tv"),
        ]

    def test_rows_of_the_same_time_stay_in_their_order(self):
        frame = self.frame(ts=[1, 0] * 500, call=["tick"] * 1000, value=range(1000))
        found = [call["value"] for call in mediabeat.calls_from_frame(frame)]
        assert found == [*range(1, 1000, 2), *range(0, 1000, 2)]

    def test_times_with_a_zone_are_what_they_say(self):
        times = self.pd.to_datetime(["2026-03-06T21:15:00+01:00"])
        calls = mediabeat.calls_from_frame(self.frame(ts=times, call=["tick"]))
        assert list(calls) == [line(1_772_828_100_000, "tick")]

    def test_empty_cells_are_not_given(self):
        frame = self.frame(ts=[0, 1], call=["adStart", "play"], player=["tv", None])
        frame["info.name"] = self.pd.array(["a", self.pd.NA], dtype="string")
        frame["info.position"] = [1, float("nan")]
        frame["info.resumed"] = [True, None]
        frame["info.granularAdTracking"] = [1.0, float("nan")]
        info = {"name": "a", "position": 1.0, "resumed": True, "granularAdTracking": True}
        found = list(mediabeat.calls_from_frame(frame))
        assert found[0]["info"]["granularAdTracking"] is True
        assert found == [
            {"ts": 0, "call": "adStart", "player": "tv", "info": info},
            {"ts": 1, "call": "play"},
        ]

    def test_numbers_in_metadata_become_texts(self):
        frame = self.frame(ts=[0], call=["adStart"])
        frame["metadata.year"], frame["metadata.score"], frame["metadata.new"] = [1927.0], [7.5], [True]
        assert list(mediabeat.calls_from_frame(frame))[0]["metadata"] == {"year": "1927", "score": "7.5", "new": "true"}

    def test_a_column_called_ts_gives_way_to_the_one_that_is_named(self):
        frame = self.frame(ts=["not", "times"], when=[5, 6], call=["tick", "tick"])
        assert list(mediabeat.calls_from_frame(frame, ts="when")) == [line(5, "tick"), line(6, "tick")]

    def test_a_missing_column_is_named(self):
        with pytest.raises(mediabeat.Error, match="the frame has no column 'when', 'title'; it has ts, call"):
            mediabeat.calls_from_frame(self.frame(ts=[0], call=["tick"]), ts="when", columns={"title": "info.name"})

    def test_a_column_of_which_there_are_two_is_named(self):
        for names in (["ts", "ts", "call"], ["value", "value", "call", "ts"]):
            frame = self.pd.DataFrame([[0] * len(names)], columns=names)
            with pytest.raises(mediabeat.Error, match=f"the frame has more than one column '{names[0]}'"):
                mediabeat.calls_from_frame(frame)

    def test_a_member_that_no_call_has_is_named(self):
        frame = self.frame(ts=[0], call=["sessionStart"], title=["A film"])
        for path in ("info.nmae", "title", 5):
            with pytest.raises(mediabeat.ArgumentError, match=f"^columns: no call has a member {path!r}$"):
                mediabeat.calls_from_frame(frame, columns={"title": path})
        frame["info"] = [{"name": "A film"}]
        with pytest.raises(mediabeat.ArgumentError, match="^columns: info is given as a whole and by its members"):
            mediabeat.calls_from_frame(frame, columns={"title": "info.name"})
        del frame["info"]
        with pytest.raises(TypeError, match="^columns: a mapping is needed, not list"):
            mediabeat.calls_from_frame(frame, columns=["title"])
        for path in ("player", "info.name", "metadata.a.b", "options.event.eventType", "options.xdm.a", "config.a"):
            assert len(mediabeat.calls_from_frame(frame, columns={"title": path})) == 1

    def test_times_that_have_no_order_are_named(self):
        with pytest.raises(mediabeat.Error, match="column 'ts' cannot be put in order: "):
            mediabeat.calls_from_frame(self.frame(ts=["2026-01-01", 5], call=["tick", "tick"]))

    def test_cells_that_hold_arrays_are_refused_by_row(self):
        numpy = pytest.importorskip("numpy")
        frame = self.frame(ts=[0], call=["sessionStart"])
        frame["info.id"] = [numpy.array([1, 2])]
        with pytest.raises(mediabeat.LogError, match="<calls>:1: info.id must be a text, not ndarray"):
            PlayerLog(mediabeat.calls_from_frame(frame)).check()

    def test_a_frame_that_is_no_log_is_refused_by_row(self):
        calls = mediabeat.calls_from_frame(self.frame(ts=[0, 5], call=["tick", "paly"]))
        with pytest.raises(mediabeat.LogError, match='<calls>:2: unknown call "paly"; did you mean "play"?'):
            PlayerLog(calls).check()

    def test_many_rows_are_turned_piece_by_piece(self, monkeypatch):
        monkeypatch.setattr("mediabeat.tables.CHUNK_ROWS", 7)
        calls = mediabeat.calls_from_frame(self.frame(ts=range(100), call=["tick"] * 100))
        assert [call["ts"] for call in calls] == list(range(100))
        assert PlayerLog(calls).check().lines == 100
