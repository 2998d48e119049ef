"""One setting switches: each scenario is played over either protocol, and every request is what that protocol says."""
import json
import re

import check_scenarios
import golden_traces
import judge
import pytest

FILES = list(check_scenarios.scenario_files(check_scenarios.PLACES))
COMPLETE = {
    "trackingServer": "metrics.example.com", "reportSuite": "suite", "orgId": "1@AdobeOrg", "datastreamId": "datastream",
    "channel": "channel", "playerName": "player",
}  # fmt: skip

# A day of downloaded content is more than one request of the Media Edge API may carry: it is not sent, and said.
TOO_LARGE_FOR_EDGE = {"dl-24h-restart"}
SMALL_FILES = [path for path in FILES if path.stem not in TOO_LARGE_FOR_EDGE]


def over(scenario, protocol):
    """The scenario with the configuration of a live client, over another protocol."""
    downloaded = {"downloaded": True} if scenario["protocol"] == "downloaded-v1" else {}
    return scenario | {"protocol": protocol, "config": COMPLETE | scenario.get("config", {}) | downloaded}


def play(path, protocol):
    scenario = json.loads(path.read_text(encoding="utf-8"))
    return check_scenarios.play(over(scenario, protocol), check_scenarios.default_mediabeat())


def faults(requests):
    return [f"{request['at']} {request['path']}: {fault}" for request in requests for fault in judge.faults(request)]


def types_and_times(requests):
    """XDM says the start and the end of a state with one type."""
    names = {"stateStart": "statesUpdate", "stateEnd": "statesUpdate"}
    return [
        (event["session"], names.get(event["eventType"], event["eventType"]), event["ts"])
        for event in check_scenarios.wire_events(requests)
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_requests_of_the_collection_api_are_valid(path):
    assert faults(play(path, "collection-v1")) == []


@pytest.mark.parametrize("path", SMALL_FILES, ids=lambda path: path.stem)
def test_requests_of_the_edge_api_are_valid(path):
    assert faults(play(path, "edge-va-v1")) == []


@pytest.mark.parametrize("name", sorted(TOO_LARGE_FOR_EDGE))
def test_what_is_too_large_is_not_sent(name):
    path = next(path for path in FILES if path.stem == name)
    with pytest.raises(check_scenarios.Failed, match="more than one request may carry"):
        play(path, "edge-va-v1")


@pytest.mark.parametrize("path", SMALL_FILES, ids=lambda path: path.stem)
def test_either_protocol_has_the_same_events(path):
    assert types_and_times(play(path, "collection-v1")) == types_and_times(play(path, "edge-va-v1"))


@pytest.mark.parametrize("name", golden_traces.names())
def test_requests_of_traces_are_valid(name):
    requests, _ = golden_traces.play(name, check_scenarios.default_mediabeat())
    assert faults(requests) == []


# ---- The judge can say no ----


def edge_request(**media):
    xdm = {"_id": "359465de-0bb4-46b7-ae9f-c273bda574d8", "eventType": "media.ping", "timestamp": "2026-01-15T12:00:00.000Z",
           "mediaCollection": {"sessionID": "1", "playhead": 1} | media}  # fmt: skip
    path = f"/ee/va/v1/ping?configId=d&requestId={xdm['_id']}"
    return {"at": 0, "path": path, "body": {"events": [{"xdm": xdm}]}}


def test_a_right_request_is_right():
    assert judge.faults(edge_request()) == []


@pytest.mark.parametrize(
    "media, fault",
    [
        ({"playhead": 1.5}, "1.5 is not of type 'integer'"),
        ({"playhead": -1}, "-1 is less than the minimum of 0"),
        ({"sessionID": ""}, "non-empty|too short"),
        ({"chapterDetails": {"index": 1, "length": 1, "offset": 0}}, "chapterDetails: no member of event_ping"),
        ({"qoeDataDetails": {"fps": 25}}, "qoeDataDetails.fps: no member of event_ping"),
        ({"qoeDataDetails": {"bitrate": "1"}}, "'1' is not of type 'integer'"),
    ],
)
def test_a_wrong_request_is_found_out(media, fault):
    assert re.search(fault, "\n".join(judge.faults(edge_request(**media))))


def test_an_event_that_goes_to_a_wrong_path():
    request = edge_request()
    request["path"] = request["path"].replace("ping", "play", 1)
    assert "ping goes to play" in judge.faults(request)


def test_a_request_without_its_query():
    request = edge_request()
    request["path"] = "/ee/va/v1/ping"
    assert "the query is ''" in judge.faults(request)


def test_a_wrong_request_of_the_media_collection_api():
    body = {"eventType": "ping", "playerTime": {"playhead": "1", "ts": 1}}
    assert judge.faults({"at": 0, "path": "/api/v1/sessions/1/events", "body": body})
