// Concurrent viewers over time: how many sessions were under way, by the collector's clock, drawn as a staircase.
import { colours, onColours } from "./colours.js";
import { byId, setText } from "./dom.js";
import { clock, moment } from "./format.js";
import { isLive } from "./sessions.js";

const LEAST_SPAN = 60000; // ms

/** The course of the count: [time, count] at each change, in order of time. */
export function course(sessions, now) {
  const changes = [];
  for (const session of sessions) {
    if (session.downloaded) continue;
    changes.push([session.startedAt, 1]);
    changes.push([isLive(session) ? now + 1 : session.lastEventAt + 1, -1]);
  }
  changes.sort((one, other) => one[0] - other[0]);
  let viewers = 0;
  const steps = [];
  for (const [time, by] of changes) {
    viewers += by;
    if (steps.at(-1)?.[0] === time) steps.at(-1)[1] = viewers;
    else steps.push([time, viewers]);
  }
  return steps;
}

export class Viewers {
  #canvas = byId("viewers");
  #sessions;
  #clock;
  #steps = [];
  #hover = null;

  constructor(sessions, collectorClock) {
    this.#sessions = sessions;
    this.#clock = collectorClock;
    new ResizeObserver(() => this.#draw()).observe(this.#canvas);
    onColours(() => this.#draw());
    this.#canvas.addEventListener("pointermove", (event) => this.#point(event.offsetX));
    this.#canvas.addEventListener("pointerleave", () => this.#point(null));
    setInterval(() => this.refresh(), 1000);
  }

  refresh() {
    if (document.hidden) return;
    this.#steps = course(this.#sessions.all(), this.#clock.now);
    this.#draw();
  }

  #point(x) {
    this.#hover = x;
    this.#draw();
  }

  #range() {
    const to = this.#sessions.live ? this.#clock.now : this.#steps.at(-1)[0];
    return { from: Math.min(this.#steps[0][0], to - LEAST_SPAN), to };
  }

  #note(most, range, width) {
    if (this.#hover === null) return setText(byId("viewers-note"), `now ${this.#sessions.live} · peak ${most}`);
    const time = range.from + (this.#hover / width) * (range.to - range.from);
    const step = this.#steps.findLast(([at]) => at <= time);
    setText(byId("viewers-note"), `${step?.[1] ?? 0} at ${moment(time, this.#clock.now)}`);
  }

  #draw() {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    if (!width) return;
    const scale = devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    const context = this.#canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.font = getComputedStyle(this.#canvas).font;
    if (!this.#steps.length) return setText(byId("viewers-note"), "nobody yet");
    const range = this.#range();
    const most = Math.max(1, ...this.#peaks(width, range));
    this.#area(context, width, height - 15, range, most);
    this.#times(context, width, height, range);
    this.#note(most, range, width);
    this.#canvas.setAttribute("aria-label", `Concurrent viewers: ${byId("viewers-note").textContent}`);
  }

  /** The highest count in each pixel: peaks stay visible however much is drawn. */
  #peaks(width, { from, to }) {
    const peaks = new Array(Math.ceil(width)).fill(0);
    const x = (time) => Math.max(0, Math.min(peaks.length - 1, Math.floor(((time - from) / (to - from)) * width)));
    for (let i = 0; i < this.#steps.length; i++) {
      const last = x(this.#steps[i + 1]?.[0] ?? to);
      for (let at = x(this.#steps[i][0]); at <= last; at++) peaks[at] = Math.max(peaks[at], this.#steps[i][1]);
    }
    return peaks;
  }

  #area(context, width, height, range, most) {
    const y = (count) => height - (count / most) * (height - 6);
    const top = new Path2D();
    this.#peaks(width, range).forEach((count, x) => (top.lineTo(x, y(count)), top.lineTo(x + 1, y(count))));
    context.strokeStyle = colours.accent;
    context.lineWidth = 1.25;
    context.stroke(top);
    top.lineTo(width, y(0));
    top.lineTo(0, y(0));
    context.fillStyle = colours.accent;
    context.globalAlpha = 0.14;
    context.fill(top);
    context.globalAlpha = 1;
    if (this.#hover === null) return;
    context.fillStyle = colours.faint;
    context.fillRect(this.#hover, 0, 1, height);
  }

  #times(context, width, height, { from, to }) {
    context.fillStyle = colours.faint;
    context.textBaseline = "alphabetic";
    const name = (time) => (to - from > 86400000 ? moment(time, to) : clock(time));
    const places = width > 420 ? [0, 0.25, 0.5, 0.75, 1] : [0, 1];
    for (const place of places) {
      context.textAlign = place === 0 ? "left" : place === 1 ? "right" : "center";
      context.fillText(name(from + place * (to - from)), place * width, height - 2);
    }
  }
}
