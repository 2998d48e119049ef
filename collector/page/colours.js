// The colours of the style sheet, for canvases; read again when the scheme changes.

const NAMES = [
  "ground", "panel", "ink", "soft", "faint", "line", "accent", "select",
  "play", "pause", "buffer", "stall", "idle", "seek", "ad", "break", "chapter", "chapter-other", "state", "error",
  "warning", "note", "ping",
];

export const colours = {};
const listeners = [];

function read() {
  const style = getComputedStyle(document.documentElement);
  for (const name of NAMES) colours[name] = style.getPropertyValue(`--${name}`).trim();
  for (const listener of listeners) listener();
}

export function onColours(listener) {
  listeners.push(listener);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", read);
read();
