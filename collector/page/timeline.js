// Draws a session: lanes of what lasts, marks of what happens, curves of playhead and bitrate, on one canvas. Works on
// what is visible only, and draws one mark where many would share a pixel.
import { colours, onColours } from "./colours.js";
import { byId, element, setText, show } from "./dom.js";
import { bitrate, clock, duration, position } from "./format.js";
import { LANE_OF, firstAt } from "./history.js";

const AXIS = 22;
const GAP = 5;
const LEAST_WINDOW = 1000; // ms
const NEAR = 9; // pixels around an event that count as it
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200].map((s) => s * 1000);
const EDGE = 0.004; // of a view, beyond the end: marks there are seen whole
const MOST_AHEAD = 10000; // ms that a live session's end runs ahead of its last event

const CALM = matchMedia("(prefers-reduced-motion: reduce)");

const CONTENT_COLOUR = { play: "play", pause: "pause", buffer: "buffer", stall: "stall", idle: "idle", ad: "idle" };

export const LEGEND = [
  ["play", "play"], ["pause", "pause"], ["buffer", "buffer"], ["stall", "stall"], ["seek", "seek"], ["ad", "ad"],
  ["chapter", "chapter"], ["state", "state"], ["error", "error"],
];

function eventColour(event) {
  const lane = LANE_OF[event.type];
  if (event.type === "pauseStart") return colours.pause;
  if (event.type === "bufferStart") return colours.buffer;
  if (lane === "content") return colours.play;
  return { ad: colours.ad, chapter: colours["chapter-other"], state: colours.state, error: colours.error,
           bitrate: colours.accent }[lane] ?? colours.ping;
}

export class Timeline {
  #box;
  #canvas;
  #screen; // what is seen
  #still = document.createElement("canvas"); // all of it but what follows pointer and selection
  #context; // of the still picture
  #painted = ""; // what the still picture shows
  #tip;
  #history = null;
  #clock;
  #choose;
  #changed;
  #selected = -1;
  #view = { from: 0, to: 1 }; // ms from the session's start
  #mode = "whole"; // "whole", "follow", or "free": somebody looks at a place of their own
  #hover = null;
  #frame = 0;
  #lanes = [];
  #width = 0;
  #gutter = 78;
  #pointers = new Map();
  #dragged = 0;
  #edge = -1;

  /** choose(index): an event was picked; changed(mode): how the view moves. */
  constructor(box, { clock: collectorClock, choose, changed }) {
    this.#box = box;
    this.#canvas = byId("lanes");
    this.#screen = this.#canvas.getContext("2d");
    this.#context = this.#still.getContext("2d");
    this.#tip = byId("tip");
    this.#clock = collectorClock;
    this.#choose = choose;
    this.#changed = changed;
    new ResizeObserver(() => this.#resize()).observe(box);
    onColours(() => ((this.#painted = ""), this.draw()));
    this.#listen();
  }

  set history(history) {
    const other = this.#history?.id !== history?.id;
    this.#history = history;
    if (other) {
      this.#selected = -1;
      this.#edge = -1;
      this.setMode("whole");
    }
    this.#resize();
  }

  select(index, reveal = true) {
    this.#selected = index;
    const event = this.#history?.event(index);
    if (event && reveal) this.#reveal(event.time - this.#history.start);
    this.draw();
  }

  setMode(mode) {
    this.#mode = mode;
    this.#changed(mode);
    this.draw();
  }

  get mode() {
    return this.#mode;
  }

  get #ready() {
    return Boolean(this.#history?.session);
  }

  zoom(factor, at = null) {
    if (!this.#ready) return;
    this.#place();
    const { from, to } = this.#view;
    const size = Math.max(LEAST_WINDOW, (to - from) * factor);
    if (size >= this.#span()) return this.setMode("whole");
    const selected = this.#history?.event(this.#selected);
    const inside = selected && selected.time - this.#history.start;
    const centre = at ?? (inside >= from && inside <= to ? inside : (from + to) / 2);
    const left = this.#mode === "follow" ? to - size : centre - (centre - from) * (size / (to - from));
    this.#move(left, left + size);
    if (this.#mode === "whole") this.setMode("free");
    this.draw();
  }

  /** Follows the end with a window of a minute or what it was. */
  follow() {
    if (!this.#ready) return;
    this.#place();
    const size = Math.min(this.#mode === "whole" ? 60000 : this.#view.to - this.#view.from, this.#span());
    this.#view = { from: this.#span() - size, to: this.#span() };
    this.setMode("follow");
  }

  draw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
    });
  }

  // Where things are.

  /** How long the session is by now. A live one goes on from its last event, a little, by what can be seen of it. */
  #span() {
    const { start, end, session } = this.#history;
    const last = end - start;
    if (session.state === "closed") return Math.max(last, LEAST_WINDOW);
    const visible = this.#mode === "whole" ? last / this.#width : (this.#view.to - this.#view.from) / this.#width;
    const passed = Math.min(Math.max(0, this.#clock.now - session.lastEventAt), MOST_AHEAD);
    const ahead = visible > 1 ? Math.floor(passed / visible) * visible : passed;
    this.#edge = Math.max(last, Math.min(this.#edge, last + MOST_AHEAD), last + ahead);
    return Math.max(this.#edge, LEAST_WINDOW);
  }

  #place() {
    const span = this.#span();
    if (this.#mode === "whole") this.#view = { from: 0, to: span * (1 + EDGE) };
    if (this.#mode === "follow") this.#view = { from: span - (this.#view.to - this.#view.from), to: span };
  }

  #move(from, to) {
    const size = to - from;
    const left = Math.max(0, Math.min(from, this.#span() - size * (1 - EDGE)));
    this.#view = { from: left, to: left + size };
  }

  #reveal(time) {
    this.#place();
    const { from, to } = this.#view;
    if (time >= from && time <= to) return;
    this.#move(time - (to - from) / 2, time + (to - from) / 2);
    this.setMode("free");
  }

  #x(time) {
    const { from, to } = this.#view;
    return this.#gutter + ((time - this.#history.start - from) / (to - from)) * (this.#width - this.#gutter);
  }

  #timeAt(x) {
    const { from, to } = this.#view;
    return this.#history.start + from + ((x - this.#gutter) / (this.#width - this.#gutter)) * (to - from);
  }

  #lay() {
    const history = this.#history;
    const states = history?.stateNames ?? [];
    const lanes = [
      ["findings", 14], ["content", 28], ["ad", 24], ["chapter", 22],
      ...(states.length ? states : [""]).map((name) => ["state", 15, name]),
      ["error", 16], ["ping", 14], ["playhead", 76], ["bitrate", 52],
    ];
    let y = AXIS;
    this.#lanes = lanes.map(([name, height, label]) => {
      const lane = { name, label, y, height };
      y += height + (name === "state" ? 2 : GAP);
      return lane;
    });
    return y + 2;
  }

  #resize() {
    const height = this.#lay();
    const width = this.#box.clientWidth;
    const scale = devicePixelRatio || 1;
    this.#gutter = width < 560 ? 62 : 84;
    for (const canvas of [this.#canvas, this.#still]) {
      if (canvas.width === Math.round(width * scale) && canvas.height === Math.round(height * scale)) continue;
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      canvas.style.height = `${height}px`;
      canvas.getContext("2d").setTransform(scale, 0, 0, scale, 0, 0);
    }
    this.#width = width;
    this.draw();
  }

  // Painting.

  #paint() {
    const height = this.#canvas.height / (devicePixelRatio || 1);
    this.#screen.clearRect(0, 0, this.#width, height);
    if (!this.#ready || this.#width <= this.#gutter) return;
    this.#place();
    const shows = [this.#history.id, this.#history.version, this.#view.from, this.#view.to, this.#width, height].join();
    if (shows !== this.#painted) this.#paintStill(height);
    this.#painted = shows;
    this.#screen.drawImage(this.#still, 0, 0, this.#width, height);
    this.#paintSelected(height);
    if (this.#history.session.state !== "closed" && !document.hidden) this.#again();
  }

  #paintStill(height) {
    const context = this.#context;
    context.clearRect(0, 0, this.#width, height);
    context.font = getComputedStyle(this.#canvas).font;
    context.textBaseline = "middle";
    this.#paintAxis(height);
    context.save();
    context.beginPath();
    context.rect(this.#gutter, 0, this.#width - this.#gutter, height);
    context.clip();
    for (const lane of this.#lanes) this.#paintLane(lane);
    this.#paintEnd(height);
    context.restore();
    this.#paintNames();
  }

  #timer = 0;

  /** A live session moves: as often as it can be seen to, and once a second for who wants less motion. */
  #again() {
    const perPixel = (this.#view.to - this.#view.from) / (this.#width - this.#gutter);
    const rest = CALM.matches ? 1000 : Math.max(33, Math.min(1000, perPixel / 2));
    this.#timer ||= setTimeout(() => ((this.#timer = 0), this.draw()), rest);
  }

  #paintAxis(height) {
    const context = this.#context;
    const { from, to } = this.#view;
    const step = STEPS.find((size) => ((this.#width - this.#gutter) * size) / (to - from) >= 74) ?? STEPS.at(-1);
    context.textAlign = "center";
    for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
      const x = Math.round(this.#x(this.#history.start + time)) + 0.5;
      if (x < this.#gutter) continue;
      context.fillStyle = colours.line;
      context.fillRect(x - 0.5, AXIS - 5, 1, height - AXIS + 5);
      context.fillStyle = colours.soft;
      if (x > this.#gutter + 14 && x < this.#width - 14) context.fillText(duration(time), x, 9);
    }
  }

  #paintNames() {
    const context = this.#context;
    const names = { content: "content", ad: "ads", chapter: "chapters", error: "errors", ping: "events",
                    playhead: "playhead", bitrate: "bitrate", findings: "findings" };
    context.textAlign = "left";
    for (const lane of this.#lanes) {
      const text = lane.name === "state" ? lane.label || "states" : names[lane.name];
      const middle = lane.height > 40 ? lane.y + 9 : lane.y + lane.height / 2;
      context.fillStyle = colours.soft;
      context.fillText(this.#fit(text, this.#gutter - 10), 0, middle);
    }
    this.#tellScale();
  }

  #fit(text, width) {
    const context = this.#context;
    if (context.measureText(text).width <= width) return text;
    let length = Math.min(text.length, 64);
    while (length && context.measureText(`${text.slice(0, length)}…`).width > width) length--;
    return length ? `${text.slice(0, length)}…` : "";
  }

  #paintLane(lane) {
    const context = this.#context;
    context.fillStyle = colours.ground;
    context.fillRect(this.#gutter, lane.y, this.#width - this.#gutter, lane.height);
    const painters = {
      content: () => this.#paintContent(lane),
      ad: () => this.#paintAds(lane),
      chapter: () => this.#paintChapters(lane),
      state: () => this.#paintStates(lane),
      error: () => this.#paintErrors(lane),
      ping: () => this.#paintEvents(lane),
      playhead: () => this.#paintPlayhead(lane),
      bitrate: () => this.#paintBitrate(lane),
      findings: () => this.#paintFindings(lane),
    };
    painters[lane.name]();
  }

  /** Visits the visible spans of a list, which do not overlap, as boxes; of many in one pixel one is visited. */
  #boxes(spans = [], visit) {
    const end = this.#timeAt(this.#width);
    const begin = this.#timeAt(this.#gutter);
    const edge = this.#history.start + this.#span();
    const first = Math.max(0, firstAt(spans, begin, (span) => span.start) - 1);
    let drawn = -Infinity;
    for (let i = first; i < spans.length && spans[i].start <= end; i++) {
      const span = spans[i];
      const till = span.open && this.#history.session.state !== "closed" ? edge : span.end;
      if (till < begin) continue;
      const left = this.#x(span.start);
      const right = Math.max(this.#x(till), left + 1);
      if (right - left <= 1 && left < drawn + 0.75) continue;
      drawn = left;
      visit(span, Math.max(left, this.#gutter - 4), Math.min(right, this.#width + 4), i);
    }
  }

  #fill(left, top, right, height, colour) {
    this.#context.fillStyle = colour;
    this.#context.fillRect(left, top, right - left, height);
  }

  #label(text, left, right, lane, colour) {
    const inside = Math.max(left, this.#gutter);
    if (!text || right - inside < 26) return;
    this.#context.fillStyle = colour;
    this.#context.textAlign = "left";
    this.#context.fillText(this.#fit(text, right - inside - 10), inside + 5, lane.y + lane.height / 2 + 0.5);
  }

  #paintContent(lane) {
    this.#boxes(this.#history.spans.content, (span, left, right) => {
      const colour = colours[CONTENT_COLOUR[span.kind] ?? "idle"];
      const thin = span.kind === "idle" || span.kind === "ad";
      this.#fill(left, thin ? lane.y + lane.height - 4 : lane.y, right, thin ? 4 : lane.height, colour);
    });
    let drawn = -Infinity;
    this.#boxes(this.#history.spans.seek, (span, left, right) => {
      const context = this.#context;
      const middle = (left + right) / 2;
      context.fillStyle = colours.seek;
      context.fillRect(left, lane.y + lane.height - 4, Math.max(2, right - left), 4);
      if (middle - drawn < 14) return;
      drawn = middle;
      context.beginPath();
      context.moveTo(middle - 5, lane.y + 6);
      context.lineTo(middle + 3, lane.y + lane.height / 2);
      context.lineTo(middle - 5, lane.y + lane.height - 6);
      context.closePath();
      context.fill();
    });
  }

  #paintAds(lane) {
    this.#boxes(this.#history.spans.adBreak, (span, left, right) => {
      this.#fill(left, lane.y, right, lane.height, span.kind === "void" ? colours.line : colours.break);
    });
    this.#boxes(this.#history.spans.ad, (span, left, right) => {
      const counts = span.kind !== "void";
      const top = lane.y + 3;
      this.#fill(left, top, Math.max(left + 1, right - 1), lane.height - 6, counts ? colours.ad : colours.faint);
      if (span.kind === "skipped") this.#hatch(left, top, right - 1, lane.height - 6);
      this.#label(span.label, left, right, lane, colours.panel);
    });
  }

  /** The end of what was skipped. */
  #hatch(left, top, right, height) {
    const context = this.#context;
    const begin = Math.max(left, right - 12);
    context.save();
    context.beginPath();
    context.rect(begin, top, right - begin, height);
    context.clip();
    context.strokeStyle = colours.panel;
    for (let x = begin - height; x < right; x += 4) {
      context.beginPath();
      context.moveTo(x, top + height);
      context.lineTo(x + height, top);
      context.stroke();
    }
    context.restore();
  }

  #paintChapters(lane) {
    this.#boxes(this.#history.spans.chapter, (span, left, right, number) => {
      const colour = number % 2 ? colours["chapter-other"] : colours.chapter;
      this.#fill(left, lane.y, Math.max(left + 1, right - 1), lane.height, colour);
      if (span.kind === "skipped") this.#hatch(left, lane.y, right - 1, lane.height);
      this.#label(span.label, left, right, lane, colours.ink);
    });
  }

  #paintStates(lane) {
    this.#boxes(this.#history.stateSpans.get(lane.label), (span, left, right) =>
      this.#fill(left, lane.y + 2, right, lane.height - 4, colours.state),
    );
  }

  /** Visits the visible events of a kind, at most one in each pixel. */
  #marks(fits, visit) {
    const { steps } = this.#history;
    const end = this.#timeAt(this.#width + NEAR);
    let drawn = -Infinity;
    for (let i = firstAt(steps, this.#timeAt(this.#gutter - NEAR), (step) => step.time); i < steps.length; i++) {
      if (steps[i].time > end) break;
      if (!fits(steps[i])) continue;
      const x = this.#x(steps[i].time);
      if (x - drawn < 1) continue;
      drawn = x;
      visit(steps[i], Math.round(x));
    }
  }

  #diamond(x, y, size) {
    const context = this.#context;
    context.beginPath();
    context.moveTo(x, y - size);
    context.lineTo(x + size, y);
    context.lineTo(x, y + size);
    context.lineTo(x - size, y);
    context.closePath();
    context.fill();
  }

  #paintErrors(lane) {
    this.#marks(
      (step) => step.type === "error",
      (step, x) => {
        this.#context.fillStyle = colours.error;
        this.#diamond(x + 0.5, lane.y + lane.height / 2, 6);
      },
    );
  }

  #paintEvents(lane) {
    this.#marks(
      (step) => step.type === "ping",
      (step, x) => this.#fill(x, lane.y + 5, x + 1, lane.height - 5, colours.ping),
    );
    this.#marks(
      (step) => step.type !== "ping",
      (step, x) => this.#fill(x, lane.y, x + 2, lane.height, eventColour(step)),
    );
  }

  /** A curve through the events, or a staircase of what is known. Of a pixel: the highest, the lowest and the last. */
  #curve(lane, value, most, staircase) {
    const context = this.#context;
    const { steps } = this.#history;
    const y = (number) => lane.y + lane.height - 3 - (Math.max(0, Math.min(number, most)) / most) * (lane.height - 8);
    let pixel = null; // {x, high, low, last} that is under way
    let before = null; // height of the last one
    let begin = null;
    const flush = () => {
      if (staircase && before !== null) context.lineTo(pixel.x, before);
      if (pixel.high !== pixel.low) context.lineTo(pixel.x, pixel.high), context.lineTo(pixel.x, pixel.low);
      context.lineTo(pixel.x, pixel.last);
      before = pixel.last;
    };
    context.beginPath();
    for (let i = this.#firstStep(); i < steps.length && (pixel === null || pixel.x <= this.#width); i++) {
      const number = value(steps[i]);
      if (staircase && !number) continue;
      const x = this.#x(steps[i].time);
      const height = y(number);
      begin ??= x;
      if (pixel && x - pixel.x < 1) {
        Object.assign(pixel, { high: Math.min(pixel.high, height), low: Math.max(pixel.low, height), last: height });
        continue;
      }
      if (pixel) flush();
      pixel = { x, high: height, low: height, last: height };
    }
    if (pixel) flush();
    return { begin, x: pixel?.x };
  }

  /** The last step before what is visible. */
  #firstStep() {
    return Math.max(0, firstAt(this.#history.steps, this.#timeAt(this.#gutter), (step) => step.time) - 1);
  }

  /** What the top of a curve stands for, beside it. */
  #tellScale() {
    const { length, live } = this.#history;
    const lines = { playhead: [duration(this.#most("playhead")), length && !live ? `of ${duration(length)}` : ""],
                    bitrate: [this.#most("bitrate") ? bitrate(this.#most("bitrate")) : ""] };
    this.#context.fillStyle = colours.faint;
    for (const lane of this.#lanes)
      lines[lane.name]?.forEach((text, i) => this.#context.fillText(text, 0, lane.y + 24 + 14 * i));
  }

  #paintPlayhead(lane) {
    const { length } = this.#history;
    const reached = this.#most("playhead");
    const least = this.#history.live ? this.#least("playhead") : 0; // the time of day; a start may not know it yet
    const whole = !this.#history.live && reached > length / 2 ? Math.max(length, reached) : reached * 1.05;
    const most = Math.max(1000, whole - least);
    const context = this.#context;
    context.lineJoin = "round";
    context.strokeStyle = colours.ink;
    context.lineWidth = 1.25;
    this.#curve(lane, (step) => step.playhead - least, most, false);
    context.stroke();
  }

  #paintBitrate(lane) {
    const most = this.#most("bitrate");
    if (!most) return;
    const context = this.#context;
    context.strokeStyle = colours.accent;
    context.lineWidth = 1.5;
    const { begin, x } = this.#curve(lane, (step) => step.bitrate, most, true);
    context.stroke();
    if (begin !== null) {
      context.lineTo(x, lane.y + lane.height);
      context.lineTo(begin, lane.y + lane.height);
      context.globalAlpha = 0.1;
      context.fillStyle = colours.accent;
      context.fill();
      context.globalAlpha = 1;
    }
  }

  #extremes = { version: -1 };

  #extreme(name) {
    if (this.#extremes.version !== this.#history.version) this.#extremes = { version: this.#history.version };
    if (!this.#extremes[name]) {
      let most = 0;
      let least = Infinity;
      for (const step of this.#history.steps) {
        most = Math.max(most, step[name]);
        if (step[name] > 0) least = Math.min(least, step[name]);
      }
      this.#extremes[name] = { most, least: Math.min(least, most) };
    }
    return this.#extremes[name];
  }

  #most(name) {
    return this.#extreme(name).most;
  }

  #least(name) {
    return this.#extreme(name).least;
  }

  #paintFindings(lane) {
    const context = this.#context;
    const drawn = {};
    for (const finding of this.#history.findings) {
      const event = this.#history.event(finding.event);
      if (!event) continue;
      const x = Math.round(this.#x(event.time)) + 0.5;
      if (x < this.#gutter - NEAR || x > this.#width + NEAR || drawn[x] === finding.severity) continue;
      drawn[x] = finding.severity;
      context.fillStyle = { error: colours.error, warning: colours.warning }[finding.severity] ?? colours.note;
      context.beginPath();
      context.moveTo(x - 5, lane.y + 2);
      context.lineTo(x + 5, lane.y + 2);
      context.lineTo(x, lane.y + lane.height - 2);
      context.closePath();
      context.fill();
    }
  }

  #paintEnd(height) {
    if (this.#history.session.state === "closed") return;
    const x = this.#x(this.#history.start + this.#span());
    this.#context.fillStyle = colours.accent;
    this.#context.fillRect(Math.min(x, this.#width - 2) - 0.5, AXIS, 1.5, height - AXIS);
  }

  #paintSelected(height) {
    const event = this.#history.event(this.#selected);
    const screen = this.#screen;
    screen.fillStyle = colours.faint;
    if (this.#hover) screen.fillRect(this.#hover.x, AXIS, 1, height - AXIS);
    const x = event ? Math.round(this.#x(event.time)) : -1;
    if (x < this.#gutter - 1) return;
    screen.fillStyle = colours.select;
    screen.fillRect(x - 0.5, AXIS - 4, 2, height - AXIS + 4);
    screen.beginPath();
    screen.arc(x + 0.5, AXIS - 4, 4, 0, 7);
    screen.fill();
  }

  // Pointer and keys.

  #laneAt(y) {
    return this.#lanes.find((lane) => y >= lane.y - 2 && y <= lane.y + lane.height + 2);
  }

  /** The event meant by a place: of those that are near, one of the lane, else the nearest. */
  #eventAt(x, y) {
    if (!this.#history?.steps.length) return null;
    this.#place();
    const lane = this.#laneAt(y);
    if (lane?.name === "findings") return this.#findingAt(x);
    const { steps } = this.#history;
    const begin = this.#timeAt(x - NEAR);
    const end = this.#timeAt(x + NEAR);
    let best = null;
    for (let i = firstAt(steps, begin, (step) => step.time); i < steps.length && steps[i].time <= end; i++) {
      const far = Math.abs(this.#x(steps[i].time) - x) + (this.#belongs(steps[i], lane) ? 0 : NEAR);
      if (!best || far < best.far) best = { far, event: steps[i] };
    }
    return best?.event ?? this.#beginOf(lane, this.#timeAt(x));
  }

  #belongs(step, lane) {
    return !lane || lane.name === LANE_OF[step.type] || lane.name === "ping" || lane.name === "playhead";
  }

  /** In the middle of something long: the event that began it. */
  #beginOf(lane, time) {
    const spans = this.#history.spans[lane?.name] ?? [];
    const span = spans.findLast((s) => s.start <= time && s.end >= time && (!lane.label || s.label === lane.label));
    return span ? this.#history.event(span.from) : null;
  }

  #findingAt(x) {
    let best = null;
    for (const finding of this.#history.findings) {
      const event = this.#history.event(finding.event);
      const far = event ? Math.abs(this.#x(event.time) - x) : Infinity;
      if (far <= NEAR && far < (best?.far ?? Infinity)) best = { far, event };
    }
    return best?.event ?? null;
  }

  #listen() {
    const canvas = this.#canvas;
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#pointer(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.#up(event));
    canvas.addEventListener("pointerleave", () => this.#point(null));
    canvas.addEventListener("dblclick", () => this.setMode("whole"));
    canvas.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    document.addEventListener("visibilitychange", () => this.draw());
  }

  #at(event) {
    const { left, top } = this.#canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  #down(event) {
    this.#pointers.set(event.pointerId, this.#at(event));
    this.#dragged = 0;
    this.#canvas.setPointerCapture(event.pointerId);
  }

  #pointer(event) {
    if (!this.#ready) return;
    const at = this.#at(event);
    const before = this.#pointers.get(event.pointerId);
    if (!before) return this.#point(at);
    if (this.#pointers.size === 2) this.#pinch(event.pointerId, at);
    else this.#drag(before.x - at.x);
    this.#pointers.set(event.pointerId, at);
  }

  #drag(pixels) {
    this.#dragged += Math.abs(pixels);
    if (this.#dragged < 4 || this.#mode === "whole") return;
    const { from, to } = this.#view;
    const by = (pixels * (to - from)) / (this.#width - this.#gutter);
    this.#move(from + by, to + by);
    this.setMode("free");
  }

  #pinch(id, at) {
    const other = [...this.#pointers].find(([key]) => key !== id)[1];
    const before = Math.abs(this.#pointers.get(id).x - other.x);
    const now = Math.abs(at.x - other.x);
    this.#dragged += 100;
    if (before > 4 && now > 4) this.zoom(before / now, this.#timeAt((at.x + other.x) / 2) - this.#history.start);
  }

  #up(event) {
    const at = this.#pointers.get(event.pointerId);
    this.#pointers.delete(event.pointerId);
    if (!at || event.type === "pointercancel" || this.#dragged >= 4 || !this.#ready) return;
    const picked = this.#eventAt(at.x, at.y);
    if (picked) this.#choose(picked.index);
  }

  #wheel(event) {
    if (!this.#ready) return;
    const { x } = this.#at(event);
    if (event.ctrlKey || event.metaKey) this.zoom(Math.exp(event.deltaY / 200), this.#timeAt(x) - this.#history.start);
    else if (event.deltaX || event.shiftKey) this.#pan(event.deltaX || event.deltaY);
    else return;
    event.preventDefault();
  }

  #pan(pixels) {
    if (this.#mode === "whole") return;
    this.#dragged = 4;
    this.#drag(pixels);
  }

  #point(at) {
    const inside = at && this.#ready && at.x >= this.#gutter;
    this.#hover = inside ? { x: Math.round(at.x) } : null;
    show(this.#tip, Boolean(inside));
    if (inside) this.#tell(at);
    this.draw();
  }

  #tell(at) {
    const event = this.#eventAt(at.x, at.y);
    const time = event && this.#laneAt(at.y)?.name !== "playhead" ? event.time : this.#timeAt(at.x);
    const lines = [`${duration(time - this.#history.start, true)}  ·  ${clock(time)}`];
    if (event) lines.push(event.label ? `${event.type}  ${event.label}` : event.type);
    const { steps } = this.#history;
    const step = steps[firstAt(steps, time + 1, (s) => s.time) - 1];
    if (step) lines.push(`playhead ${position(step.playhead)}${step.bitrate ? `  ·  ${bitrate(step.bitrate)}` : ""}`);
    lines.forEach((line, i) => setText(this.#tip.children[i] ?? this.#tip.appendChild(element("p")), line));
    while (this.#tip.children.length > lines.length) this.#tip.lastChild.remove();
    const left = Math.min(at.x + 14, this.#width - this.#tip.offsetWidth - 4);
    this.#tip.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, at.y + 16)}px)`;
  }
}
