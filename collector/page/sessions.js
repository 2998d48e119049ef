// All sessions that the collector has, and which of them are shown: live ones first, then the latest.
import { get } from "./api.js";

const PAGE = 1000;

export const isLive = (session) => session.state !== "closed";
export const titleOf = (session) => session.mediaName || session.mediaId || session.id.slice(0, 12);

const REASONS = {
  sessionEnd: "ended", batchEnd: "batch", timeout10m: "no events for 10 min", timeout30m: "no movement for 30 min",
  maxAge24h: "24 h old", forced: "closed by hand",
};

/** What state a session is in, in words. */
export function stateOf(session) {
  if (session.state === "closed") return REASONS[session.closeReason] ?? session.closeReason ?? "closed";
  return session.state === "completed" ? "completed" : "live";
}

const words = (session) =>
  [session.mediaName, session.mediaId, session.playerName, session.channel, session.closeReason, stateOf(session)]
    .filter(Boolean)
    .join("\n")
    .toLowerCase();

/** Whether a word is the beginning of an id, and no chance. */
const isBegin = (id, word) => word.length > 3 && id.startsWith(word);

/** Whether a row says how a session was before: lists are read while changes are told. */
function isOlder(row, session) {
  const size = ({ eventCount, duplicateCount }) => eventCount + duplicateCount;
  return size(row) < size(session) || (size(row) === size(session) && isLive(row) && !isLive(session));
}

function inOrder(one, other) {
  return isLive(other) - isLive(one) || other.startedAt - one.startedAt || other.place - one.place;
}

const STATES = {
  live: isLive,
  completed: (session) => session.state === "completed" || session.completed,
  closed: (session) => !isLive(session),
};

/** By how many findings of each severity a session has; null while that is not known. */
const FINDINGS = {
  error: (known) => known?.error > 0,
  any: (known) => known && known.error + known.warning > 0,
  none: (known) => known && known.error + known.warning === 0,
};

export class Sessions extends EventTarget {
  #byId = new Map();
  #places = 0;
  #loading = null;
  filter = { text: "", player: "", state: "", findings: "" };
  shown = [];
  players = new Map(); // name: number of sessions
  events = 0;
  live = 0;

  get size() {
    return this.#byId.size;
  }

  get(id) {
    return this.#byId.get(id);
  }

  all() {
    return this.#byId.values();
  }

  /** Reads everything, a page at a time: the collector has others to serve in between. */
  async load() {
    this.#loading ??= this.#loadAll().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #loadAll() {
    const seen = new Set();
    for (let after = ""; ; ) {
      const page = await get(`/api/sessions?limit=${PAGE}${after && `&after=${after}`}`);
      for (const row of page) seen.add(row.id);
      this.#take(page);
      this.#changed(true);
      if (page.length < PAGE) break;
      after = page.at(-1).id;
    }
    for (const [id, session] of this.#byId) if (!seen.has(id) && !session.fresh) this.#remove(id);
    for (const session of this.#byId.values()) session.fresh = false;
    this.#changed(true);
  }

  /** Rows that the collector told: new ones, or new states of old ones. */
  tell(rows) {
    const moved = this.#take(rows, true);
    this.#changed(moved);
  }

  /** [[id, counts], ...], of sessions as they are now. */
  tellFindings(pairs) {
    for (const [id, findings] of pairs) {
      const session = this.#byId.get(id);
      if (session) Object.assign(session, { findings, lookedAt: session.state });
    }
    this.#changed(this.filter.findings !== "");
  }

  /** A session that has closed since somebody looked for findings. */
  toLookAt() {
    for (const session of this.all()) if (!isLive(session) && session.lookedAt !== "closed") return session;
    return null;
  }

  setFilter(filter) {
    this.filter = { ...this.filter, ...filter };
    this.#changed(true);
  }

  #remove(id) {
    this.#count(this.#byId.get(id), -1);
    this.#byId.delete(id);
  }

  #count(session, by) {
    this.events += by * session.eventCount;
    this.live += by * isLive(session);
    const name = session.playerName ?? "";
    const left = (this.players.get(name) ?? 0) + by;
    if (left) this.players.set(name, left);
    else this.players.delete(name);
  }

  /** Whether the order may be another one now. */
  #take(rows, fresh = false) {
    let moved = false;
    for (const row of rows) {
      const before = this.#byId.get(row.id);
      if (before && isOlder(row, before)) continue;
      if (before) this.#count(before, -1);
      const session = before ?? { place: this.#places++, findings: null, fresh };
      const state = before?.state;
      moved ||= row.state !== state;
      if (before && before.eventCount !== row.eventCount) session.touched = performance.now();
      Object.assign(session, row);
      session.completed ||= row.state === "completed";
      if (row.state !== state) session.words = words(session);
      this.#byId.set(row.id, session);
      this.#count(session, 1);
    }
    return moved;
  }

  #fits(session) {
    const { text, player, state, findings } = this.filter;
    return (
      (!player || session.playerName === player) &&
      (!state || STATES[state](session)) &&
      (!findings || FINDINGS[findings](session.findings)) &&
      text.split(/\s+/).every((word) => session.words.includes(word) || isBegin(session.id, word))
    );
  }

  #changed(again) {
    if (again) this.shown = [...this.#byId.values()].filter((session) => this.#fits(session)).sort(inOrder);
    this.dispatchEvent(new Event("change"));
  }
}
