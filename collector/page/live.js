// Hears from the collector which sessions changed. The browser connects again by itself; after that everything is read
// again, for nobody knows what was missed.

export class Live {
  constructor({ connected, lost, sessions, reload, now }) {
    const source = new EventSource("/api/live");
    const data = (event) => JSON.parse(event.data);
    source.addEventListener("open", connected);
    source.addEventListener("error", () => lost(source.readyState === EventSource.CLOSED));
    source.addEventListener("now", (event) => now(data(event).now));
    source.addEventListener("reload", (event) => (now(data(event).now), reload()));
    source.addEventListener("sessions", (event) => {
      const told = data(event);
      now(told.now);
      sessions(told.sessions);
    });
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
