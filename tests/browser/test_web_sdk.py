"""What Adobe's Web SDK sends from a real page, and what the collector keeps of it.

https://experienceleague.adobe.com/en/docs/experience-platform/collection/js/commands/createmediasession
https://experienceleague.adobe.com/en/docs/experience-platform/collection/js/commands/sendmediaevent
"""

from datetime import datetime

import pytest
from conftest import EDGE_HOST, ORGANISATION, PAGE_HOST, SHARED_HOST

sync_api = pytest.importorskip("playwright.sync_api", reason="no Playwright: scripts/bootstrap browser")
pytestmark = pytest.mark.usefixtures("clock")  # no test has to be quick

DATASTREAM = "11111111-2222-3333-4444-555555555555"
FILM = {"name": "film-1", "friendlyName": "A film", "length": 600, "contentType": "vod", "streamType": "video"}
BREAK = {"friendlyName": "Mid-roll", "index": 1, "offset": 25}
AD = {"name": "ad-1", "friendlyName": "An ad", "length": 15, "podPosition": 1, "advertiser": "Soap & Sons"}
CHAPTER = {"friendlyName": "Über Berge", "index": 1, "length": 300, "offset": 0}
QUALITY = {"bitrate": 4800, "droppedFrames": 3, "framesPerSecond": 25, "timeToStart": 800}
OWN = [{"name": "_tenant.mood", "value": "calm"}]


def call(page, function, *arguments):
    """What a function of the page returns, or its promise comes to."""
    return page.evaluate(f"(all) => {function}(...all)", arguments)


def configure(page, **settings):
    media = {"channel": "Sport", "playerName": "Page player", "appVersion": "1.2", "adPingInterval": 1}
    call(
        page,
        "alloy",
        "configure",
        {
            "datastreamId": DATASTREAM,
            "orgId": ORGANISATION,
            "edgeDomain": EDGE_HOST,
            "thirdPartyCookiesEnabled": False,
            "idMigrationEnabled": False,
            "streamingMedia": media,
            **settings,
        },
    )


def move(page, playhead):
    page.evaluate(f"player.playhead = {playhead}")


def start(page, **collection):
    """Opens a session whose player is asked for its details; returns the session's id."""
    options = {"playerId": "tv", "xdm": {"mediaCollection": {"sessionDetails": FILM, **collection}}}
    return call(page, "createSession", options)["sessionId"]


def send(page, kind, **collection):
    xdm = {"eventType": f"media.{kind}", **({"mediaCollection": collection} if collection else {})}
    call(page, "alloy", "sendMediaEvent", {"playerId": "tv", "xdm": xdm})


def start_manually(page, playhead=0):
    options = {"xdm": {"mediaCollection": {"playhead": playhead, "sessionDetails": FILM}}}
    return call(page, "alloy", "createMediaSession", options)["sessionId"]


def send_manually(page, session, kind, playhead, **collection):
    collection = {"playhead": playhead, "sessionID": session, **collection}
    call(page, "alloy", "sendMediaEvent", {"xdm": {"eventType": f"media.{kind}", "mediaCollection": collection}})


def kept(collector, session):
    """The session's events, each of which counts."""
    events = collector.events(session)
    assert [event["index"] for event in events] == list(range(len(events)))
    assert not any(event["duplicate"] or event["afterEnd"] for event in events)
    return [event["event"] for event in events]


def log(events):
    """A line for each event: seconds since the first, to the nearest; kind; playhead."""
    times = [datetime.fromisoformat(event["timestamp"]) for event in events]
    return [
        f"{round((at - times[0]).total_seconds())} {event['eventType']} {event['mediaCollection']['playhead']}"
        for at, event in zip(times, events)
    ]


def accepted(exchanges):
    """That each request got the answer that the protocol has for success."""
    for exchange in exchanges:
        starts = exchange.xdm["eventType"] == "media.sessionStart"
        assert exchange.status == (200 if starts else 204), (exchange.path, exchange.answer_body)
    return True


def test_a_player_that_is_asked_for_its_details(page, clock, collector, gateway):
    configure(page)
    session = start(page, customMetadata=OWN)
    send(page, "play")
    clock.forward(25)
    move(page, 25.4)
    send(page, "adBreakStart", advertisingPodDetails=BREAK)
    send(page, "adStart", advertisingDetails=AD)
    clock.forward(3.2)
    send(page, "adComplete")
    send(page, "adBreakComplete")
    send(page, "play")
    clock.forward(11)
    move(page, 36.6)
    send(page, "statesUpdate", statesStart=[{"name": "fullScreen"}, {"name": "mute"}])
    send(page, "pauseStart")
    clock.forward(10.8)
    send(page, "statesUpdate", statesEnd=[{"name": "mute"}])
    send(page, "sessionEnd")
    clock.forward(60)

    events = kept(collector, session)
    assert log(events) == [
        "0 media.sessionStart 0",
        "0 media.play 0",
        "10 media.ping 0",
        "20 media.ping 0",
        "25 media.adBreakStart 25",
        "25 media.adStart 25",
        "26 media.ping 25",
        "27 media.ping 25",
        "28 media.ping 25",
        "28 media.adComplete 25",
        "28 media.adBreakComplete 25",
        "28 media.play 25",
        "38 media.ping 25",
        "39 media.statesUpdate 37",
        "39 media.pauseStart 37",
        "49 media.ping 37",
        "50 media.statesUpdate 37",
        "50 media.sessionEnd 37",
    ]
    assert accepted(gateway.exchanges)
    assert events == [exchange.xdm for exchange in gateway.exchanges]
    assert events[0]["mediaCollection"] == {
        "playhead": 0,
        "sessionDetails": {**FILM, "channel": "Sport", "playerName": "Page player", "appVersion": "1.2"},
        "customMetadata": OWN,
    }
    assert events[0]["implementationDetails"]["name"] == "https://ns.adobe.com/experience/alloy"
    assert events[5]["mediaCollection"]["advertisingDetails"] == {**AD, "playerName": "Page player"}
    assert all(event["mediaCollection"]["sessionID"] == session for event in events[1:])

    (row,) = collector.sessions()
    assert row["id"] == session
    assert (row["protocol"], row["state"], row["closeReason"]) == ("edge", "closed", "sessionEnd")
    assert (row["eventCount"], row["duplicateCount"]) == (len(events), 0)
    assert (row["mediaId"], row["mediaName"], row["playerName"]) == ("film-1", "A film", "Page player")


KINDS = [
    ("play", {}),
    ("ping", {}),
    ("bufferStart", {}),
    ("pauseStart", {"qoeDataDetails": QUALITY}),
    ("bitrateChange", {"qoeDataDetails": QUALITY}),
    ("statesUpdate", {"statesStart": [{"name": "fullScreen"}], "statesEnd": [{"name": "mute"}]}),
    ("error", {"errorDetails": {"name": "E-7", "source": "external"}}),
    ("chapterStart", {"chapterDetails": CHAPTER, "customMetadata": OWN}),
    ("chapterComplete", {}),
    ("chapterSkip", {}),
    ("adBreakStart", {"advertisingPodDetails": BREAK}),
    ("adStart", {"advertisingDetails": {**AD, "playerName": "Ad player"}, "customMetadata": OWN}),
    ("adSkip", {}),
    ("adComplete", {}),
    ("adBreakComplete", {}),
    ("sessionComplete", {}),
    ("sessionEnd", {}),
]


def test_every_kind_of_event_of_a_page_that_keeps_its_session_itself(page, clock, collector, gateway):
    configure(page)
    session = start_manually(page, playhead=7)
    for second, (kind, collection) in enumerate(KINDS):
        send_manually(page, session, kind, second, **collection)
        clock.forward(60)  # no ping comes of itself

    start_event, *events = kept(collector, session)
    assert start_event["mediaCollection"]["playhead"] == 7
    assert [(event["eventType"], event["mediaCollection"]) for event in events] == [
        (f"media.{kind}", {"playhead": second, "sessionID": session, **collection})
        for second, (kind, collection) in enumerate(KINDS)
    ]
    assert accepted(gateway.exchanges)
    assert [exchange.path.split("?")[0].rsplit("/", 1)[1] for exchange in gateway.exchanges] == [
        "interact",
        *(kind for kind, _ in KINDS),
    ]


def test_events_that_a_page_sends_before_it_knows_the_session(page, collector, gateway):
    configure(page)
    kinds = ["play", "bufferStart", "pauseStart", "chapterComplete", "adSkip"]
    page.evaluate(f"""
        createSession({{ playerId: "tv", xdm: {{ mediaCollection: {{ sessionDetails: {FILM} }} }} }});
        Promise.all({kinds}.map((kind) =>
            alloy("sendMediaEvent", {{ playerId: "tv", xdm: {{ eventType: "media." + kind }} }})));
    """)

    (row,) = collector.sessions()
    first, *events = kept(collector, row["id"])
    assert first["eventType"] == "media.sessionStart"
    assert sorted(event["eventType"] for event in events) == sorted(f"media.{kind}" for kind in kinds)
    assert accepted(gateway.exchanges)


def test_sessions_of_two_players_on_a_page(page, clock, collector, gateway):
    configure(page)
    sessions = [start_manually(page), start_manually(page)]
    for playhead in (10, 20):
        for session in sessions:
            clock.forward(1)
            send_manually(page, session, "play", playhead)

    assert [row["id"] for row in collector.sessions()] == sessions
    assert [log(kept(collector, session)) for session in sessions] == [
        ["0 media.sessionStart 0", "1 media.play 10", "3 media.play 20"],
        ["0 media.sessionStart 0", "2 media.play 10", "4 media.play 20"],
    ]
    assert accepted(gateway.exchanges)


def test_the_state_that_the_collector_gives_comes_back(page, collector, gateway):
    configure(page)
    send_manually(page, start_manually(page), "play", 0)

    first, second = gateway.exchanges
    assert (first.host, second.host) == (EDGE_HOST, EDGE_HOST)
    assert "entries" not in first.body["meta"]["state"]
    handles = {}
    for handle in first.answer["handle"]:
        handles.setdefault(handle["type"], []).extend(handle["payload"])
    stored = {entry["key"]: entry["value"] for entry in handles["state:store"]}
    assert len(stored) == 2
    assert {entry["key"]: entry["value"] for entry in second.body["meta"]["state"]["entries"]} == stored
    hint = next(payload["hint"] for payload in handles["locationHint:result"] if payload["scope"] == "EdgeNetwork")
    assert second.path.startswith(f"/ee/{hint}/va/v1/play?")
    ecid = next(payload["id"] for payload in handles["identity:result"] if payload["namespace"]["code"] == "ECID")
    assert page.evaluate("alloy('getIdentity').then(({ identity }) => identity.ECID)") == ecid


def test_a_page_that_welcomes_third_party_cookies(page, collector, gateway):
    configure(page, thirdPartyCookiesEnabled=True, idMigrationEnabled=True)
    session = start_manually(page)
    send_manually(page, session, "play", 0)

    assert [exchange.host for exchange in gateway.exchanges] == [SHARED_HOST, EDGE_HOST]
    assert gateway.exchanges[0].body["query"]["identity"]["fetch"] == ["ECID", "CORE"]
    assert log(kept(collector, session)) == ["0 media.sessionStart 0", "0 media.play 0"]


def test_page_views_pass_by(page, collector):
    configure(page)
    call(page, "alloy", "sendEvent", {"xdm": {"eventType": "web.webpagedetails.pageViews"}})
    session = start_manually(page)

    assert [row["id"] for row in collector.sessions()] == [session]


@pytest.mark.parametrize(
    ("playhead", "known", "status"),
    [(-1, True, 400), (0, False, 404)],
    ids=["an event that is not valid", "a session that never was"],
)
def test_a_refusal_reaches_the_page(page, collector, gateway, playhead, known, status):
    configure(page)
    session = start_manually(page)
    with pytest.raises(sync_api.Error, match=f"status code {status}"):
        send_manually(page, session if known else "f" * 64, "play", playhead)

    assert gateway.exchanges[-1].status == status
    assert gateway.exchanges[-1].answer["type"] == f"https://ns.adobe.com/aep/errors/va-edge-0{status}-{status}"
    assert log(kept(collector, session)) == ["0 media.sessionStart 0"]


def test_the_tracker_that_the_sdk_offers_for_older_pages(page, clock, collector, gateway):
    configure(page)
    page.evaluate("""alloy("getMediaAnalyticsTracker").then((media) => {
        window.Media = media;
        window.tracker = media.getInstance();
        const film = media.createMediaObject("A film", "film-1", 600, media.StreamType.VOD, media.MediaType.Video);
        tracker.trackSessionStart(film, { "a.media.show": "A show", mood: "calm" });
        tracker.trackPlay();
    })""")
    clock.forward(5)
    page.evaluate("""
        tracker.updatePlayhead(5);
        tracker.trackEvent(Media.Event.StateStart, Media.createStateObject(Media.PlayerState.Mute));
    """)
    clock.forward(11)
    page.evaluate("tracker.trackComplete(); tracker.trackSessionEnd()")
    clock.forward(1)

    (row,) = collector.sessions()
    events = kept(collector, row["id"])
    assert log(events[:-2]) == [
        "0 media.sessionStart 0",
        "0 media.play 0",
        "5 media.statesUpdate 5",
        "15 media.ping 5",
    ]
    assert {event["eventType"] for event in events[-2:]} == {"media.sessionComplete", "media.sessionEnd"}
    assert events[0]["mediaCollection"]["sessionDetails"]["show"] == "A show"
    assert accepted(gateway.exchanges)


def test_page_and_collector_are_different_sites(page, gateway):
    """What the other tests rest on: the browser asks the collector's leave before it hands over an answer."""
    configure(page)
    start_manually(page)

    (exchange,) = gateway.exchanges
    assert exchange.headers["Origin"] == f"https://{PAGE_HOST}"
    assert exchange.headers["Sec-Fetch-Site"] == "cross-site"
    assert exchange.headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert exchange.answer_headers["Access-Control-Allow-Origin"] == f"https://{PAGE_HOST}"
    assert exchange.answer_headers["Access-Control-Allow-Credentials"] == "true"
