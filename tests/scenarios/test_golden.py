"""Traces of the Web SDK, as golden_traces.py plays them."""
import check_scenarios
import golden_traces
import pytest

TRACES = 72  # were recorded of the Web SDK


@pytest.mark.parametrize("name", golden_traces.names())
def test_trace(name):
    requests, _ = golden_traces.play(name, check_scenarios.default_mediabeat())
    golden_traces.compare(golden_traces.load(name), golden_traces.sent(requests))


def test_each_trace_is_played_or_left_out_with_a_reason():
    played, left_out = golden_traces.DIFFERENCES["played"], golden_traces.DIFFERENCES["left_out"]
    assert sorted(played) == golden_traces.names()
    assert len(played) + len(left_out) == len(set(played) | set(left_out)) == TRACES
    assert all(reason.endswith(".") for reason in left_out.values())


def test_each_difference_has_a_reason():
    for entry in golden_traces.DIFFERENCES["played"].values():
        assert "why" in entry or set(entry) <= {"backend"}


def test_a_trace_that_is_not_met_fails():
    """The comparison can say no: a ping less, a second later, another playhead."""
    trace = golden_traces.load("alloy-pause-resume")
    requests, _ = golden_traces.play("alloy-pause-resume", check_scenarios.default_mediabeat())
    golden_traces.compare(trace, golden_traces.sent(requests))
    for change in ({"ts": 1000}, {"eventType": "media.play"}, {"sentAt": 11000}):
        wrong = trace | {"expect": [event | change if event["ts"] == 10000 else event for event in trace["expect"]]}
        with pytest.raises(AssertionError):
            golden_traces.compare(wrong, golden_traces.sent(requests))
    with pytest.raises(AssertionError):
        golden_traces.compare(trace, golden_traces.sent(requests[:-1]))
