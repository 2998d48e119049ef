// One event: what was sent, what was answered, and how long it took.
import { get } from "./api.js";
import { byId, element } from "./dom.js";
import { noteNames } from "./events.js";
import { delay, duration, exact, position } from "./format.js";

const MOST = 20000; // characters of a body that are shown in colours

/** The request that a stored event came in. What was around an event of the Media Edge API is not kept. */
function requestOf(session, event, body) {
  if (body?.xdm || body?.eventType?.startsWith?.("media.") || session.protocol === "edge") {
    return session.downloaded ? "POST /ee/va/v1/downloaded" : `POST /ee/va/v1/${event.type}`;
  }
  if (session.downloaded) return "POST /api/v1/downloaded";
  return event.type === "sessionStart" ? "POST /api/v1/sessions" : `POST /api/v1/sessions/${session.id}/events`;
}

/** Only what was answered with success is stored, so the answer follows from the request. */
function answerOf(session, event) {
  const edge = session.protocol === "edge";
  if (session.downloaded) return edge ? "200 OK, one session for each batch" : "201 Created";
  if (event.type !== "sessionStart") return edge ? "204 No Content (200 from /v1/interact)" : "204 No Content";
  if (edge) return `200 OK\nmedia-analytics:new-session  ${session.id}`;
  return `201 Created\nLocation: /api/v1/sessions/${session.id}`;
}

/** Splits JSON into its tokens, for colours. */
const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d[\d.eE+-]*)|(true|false|null)/g;

function coloured(text) {
  const parts = [];
  let last = 0;
  for (const found of text.matchAll(TOKENS)) {
    if (found.index > last) parts.push(text.slice(last, found.index));
    const kind = found[2] ? "name" : found[1] ? "string" : found[3] ? "number" : "word";
    parts.push(element("span", { class: kind }, found[1] ?? found[0]));
    if (found[2]) parts.push(found[2]);
    last = found.index + found[0].length;
  }
  parts.push(text.slice(last));
  return parts;
}

/** Characters that are not seen, or that turn others around, as JSON may write them: what was sent is to be seen. */
const UNSEEN = /[\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

const escaped = (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;

function bodyBlock(body) {
  const text = JSON.stringify(body, null, 2).replace(UNSEEN, escaped);
  const code = element("pre", { class: "body", tabindex: "0", "aria-label": "Body of the request" });
  code.append(...(text.length > MOST ? [text] : coloured(text)));
  return code;
}

/** A line for a shell that sends it again. Quoted whole: what is inside is nobody's command. */
export function asCurl(session, event, body) {
  const [method, path] = requestOf(session, event, body).split(" ");
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  const sent = path.startsWith("/ee/") ? { events: [{ xdm: body }] } : session.downloaded ? [body] : body;
  const query = path.startsWith("/ee/") ? "?configId=anything" : "";
  const type = quoted("Content-Type: application/json");
  return `curl -i -X ${method} ${quoted(location.origin + path + query)} -H ${type} -d ${quoted(JSON.stringify(sent))}`;
}

/** Pages that came by plain HTTP from another machine have no clipboard: they show what there is to copy. */
function copyButton(text) {
  const button = element("button", { type: "button", class: "quiet copy" }, "copy as curl");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "copied";
      setTimeout(() => (button.textContent = "copy as curl"), 1500);
    } catch {
      const line = element("pre", { class: "body command", tabindex: "0" }, text);
      button.parentElement.after(line);
      button.remove();
      getSelection().selectAllChildren(line);
    }
  });
  return button;
}

const fact = (name, value, title) =>
  element("div", {}, element("dt", {}, name), element("dd", { title }, value));

export class Inspector {
  #box = byId("inspector");
  #shown = null; // "session/index/..." of what is there
  #asked = null;

  clear() {
    this.#shown = null;
    this.#asked?.abort();
    this.#box.replaceChildren(
      element("h2", {}, "Event"),
      element("p", { class: "empty" }, "Pick an event on the timeline or in the list, or step with ← and →."),
    );
  }

  async show(history, index) {
    const event = history.event(index);
    if (!event) return;
    const findings = history.findingsOf(index);
    const key = [history.id, index, event.notes.join(), findings.length].join("/");
    if (key === this.#shown) return;
    this.#shown = key;
    this.#asked?.abort();
    this.#asked = new AbortController();
    try {
      const path = `/api/sessions/${history.id}/events?after=${index - 1}&limit=1`;
      const [stored] = index ? await get(path, this.#asked.signal) : await this.#first(history.id);
      if (this.#shown === key && stored) this.#draw(history, event, stored, findings);
    } catch (error) {
      if (error.name !== "AbortError") this.#shown = null;
    }
  }

  #first(id) {
    return get(`/api/sessions/${id}/events?limit=1`, this.#asked.signal);
  }

  #draw(history, event, stored, findings) {
    const { session } = history;
    this.#box.replaceChildren(
      element("h2", {}, event.type, element("span", { class: "number" }, ` #${event.index}`),
        copyButton(asCurl(session, event, stored.event))),
      this.#facts(history, event),
      ...findings.map((finding) => findingBlock(finding)),
      element("h3", {}, "Request"),
      element("p", { class: "wire" }, requestOf(session, event, stored.event)),
      bodyBlock(stored.event),
      element("h3", {}, "Answer"),
      element("pre", { class: "wire answer" }, answerOf(session, event)),
    );
  }

  #facts(history, event) {
    const first = history.steps[0] ?? event;
    const taken = event.receivedAt - event.ts;
    const drift = taken - (first.receivedAt - first.ts);
    const notes = noteNames(event);
    const moved = event.time !== event.ts;
    return element(
      "dl",
      { class: "facts" },
      fact("sent", `${duration(event.ts - history.start, true)} in`, exact(event.ts)),
      fact("ts", exact(event.ts)),
      moved ? fact("takes effect", `${duration(event.time - history.start, true)} in`, exact(event.time)) : null,
      fact("received", exact(event.receivedAt)),
      fact("delay", delay(taken), "from the client's clock to the collector's"),
      fact("against the start", `${drift < 0 ? "" : "+"}${delay(drift)}`, "how much longer than the first event took"),
      fact("playhead", position(event.playhead)),
      notes ? fact("marks", notes) : null,
    );
  }
}

export function findingBlock(finding) {
  return element(
    "div",
    { class: "finding", "data-severity": finding.severity },
    element("p", { class: "what" }, element("code", {}, finding.code), " ", element("bdi", {}, finding.message ?? "")),
    finding.says ? element("p", { class: "says" }, finding.says) : null,
    finding.where ? source(finding.where) : null,
  );
}

/** Where the protocol says it. A link only when it is one, and only to follow by hand. */
function source(where) {
  if (!/^https:\/\/[\w.-]+\//.test(where)) return element("p", { class: "where" }, where);
  const name = where.replace(/^https:\/\//, "").split("/").filter(Boolean);
  const text = `${name[0]} … ${name.at(-1)}`;
  const link = element("a", { href: where, rel: "noreferrer noopener", target: "_blank" }, text);
  return element("p", { class: "where" }, link);
}
