"""Metrics and findings as rows: the command's own figures, by every way in."""

import json
import pathlib

import mediabeat
import pytest
from mediabeat import reporting
from shared import ROOT, run_mediabeat

EXAMPLES = ROOT / "tests/protocol/session-metrics-examples"
AD_OUTSIDE_A_BREAK = {
    "eventType": "adStart",
    "playerTime": {"playhead": 0, "ts": 1700000001000},
    "params": {"media.ad.id": "ad", "media.ad.length": 10, "media.ad.podPosition": 1, "media.ad.playerName": "p"},
}


def example(name):
    path = next(EXAMPLES.glob(f"{name}-*.json"))
    worked = json.loads(path.read_text())
    return worked[0] if isinstance(worked, list) else worked


@pytest.fixture
def events_file(tmp_path):
    path = tmp_path / "events.json"
    path.write_text(json.dumps(example("01")["events"]))
    return path


class TestReport:
    def test_rows_have_the_commands_figures(self, events_file):
        said = json.loads(run_mediabeat("report", "--json", events_file).stdout)
        found = mediabeat.report(events_file)
        assert len(found) == 1
        (row,) = found
        metrics = said["sessions"][0]["metrics"]
        assert {name: row[name] for name in metrics} == metrics
        assert row["contentTimeSpent"] == 45 and row["mediaStarts"] is True
        assert found.total == said["total"]

    def test_every_member_of_a_session_is_a_column(self, events_file):
        said = json.loads(run_mediabeat("report", "--json", events_file).stdout)["sessions"][0]
        names = {column.name for column in reporting.SESSION_COLUMNS}
        assert names == set(said) - {"metrics", "milliseconds"}
        assert {column.name for column in reporting.METRIC_COLUMNS} == set(said["metrics"])

    @pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
    def test_values_fit_their_columns(self, path):
        types = {"bool": bool, "int64": int, "double": (int, float), "string": str, "json": (list, dict), "time": int}
        for row in mediabeat.report(example(path.stem[:2])["events"]):
            for column in reporting.SESSION_COLUMNS + reporting.METRIC_COLUMNS:
                value = row[column.name]
                assert value is None or isinstance(value, types[column.type]), column
                assert column.type != "int64" or not isinstance(value, bool), column

    def test_events_themselves(self):
        worked = example("03")
        (row,) = mediabeat.report(iter(worked["events"]), close_reason=worked["closeReason"])
        assert row["closeReason"] == worked["closeReason"]

    def test_other_readings_of_what_adobe_says(self):
        cut_short, jumped = example("06")["events"], example("02")["events"]
        assert [row["adStarts"] for row in mediabeat.report(cut_short)] == [1]
        assert [row["adStarts"] for row in mediabeat.report(cut_short, lenient_bookends=True)] == [2]
        assert [row["progress50"] for row in mediabeat.report(jumped)] == [True]
        assert [row["progress50"] for row in mediabeat.report(jumped, passed_markers=True)] == [False]
        with mediabeat.collector() as running, pytest.raises(mediabeat.Error, match="--lenient-bookends"):
            mediabeat.report(running.url, lenient_bookends=True)

    def test_a_collector(self, events_file):
        with mediabeat.collector() as running:
            assert list(running.report()) == []
            assert list(running.findings()) == []
            assert running.report().total["sessions"] == 0

    def test_what_cannot_be_read(self, tmp_path):
        with pytest.raises(mediabeat.Error, match="no-such-file"):
            mediabeat.report(tmp_path / "no-such-file")
        with pytest.raises(mediabeat.Error, match="--json"):
            mediabeat.report("--json")
        with pytest.raises(mediabeat.Error, match="^source: the array has no events"):
            mediabeat.report([])
        with pytest.raises(mediabeat.Error, match="close-reason"):
            mediabeat.report([], close_reason="boredom")

    @pytest.mark.parametrize(
        ("source", "raised", "named"),
        [
            (5, TypeError, "^source: a URL, a path or events is needed, not int"),
            (None, TypeError, "^source: a URL, a path or events is needed, not NoneType"),
            ({"eventType": "play"}, TypeError, "^source: a URL, a path or events is needed, not dict"),
            (b"events.json", TypeError, "^source: a URL, a path or events is needed, not bytes"),
            ([5], TypeError, r"^source\[0\]: a mapping is needed, not int"),
            ([{}, {"playhead": float("nan")}], ValueError, r"^source\[1\]\.playhead: the number is not finite"),
            ([{"a": {"b": {1}}}], TypeError, r"^source\[0\]\.a\.b: set has no form in JSON"),
            ([{"a": "\ud800"}], ValueError, r"^source\[0\]\.a: the text holds a surrogate"),
        ],
    )
    def test_events_that_are_none(self, source, raised, named):
        for read in (mediabeat.report, mediabeat.findings):
            with pytest.raises(raised, match=named):
                read(source)

    def test_a_command_that_is_not_there(self, events_file, monkeypatch):
        monkeypatch.setenv("MEDIABEAT", "/no/such/program")
        with pytest.raises(mediabeat.Error, match="cannot be run: .*/no/such/program"):
            mediabeat.report(events_file)

    def test_pandas(self, events_file):
        pandas = pytest.importorskip("pandas")
        frame = pandas.DataFrame(mediabeat.report(events_file))
        assert frame["contentTimeSpent"].sum() == 45

    def test_arrow(self, events_file):
        pytest.importorskip("pyarrow")
        assert mediabeat.report(events_file).to_arrow().column("adTimeSpent").to_pylist() == [30]


class TestFindings:
    def test_what_is_wrong_is_named(self):
        start = example("01")["events"][0]
        found = list(mediabeat.findings([start, AD_OUTSIDE_A_BREAK]))
        errors = [row for row in found if row["severity"] == "error"]
        assert [(row["code"], row["event"], row["type"]) for row in errors] == [("adOutsideBreak", 1, "adStart")]
        assert all(set(row) == {column.name for column in reporting.FINDING_COLUMNS} for row in found)

    def test_nothing_is_wrong(self, events_file):
        assert [row for row in mediabeat.findings(events_file) if row["severity"] == "error"] == []

    def test_what_cannot_be_read(self, tmp_path):
        with pytest.raises(mediabeat.Error, match="no-such-file"):
            mediabeat.findings(pathlib.Path(tmp_path / "no-such-file"))
