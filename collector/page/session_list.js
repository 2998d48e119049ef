// The list of sessions on the page: rows of a virtual list, and the filters above it.
import { byId, element, setText, show } from "./dom.js";
import { count, delay, duration, moment } from "./format.js";
import { isLive, stateOf, titleOf } from "./sessions.js";
import { VirtualList } from "./virtual_list.js";

const LONGEST = 60; // letters of a player's name in the filter
const TOUCH = 600; // ms that a row shows that something came

export function lengthOf(session, now) {
  const end = isLive(session) ? Math.max(now, session.lastEventAt) : session.lastEventAt;
  return duration(end - session.startedAt);
}

function makeRow() {
  const names = ["dot", "title", "player", "channel", "wire", "started", "length", "events", "state", "flags"];
  return element("div", { class: "row" }, ...names.map((name) => element("span", { class: name })));
}

function findingsSigns(known) {
  if (!known) return "";
  if (!known.error && !known.warning) return "✓";
  const errors = known.error && `● ${count(known.error)}`;
  const warnings = known.warning && `▲ ${count(known.warning)}`;
  return [errors, warnings].filter(Boolean).join("  ");
}

const several = (number, what) => (number ? `${count(number)} ${what}${number === 1 ? "" : "s"}` : "");

function findingsWords(known) {
  if (!known) return "";
  return [several(known.error, "error"), several(known.warning, "warning")].filter(Boolean).join(", ") || "no findings";
}

/** What a screen reader says of a row: not its signs, and not what a narrow window leaves out. */
function rowWords(session) {
  const { playerName, eventCount, findings } = session;
  const words = [titleOf(session), playerName, stateOf(session), several(eventCount, "event")];
  return [...words, findingsWords(findings)].filter(Boolean).join(", ");
}

export class SessionList {
  #sessions;
  #clock;
  #list;
  #current = null;
  #open;

  constructor(sessions, clock, open) {
    this.#sessions = sessions;
    this.#clock = clock;
    this.#open = open;
    this.#list = new VirtualList(byId("session-rows"), {
      make: makeRow,
      fill: (row, index) => this.#fill(row, sessions.shown[index]),
      choose: (index, opened) => this.#choose(index, opened),
    });
    sessions.addEventListener("change", () => this.#update());
    setInterval(() => this.#list.refresh(), 1000);
    this.#filters();
  }

  /** Which session is open, for the list to show it. */
  set current(id) {
    this.#current = id;
    this.#active = id ?? this.#active;
    this.#update();
    this.#list.reveal(this.#list.active);
  }

  step(by) {
    const at = this.#list.active;
    this.#list.choose(at < 0 ? 0 : at + by, this.#current !== null);
  }

  openActive() {
    const session = this.#sessions.shown[this.#list.active];
    if (session) this.#open(session.id);
  }

  #active = null; // its id: places move while sessions come
  #before = []; // what was shown before a change

  #choose(index, opened) {
    this.#active = this.#sessions.shown[index].id;
    if (opened) this.#open(this.#active);
  }

  #update() {
    const { shown, size } = this.#sessions;
    const { first } = this.#list;
    const seen = first > 0 ? this.#before[first] : null;
    const id = this.#active;
    this.#list.set(shown.length, id ? shown.findIndex((session) => session.id === id) : -1);
    if (seen && shown !== this.#before) this.#list.shift(Math.max(0, shown.indexOf(seen)) - first);
    this.#before = shown;
    setText(byId("shown"), shown.length === size ? `${count(size)}` : `${count(shown.length)} of ${count(size)}`);
    this.#empty(shown.length, size);
    this.#players();
  }

  #empty(shown, size) {
    show(byId("sessions-empty"), !shown);
    if (shown) return;
    setText(byId("empty-what"), size ? "No session fits." : "Nothing has arrived yet. Send a player's events to");
    setText(byId("empty-where"), size ? "" : location.origin);
    setText(byId("empty-how"), size ? "" : `mediabeat replay --to ${location.origin} LOG`);
  }

  #fill(row, session) {
    const now = this.#clock.now;
    const [dot, title, player, channel, wire, started, length, events, state, flags] = row.children;
    row.dataset.state = session.state;
    row.dataset.touched = performance.now() - (session.touched ?? -Infinity) < TOUCH;
    row.dataset.current = session.id === this.#current;
    setText(dot, "");
    setText(title, titleOf(session));
    title.title = titleOf(session);
    setText(player, session.playerName ?? "");
    setText(channel, session.channel ?? "");
    setText(wire, session.downloaded ? `${session.protocol} ↓` : session.protocol);
    setText(started, moment(session.startedAt, now));
    setText(length, lengthOf(session, now));
    setText(events, count(session.eventCount) + (session.duplicateCount ? ` +${count(session.duplicateCount)}` : ""));
    setText(state, stateOf(session));
    state.title = isLive(session) ? `last event ${delay(Math.max(0, now - session.lastEventAt))} ago` : "";
    setText(flags, findingsSigns(session.findings));
    flags.title = findingsWords(session.findings);
    row.setAttribute("aria-label", rowWords(session));
    flags.dataset.worst = session.findings?.error ? "error" : session.findings?.warning ? "warning" : "none";
  }

  #filters() {
    const form = byId("filters");
    const tell = () =>
      this.#sessions.setFilter({
        text: byId("search").value.trim().toLowerCase(),
        player: byId("filter-player").value,
        state: byId("filter-state").value,
        findings: byId("filter-findings").value,
      });
    form.addEventListener("input", tell);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      byId("session-rows").focus();
      if (this.#list.active < 0) this.step(1);
    });
  }

  #known = "";

  #players() {
    const names = [...this.#sessions.players.keys()].filter(Boolean).sort().slice(0, 500);
    const known = names.join("\n");
    if (known === this.#known) return;
    this.#known = known;
    const select = byId("filter-player");
    const chosen = select.value;
    select.replaceChildren(
      element("option", { value: "" }, "players"),
      ...names.map((name) => element("option", { value: name }, name.slice(0, LONGEST))),
    );
    select.value = names.includes(chosen) ? chosen : "";
    if (select.value !== chosen) this.#sessions.setFilter({ player: "" });
  }
}
