// Ties the parts together: what is open is said by the address, what is new by the collector.
import { get, getOrNull, Repeated, Refused } from "./api.js";
import { byId, element, setText, setTexts, show } from "./dom.js";
import { EventList } from "./events.js";
import { countFindings, Findings } from "./findings.js";
import { count, duration, exact } from "./format.js";
import { History } from "./history.js";
import { Inspector } from "./inspector.js";
import { Clock, Live } from "./live.js";
import { Metrics } from "./metrics.js";
import { lengthOf, SessionList } from "./session_list.js";
import { isLive, Sessions, stateOf, titleOf } from "./sessions.js";
import { LEGEND, Timeline } from "./timeline.js";
import { Viewers } from "./viewers.js";

const clock = new Clock();
const sessions = new Sessions();
const list = new SessionList(sessions, clock, (id) => (location.hash = `#/s/${id}`));
const viewers = new Viewers(sessions, clock);
const timeline = new Timeline(byId("timeline"), { clock, choose: (index) => choose(index), changed: showMode });
const events = new EventList((index) => choose(index));
const inspector = new Inspector();
const findings = new Findings((index) => choose(index));
const metrics = new Metrics();

// The session that is open.

let open = null; // {id, history, reading, selected, abort}

function leave() {
  open?.abort.abort();
  open?.reading.stop();
  open = null;
  timeline.history = null;
  events.history = null;
}

function enter(id) {
  if (open?.id === id) return;
  leave();
  const abort = new AbortController();
  const history = new History(id);
  open = { id, history, selected: -1, abort, reading: new Repeated(() => read(abort.signal), 200) };
  inspector.clear();
  metrics.clear();
  findings.show(null);
  setText(byId("picked"), "");
  about(sessions.get(id));
  open.reading.ask();
}

async function read(signal) {
  const { history, id } = open;
  try {
    if (!(await history.read(signal))) return gone();
    drawHistory();
    const found = await history.readFindings(signal);
    if (found) sessions.tellFindings([[id, countFindings(found)]]);
    findings.show(found);
    drawHistory();
    await metrics.read(id, isLive(history.session), signal);
    answered();
  } catch (error) {
    if (error.name !== "AbortError") problem(error);
  }
}

function drawHistory() {
  const { history, selected } = open;
  timeline.history = history;
  events.history = history;
  about(sessions.get(open.id) ?? history.session);
  if (selected >= 0) inspector.show(history, selected);
}

/** Only its name is left of a session that the collector has not. */
function showParts(visible) {
  for (const id of ["about-state", "bench", "below"]) show(byId(id), visible);
}

function gone() {
  showParts(false);
  document.title = "mediabeat collector";
  nameIt("There is no such session");
  byId("about-facts").replaceChildren("The collector has forgotten it, or never had it.");
}

function nameIt(title) {
  setText(byId("about-title"), title);
  byId("about-title").title = title;
}

function choose(index) {
  if (!open || index < 0) return;
  open.selected = index;
  timeline.select(index);
  events.select(index);
  inspector.show(open.history, index);
  setText(byId("picked"), events.say(index));
}

/** How long it is: by the player's clock when that is known. */
function viewed(session) {
  const history = open?.id === session.id ? open.history : null;
  return history?.steps.length ? duration(history.end - history.start) : lengthOf(session, clock.now);
}

function about(session) {
  if (!session) return;
  showParts(true);
  document.title = `${titleOf(session)} · mediabeat`;
  nameIt(titleOf(session));
  const facts = [
    session.playerName, session.channel, session.mediaName ? session.mediaId : null,
    { v1: "Media Collection API", edge: "Media Edge API" }[session.protocol],
    session.downloaded ? "downloaded" : null, session.resume ? "resumed" : null,
    exact(session.startedAt).slice(0, 19), viewed(session),
    `${count(session.eventCount)} events`,
    session.duplicateCount ? `${count(session.duplicateCount)} duplicates` : null,
    `id ${session.id.slice(0, 12)}`,
  ];
  setTexts(byId("about-facts"), facts.filter(Boolean));
  setText(byId("about-state"), stateOf(session));
  byId("about-state").dataset.state = session.state;
  show(byId("follow"), isLive(session));
}

// Where one is.

let moved = false; // a page that opens leaves the focus where the browser has it

function route() {
  const [, id] = location.hash.match(/^#\/s\/([0-9a-f]{1,64})$/) ?? [];
  document.body.dataset.view = id ? "session" : "list";
  show(byId("session"), Boolean(id));
  list.current = id ?? null;
  if (id) enter(id);
  else leave();
  if (!id) document.title = "mediabeat collector";
  keepFocus(byId(id ? "about-title" : "session-rows"));
}

/** What had the focus may not be shown any more: keyboards and screen readers go on where one is now. */
function keepFocus(place) {
  const at = document.activeElement;
  if (moved && (at === document.body || !at.checkVisibility())) place.focus({ preventScroll: true });
  moved = true;
}

function showMode(mode) {
  byId("zoom-fit").setAttribute("aria-pressed", mode === "whole");
  byId("follow").setAttribute("aria-pressed", mode === "follow");
}

// What the collector says.

const isLocked = (error) => error.status === 401 || error.status === 403;

/** What the collector refuses is said until it is heard again. Whether it answers at all is what `Live` tells. */
function problem(error) {
  if (!(error instanceof Refused)) console.info(error);
  else link("lost", isLocked(error) ? "open the address with its token" : error.message);
}

function link(state, text) {
  byId("link").dataset.state = state;
  setText(byId("link"), text);
}

function answered() {
  if (live.listening) link("live", "live");
}

const reload = new Repeated(async () => {
  try {
    await sessions.load();
    answered();
  } catch (error) {
    problem(error);
  }
}, 2000);

const live = new Live({
  connected: () => (answered(), reload.ask(), open?.reading.ask()),
  lost(refused) {
    link("lost", refused ? "not connected" : "no answer");
    if (refused) reload.ask(); // tells why, or what is new even so
  },
  reload: () => (reload.ask(), open?.reading.ask()),
  now: (now) => clock.tell(now),
  sessions: (rows) => {
    sessions.tell(rows);
    if (open && rows.some((row) => row.id === open.id)) open.reading.ask();
  },
});
reload.ask();

// Totals, and how fast events come.

const pace = []; // [time, events] of the last seconds

function totals() {
  setText(byId("total-live"), count(sessions.live));
  setText(byId("total-sessions"), count(sessions.size));
  setText(byId("total-events"), count(sessions.events));
  pace.push([performance.now(), sessions.events]);
  while (pace.length > 6) pace.shift();
  const [[before, some], [now, more]] = [pace[0], pace.at(-1)];
  const rate = now > before ? Math.max(0, ((more - some) * 1000) / (now - before)) : 0;
  setText(byId("total-rate"), rate >= 10 ? count(rate) : rate.toFixed(1));
  if (open) about(sessions.get(open.id));
}
setInterval(totals, 1000);
sessions.addEventListener("change", () => {
  setText(byId("total-live"), count(sessions.live));
  setText(byId("total-sessions"), count(sessions.size));
  setText(byId("total-events"), count(sessions.events));
});

// Findings of all sessions, some at a time: what the filter needs. First all there are, then what closed since.

const SOME = 50;
let looked = ""; // the last session of the first round; null when that is over

async function lookAtSome() {
  if (looked && !sessions.get(looked)) looked = ""; // forgotten meanwhile: nothing comes after it
  const page = await get(`/api/sessions?with=findings&limit=${SOME}${looked && `&after=${looked}`}`);
  sessions.tellFindings(page.map((row) => [row.id, row.findings]));
  looked = page.length === SOME ? page.at(-1).id : null;
  return page.length;
}

async function lookAtClosed() {
  const next = sessions.toLookAt();
  if (!next) return false;
  const found = await getOrNull(`/api/sessions/${next.id}/findings`);
  sessions.tellFindings([[next.id, countFindings(found ?? [])]]);
  return true;
}

async function lookThrough() {
  const before = performance.now();
  let more = false;
  try {
    if (!document.hidden) more = looked === null ? await lookAtClosed() : await lookAtSome();
    if (more) answered();
  } catch (error) {
    problem(error);
  }
  setTimeout(lookThrough, more ? Math.max(20, 4 * (performance.now() - before)) : 1000);
}

// Keys and buttons.

function findingStep(by) {
  const known = open?.history.findings.filter((f) => f.event >= 0).map((f) => open.history.placeOf(f.event));
  if (!known?.length) return;
  const places = [...new Set(known)].sort((a, b) => a - b);
  const at = open.history.placeOf(open.selected);
  const next = by > 0 ? places.find((place) => place > at) : places.findLast((place) => place < at);
  choose(open.history.events[next ?? places.at(by > 0 ? 0 : -1)].index);
}

/** The search is on the list, which a narrow window shows alone. */
function search() {
  const field = byId("search");
  if (!field.offsetParent) {
    location.hash = "#/";
    route();
  }
  field.focus();
}

const KEYS = {
  "/": search,
  "?": () => byId("help").showModal(),
  j: () => list.step(1),
  k: () => list.step(-1),
  Enter: () => !open && list.openActive(),
  Escape: () => (location.hash = "#/"),
  ArrowRight: () => choose(events.next(1)),
  ArrowLeft: () => choose(events.next(-1)),
  n: () => findingStep(1),
  p: () => findingStep(-1),
  "+": () => open && timeline.zoom(0.5),
  "=": () => open && timeline.zoom(0.5),
  "-": () => open && timeline.zoom(2),
  0: () => open && timeline.setMode("whole"),
  f: () => open && timeline.follow(),
};

function typing(target) {
  return target.closest("input, select, textarea, dialog");
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target)) {
    if (event.key === "Escape" && !event.target.closest("dialog")) event.target.blur();
    return;
  }
  if (event.key === "Enter" && event.target.closest("button, a")) return;
  const work = KEYS[event.key];
  if (!work) return;
  event.preventDefault();
  work();
});

byId("zoom-in").addEventListener("click", KEYS["+"]);
byId("zoom-out").addEventListener("click", KEYS["-"]);
byId("zoom-fit").addEventListener("click", KEYS[0]);
byId("follow").addEventListener("click", KEYS.f);
byId("help-open").addEventListener("click", KEYS["?"]);
byId("legend").append(
  ...LEGEND.map(([name, text]) => element("span", { class: "key", "data-colour": name }, text)),
);
addEventListener("hashchange", route);
route();
setTimeout(() => (viewers.refresh(), totals()), 300);
setTimeout(lookThrough, 1500);
