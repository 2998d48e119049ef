// How times, durations and numbers are written.

const two = (number) => String(number).padStart(2, "0");

/** 4:07, 1:04:07; with tenths 4:07.3. */
export function duration(ms, tenths = false) {
  const sign = ms < 0 ? "−" : "";
  const all = Math.abs(tenths ? Math.round(ms / 100) * 100 : Math.floor(ms / 1000) * 1000);
  const hours = Math.floor(all / 3600000);
  const minutes = Math.floor(all / 60000) % 60;
  const seconds = Math.floor(all / 1000) % 60;
  const front = hours ? `${hours}:${two(minutes)}` : `${minutes}`;
  return `${sign}${front}:${two(seconds)}${tenths ? `.${(all / 100) % 10}` : ""}`;
}

/** 14:02:11, in the reader's zone. */
export function clock(ms) {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

const day = (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;

/** 14:02:11 today, 2026-03-07 14:02 on other days. */
export function moment(ms, now) {
  const date = new Date(ms);
  return day(date) === day(new Date(now)) ? clock(ms) : `${day(date)} ${clock(ms).slice(0, 5)}`;
}

/** 2026-03-07 14:02:11.250 */
export function exact(ms) {
  return `${day(new Date(ms))} ${clock(ms)}.${String(((ms % 1000) + 1000) % 1000).padStart(3, "0")}`;
}

/** A delay: 12 ms, 3.2 s, 5:10, 3 d. */
export function delay(ms) {
  const size = Math.abs(ms);
  const sign = ms < 0 ? "−" : "";
  if (size < 1000) return `${sign}${size} ms`;
  if (size < 60000) return `${sign}${(size / 1000).toFixed(1)} s`;
  if (size < 2 * 86400000) return duration(ms);
  return `${sign}${Math.round(size / 86400000)} d`;
}

/** 12 345 */
export const count = (number) => Math.round(number).toLocaleString("en").replaceAll(",", "\u202f");

/** Bits per second as they are said: 3.2 Mbit/s. */
export function bitrate(bits) {
  if (bits >= 1e6) return `${(bits / 1e6).toFixed(bits < 1e7 ? 1 : 0)} Mbit/s`;
  if (bits >= 1e3) return `${Math.round(bits / 1e3)} kbit/s`;
  return `${bits} bit/s`;
}

/** A position in content: 734.2 s of 900 s are 12:14. */
export const position = (ms) => duration(ms, true);
