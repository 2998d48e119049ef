// Asks the collector. Everything comes from where the page came from.

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function reason(answer) {
  try {
    return (await answer.json()).message ?? answer.statusText;
  } catch {
    return answer.statusText;
  }
}

/** The answer's JSON; throws Refused for anything but success. */
export async function get(path, signal) {
  const answer = await fetch(path, { signal, headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Refused(answer.status, await reason(answer));
  return answer.json();
}

/** Like get, but null for what is not there. */
export async function getOrNull(path, signal) {
  try {
    return await get(path, signal);
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return null;
    throw error;
  }
}

/**
 * Runs `work` when asked to, never twice at once, and never for more than a small part of the time: what takes the
 * collector long is asked for less often. Asking while it runs or rests is remembered.
 */
export class Repeated {
  #work;
  #least;
  #wanted = false;
  #busy = false;
  #stopped = false;

  constructor(work, least) {
    this.#work = work;
    this.#least = least;
  }

  ask() {
    this.#wanted = true;
    if (!this.#busy) this.#run();
  }

  stop() {
    this.#stopped = true;
  }

  async #run() {
    this.#busy = true;
    while (this.#wanted && !this.#stopped) {
      this.#wanted = false;
      const before = performance.now();
      await this.#work();
      const rest = Math.max(this.#least, 10 * (performance.now() - before));
      await new Promise((done) => setTimeout(done, rest));
    }
    this.#busy = false;
  }
}
