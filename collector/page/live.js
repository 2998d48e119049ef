// Hears from the collector which sessions changed. The browser connects again by itself when a connection breaks, and
// this when it was refused. After that everything is read again, for nobody knows what was missed. A page that nobody
// sees does not listen: browsers have six connections to a host, for all its tabs.

const PATIENCE = 5000; // ms after a refusal

export class Live {
  #tell;
  #source = null;
  #timer = 0;

  /** connected(), lost(refused), now(ms), sessions(rows), reload(): what is to be done about it. */
  constructor(tell) {
    this.#tell = tell;
    document.addEventListener("visibilitychange", () => this.#begin());
    this.#begin();
  }

  get listening() {
    return this.#source?.readyState === EventSource.OPEN;
  }

  #begin() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = document.hidden ? null : this.#listen();
  }

  #listen() {
    const { connected, now, sessions, reload } = this.#tell;
    const source = new EventSource("/api/live");
    const on = (name, hear) => source.addEventListener(name, ({ data }) => hear(JSON.parse(data)));
    source.addEventListener("open", connected);
    source.addEventListener("error", () => this.#lost(source));
    on("now", (told) => now(told.now));
    on("reload", (told) => (now(told.now), reload()));
    on("sessions", (told) => (now(told.now), sessions(told.sessions)));
    return source;
  }

  #lost(source) {
    const refused = source.readyState === EventSource.CLOSED;
    if (refused) this.#timer = setTimeout(() => this.#begin(), PATIENCE);
    this.#tell.lost(refused);
  }
}

/** The collector's clock between two messages. It may stand still, or run as a test wants: then it is as last told. */
export class Clock {
  #told = Date.now();
  #at = performance.now();
  #running = true;

  tell(now) {
    const passed = performance.now() - this.#at;
    if (passed > 1000) this.#running = now - this.#told > passed / 2;
    this.#told = now;
    this.#at = performance.now();
  }

  get now() {
    return this.#running ? this.#told + (performance.now() - this.#at) : this.#told;
  }
}
