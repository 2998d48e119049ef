"""The collector's page while viewings are replayed: in a real browser, against a real collector."""

import http.client
import json
import re
import shlex

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


# How much it does, whatever there is: few elements, few marks, few requests.

COUNT_WORK = """
  window.drawn = 0;
  for (const name of ["fillRect", "fill", "stroke", "fillText", "lineTo"]) {
    const draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...how) { window.drawn++; return draw.apply(this, how); };
  }
"""
ELEMENTS = "document.querySelectorAll('*').length"
DRAWN_AGAIN = """(async () => {
  document.getElementById("zoom-in").click();
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  window.drawn = 0;
  document.getElementById("zoom-fit").click();
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return window.drawn;
})()"""


def test_ten_thousand_sessions_are_few_elements(collector, look):
    collector.open_many(f"film n{number}" for number in range(10_000))
    tab = look()
    tab.until("document.getElementById('shown').textContent.replace(/\\D/g, '') === '10000'")
    tab.until("document.querySelector('#session-rows .row')")
    assert tab.run(ELEMENTS) < 900
    tab.press("j")
    tab.run("document.getElementById('session-rows').scrollTop = 1e7")
    tab.frame()
    assert tab.rows()[-1] == "film n0"
    assert tab.run(ELEMENTS) < 900
    tab.fill("#search", "film n1234")
    tab.frame()
    assert tab.rows() == ["film n1234"]
    lists = [url for url in tab.asked() if "/api/sessions?limit=" in url]
    assert len(lists) <= 2 * 11  # pages of a thousand, when the page begins and when it is connected


def test_twenty_thousand_events_are_few_marks(collector, look):
    sid = collector.open(TS)
    kinds = ["ping"] * 8 + ["pauseStart", "play"]
    collector.send_at_once(f"/api/v1/sessions/{sid}/events", (
        {"eventType": kinds[n % 10], "playerTime": {"playhead": n, "ts": TS + 1000 * n}} for n in range(1, 20_000)))
    tab = look(f"/#/s/{sid}", before=COUNT_WORK)
    tab.until("document.getElementById('event-count').textContent.replace(/\\D/g, '') === '20000'")
    tab.until("document.querySelector('#metrics dl')")
    assert tab.run(ELEMENTS) < 1200
    assert 0 < tab.run(DRAWN_AGAIN) < 12 * 1440  # a few for each pixel of the width, not for each event
    collector.send(sid, "ping", TS + 20_000_000, 20_000)
    tab.until("document.getElementById('event-count').textContent.replace(/\\D/g, '') === '20001'")
    froms = [int(url.rsplit("=", 1)[1]) for url in tab.asked() if "/timeline?from=" in url]
    assert froms[0] == 0 and all(20_000 - start < 20 for start in froms[1:])  # what is known is not asked for again


def test_metrics_go_on_while_it_plays(collector, look):
    sid = collector.open(TS)
    collector.send(sid, "play", TS + 1000)
    collector.send(sid, "ping", TS + 11_000, 10)
    tab = look(f"/#/s/{sid}")
    spent = "[...document.querySelectorAll('#metrics [title=contentTimeSpent] dd')].map((cell) => cell.textContent)[0]"
    tab.until(f"{spent} === '10 s'")
    assert "if it closed now" in tab.text("#metrics h2")
    collector.send(sid, "ping", TS + 21_000, 20)
    tab.until(f"{spent} === '20 s'")
    collector.send(sid, "sessionEnd", TS + 31_000, 30)
    tab.until(f"{spent} === '30 s' && document.querySelector('#metrics h2').textContent === 'Metrics'")


def test_findings_of_a_session_that_closes_are_listed(collector, look):
    sid = collector.open(TS)
    tab = look()
    tab.until("document.querySelector('#session-rows .flags')?.textContent === '✓'")
    collector.send(sid, "adStart", TS + 10, params={"media.ad.id": "a", "media.ad.name": "Soap", "media.ad.length": 5,
                   "media.ad.podPosition": 0, "media.ad.playerName": "p"})  # fmt: skip
    collector.send(sid, "sessionEnd", TS + 20)
    tab.until("document.querySelector('#session-rows .flags').dataset.worst === 'error'")
    assert "error" in tab.run("document.querySelector('#session-rows .row').getAttribute('aria-label')")


def test_search_finds_what_the_list_says_of_a_state(collector, look):
    collector.open(**{"media.name": "goes on"})
    sid = collector.open(**{"media.name": "was closed"})
    tab = look()
    tab.until("document.getElementById('total-live').textContent === '2'")
    assert collector.post(f"/api/sessions/{sid}/close", None)[0].status < 300
    tab.until("document.getElementById('total-live').textContent === '1'")
    tab.fill("#search", "by hand")
    tab.frame()
    assert tab.rows() == ["was closed"]


def test_curves_and_marks_are_drawn(collector, look):
    sid = viewing(collector)
    tab = look(f"/#/s/{sid}")
    tab.until("document.getElementById('event-count').textContent === '15'")
    tab.frame()
    playhead = 22 + 14 + 5 + 28 + 5 + 24 + 5 + 22 + 5 + 15 + 2 + 16 + 5 + 14 + 5  # below the lanes, as they are high
    bitrate = playhead + 76 + 5
    assert tab.columns("ink", playhead, 76) > 800  # from the first event to the last
    assert 200 < tab.columns("accent", bitrate, 52) < 700  # since it was said, at 12 s of 20 s


def test_an_event_that_is_picked_comes_into_view(collector, look):
    sid = viewing(collector)
    tab = look(f"/#/s/{sid}")
    tab.until("document.getElementById('event-count').textContent === '15'")
    for _ in range(3):
        tab.press("+")
    tab.frame()
    assert tab.pixels("select") == 0
    tab.press("ArrowLeft")  # the last one
    tab.frame()
    assert tab.pixels("select") > 20


def test_delays_are_those_between_the_clocks(chromium):
    running = Watched("--clock", f"manual:{TS + 250}")
    sid = running.open(TS)
    running.post("/api/clock", {"now": TS + 4400})
    running.send(sid, "play", TS + 3000)
    tab = Look(chromium, f"{running.url}/#/s/{sid}")
    tab.until("document.getElementById('event-count').textContent === '2'")
    for delay, since_start in (("250 ms", "+0 ms"), ("1.4 s", "+1.1 s")):
        tab.press("ArrowRight")
        tab.until(f"[...document.querySelectorAll('#inspector dd')].some((cell) => cell.textContent === '{delay}')")
        assert since_start in tab.text("#inspector .facts")
    tab.close()
    running.end()


def test_viewers_are_sessions_under_way(collector, look):
    tab = look()
    course = tab.run("""import("/page/viewers.js").then(({ course }) => course([
      { startedAt: 10, lastEventAt: 20, state: "closed" }, { startedAt: 15, lastEventAt: 25, state: "open" },
      { startedAt: 1, lastEventAt: 5, state: "closed", downloaded: true }], 30))""")
    assert course == [[10, 1], [15, 2], [21, 1], [31, 0]]  # [time, count]
    first, _ = collector.open_many(["one", "two"])
    collector.send(first, "sessionEnd", TS + 1)
    tab.until("document.getElementById('viewers-note').textContent === 'now 1 · peak 2'")
    assert "Sessions under way" in tab.run("document.querySelector('.viewers figcaption').title")


def test_what_is_looked_at_stays_while_sessions_come(collector, look):
    collector.open_many(f"old {number}" for number in range(200))
    tab = look()
    tab.until("document.getElementById('shown').textContent === '200'")
    tab.run("document.getElementById('session-rows').scrollTop = 3100")
    tab.frame()
    places = """[...document.querySelectorAll('#session-rows .row:not([hidden])')].map((row) =>
      [row.querySelector('.title').textContent, Math.round(row.getBoundingClientRect().top)])"""
    before = dict(tab.run(places))
    collector.open_many(f"new {number}" for number in range(7))
    tab.until("document.getElementById('shown').textContent === '207'")
    tab.frame()
    assert dict(tab.run(places)) == before
    tab.run("document.getElementById('session-rows').scrollTop = 0")
    tab.frame()
    assert tab.rows()[0] == "new 6"


# Texts that are in the way.


def test_long_texts_stay_in_their_place(collector, look):
    sid = collector.open(TS, **{"media.name": "long " * 2000, "media.playerName": "p" * 10_000})
    for number in range(12):
        collector.send(sid, "stateStart", TS + number, params={"media.state.name": f"state{number}" + "s" * 40})
    for width, height in ((1440, 900), (1000, 600), (390, 844)):
        tab = look(f"/#/s/{sid}", width=width, height=height)
        tab.until("document.getElementById('event-count').textContent === '13'")
        tab.frame()
        for part in ("#about-state", "#zoom-fit", "#lanes", "#metrics"):
            right = tab.run(f"document.querySelector('{part}').getBoundingClientRect().right")
            assert 0 < right <= width, (part, width)
        assert tab.run("document.getElementById('event-rows').clientHeight") > 100


def test_a_text_turns_no_other_around(collector, look):
    names = {"media.name": "\u202eeman", "media.playerName": "\u202ereyalp", "media.channel": "right"}
    sid = collector.open(TS, **names)
    tab = look(f"/#/s/{sid}")
    tab.until("document.getElementById('event-count').textContent === '1'")
    parts = tab.run("[...document.querySelectorAll('#about-facts > bdi')].map((part) => part.textContent)")
    assert parts[:2] == ["\u202ereyalp", "right"]
    assert parts[-1] == f"id {sid[:12]}"
    tab.press("ArrowRight")
    tab.until("document.querySelector('#inspector .body')")
    assert '"\\u202eeman"' in tab.text("#inspector .body")
    assert "\u202e" not in tab.text("#inspector .body")


def test_a_command_can_be_copied_where_there_is_no_clipboard(collector, look):
    sid = viewing(collector, **{"media.name": "it's"})
    tab = look(f"/#/s/{sid}", before="Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    tab.until("document.getElementById('event-count').textContent === '15'")
    tab.press("ArrowRight")
    tab.until("document.querySelector('#inspector .copy')")
    tab.click_on("#inspector .copy")
    tab.until("document.querySelector('#inspector .command')")
    command = shlex.split(tab.run("getSelection().toString()"))
    assert command[:4] == ["curl", "-i", "-X", "POST"]
    assert json.loads(command[-1])["params"]["media.name"] == "it's"


# For everybody.

CONTRASTS = """(() => {
  const context = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const paint = (colour) => {
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const part = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].map(part);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const low = {};
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode()); ) {
    const node = text.parentElement;
    if (!text.data.trim() || !node.checkVisibility() || node.closest(".unseen, script, select")) continue;
    const around = [];
    for (let at = node; at; at = at.parentElement) around.unshift(getComputedStyle(at).backgroundColor);
    const ground = ["white", ...around].map(paint).at(-1);
    const ink = paint(getComputedStyle(node).color);
    const contrast = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
    if (contrast < 4.5) low[`${node.localName}.${node.className}: ${text.data.slice(0, 20)}`] = contrast;
  }
  return low;
})()"""


@pytest.mark.parametrize("dark", [False, True])
def test_texts_stand_out(collector, look, dark):
    """4.5 : 1, https://www.w3.org/TR/WCAG22/#contrast-minimum"""
    viewing(collector)
    collector.replay("vod-with-ads.jsonl", 20)
    tab = look(dark=dark)
    tab.until("document.querySelectorAll('#session-rows .row').length === 2")
    tab.until("[...document.querySelectorAll('#session-rows .flags')].every((cell) => cell.textContent)")
    assert tab.run(CONTRASTS) == {}
    tab.press("j")
    tab.press("Enter")
    tab.until("document.querySelector('#metrics dl') && document.querySelector('#event-rows .row')")
    tab.press("ArrowRight")
    tab.until("document.querySelector('#inspector .body')")
    assert tab.run(CONTRASTS) == {}


@pytest.mark.parametrize("dark", [False, True])
def test_texts_on_the_timeline_stand_out(look, dark):
    tab = look(dark=dark)
    ratio = tab.run("""(() => {
      const style = getComputedStyle(document.documentElement);
      const light = (name) => {
        const hex = style.getPropertyValue(`--${name}`).trim();
        const [red, green, blue] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
          .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
      };
      const pairs = [["panel", "ad"], ["ink", "chapter"], ["ink", "chapter-other"], ["soft", "panel"],
                     ["faint", "panel"], ["faint", "ground"]];
      return Object.fromEntries(pairs.map(([one, other]) =>
        [`${one} on ${other}`, Math.max(light(one) / light(other), light(other) / light(one))]));
    })()""")  # fmt: skip
    assert {pair: value for pair, value in ratio.items() if value < 4.5} == {}


def test_the_focus_goes_where_one_looks(collector, look):
    sid = viewing(collector)
    tab = look(width=900, height=900)
    tab.until("document.querySelectorAll('#session-rows .row').length === 1")
    focused = "document.activeElement.id"
    order = []
    for _ in range(7):
        tab.press("Tab")
        order.append(tab.run(f"{focused} || document.activeElement.className"))
    assert order == ["mark", "help-open", "search", "filter-player", "filter-state", "filter-findings", "session-rows"]
    tab.press("ArrowDown")
    tab.press("Enter")
    tab.until(f"location.hash === '#/s/{sid}' && {focused} === 'about-title'")
    tab.until("document.getElementById('event-count').textContent === '15'")
    tab.press("Escape")
    tab.until(f"{focused} === 'session-rows'")


def test_the_timeline_is_told_in_words(collector, look):
    sid = viewing(collector)
    tab = look(f"/#/s/{sid}")
    tab.until("document.getElementById('event-count').textContent === '15'")
    for _ in range(11):
        tab.press("ArrowRight")
    assert tab.text("#picked") == "error, E42, at 0:13.0, playhead 0:06.0"
    assert tab.run("document.getElementById('picked').role ?? document.getElementById('picked').getAttribute('role')")
    nameless = """[...document.querySelectorAll("button, a, input, select, canvas, [role=listbox], section")]
      .filter((node) => !node.getAttribute("aria-label") && !node.textContent.trim()).map((node) => node.outerHTML)"""
    assert tab.run(nameless) == []


def test_keys_move_in_the_list_while_things_change(collector, look):
    first, second, third = collector.open_many(["one", "two", "three"])
    tab = look(f"/#/s/{third}")
    tab.until("document.querySelectorAll('#session-rows .row').length === 3")
    tab.run("document.getElementById('session-rows').focus()")
    tab.press("ArrowDown")
    collector.send(first, "play", TS + 1)
    tab.until("[...document.querySelectorAll('#session-rows .row .events')].some((cell) => cell.textContent === '2')")
    tab.frame()
    tab.press("Enter")
    tab.until(f"location.hash === '#/s/{second}'")


def test_less_motion_for_who_wants_it(collector, look):
    sid = collector.open(TS)
    collector.send(sid, "play", TS)
    pictures = """(async () => {
      document.getElementById("follow").click();
      window.drawn = 0;
      await new Promise((done) => setTimeout(done, 1500));
      return window.drawn;
    })()"""
    count = "window.drawn = 0; const draw = CanvasRenderingContext2D.prototype.drawImage;" \
            "CanvasRenderingContext2D.prototype.drawImage = function (...how) { drawn++; draw.apply(this, how); }"
    for calm in (True, False):
        tab = look(f"/#/s/{sid}", calm=calm, before=count)
        tab.until("document.getElementById('event-count').textContent === '2'")
        assert (tab.run(pictures) <= 4) is calm


# Collectors that do not tell.


def test_a_page_too_many_shows_what_it_can_and_gets_its_turn(chromium, collector):
    readers = []
    for _ in range(64):
        readers.append(http.client.HTTPConnection("127.0.0.1", collector.port))
        readers[-1].request("GET", "/api/live")
        assert readers[-1].getresponse().status == 200
    collector.open()
    tab = Look(chromium, collector.url)
    tab.until("document.getElementById('link').textContent === 'not connected'")
    tab.until("document.querySelectorAll('#session-rows .row').length === 1")
    for reader in readers:
        reader.close()
    collector.open()
    tab.until("document.getElementById('link').textContent === 'live'")
    tab.until("document.querySelectorAll('#session-rows .row').length === 2")
    tab.close()


def test_a_page_that_nobody_sees_does_not_listen(collector, look):
    tab = look(before="Object.defineProperty(document, 'hidden', {get: () => Boolean(window.away)})")
    tab.until("document.getElementById('link').dataset.state === 'live'")
    turn = "window.away = {}; document.dispatchEvent(new Event('visibilitychange'))"
    tab.run(turn.format("true"))
    collector.open()
    tab.run("new Promise((done) => setTimeout(done, 600))")
    assert tab.text("#total-sessions") == "0"
    tab.run(turn.format("false"))
    tab.until("document.getElementById('total-sessions').textContent === '1'")


def test_a_session_that_is_not_there_shows_nothing_of_the_last(chromium, collector):
    sid = collector.open()
    tab = Look(chromium, f"{collector.url}/#/s/{sid}")
    tab.until("document.getElementById('about-state').textContent === 'live'")
    tab.run(f"location.hash = '#/s/{'0' * 64}'")
    tab.until("document.getElementById('about-title').textContent === 'There is no such session'")
    assert not tab.run("['about-state', 'bench', 'below'].some((id) => document.getElementById(id).checkVisibility())")
    assert tab.run("document.title") == "mediabeat collector"
    tab.close()
