// One session as the collector processed it: its steps in order, and what has a duration. Asks only for what is new.
import { getOrNull } from "./api.js";

/** Which lane an event belongs to, by its type. */
export const LANE_OF = {
  sessionStart: "content", play: "content", pauseStart: "content", bufferStart: "content",
  sessionComplete: "content", sessionEnd: "content",
  adBreakStart: "ad", adBreakComplete: "ad", adStart: "ad", adComplete: "ad", adSkip: "ad",
  chapterStart: "chapter", chapterComplete: "chapter", chapterSkip: "chapter",
  stateStart: "state", stateEnd: "state", statesUpdate: "state",
  error: "error", ping: "ping", bitrateChange: "bitrate",
};

const SPAN = (row) => ({
  lane: row[0], kind: row[1], label: row[2], start: row[3], end: row[4], from: row[5], to: row[6], open: row[7] === 1,
  value: row[8],
});

/** The first place in a sorted list where `value(item)` is at least `wanted`. */
export function firstAt(list, wanted, value) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value(list[middle]) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class History {
  steps = [];
  others = [];
  spans = {}; // by lane, in order of time
  stateSpans = new Map(); // the spans of each player state, by its name
  findings = [];
  session = null;
  start = 0;
  length = 0;
  live = false;
  version = 0; // grows with what was read
  #settled = 0;
  #places = new Map(); // index of arrival: place among all events

  constructor(id) {
    this.id = id;
  }

  /** False: the collector has no such session. */
  async read(signal) {
    const answer = await getOrNull(`/api/sessions/${this.id}/timeline?from=${this.#settled}`, signal);
    if (!answer) return false;
    this.#take(answer);
    return true;
  }

  async readFindings(signal) {
    const found = await getOrNull(`/api/sessions/${this.id}/findings`, signal);
    this.findings = found ?? [];
    this.version++;
    return found;
  }

  #take(answer) {
    const step = (row) => ({
      index: row[0], ts: row[1], time: row[2], receivedAt: row[3], type: answer.types[row[4]], playhead: row[5],
      bitrate: row[6], notes: answer.notes.filter((_, bit) => row[7] & (1 << bit)), label: row[8],
    });
    this.steps.length = answer.from;
    for (const row of answer.steps) this.steps.push(step(row));
    this.others = answer.others.map(step);
    this.spans = {};
    for (const row of answer.spans) (this.spans[row[0]] ??= []).push(SPAN(row));
    this.stateSpans = Map.groupBy(this.spans.state ?? [], (span) => span.label);
    this.#settled = answer.settled;
    Object.assign(this, { session: answer.session, start: answer.start, length: answer.length, live: answer.live });
    this.#list();
    this.version++;
  }

  /** All events as a list to look through: the processed ones, then what was left out. */
  #list() {
    this.events = this.others.length ? [...this.steps, ...this.others] : this.steps;
    this.#places.clear();
    this.events.forEach((event, place) => this.#places.set(event.index, place));
  }

  events = this.steps;

  get end() {
    return this.steps.at(-1)?.time ?? this.start;
  }

  placeOf(index) {
    return this.#places.get(index) ?? -1;
  }

  event(index) {
    return this.events[this.placeOf(index)];
  }

  findingsOf(index) {
    return this.findings.filter((finding) => finding.event === index);
  }

  get stateNames() {
    return [...this.stateSpans.keys()];
  }
}
