"""The collector's page while viewings are replayed: in a real browser, against a real collector."""

import http.client
import json
import re
import shlex
import signal
import time

import pytest

pytest.importorskip("playwright.sync_api", reason="no Playwright: scripts/bootstrap browser")
from conftest import PATIENCE, launch, missing
from playwright.sync_api import expect
from watching import ONLY_HERE, Tabs, Watched, columns, draw, pixels

HOSTILE = """<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>"'&lt;\u202e\u0000"""
TS = 1_700_000_000_000


@pytest.fixture(scope="module")
def chromium(playwright):
    if missing():
        pytest.skip(missing())
    with launch(playwright, ONLY_HERE) as browser:
        yield browser


@pytest.fixture
def collector():
    running = Watched()
    yield running
    running.end()


@pytest.fixture
def tabs(chromium):
    opened = Tabs(chromium)
    yield opened
    opened.close()


@pytest.fixture
def look(tabs, collector):
    """Opens the page; in the end nothing may have gone wrong in it, and nothing have left the machine."""
    yield lambda path="/", **how: tabs.open(collector.url + path, **how)
    tabs.catch_up()
    assert tabs.complaints == []
    assert {url for url in tabs.asked if not url.startswith(collector.url + "/")} == set()


def expect_titles(tab, titles):
    """That the list shows these sessions, from the top."""
    expect(tab.locator("#session-rows .row:not([hidden])")).to_have_count(len(titles))
    for index, title in enumerate(titles):
        expect(tab.locator(f"#session-rows-{index}:not([hidden]) .title")).to_have_text(title)


def fact(tab, name):
    """What the inspector says of an event, by the name it gives it."""
    return tab.locator("#inspector .facts div", has=tab.get_by_text(name, exact=True)).locator("dd")


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
    expect(tab.locator("#link")).to_have_attribute("data-state", "live")
    expect_titles(tab, [])
    expect(tab.locator("#sessions-empty")).to_contain_text("mediabeat replay --to")
    collector.replay("vod-with-ads.jsonl", 1)
    expect(tab.locator("#total-live")).to_have_text("1")
    expect_titles(tab, ["Tears of Steel"])
    collector.replay("live-radio.jsonl", 1)
    expect(tab.locator("#total-live")).to_have_text("2")
    expect_titles(tab, ["Example Radio One", "Tears of Steel"])
    expect(tab.locator("#session-rows-0 .state")).to_have_text("live")
    expect(tab.locator("#viewers-note")).to_have_text(re.compile("^now 2"))


def test_live_sessions_come_first_then_the_latest(collector, look):
    for name in ("first", "second", "third"):
        sid = collector.open(**{"media.name": name})
        if name != "first":
            collector.send(sid, "sessionEnd")
    tab = look()
    expect(tab.locator("#shown")).to_have_text("3")
    expect_titles(tab, ["first", "third", "second"])


def test_a_timeline_grows_while_it_plays(collector, look):
    playing = collector.replay("vod-with-ads.jsonl", 20)
    while not collector.get("/api/sessions"):
        assert playing.poll() is None
        time.sleep(0.01)
    playing.send_signal(signal.SIGSTOP)  # a machine may be slow to show the page
    tab = look()
    tab.locator("#session-rows .row").click()
    expect(tab.locator("#about-title")).to_have_text("Tears of Steel")
    expect(tab.locator("#event-count")).to_have_text(re.compile("^[1-9]"))
    before = int(tab.locator("#event-count").text_content())
    playing.send_signal(signal.SIGCONT)
    tab.wait_for_function(f"() => Number(document.getElementById('event-count').textContent) > {before + 5}")
    expect(tab.locator("#about-state")).to_have_text("ended")
    expect(tab.locator("#event-count")).to_have_text("38")
    draw(tab)
    for lane in ("play", "pause", "buffer", "ad", "seek", "state", "chapter"):
        assert pixels(tab, lane) > 20, lane
    expect(tab.locator("#metrics")).to_contain_text(re.compile(r"content time spent\s*1:1\d"))


def test_every_lane_has_its_colour(collector, look):
    sid = viewing(collector)
    tab = look(f"/#/s/{sid}")
    expect(tab.locator("#event-count")).to_have_text("15")
    draw(tab)
    for lane in ("play", "pause", "buffer", "ad", "state", "chapter", "error"):
        assert pixels(tab, lane) > 20, lane
    assert pixels(tab, "stall") == 0


def test_filters(collector, look):
    for name, player, over in (("Sintel", "tv", True), ("Spring", "tv", False), ("Agent", "radio", False)):
        sid = collector.open(**{"media.name": name, "media.playerName": player})
        if over:
            collector.send(sid, "sessionEnd")
    tab = look()
    expect(tab.locator("#shown")).to_have_text("3")
    search, player, state = (tab.locator(field) for field in ("#search", "#filter-player", "#filter-state"))
    for choose, value, expected in (
        (search.fill, "sint TV", ["Sintel"]),
        (search.fill, "nothing", []),
        (search.fill, "", ["Agent", "Spring", "Sintel"]),
        (player.select_option, "tv", ["Spring", "Sintel"]),
        (state.select_option, "live", ["Spring"]),
        (player.select_option, "players", ["Agent", "Spring"]),
        (state.select_option, "closed", ["Sintel"]),
        (state.select_option, "states", ["Agent", "Spring", "Sintel"]),
    ):
        choose(value)
        expect_titles(tab, expected)
    expect(tab.locator("#shown")).to_have_text("3")


def test_an_event_opens_with_its_request_answer_and_delay(collector, look):
    sid = viewing(collector)
    tab = look(f"/#/s/{sid}")
    expect(tab.locator("#event-rows .row:not([hidden])")).to_have_count(15)
    tab.locator("#event-rows .row[data-type=error]").click()
    stored = collector.get(f"/api/sessions/{sid}/events?after=9&limit=1")[0]
    assert json.loads(tab.locator("#inspector .body").text_content()) == stored["event"]
    expect(tab.locator("#inspector p.wire")).to_have_text(f"POST /api/v1/sessions/{sid}/events")
    expect(tab.locator("#inspector .answer")).to_have_text("204 No Content")
    expect(fact(tab, "sent")).to_have_text("0:13.0 in")
    expect(fact(tab, "playhead")).to_have_text("0:06.0")
    expect(fact(tab, "delay")).to_have_text(re.compile(" d$"))  # the viewing was years ago


def test_an_event_opens_from_the_timeline(collector, look):
    sid = viewing(collector)
    tab = look(f"/#/s/{sid}")
    expect(tab.locator("#event-count")).to_have_text("15")
    draw(tab)
    gutter, span, width = 84, 20000 * 1.004, tab.locator("#lanes").bounding_box()["width"]
    errors = 22 + 14 + 5 + 28 + 5 + 24 + 5 + 22 + 5 + 15 + 2 + 8  # the lanes above, and the middle of it
    tab.locator("#lanes").click(position={"x": gutter + 13000 / span * (width - gutter), "y": errors})
    expect(tab.locator("#inspector h2")).to_have_text(re.compile("^error"))
    expect(tab.locator("#inspector .body")).to_contain_text('"E42"')


def test_an_event_that_waits_is_told_and_settles(collector, look):
    sid = collector.open()
    collector.send(sid, "play", TS + 1000)
    tab = look(f"/#/s/{sid}")
    expect(tab.locator("#event-count")).to_have_text("2")
    collector.send(sid, "ping", TS + 9000, 8)
    collector.send(sid, "pauseStart", TS + 5000, 4)  # sent before, came after
    expect(tab.locator("#event-count")).to_have_text("4")
    for index, kind in enumerate(("sessionStart", "play", "pauseStart", "ping")):
        expect(tab.locator(f"#event-rows-{index}")).to_have_attribute("data-type", kind)


def test_hostile_texts_are_texts(collector, look):
    names = ("media.name", "media.playerName", "media.channel", "media.id")
    sid = collector.open(TS, **{name: HOSTILE.replace("\0", "") for name in names})
    collector.send(sid, "chapterStart", TS, params={"media.chapter.index": 1, "media.chapter.offset": 0,
                   "media.chapter.length": 30, "media.chapter.friendlyName": HOSTILE.replace("\0", "")},
                   customMetadata={"evil": HOSTILE.replace("\0", "")})  # fmt: skip
    collector.send(sid, "error", TS + 10, qoeData={"media.qoe.errorID": "<b>E</b>", "media.qoe.errorSource": "player"})
    tab = look()
    expect_titles(tab, [HOSTILE.replace("\0", "")])
    tab.locator("#session-rows .row").click()
    expect(tab.locator("#event-rows .row")).to_have_count(3)
    for _ in range(3):
        tab.keyboard.press("ArrowRight")
    expect(tab.locator("#inspector .body")).to_contain_text("<b>E</b>")
    tab.keyboard.press("ArrowLeft")
    expect(tab.locator("#inspector .body")).to_contain_text("onerror")
    assert tab.evaluate("document.querySelectorAll('img, b, script:not([src]), iframe').length") == 0
    assert tab.evaluate("typeof window.hacked") == "undefined"


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
    expect(tab.locator("#session-rows .row")).to_have_count(2)
    tab.keyboard.press("/")
    expect(tab.locator("#search")).to_be_focused()
    for key in ("Escape", "j", "j", "Enter"):
        tab.keyboard.press(key)
    expect(tab).to_have_url(f"{collector.url}/#/s/{first}")
    expect(tab.locator("#event-rows .row")).to_have_count(15)
    tab.keyboard.press("ArrowRight")
    expect(tab.locator("#inspector h2")).to_have_text(re.compile("^sessionStart"))
    tab.keyboard.press("k")
    expect(tab).to_have_url(f"{collector.url}/#/s/{second}")
    expect(tab.locator("#about-title")).to_have_text("newer")
    expect(tab.locator("#metrics dl").first).to_be_visible()
    tab.keyboard.press("+")
    expect(tab.locator("#zoom-fit")).to_have_attribute("aria-pressed", "false")
    tab.keyboard.press("0")
    expect(tab.locator("#zoom-fit")).to_have_attribute("aria-pressed", "true")
    tab.keyboard.press("Escape")
    expect(tab).to_have_url(f"{collector.url}/#/")
    tab.keyboard.press("?")
    expect(tab.locator("#help")).to_be_visible()


def test_a_phone_shows_one_thing_at_a_time(collector, look):
    sid = viewing(collector)
    tab = look(width=390, height=844)
    expect(tab.locator("#session-rows .row")).to_have_count(1)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.evaluate(f"location.hash = '#/s/{sid}'")
    expect(tab.locator("#event-count")).to_have_text("15")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    expect(tab.locator("#sessions")).to_be_hidden()
    tab.locator(".back").click()
    expect(tab).to_have_url(f"{collector.url}/#/")
    expect(tab.locator("#sessions")).to_be_visible()


def test_a_session_that_is_not_there(tabs, collector):
    tab = tabs.open(f"{collector.url}/#/s/{'0' * 64}")
    expect(tab.locator("#about-title")).to_have_text("There is no such session")
    sid = viewing(collector)
    tab.evaluate(f"location.hash = '#/s/{sid}'")
    expect(tab.locator("#about-title")).to_have_text("Film")


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
    expect(tab.locator("#session-rows .row")).to_have_count(2)
    expect(tab.locator("#session-rows .flags:not(:empty)")).to_have_count(2)
    tab.locator("#filter-findings").select_option("error")
    expect_titles(tab, ["wrong"])
    tab.keyboard.press("j")
    tab.keyboard.press("Enter")
    expect(tab.locator("#findings .finding[data-severity=error]")).to_be_visible()
    expect(tab.locator("#findings")).to_contain_text(finding["code"])
    expect(tab.locator("#findings")).to_contain_text(finding["says"])
    draw(tab)
    assert pixels(tab, "error") > 20
    tab.locator("#findings .finding[data-severity=error] .to-event").click()
    expect(tab.locator("#inspector h2")).to_have_text(re.compile("^adStart"))
    expect(tab.locator("#inspector")).to_contain_text(finding["code"])
    tab.keyboard.press("p")
    expect(tab.locator("#inspector h2")).not_to_have_text(re.compile("^adStart"))


def test_a_collector_that_comes_back_is_read_again(tabs, tmp_path):
    data = str(tmp_path / "run.db")
    running = Watched("--data", data)
    running.open(**{"media.name": "before"})
    tab = tabs.open(running.url)
    expect(tab.locator("#total-live")).to_have_text("1")
    port = str(running.port)
    running.end()
    expect(tab.locator("#link")).to_have_attribute("data-state", "lost")
    again = Watched("--data", data, "--port", port)
    again.open(**{"media.name": "after"})
    expect(tab.locator("#link")).to_have_attribute("data-state", "live")
    expect_titles(tab, ["after", "before"])
    again.end()


def test_with_a_token_the_page_goes_on_by_cookie(tabs):
    token = "0123456789abcdef"
    running = Watched("--token", token)
    running.open()
    assert running.request("GET", "/")[0].status == 401
    assert running.request("GET", "/api/live")[0].status == 401
    tab = tabs.open(f"{running.url}/?token={token}")
    expect(tab.locator("#total-live")).to_have_text("1")
    assert token not in tab.evaluate("location.href")
    tabs.catch_up()
    assert tabs.complaints == []
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


def test_ten_thousand_sessions_are_few_elements(collector, look, tabs):
    collector.open_many(f"film n{number}" for number in range(10_000))
    tab = look()
    expect(tab.locator("#shown")).to_have_text(re.compile(r"^10\D000$"))
    expect(tab.locator("#session-rows-0")).to_be_visible()
    assert tab.evaluate(ELEMENTS) < 900
    tab.keyboard.press("j")
    tab.evaluate("document.getElementById('session-rows').scrollTop = 1e7")
    expect(tab.locator("#session-rows-9999 .title")).to_have_text("film n0")
    assert tab.evaluate(ELEMENTS) < 900
    tab.locator("#search").fill("film n1234")
    expect_titles(tab, ["film n1234"])
    lists = [url for url in tabs.asked if "/api/sessions?limit=" in url]
    assert len(lists) <= 2 * 11  # pages of a thousand, when the page begins and when it is connected


def test_twenty_thousand_events_are_few_marks(collector, look, tabs):
    sid = collector.open(TS)
    kinds = ["ping"] * 8 + ["pauseStart", "play"]
    collector.send_at_once(f"/api/v1/sessions/{sid}/events", (
        {"eventType": kinds[n % 10], "playerTime": {"playhead": n, "ts": TS + 1000 * n}} for n in range(1, 20_000)))
    tab = look(f"/#/s/{sid}", before=COUNT_WORK)
    expect(tab.locator("#event-count")).to_have_text(re.compile(r"^20\D000$"))
    expect(tab.locator("#metrics dl").first).to_be_visible()
    assert tab.evaluate(ELEMENTS) < 1200
    assert 0 < tab.evaluate(DRAWN_AGAIN) < 12 * 1440  # a few for each pixel of the width, not for each event
    collector.send(sid, "ping", TS + 20_000_000, 20_000)
    rest = 10 * PATIENCE * 1000  # the page rests ten times as long as it has read
    expect(tab.locator("#event-count")).to_have_text(re.compile(r"^20\D001$"), timeout=rest)
    froms = [int(url.rsplit("=", 1)[1]) for url in tabs.asked if "/timeline?from=" in url]
    assert froms[0] == 0 and all(20_000 - start < 20 for start in froms[1:])  # what is known is not asked for again


def test_metrics_go_on_while_it_plays(collector, look):
    sid = collector.open(TS)
    collector.send(sid, "play", TS + 1000)
    collector.send(sid, "ping", TS + 11_000, 10)
    tab = look(f"/#/s/{sid}")
    spent = tab.locator("#metrics [title=contentTimeSpent] dd")
    expect(spent).to_have_text("10 s")
    expect(tab.locator("#metrics h2")).to_contain_text("if it closed now")
    collector.send(sid, "ping", TS + 21_000, 20)
    expect(spent).to_have_text("20 s")
    collector.send(sid, "sessionEnd", TS + 31_000, 30)
    expect(spent).to_have_text("30 s")
    expect(tab.locator("#metrics h2")).to_have_text("Metrics")


def test_findings_of_a_session_that_closes_are_listed(collector, look):
    sid = collector.open(TS)
    tab = look()
    expect(tab.locator("#session-rows .flags")).to_have_text("✓")
    collector.send(sid, "adStart", TS + 10, params={"media.ad.id": "a", "media.ad.name": "Soap", "media.ad.length": 5,
                   "media.ad.podPosition": 0, "media.ad.playerName": "p"})  # fmt: skip
    collector.send(sid, "sessionEnd", TS + 20)
    expect(tab.locator("#session-rows .flags")).to_have_attribute("data-worst", "error")
    expect(tab.locator("#session-rows .row")).to_have_attribute("aria-label", re.compile("error"))


def test_search_finds_what_the_list_says_of_a_state(collector, look):
    collector.open(**{"media.name": "goes on"})
    sid = collector.open(**{"media.name": "was closed"})
    tab = look()
    expect(tab.locator("#total-live")).to_have_text("2")
    assert collector.post(f"/api/sessions/{sid}/close", None)[0].status < 300
    expect(tab.locator("#total-live")).to_have_text("1")
    tab.locator("#search").fill("by hand")
    expect_titles(tab, ["was closed"])


def test_curves_and_marks_are_drawn(collector, look):
    sid = viewing(collector)
    tab = look(f"/#/s/{sid}")
    expect(tab.locator("#event-count")).to_have_text("15")
    draw(tab)
    playhead = 22 + 14 + 5 + 28 + 5 + 24 + 5 + 22 + 5 + 15 + 2 + 16 + 5 + 14 + 5  # below the lanes, as they are high
    bitrate = playhead + 76 + 5
    assert columns(tab, "ink", playhead, 76) > 800  # from the first event to the last
    assert 200 < columns(tab, "accent", bitrate, 52) < 700  # since it was said, at 12 s of 20 s


def test_an_event_that_is_picked_comes_into_view(collector, look):
    sid = viewing(collector)
    tab = look(f"/#/s/{sid}")
    expect(tab.locator("#event-count")).to_have_text("15")
    for _ in range(3):
        tab.keyboard.press("+")
    draw(tab)
    assert pixels(tab, "select") == 0
    tab.keyboard.press("ArrowLeft")  # the last one
    draw(tab)
    assert pixels(tab, "select") > 20


def test_delays_are_those_between_the_clocks(tabs):
    running = Watched("--clock", f"manual:{TS + 250}")
    sid = running.open(TS)
    running.post("/api/clock", {"now": TS + 4400})
    running.send(sid, "play", TS + 3000)
    tab = tabs.open(f"{running.url}/#/s/{sid}")
    expect(tab.locator("#event-count")).to_have_text("2")
    for delay, since_start in (("250 ms", "+0 ms"), ("1.4 s", "+1.1 s")):
        tab.keyboard.press("ArrowRight")
        expect(fact(tab, "delay")).to_have_text(delay)
        expect(fact(tab, "against the start")).to_have_text(since_start)
    running.end()


def test_viewers_are_sessions_under_way(collector, look):
    tab = look()
    course = tab.evaluate("""import("/page/viewers.js").then(({ course }) => course([
      { startedAt: 10, lastEventAt: 20, state: "closed" }, { startedAt: 15, lastEventAt: 25, state: "open" },
      { startedAt: 1, lastEventAt: 5, state: "closed", downloaded: true }], 30))""")
    assert course == [[10, 1], [15, 2], [21, 1], [31, 0]]  # [time, count]
    first, _ = collector.open_many(["one", "two"])
    collector.send(first, "sessionEnd", TS + 1)
    expect(tab.locator("#viewers-note")).to_have_text("now 1 · peak 2")
    expect(tab.locator(".viewers figcaption")).to_have_attribute("title", re.compile("Sessions under way"))


def test_what_is_looked_at_stays_while_sessions_come(collector, look):
    collector.open_many(f"old {number}" for number in range(200))
    tab = look()
    expect(tab.locator("#shown")).to_have_text("200")
    tab.evaluate("document.getElementById('session-rows').scrollTop = 3100")
    draw(tab)
    places = """[...document.querySelectorAll('#session-rows .row:not([hidden])')].map((row) =>
      [row.querySelector('.title').textContent, Math.round(row.getBoundingClientRect().top)])"""
    before = dict(tab.evaluate(places))
    collector.open_many(f"new {number}" for number in range(7))
    expect(tab.locator("#shown")).to_have_text("207")
    draw(tab)
    assert dict(tab.evaluate(places)) == before
    tab.evaluate("document.getElementById('session-rows').scrollTop = 0")
    expect(tab.locator("#session-rows-0 .title")).to_have_text("new 6")


# Texts that are in the way.


def test_long_texts_stay_in_their_place(collector, look):
    sid = collector.open(TS, **{"media.name": "long " * 2000, "media.playerName": "p" * 10_000})
    for number in range(12):
        collector.send(sid, "stateStart", TS + number, params={"media.state.name": f"state{number}" + "s" * 40})
    for width, height in ((1440, 900), (1000, 600), (390, 844)):
        tab = look(f"/#/s/{sid}", width=width, height=height)
        expect(tab.locator("#event-count")).to_have_text("13")
        draw(tab)
        for part in ("#about-state", "#zoom-fit", "#lanes", "#metrics"):
            right = tab.evaluate(f"document.querySelector('{part}').getBoundingClientRect().right")
            assert 0 < right <= width, (part, width)
        assert tab.evaluate("document.getElementById('event-rows').clientHeight") > 100


def test_a_text_turns_no_other_around(collector, look):
    names = {"media.name": "\u202eeman", "media.playerName": "\u202ereyalp", "media.channel": "right"}
    sid = collector.open(TS, **names)
    tab = look(f"/#/s/{sid}")
    expect(tab.locator("#event-count")).to_have_text("1")
    parts = tab.evaluate("[...document.querySelectorAll('#about-facts > bdi')].map((part) => part.textContent)")
    assert parts[:2] == ["\u202ereyalp", "right"]
    assert parts[-1] == f"id {sid[:12]}"
    tab.keyboard.press("ArrowRight")
    expect(tab.locator("#inspector .body")).to_contain_text('"\\u202eeman"')
    assert "\u202e" not in tab.locator("#inspector .body").text_content()


def test_a_command_can_be_copied_where_there_is_no_clipboard(collector, look):
    sid = viewing(collector, **{"media.name": "it's"})
    tab = look(f"/#/s/{sid}", before="Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    expect(tab.locator("#event-count")).to_have_text("15")
    tab.keyboard.press("ArrowRight")
    tab.locator("#inspector .copy").click()
    expect(tab.locator("#inspector .command")).to_be_visible()
    command = shlex.split(tab.evaluate("getSelection().toString()"))
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
    expect(tab.locator("#session-rows .row")).to_have_count(2)
    expect(tab.locator("#session-rows .flags:not(:empty)")).to_have_count(2)
    assert tab.evaluate(CONTRASTS) == {}
    tab.keyboard.press("j")
    tab.keyboard.press("Enter")
    expect(tab.locator("#metrics dl").first).to_be_visible()
    expect(tab.locator("#event-rows-0")).to_be_visible()
    tab.keyboard.press("ArrowRight")
    expect(tab.locator("#inspector .body")).to_be_visible()
    assert tab.evaluate(CONTRASTS) == {}


@pytest.mark.parametrize("dark", [False, True])
def test_texts_on_the_timeline_stand_out(look, dark):
    tab = look(dark=dark)
    ratio = tab.evaluate("""(() => {
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
    expect(tab.locator("#session-rows .row")).to_have_count(1)
    order = []
    for _ in range(7):
        tab.keyboard.press("Tab")
        order.append(tab.evaluate("document.activeElement.id || document.activeElement.className"))
    assert order == ["mark", "help-open", "search", "filter-player", "filter-state", "filter-findings", "session-rows"]
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(f"{collector.url}/#/s/{sid}")
    expect(tab.locator("#about-title")).to_be_focused()
    expect(tab.locator("#event-count")).to_have_text("15")
    tab.keyboard.press("Escape")
    expect(tab.locator("#session-rows")).to_be_focused()


def test_the_timeline_is_told_in_words(collector, look):
    sid = viewing(collector)
    tab = look(f"/#/s/{sid}")
    expect(tab.locator("#event-count")).to_have_text("15")
    for _ in range(11):
        tab.keyboard.press("ArrowRight")
    expect(tab.locator("#picked")).to_have_text("error, E42, at 0:13.0, playhead 0:06.0")
    expect(tab.locator("#picked")).to_have_role("status")
    nameless = """[...document.querySelectorAll("button, a, input, select, canvas, [role=listbox], section")]
      .filter((node) => !node.getAttribute("aria-label") && !node.textContent.trim()).map((node) => node.outerHTML)"""
    assert tab.evaluate(nameless) == []


def test_keys_move_in_the_list_while_things_change(collector, look):
    first, second, third = collector.open_many(["one", "two", "three"])
    tab = look(f"/#/s/{third}")
    expect(tab.locator("#session-rows .row")).to_have_count(3)
    tab.locator("#session-rows").focus()
    tab.keyboard.press("ArrowDown")
    collector.send(first, "play", TS + 1)
    expect(tab.locator("#session-rows .events", has_text="2")).to_have_count(1)
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(f"{collector.url}/#/s/{second}")


def test_less_motion_for_who_wants_it(collector, look):
    sid = collector.open(TS)
    collector.send(sid, "play", TS)
    count = "window.drawn = 0; const draw = CanvasRenderingContext2D.prototype.drawImage;" \
            "CanvasRenderingContext2D.prototype.drawImage = function (...how) { drawn++; draw.apply(this, how); }"
    for calm in (True, False):
        tab = look(f"/#/s/{sid}", calm=calm, before=count)
        expect(tab.locator("#event-count")).to_have_text("2")
        tab.clock.install()
        tab.clock.pause_at(time.time() + 60)  # time is the test's from here on, however slow the machine
        tab.keyboard.press("f")
        tab.evaluate("window.drawn = 0")
        tab.clock.run_for(1500)
        assert (tab.evaluate("window.drawn") <= 4) is calm


# Collectors that do not tell.


def test_a_page_too_many_shows_what_it_can_and_gets_its_turn(tabs, collector):
    readers = []
    for _ in range(64):
        readers.append(http.client.HTTPConnection("127.0.0.1", collector.port))
        readers[-1].request("GET", "/api/live")
        assert readers[-1].getresponse().status == 200
    collector.open()
    tab = tabs.open(collector.url)
    expect(tab.locator("#link")).to_have_text("not connected")
    expect(tab.locator("#session-rows .row")).to_have_count(1)
    for reader in readers:
        reader.close()
    collector.open()
    expect(tab.locator("#link")).to_have_text("live")
    expect(tab.locator("#session-rows .row")).to_have_count(2)


def test_a_page_that_nobody_sees_does_not_listen(collector, look):
    tab = look(before="Object.defineProperty(document, 'hidden', {get: () => Boolean(window.away)})")
    expect(tab.locator("#link")).to_have_attribute("data-state", "live")
    turn = "window.away = {}; document.dispatchEvent(new Event('visibilitychange'))"
    tab.evaluate(turn.format("true"))
    collector.open()
    tab.wait_for_timeout(600)
    assert tab.locator("#total-sessions").text_content() == "0"
    tab.evaluate(turn.format("false"))
    expect(tab.locator("#total-sessions")).to_have_text("1")


def test_a_session_that_is_not_there_shows_nothing_of_the_last(tabs, collector):
    sid = collector.open()
    tab = tabs.open(f"{collector.url}/#/s/{sid}")
    expect(tab.locator("#about-state")).to_have_text("live")
    tab.evaluate(f"location.hash = '#/s/{'0' * 64}'")
    expect(tab.locator("#about-title")).to_have_text("There is no such session")
    for part in ("#about-state", "#bench", "#below"):
        expect(tab.locator(part)).to_be_hidden()
    expect(tab).to_have_title("mediabeat collector")
