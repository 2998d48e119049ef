"""The collector's page while viewings are replayed: in a real browser, against a real collector."""

import json
import re

import pytest

from conftest import Browser
from watching import ONLY_HERE, Look, Watched, missing

HOSTILE = """<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>"'&lt;\u202e\u0000"""
TS = 1_700_000_000_000


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    if missing():
        pytest.skip(missing())
    browser = Browser(tmp_path_factory.mktemp("chromium"), ONLY_HERE)
    yield browser
    browser.end()


@pytest.fixture
def collector():
    running = Watched()
    yield running
    running.end()


@pytest.fixture
def look(chromium, collector):
    """Opens the page; in the end nothing may have gone wrong in it, and nothing have left the machine."""
    tabs = []

    def begin(path="/", **how):
        tabs.append(Look(chromium, collector.url + path, **how))
        return tabs[-1]

    yield begin
    for tab in tabs:
        assert tab.complaints() == []
        assert {url for url in tab.asked() if not url.startswith(collector.url + "/")} == set()
        tab.close()


def viewing(collector, **params):
    """A short session with something in every lane."""
    sid = collector.open(TS, **params)
    pod = {"media.ad.podFriendlyName": "pre", "media.ad.podIndex": 0, "media.ad.podSecond": 0}
    ad = {"media.ad.id": "ad-1", "media.ad.name": "Soap", "media.ad.length": 5, "media.ad.podPosition": 0,
          "media.ad.playerName": "p"}  # fmt: skip
    chapter = {"media.chapter.index": 1, "media.chapter.offset": 0, "media.chapter.length": 30}
    collector.send(sid, "adBreakStart", TS, params=pod)
    collector.send(sid, "adStart", TS, params=ad)
    collector.send(sid, "adComplete", TS + 5000)
    collector.send(sid, "adBreakComplete", TS + 5000)
    collector.send(sid, "chapterStart", TS + 5000, params={**chapter, "media.chapter.friendlyName": "One"})
    collector.send(sid, "play", TS + 5000)
    collector.send(sid, "stateStart", TS + 8000, 3, params={"media.state.name": "mute"})
    collector.send(sid, "bufferStart", TS + 10000, 5)
    collector.send(sid, "play", TS + 12000, 5, qoeData={"media.qoe.bitrate": 3200000})
    collector.send(sid, "error", TS + 13000, 6, qoeData={"media.qoe.errorID": "E42", "media.qoe.errorSource": "player"})
    collector.send(sid, "pauseStart", TS + 15000, 8)
    collector.send(sid, "stateEnd", TS + 16000, 8, params={"media.state.name": "mute"})
    collector.send(sid, "chapterComplete", TS + 19000, 8)
    collector.send(sid, "sessionEnd", TS + 20000, 8)
    return sid


def test_sessions_appear_while_they_begin(collector, look):
    tab = look()
    tab.until("document.getElementById('link').dataset.state === 'live'")
    assert tab.rows() == []
    assert "mediabeat replay --to" in tab.text("#sessions-empty")
    collector.replay("vod-with-ads.jsonl", 1)
    tab.until("document.getElementById('total-live').textContent === '1'")
    assert tab.rows() == ["Tears of Steel"]
    collector.replay("live-radio.jsonl", 1)
    tab.until("document.getElementById('total-live').textContent === '2'")
    assert tab.rows() == ["Example Radio One", "Tears of Steel"]
    assert tab.text("#session-rows .state") == "live"
    tab.until("document.getElementById('viewers-note').textContent.startsWith('now 2')")


def test_live_sessions_come_first_then_the_latest(collector, look):
    for name in ("first", "second", "third"):
        sid = collector.open(**{"media.name": name})
        if name != "first":
            collector.send(sid, "sessionEnd")
    tab = look()
    tab.until("document.getElementById('shown').textContent === '3'")
    tab.until("document.querySelectorAll('#session-rows .row').length === 3")
    assert tab.rows() == ["first", "third", "second"]


def test_a_timeline_grows_while_it_plays(collector, look):
    collector.replay("vod-with-ads.jsonl", 20)
    tab = look()
    tab.until("document.querySelectorAll('#session-rows .row').length === 1")
    tab.click_on("#session-rows .row")
    tab.until("Number(document.getElementById('event-count').textContent) >= 3")
    assert tab.text("#about-title") == "Tears of Steel"
    before = int(tab.text("#event-count"))
    tab.until(f"Number(document.getElementById('event-count').textContent) > {before + 5}")
    tab.until("document.getElementById('about-state').textContent === 'ended'")
    tab.until("document.getElementById('event-count').textContent === '38'")
    for lane in ("play", "pause", "buffer", "ad", "seek", "state", "chapter"):
        assert tab.pixels(lane) > 20, lane
    tab.until("document.querySelector('#metrics dl')")
    assert re.search(r"content time spent\s*1:1\d", tab.text("#metrics"))


def test_every_lane_has_its_colour(collector, look):
    sid = viewing(collector)
    tab = look(f"/#/s/{sid}")
    tab.until("document.getElementById('event-count').textContent === '15'")
    tab.frame()
    for lane in ("play", "pause", "buffer", "ad", "state", "chapter", "error"):
        assert tab.pixels(lane) > 20, lane
    assert tab.pixels("stall") == 0


def test_filters(collector, look):
    for name, player, over in (("Sintel", "tv", True), ("Spring", "tv", False), ("Agent", "radio", False)):
        sid = collector.open(**{"media.name": name, "media.playerName": player})
        if over:
            collector.send(sid, "sessionEnd")
    tab = look()
    tab.until("document.getElementById('shown').textContent === '3'")
    for field, value, expected in (
        ("#search", "sint TV", ["Sintel"]),
        ("#search", "nothing", []),
        ("#search", "", ["Agent", "Spring", "Sintel"]),
        ("#filter-player", "tv", ["Spring", "Sintel"]),
        ("#filter-state", "live", ["Spring"]),
        ("#filter-player", "", ["Agent", "Spring"]),
        ("#filter-state", "closed", ["Sintel"]),
        ("#filter-state", "", ["Agent", "Spring", "Sintel"]),
    ):
        tab.fill(field, value)
        tab.frame()
        assert tab.rows() == expected, (field, value)
    assert tab.shown() == "3"


def test_an_event_opens_with_its_request_answer_and_delay(collector, look):
    sid = viewing(collector)
    tab = look(f"/#/s/{sid}")
    tab.until("document.querySelectorAll('#event-rows .row:not([hidden])').length === 15")
    tab.click_on("#event-rows .row[data-type=error]")
    tab.until("document.querySelector('#inspector .body')")
    stored = collector.get(f"/api/sessions/{sid}/events?after=9&limit=1")[0]
    assert json.loads(tab.text("#inspector .body")) == stored["event"]
    assert tab.text("#inspector .wire") == f"POST /api/v1/sessions/{sid}/events"
    assert tab.text("#inspector .answer") == "204 No Content"
    facts = dict(tab.run("[...document.querySelectorAll('#inspector .facts div')]"
                         ".map((row) => [...row.children].map((cell) => cell.textContent))"))  # fmt: skip
    assert facts["sent"] == "0:13.0 in"
    assert facts["playhead"] == "0:06.0"
    assert facts["delay"].endswith(" d")  # the viewing was years ago


def test_an_event_opens_from_the_timeline(collector, look):
    sid = viewing(collector)
    tab = look(f"/#/s/{sid}")
    tab.until("document.getElementById('event-count').textContent === '15'")
    tab.frame()
    left, top, width = tab.run("(({x, y, width}) => [x, y, width])(document.getElementById('lanes').getBoundingClientRect())")
    gutter, span = 84, 20000 * 1.004
    errors = top + 22 + 14 + 5 + 28 + 5 + 24 + 5 + 22 + 5 + 15 + 2 + 8  # the lanes above, and the middle of it
    tab.click(left + gutter + 13000 / span * (width - gutter), errors)
    tab.until("document.querySelector('#inspector h2')?.textContent.startsWith('error')")
    assert '"E42"' in tab.text("#inspector .body")


def test_an_event_that_waits_is_told_and_settles(collector, look):
    sid = collector.open()
    collector.send(sid, "play", TS + 1000)
    tab = look(f"/#/s/{sid}")
    tab.until("document.getElementById('event-count').textContent === '2'")
    collector.send(sid, "ping", TS + 9000, 8)
    collector.send(sid, "pauseStart", TS + 5000, 4)  # sent before, came after
    tab.until("document.getElementById('event-count').textContent === '4'")
    tab.frame()
    types = tab.run("[...document.querySelectorAll('#event-rows .row')].sort((a, b) => a.dataset.index - b.dataset.index)"
                    ".map((row) => row.dataset.type)")  # fmt: skip
    assert types == ["sessionStart", "play", "pauseStart", "ping"]


def test_hostile_texts_are_texts(collector, look):
    names = ("media.name", "media.playerName", "media.channel", "media.id")
    sid = collector.open(TS, **{name: HOSTILE.replace("\0", "") for name in names})
    collector.send(sid, "chapterStart", TS, params={"media.chapter.index": 1, "media.chapter.offset": 0,
                   "media.chapter.length": 30, "media.chapter.friendlyName": HOSTILE.replace("\0", "")},
                   customMetadata={"evil": HOSTILE.replace("\0", "")})  # fmt: skip
    collector.send(sid, "error", TS + 10, qoeData={"media.qoe.errorID": "<b>E</b>", "media.qoe.errorSource": "player"})
    tab = look()
    tab.until("document.querySelectorAll('#session-rows .row').length === 1")
    assert tab.rows() == [HOSTILE.replace("\0", "")]
    tab.click_on("#session-rows .row")
    tab.until("document.querySelectorAll('#event-rows .row').length === 3")
    for _ in range(3):
        tab.press("ArrowRight")
    tab.until("document.querySelector('#inspector .body')?.textContent.includes('<b>E</b>')")
    tab.press("ArrowLeft")
    tab.until("document.querySelector('#inspector .body')?.textContent.includes('onerror')")
    assert tab.run("document.querySelectorAll('img, b, script:not([src]), iframe').length") == 0
    assert tab.run("typeof window.hacked") == "undefined"


def test_the_page_may_run_and_ask_only_what_is_its_own(collector):
    answer, body = collector.request("GET", "/")
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
    assert policy.pop("frame-ancestors") == "'none'"
    assert policy.pop("default-src") == policy.pop("base-uri") == policy.pop("form-action") == "'none'"
    assert policy == {name: "'self'" for name in ("script-src", "style-src", "img-src", "connect-src")}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers.get("Access-Control-Allow-Origin") is None
    assert b"<style" not in body and b" style=" not in body and re.search(rb"<script(?![^>]* src=)", body) is None
    for name in re.findall(rb'(?:src|href)="(/[^"#]*)"', body):
        assert collector.request("GET", name.decode())[0].status == 200, name


def test_it_works_by_keyboard(collector, look):
    first, second = (viewing(collector, **{"media.name": name}) for name in ("older", "newer"))
    tab = look()
    tab.until("document.querySelectorAll('#session-rows .row').length === 2")
    tab.press("/")
    assert tab.run("document.activeElement.id") == "search"
    tab.press("Escape")
    tab.press("j")
    tab.press("j")
    tab.press("Enter")
    tab.until(f"location.hash === '#/s/{first}'")
    tab.until("document.querySelectorAll('#event-rows .row').length === 15")
    tab.press("ArrowRight")
    tab.until("document.querySelector('#inspector h2')?.textContent.startsWith('sessionStart')")
    tab.press("k")
    tab.until(f"location.hash === '#/s/{second}'")
    tab.until("document.getElementById('about-title').textContent === 'newer' && document.querySelector('#metrics dl')")
    tab.press("+")
    assert tab.run("document.getElementById('zoom-fit').getAttribute('aria-pressed')") == "false"
    tab.press("0")
    assert tab.run("document.getElementById('zoom-fit').getAttribute('aria-pressed')") == "true"
    tab.press("Escape")
    tab.until("location.hash === '#/'")
    tab.press("?")
    assert tab.run("document.getElementById('help').open") is True


def test_thousands_of_sessions_are_a_list_of_few_elements(collector, look):
    for number in range(2500):
        sid = collector.open(**{"media.name": f"film {number}"})
        if number % 4:
            collector.send(sid, "sessionEnd")
    tab = look()
    tab.until("document.getElementById('shown').textContent.replace(/\\D/g, '') === '2500'")
    assert tab.run("document.querySelectorAll('#session-rows .row').length") < 80
    tab.fill("#search", "film 1234")
    tab.frame()
    assert tab.rows() == ["film 1234"]


def test_a_phone_shows_one_thing_at_a_time(collector, look):
    sid = viewing(collector)
    tab = look(width=390, height=844)
    tab.until("document.querySelectorAll('#session-rows .row').length === 1")
    assert tab.run("document.documentElement.scrollWidth") <= 390
    tab.run(f"location.hash = '#/s/{sid}'")
    tab.until("document.getElementById('event-count').textContent === '15'")
    assert tab.run("document.documentElement.scrollWidth") <= 390
    assert tab.run("getComputedStyle(document.getElementById('sessions')).display") == "none"
    tab.click_on(".back")
    tab.until("location.hash === '#/' && getComputedStyle(document.getElementById('sessions')).display !== 'none'")


def test_a_session_that_is_not_there(chromium, collector):
    tab = Look(chromium, f"{collector.url}/#/s/{'0' * 64}")
    tab.until("document.getElementById('about-title').textContent === 'There is no such session'")
    sid = viewing(collector)
    tab.run(f"location.hash = '#/s/{sid}'")
    tab.until("document.getElementById('about-title').textContent === 'Film'")
    tab.close()


def test_what_is_wrong_is_marked_and_found(collector, look):
    viewing(collector, **{"media.name": "right"})
    sid = collector.open(TS, **{"media.name": "wrong"})
    ad = {"media.ad.id": "ad-1", "media.ad.name": "Soap", "media.ad.length": 5, "media.ad.podPosition": 0,
          "media.ad.playerName": "p"}  # fmt: skip
    collector.send(sid, "play", TS + 10)
    collector.send(sid, "adStart", TS + 1000, 1, params=ad)  # without its break
    collector.send(sid, "sessionEnd", TS + 9000, 9)
    (finding,) = [f for f in collector.get(f"/api/sessions/{sid}/findings") if f["severity"] == "error"]
    tab = look()
    tab.until("document.querySelectorAll('#session-rows .row').length === 2")
    tab.until("[...document.querySelectorAll('#session-rows .flags')].every((cell) => cell.textContent)")
    tab.fill("#filter-findings", "error")
    tab.frame()
    assert tab.rows() == ["wrong"]
    tab.press("j")
    tab.press("Enter")
    tab.until("document.querySelector('#findings .finding[data-severity=error]')")
    assert finding["code"] in tab.text("#findings") and finding["says"] in tab.text("#findings")
    tab.frame()
    assert tab.pixels("error") > 20
    tab.click_on("#findings .finding[data-severity=error] .to-event")
    tab.until("document.querySelector('#inspector h2')?.textContent.startsWith('adStart')")
    assert finding["code"] in tab.text("#inspector")
    tab.press("p")
    tab.until("!document.querySelector('#inspector h2').textContent.startsWith('adStart')")


def test_a_collector_that_comes_back_is_read_again(chromium, tmp_path):
    data = str(tmp_path / "run.db")
    running = Watched("--data", data)
    running.open(**{"media.name": "before"})
    tab = Look(chromium, running.url)
    tab.until("document.getElementById('total-live').textContent === '1'")
    port = str(running.port)
    running.end()
    tab.until("document.getElementById('link').dataset.state === 'lost'")
    again = Watched("--data", data, "--port", port)
    again.open(**{"media.name": "after"})
    tab.until("document.getElementById('link').dataset.state === 'live'")
    tab.until("document.querySelectorAll('#session-rows .row:not([hidden])').length === 2")
    assert tab.rows() == ["after", "before"]
    tab.close()
    again.end()


def test_with_a_token_the_page_goes_on_by_cookie(chromium):
    token = "0123456789abcdef"
    running = Watched("--token", token)
    running.open()
    assert running.request("GET", "/")[0].status == 401
    assert running.request("GET", "/api/live")[0].status == 401
    tab = Look(chromium, f"{running.url}/?token={token}")
    tab.until("document.getElementById('total-live').textContent === '1'")
    assert token not in tab.run("location.href")
    assert tab.complaints() == []
    tab.close()
    running.end()
