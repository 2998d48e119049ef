// The list of a session's events.
import { byId, element, setText } from "./dom.js";
import { count, duration, position } from "./format.js";
import { LANE_OF } from "./history.js";
import { VirtualList } from "./virtual_list.js";

const NOTES = {
  late: "late", equalTs: "equal ts", waiting: "waiting", outsideBreak: "outside a break", missingBookend: "no bookend",
  noOpenBreak: "no break", noOpenAd: "no ad", noOpenChapter: "no chapter", stateLimit: "one state too many",
  duplicate: "duplicate", afterEnd: "after the end", unreadable: "unreadable",
};

const HOUR = 3600000; // ms: times of longer sessions are wider

export const noteNames = (event) => event.notes.map((note) => NOTES[note] ?? note).join(", ");

const KINDS = {
  "": null,
  "no-pings": (event) => event.type !== "ping",
  findings: (event, found) => found.has(event.index) || event.notes.some((note) => note !== "waiting"),
};

function makeRow() {
  const names = ["kind", "time", "type", "label", "marks", "playhead"];
  return element("div", { class: "row" }, ...names.map((name) => element("span", { class: name })));
}

export class EventList {
  #list;
  #history = null;
  #shown = [];
  #worst = new Map(); // index of event: severity
  #selected = -1;

  constructor(choose) {
    this.#list = new VirtualList(byId("event-rows"), {
      make: makeRow,
      fill: (row, at) => this.#fill(row, this.#shown[at]),
      choose: (at) => choose(this.#shown[at].index),
    });
    byId("event-kind").addEventListener("change", () => this.update());
  }

  set history(history) {
    this.#history = history;
    this.update();
  }

  /** The event `by` places further in the list, as its index; -1: there is none. */
  next(by) {
    const at = this.#placeOf(this.#selected);
    const wanted = at < 0 ? (by > 0 ? 0 : this.#shown.length - 1) : at + by;
    return this.#shown[wanted]?.index ?? -1;
  }

  select(index) {
    this.#selected = index;
    const at = this.#placeOf(index);
    this.#list.set(this.#shown.length, at);
    this.#list.reveal(at, true);
  }

  /** The event in words, for who does not see the timeline. */
  say(index) {
    const event = this.#history.event(index);
    const found = this.#history.findingsOf(index).map((finding) => `${finding.severity} ${finding.code}`);
    const time = `at ${duration(event.ts - this.#history.start, true)}`;
    return [event.type, event.label, time, `playhead ${position(event.playhead)}`, noteNames(event), ...found]
      .filter(Boolean).join(", ");
  }

  #placeOf(index) {
    if (index < 0) return -1;
    if (this.#shown === this.#history?.events) return this.#history.placeOf(index);
    return this.#shown.findIndex((event) => event.index === index);
  }

  update() {
    const events = this.#history?.events ?? [];
    this.#worst.clear();
    for (const wanted of ["note", "warning", "error"])
      for (const { event, severity } of this.#history?.findings ?? [])
        if (severity === wanted) this.#worst.set(event, severity);
    const fits = KINDS[byId("event-kind").value];
    this.#shown = fits ? events.filter((event) => fits(event, this.#worst)) : events;
    const all = count(events.length);
    setText(byId("event-count"), fits ? `${count(this.#shown.length)} of ${all}` : all);
    byId("event-rows").dataset.hours = this.#history?.end - this.#history?.start >= HOUR;
    this.#list.set(this.#shown.length, this.#placeOf(this.#selected));
  }

  #fill(row, event) {
    const [kind, time, type, label, marks, playhead] = row.children;
    row.dataset.lane = LANE_OF[event.type] ?? "";
    row.dataset.type = event.type;
    row.dataset.notes = event.notes.length ? "some" : "";
    setText(kind, "");
    setText(time, duration(event.ts - this.#history.start, true));
    setText(type, event.type);
    setText(label, event.label ?? "");
    setText(playhead, position(event.playhead));
    const severity = this.#worst.get(event.index);
    marks.dataset.worst = severity ?? "";
    const sign = { error: "●", warning: "▲", note: "○" }[severity];
    setText(marks, [sign, noteNames(event)].filter(Boolean).join(" "));
  }
}
