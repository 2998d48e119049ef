// A session's metrics, in groups. While it is live they say what it would come to if it closed now.
import { getOrNull } from "./api.js";
import { byId, element } from "./dom.js";
import { bitrate, count, duration } from "./format.js";

const seconds = (value) => (value < 60 ? `${value} s` : duration(value * 1000));
const flag = (value) => (value ? "yes" : "–");
const number = (value) => (Number.isInteger(value) ? count(value) : value.toFixed(3));
const plain = (value) => (typeof value === "number" ? number(value) : String(value));

/** Name of the metric, what it is called here, how its value is written. What has no row here is shown at the end. */
const GROUPS = [
  ["Course", [
    ["mediaStarts", "media start", flag], ["contentStarts", "content start", flag],
    ["contentCompletes", "content complete", flag], ["contentResumes", "resume", flag],
    ["dropsBeforeStart", "drop before start", flag], ["contentSegment", "segment", plain],
    ["secondsSinceLastCall", "since last call", seconds], ["estimatedStreams", "estimated streams", count],
  ]],
  ["Time", [
    ["contentTimeSpent", "content time spent", seconds], ["mediaTimeSpent", "media time spent", seconds],
    ["uniqueTimePlayed", "unique time played", seconds],
    ["averageMinuteAudience", "average minute audience", plain],
    ["pauseEvents", "pauses", count], ["totalPauseDuration", "paused", seconds],
  ]],
  ["Quality", [
    ["timeToStart", "time to start", seconds], ["bufferEvents", "bufferings", count],
    ["totalBufferDuration", "buffered", seconds], ["stallEvents", "stalls", count],
    ["totalStallingDuration", "stalled", seconds], ["bitrateChanges", "bitrate changes", count],
    ["averageBitrate", "average bitrate", bitrate], ["averageBitrateBucket", "bitrate bucket", plain],
    ["droppedFrames", "dropped frames", count], ["errorEvents", "errors", count],
  ]],
  ["Ads and chapters", [
    ["adCount", "ads", count], ["adStarts", "ad starts", count], ["adCompletes", "ad completes", count],
    ["adTimeSpent", "ad time spent", seconds], ["chapterCount", "chapters", count],
    ["chapterStarts", "chapter starts", count], ["chapterCompletes", "chapter completes", count],
    ["chapterTimeSpent", "chapter time spent", seconds],
  ]],
];

const MARKS = [10, 25, 50, 75, 95];
const PROGRESS = new Set(MARKS.map((mark) => `progress${mark}`));

/** Said by other rows already: impact flags follow from counts. */
const IMPLIED = new Set([
  "contentSegmentViews", "pausedImpactedStreams", "bufferImpactedStreams", "stallImpactedStreams",
  "bitrateChangeImpactedStreams", "droppedFrameImpactedStreams", "errorImpactedStreams", "authorized", "federated",
  "downloaded", "ads", "chapters", "states",
]);
const NAMED = new Set(GROUPS.flatMap(([, rows]) => rows.map(([name]) => name)));

const isEmpty = (value) => (value ?? "") === "" || (Array.isArray(value) && !value.length);

function line(name, label, text) {
  const quiet = text === "–" || text === "0" || text === "0 s";
  const attributes = { "data-quiet": String(quiet), title: name };
  return element("div", attributes, element("dt", {}, label), element("dd", {}, text));
}

function group(title, lines) {
  return lines.length ? element("section", {}, element("h3", {}, title), element("dl", {}, ...lines)) : null;
}

function progress(metrics) {
  const marks = MARKS.map((mark) =>
    element("span", { class: "step", "data-on": String(metrics[`progress${mark}`] === true) }, `${mark}`),
  );
  return element("div", { class: "progress", title: "progress markers, % of the length" }, ...marks);
}

function states(byName) {
  return Object.entries(byName ?? {}).map(([name, { count: times, time }]) =>
    line("states", name, `${count(times)} × · ${seconds(time)}`),
  );
}

function rest(metrics) {
  return Object.entries(metrics)
    .filter(([name, value]) => !NAMED.has(name) && !IMPLIED.has(name) && !PROGRESS.has(name) && !isEmpty(value))
    .map(([name, value]) => line(name, name, typeof value === "object" ? JSON.stringify(value) : plain(value)));
}

export class Metrics {
  #box = byId("metrics");
  #drawn = null;

  clear() {
    this.#drawn = null;
    this.#box.replaceChildren(element("h2", {}, "Metrics"));
  }

  async read(id, live, signal) {
    const answer = await getOrNull(`/api/sessions/${id}/metrics`, signal);
    const key = JSON.stringify([answer, live]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#draw(answer?.metrics, live);
  }

  #draw(metrics, live) {
    const heading = element("h2", {}, "Metrics", element("span", { class: "number" }, live ? " if it closed now" : ""));
    if (!metrics) {
      this.#box.replaceChildren(heading, element("p", { class: "empty" }, "None."));
      return;
    }
    const groups = GROUPS.map(([title, rows]) =>
      group(title, rows.filter(([name]) => !isEmpty(metrics[name]))
        .map(([name, label, write]) => line(name, label, write(metrics[name])))),
    );
    groups.push(group("Player states", states(metrics.states)), group("Other", rest(metrics)));
    groups[0]?.append(progress(metrics));
    this.#box.replaceChildren(heading, ...groups.filter(Boolean));
  }
}
