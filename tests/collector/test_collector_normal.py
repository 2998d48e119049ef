"""The normal form: the same viewing over either wire is the same session."""

import json
import sqlite3
import subprocess

import pytest
from conftest import PATIENCE, PROGRAM, SESSION_DETAILS, START_PARAMS, envelope, event, start, xdm, xdm_start

T = 1_700_000_000_000


def normal_start(**params):
    """Of both conftest.start and conftest.xdm_start."""
    known = {key: value for key, value in START_PARAMS.items() if key.startswith("media.")}
    return event("sessionStart", T, params={"media.resume": False, **known, "media.length": 60, **params})


def over_v1(collector, *bodies, opening=None):
    sid = collector.post("/api/v1/sessions", opening or start(T)).headers["Location"][-64:]
    for body in bodies:
        assert collector.send(sid, body).status == 204
    return collector.normalised(sid)


def over_edge(collector, *bodies, opening=None):
    """`bodies` lack a sessionID."""
    answer = collector.edge("sessionStart", envelope(opening or xdm_start(T)))
    assert answer.status == 200, answer.body
    sid = answer.payloads("media-analytics:new-session")[0]["sessionId"]
    for index, body in enumerate(bodies):
        whole = {**body, "_id": f"0f6e5e5c-{index}", "mediaCollection": {"sessionID": sid, **body["mediaCollection"]}}
        answer = collector.edge(body["eventType"].removeprefix("media."), envelope(whole))
        assert answer.status == 204, answer.body
    return collector.normalised(sid)


# What becomes of what


def test_session_start(collector):
    assert over_v1(collector) == over_edge(collector) == [normal_start()]


def text_of(collector, sid):
    text = collector.get(f"/api/sessions/{sid}/events?form=normalised").body.decode()
    return [line[line.index('"event":') :] for line in text.splitlines() if '"event":' in line]


def test_normal_forms_are_the_same_bytes(collector):
    metadata = {"b": "2", "a": "1"}
    v1 = collector.post("/api/v1/sessions", {**start(T), "customMetadata": metadata}).headers["Location"][-64:]
    pairs = [{"value": value, "name": name} for name, value in metadata.items()]
    edge = collector.open_edge(ts=T, customMetadata=pairs)
    assert text_of(collector, v1) == text_of(collector, edge)
    assert text_of(collector, v1)[0].endswith(',"media.channel":"channel"},"customMetadata":{"a":"1","b":"2"}}},'[:-1])


V1_START = {
    "analytics.enableSSL": True, "analytics.visitorId": "v", "analytics.aid": "a", "analytics.optOutShare": False,
    "visitor.aamLocationHint": 6, "media.libraryVersion": "1.0", "media.downloaded": False, "media.resume": True,
    "media.length": 60.9, "media.sdkVersion": "7", "visitor.marketingCloudUserId": "ecid", "appInstallationId": "fpid",
    "visitor.customerIDs": {"crm": {"id": "c", "authState": 1}, "mail": {"id": "m", "authState": 0}}, "media.show": "S",
    "media.pass.auth": "true",
}  # fmt: skip
EDGE_START = {
    **xdm_start(T, sessionDetails={**SESSION_DETAILS, "hasResume": True, "isDownloaded": False, "appVersion": "7",
                                   "show": "S", "authorized": "true", "segment": "1", "cdn": "x"}),
    "_id": "0", "web": {"a": 1},
    "implementationDetails": {"name": "https://ns.adobe.com/experience/edge", "version": "2.0"},
    "identityMap": {
        "ECID": [{"id": "ecid", "primary": True}, {"id": "another"}],
        "FPID": [{"id": "fpid"}],
        "crm": [{"id": "c", "authenticatedState": "authenticated"}],
        "nobody": [],
        "mail": [{"id": "m"}],
    },
}  # fmt: skip
NORMAL_START = normal_start(**{
    key: V1_START[key] for key in ("media.resume", "media.sdkVersion", "visitor.marketingCloudUserId", "appInstallationId",
                                   "visitor.customerIDs", "media.show", "media.pass.auth")
})  # fmt: skip


def test_session_start_with_all_that_the_wires_have(collector):
    assert over_v1(collector, opening=start(T, **V1_START)) == [NORMAL_START]
    assert over_edge(collector, opening=EDGE_START) == [NORMAL_START]


def test_identity_of_the_request_counts_where_the_event_has_none(collector):
    body = {key: value for key, value in EDGE_START.items() if key != "identityMap"}
    everybody = {"identityMap": EDGE_START["identityMap"], "implementationDetails": {"name": "x"}}
    answer = collector.edge("sessionStart", envelope(body, xdm=everybody))
    sid = answer.payloads("media-analytics:new-session")[0]["sessionId"]
    assert collector.normalised(sid) == [NORMAL_START]
    assert collector.events(sid)[0]["event"] == {**body, "identityMap": EDGE_START["identityMap"]}


AD_BREAK = {"media.ad.podIndex": 1, "media.ad.podFriendlyName": "pre-roll"}
AD = {"media.ad.id": "a", "media.ad.name": "Ad", "media.ad.podPosition": 2, "media.ad.playerName": "p", "media.ad.creativeId": "c"}
CHAPTER = {"media.chapter.index": 1, "media.chapter.friendlyName": "One"}


@pytest.mark.parametrize(
    "v1, edge, normal",
    [
        (event("play", T, 1.9, params={}, qoeData={}), xdm("play", None, T, 1, qoeDataDetails={}), event("play", T, 1)),
        (event("ping", T, -0.5), xdm("ping", None, T, 0), event("ping", T, 0)),
        (event("sessionComplete", T + 7, 60), xdm("sessionComplete", None, T + 7, 60), event("sessionComplete", T + 7, 60)),
        (event("sessionEnd", T, 60), {**xdm("sessionEnd", None, T, 60), "timestamp": "2023-11-14T23:13:20+01:00"},
         event("sessionEnd", T, 60)),
        (event("adBreakStart", T, params={**AD_BREAK, "media.ad.podSecond": 30.7}),
         xdm("adBreakStart", None, T, advertisingPodDetails={"index": 1, "offset": 30, "friendlyName": "pre-roll"}),
         event("adBreakStart", T, params={**AD_BREAK, "media.ad.podSecond": 30})),
        (event("adStart", T, params={**AD, "media.ad.length": 15.5, "media.ad.podFriendlyName": "x"}, customMetadata={"k": "v"}),
         xdm("adStart", None, T, customMetadata=[{"name": "k", "value": "old"}, {"name": "k", "value": "v"}],
             advertisingDetails={"name": "a", "friendlyName": "Ad", "length": 15, "podPosition": 2, "playerName": "p",
                                 "creativeID": "c"}, advertisingPodDetails={"friendlyName": "x"}),
         event("adStart", T, params={**AD, "media.ad.length": 15}, customMetadata={"k": "v"})),
        (event("adSkip", T), xdm("adSkip", None, T, advertisingDetails={"name": 7}), event("adSkip", T)),
        (event("chapterStart", T, params={**CHAPTER, "media.chapter.length": 9.9, "media.chapter.offset": 0.1}, customMetadata={}),
         xdm("chapterStart", None, T, chapterDetails={"index": 1, "length": 9, "offset": 0, "friendlyName": "One"}, customMetadata=[]),
         event("chapterStart", T, params={**CHAPTER, "media.chapter.length": 9, "media.chapter.offset": 0})),
        (event("error", T, qoeData={"media.qoe.errorID": "e", "media.qoe.errorSource": "external"}),
         xdm("error", None, T, errorDetails={"name": "e", "source": "external"}),
         event("error", T, qoeData={"media.qoe.errorID": "e", "media.qoe.errorSource": "external"})),
        (event("error", T, params={"media.errorId": "e"}), xdm("error", None, T, errorDetails={"name": "e", "source": "player"}),
         event("error", T, qoeData={"media.qoe.errorID": "e", "media.qoe.errorSource": "player"})),
        (event("bitrateChange", T, qoeData={"media.qoe.bitrate": 9_007_199_254_740_992, "media.qoe.timeToStart": 3}),
         xdm("bitrateChange", None, T, qoeDataDetails={"bitrate": 2_147_483_647, "timeToStart": 3}),
         event("bitrateChange", T, qoeData={"media.qoe.bitrate": 2_147_483_647, "media.qoe.timeToStart": 3})),
    ],
)  # fmt: skip
def test_event(collector, v1, edge, normal):
    assert over_v1(collector, v1)[1:] == [normal]
    assert over_edge(collector, edge)[1:] == [normal]


def v1_states(**lists):
    return {key: [{"media.state.name": name} for name in names] for key, names in lists.items()}


def edge_states(**lists):
    return {key: [{"note": "x", "name": name} for name in names] for key, names in lists.items()}


@pytest.mark.parametrize(
    "lists, normal",
    [
        ({"statesStart": ["mute"]}, event("stateStart", T, params={"media.state.name": "mute"})),
        ({"statesStart": [], "statesEnd": ["mute"]}, event("stateEnd", T, params={"media.state.name": "mute"})),
        ({"statesStart": ["FULLSCREEN"]}, event("stateStart", T, params={"media.state.name": "fullScreen"})),
        ({"statesStart": ["a", "fullscreen"]}, event("statesUpdate", T, params=v1_states(statesStart=["a", "fullScreen"]))),
        ({"statesStart": ["a"], "statesEnd": ["b"]}, event("statesUpdate", T, params=v1_states(statesStart=["a"], statesEnd=["b"]))),
        ({"statesStart": [], "statesEnd": []}, event("statesUpdate", T)),
    ],
)  # fmt: skip
def test_states(collector, lists, normal):
    assert over_v1(collector, event("statesUpdate", T, params=v1_states(**lists)))[1:] == [normal]
    assert over_edge(collector, xdm("statesUpdate", None, T, **edge_states(**lists)))[1:] == [normal]


@pytest.mark.parametrize("kind, member", [("stateStart", "statesStart"), ("stateEnd", "statesEnd")])
def test_one_state(collector, kind, member):
    v1 = event(kind, T, params={"media.state.name": "fullscreen"})
    normal = event(kind, T, params={"media.state.name": "fullScreen"})
    assert over_v1(collector, v1)[1:] == over_edge(collector, xdm("statesUpdate", None, T, **edge_states(**{member: ["fullScreen"]})))[1:] == [normal]  # fmt: skip


def qoe_of(events):
    return [list(e.get("qoeData", {}).values()) for e in events]


def test_quality_is_said_once(collector):
    one, two = {"media.qoe.bitrate": 1}, {"media.qoe.bitrate": 2}
    error = {"media.qoe.errorID": "e", "media.qoe.errorSource": "player"}
    v1 = [event("play", T + 1, qoeData=one), event("error", T + 2, qoeData={**one, **error}), event("ping", T + 3, qoeData=one),
          event("ping", T + 4, qoeData=two), event("ping", T + 5, qoeData=one)]  # fmt: skip
    details = {"errorDetails": {"name": "e", "source": "player"}}
    edge = [xdm("play", None, T + 1, qoeDataDetails={"bitrate": 1}), xdm("error", None, T + 2, **details),
            xdm("ping", None, T + 3), xdm("ping", None, T + 4, qoeDataDetails={"bitrate": 2}),
            xdm("ping", None, T + 5, qoeDataDetails={"bitrate": 1})]  # fmt: skip
    assert over_v1(collector, *v1) == over_edge(collector, *edge)
    assert qoe_of(over_v1(collector, *v1)) == [[], [1], ["e", "player"], [], [2], [1]]


def test_a_repeated_event_tells_no_quality(collector):
    quality = [event("ping", T + n, qoeData={"media.qoe.bitrate": n}) for n in (1, 2)]
    bodies = [*quality, quality[0], event("ping", T + 3, qoeData={"media.qoe.bitrate": 2})]
    assert qoe_of(over_v1(collector, *bodies)) == [[], [1], [2], [1], []]


def test_edge_start_without_a_timestamp_has_the_time_of_its_arrival(collector):
    body = xdm_start()
    del body["timestamp"]
    [normal] = over_edge(collector, opening=body)
    assert normal["playerTime"]["ts"] == collector.sessions()[0]["startedAt"]


@pytest.mark.parametrize("body", [event("ping", ts=10**17),
                                  event("ping", qoeData={"media.qoe.bitrate": 10**20})])  # fmt: skip
def test_numbers_that_cannot_be_held_have_no_normal_form(collector, body):
    assert over_v1(collector, body)[1:] == [None]


def test_huge_playheads_are_held(collector):
    [_, high, low] = over_v1(collector, event("ping", playhead=1e300), event("ping", playhead=-1e300))
    assert (high["playerTime"]["playhead"], low["playerTime"]["playhead"]) == (2**53, -(2**53))


def test_downloaded_sessions_are_the_same(collector):
    v1 = collector.post("/api/v1/downloaded", [start(T, **{"media.downloaded": True}), event("play", T + 1, 2), event("sessionEnd", T + 2, 3)])
    bodies = [xdm_start(T), xdm("play", None, T + 1, 2), xdm("sessionEnd", None, T + 2, 3)]
    entries = [{"mediaEventType": b["eventType"], "mediaEventTimestamp": b["timestamp"], "mediaCollection": b["mediaCollection"]}
               for b in bodies]  # fmt: skip
    answer = collector.edge("downloaded", envelope({"eventType": "media.downloaded", "mediaDownloadedEvents": entries}))
    sid = answer.payloads("media-analytics:new-session")[0]["sessionId"]
    assert collector.normalised(v1.headers["Location"][-64:]) == collector.normalised(sid)
    assert collector.normalised(sid) == [normal_start(), event("play", T + 1, 2), event("sessionEnd", T + 2, 3)]


# Reading it


def test_pages_of_the_normal_form(collector):
    quality = {"media.qoe.bitrate": 1}
    sid = collector.open()
    for n in range(1, 6):
        assert collector.send(sid, event("ping", T + n, qoeData=quality)).status == 204
    whole = collector.events(sid, "?form=normalised")
    assert [e["index"] for e in whole] == list(range(6))
    assert collector.events(sid, "?form=normalised&after=1&limit=2") == whole[2:4]
    assert collector.events(sid, "?form=normalised&limit=0") == []
    assert collector.events(sid, "?form=normalised&after=5") == []
    assert "qoeData" not in whole[3]["event"]  # said before the page begins


@pytest.mark.parametrize("form", ["", "sent", "Normalised"])
def test_other_forms(collector, form):
    answer = collector.get(f"/api/sessions/{collector.open()}/events?form={form}")
    assert (answer.status, answer.message) == (400, "form: normalised, or nothing, is needed")


def exported(run, path, *options):
    result = run("--export", *options, "--data", path)
    assert (result.returncode, result.stderr) == (0, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_export_goes_session_by_session(launch, run, tmp_path):
    collector = launch("--data", tmp_path / "data")
    one, two = collector.open(), collector.open_edge()
    for ts in (1, 2):
        assert collector.send(one, event("play", ts, qoeData={"media.qoe.bitrate": 1})).status == 204
        assert collector.send_edge(two, "play", ts, qoeDataDetails={"bitrate": 1}).status == 204
    lines = exported(run, tmp_path / "data", "--normalised")
    assert [(x["session"], x["index"]) for x in lines] == [(one, 0), (one, 1), (one, 2), (two, 0), (two, 1), (two, 2)]
    assert [x["event"] for x in lines[:3]] == [x["event"] for x in lines[3:]] == collector.normalised(one)
    raw = exported(run, tmp_path / "data")
    assert [x["session"] for x in raw] == [one, two, one, two, one, two]
    assert raw[3]["event"] == xdm("play", two, 1, qoeDataDetails={"bitrate": 1})


def test_normalised_needs_an_export(run, tmp_path):
    result = run("--normalised", "--data", tmp_path / "data")
    assert result.returncode == 2 and "--normalised needs --export" in result.stderr


@pytest.mark.parametrize(
    "body",
    ["", "{", "7", "[]", "{}", '{"eventType":"play"}', '{"eventType":"media.play"}', '{"mediaCollection":7}',
     '{"mediaEventType":[]}', '{"eventType":"media.statesUpdate","timestamp":"2026-01-15T12:00:00Z","mediaCollection":'
     '{"sessionID":"a","playhead":0,"statesStart":[{"x":1}]}}', '{"eventType":"statesUpdate","playerTime":{"playhead":0,"ts":0},'
     '"params":{"statesStart":[{}]}}'],
)  # fmt: skip
def test_damaged_files_are_read_to_their_end(launch, run, tmp_path, body):
    collector = launch("--data", tmp_path / "data")
    sid = collector.open()
    for ts in (1, 2):
        assert collector.send(sid, event("play", ts)).status == 204
    collector.end()
    with sqlite3.connect(tmp_path / "data") as database:
        database.execute("UPDATE event SET body = ? WHERE position = 1", [body])
    database.close()
    assert [x["event"] for x in exported(run, tmp_path / "data", "--normalised")][1:] == [None, event("play", 2)]


# A player, over both

LOG = [
    (0, "sessionStart", {"info": {"id": "film", "name": "A film", "length": 120.5, "streamType": "vod", "mediaType": "video"},
                         "metadata": {"a.media.show": "Show", "zeta": "z", "alpha": "ä\n"}}),
    (10, "qoe", {"info": {"bitrate": 1000, "startupTime": 2, "fps": 25, "droppedFrames": 0}}),
    (20, "adBreakStart", {"info": {"name": "pre-roll", "position": 1, "startTime": 0}}),
    (30, "adStart", {"info": {"id": "ad", "name": "An ad", "position": 1, "length": 15.5}, "metadata": {"a.media.ad.advertiser": "x"}}),
    (40, "play", {}),
    (15_040, "adComplete", {}),
    (15_050, "adBreakComplete", {}),
    (15_060, "chapterStart", {"info": {"name": "One", "position": 1, "length": 30, "startTime": 0}, "metadata": {"k": "v"}}),
    (15_070, "stateStart", {"info": {"name": "fullScreen"}}),
    (16_000, "playhead", {"value": 0.94}),
    (17_000, "error", {"id": "E1"}),
    (18_000, "qoe", {"info": {"bitrate": 2000, "startupTime": 2, "fps": 25, "droppedFrames": 3}}),
    (18_000, "bitrateChange", {}),
    (19_000, "bufferStart", {}),
    (20_000, "bufferComplete", {}),
    (21_000, "stateEnd", {"info": {"name": "fullScreen"}}),
    (50_000, "seekStart", {}),
    (51_000, "playhead", {"value": 100.2}),
    (51_000, "seekComplete", {}),
    (52_000, "chapterComplete", {}),
    (60_000, "pause", {}),
    (70_000, "complete", {}),
]  # fmt: skip
SETTINGS = {
    "trackingServer": "stats.example.com", "reportSuite": "suite", "orgId": "1234@AdobeOrg", "datastreamId": "stream",
    "channel": "channel", "playerName": "player", "appVersion": "7", "visitorId": "4" * 38,
}  # fmt: skip


def played(launch, run, folder, protocol):
    """What a collector has of the log, sent over one protocol; by session."""
    folder.mkdir()
    collector = launch("--data", folder / "data")
    log = "".join(json.dumps({"ts": T + ts, "call": call, "player": "tv", **members}) + "\n" for ts, call, members in LOG)
    (folder / "settings").write_text(json.dumps({"protocol": protocol, **SETTINGS}))
    command = [PROGRAM, "replay", "--to", f"http://127.0.0.1:{collector.port}", "--config", folder / "settings", "--speed", "max", "-"]
    result = subprocess.run(command, input=log, capture_output=True, text=True, timeout=PATIENCE)
    assert result.returncode == 0, result.stderr
    assert collector.end() == (0, "")
    sessions = {}
    for line in exported(run, folder / "data", "--normalised"):
        sessions.setdefault(line["session"], []).append((line["duplicate"], line["afterEnd"], line["event"]))
    return list(sessions.values())


def test_a_player_is_the_same_over_both_wires(launch, run, tmp_path):
    [v1] = played(launch, run, tmp_path / "v1", "collection-v1")
    [edge] = played(launch, run, tmp_path / "edge", "edge-va-v1")
    assert v1 == edge
    kinds = [event["eventType"] for _, _, event in v1]
    assert {"sessionStart", "adStart", "chapterStart", "stateStart", "error", "bitrateChange", "ping", "sessionComplete"} <= set(kinds)
    assert not any(duplicate or after_end for duplicate, after_end, _ in v1)
