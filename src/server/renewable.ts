import { sleep, systemClock } from "../kernel/clock.ts";
import type { PortRoutes } from "./port_routes.ts";

/** Milliseconds that requests have which came before others are made to wait. */
const ANSWER_MS = 2_000;

/** The routes of a server's ports on one thread, made anew while requests wait. */
export class Renewable {
  readonly #slots: { readonly make: () => PortRoutes; routes: PortRoutes }[] = [];
  /** Resolves when requests may go on. */
  #paused: PromiseWithResolvers<void> | undefined;
  /** Requests that are not answered yet; and how many of them nobody waits for. */
  #asked = 0;
  #apart = 0;
  #answered: (() => void) | undefined;

  /** A port's routes, which are those that were made last. */
  routes(make: () => PortRoutes): PortRoutes {
    const slot = { make, routes: make() };
    this.#slots.push(slot);
    return {
      asked: (request) => slot.routes.asked(request),
      routeName: (path) => slot.routes.routeName(path),
      fetch: async (request, env) => {
        while (this.#paused !== undefined) await this.#paused.promise;
        this.#asked++;
        const { handOver } = env;
        // What is handed over waits where it came to.
        const own = handOver === undefined ? env : {
          ...env,
          handOver: (...handed: Parameters<typeof handOver>) =>
            this.apart(() => handOver(...handed)),
        };
        try {
          return await slot.routes.fetch(request, own);
        } finally {
          this.#asked--;
          this.#look();
        }
      },
    };
  }

  /** Does a part of a request which is not waited for meanwhile: what waits itself. */
  async apart<T>(task: () => Promise<T>): Promise<T> {
    this.#apart++;
    this.#look();
    try {
      return await task();
    } finally {
      this.#apart--;
    }
  }

  /** Makes requests wait. Resolves when what was asked before is answered, or has taken too long. */
  async pause(): Promise<void> {
    this.#paused ??= Promise.withResolvers();
    if (this.#asked <= this.#apart) return;
    const ended = new AbortController();
    const answered = new Promise<void>((resolve) => this.#answered = resolve);
    await Promise.race([answered, sleep(systemClock, ANSWER_MS, ended.signal)]);
    this.#answered = undefined;
    ended.abort();
  }

  /** Lets requests go on. */
  goOn(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  /** Makes the routes of all ports anew. */
  remake(): void {
    for (const slot of this.#slots) slot.routes = slot.make();
  }

  #look(): void {
    if (this.#asked <= this.#apart) this.#answered?.();
  }
}
