/** Gives a slot back; called once. */
export type Release = () => void;

/** Concurrent requests in all, and to one host: a slow host does not hold up the others. */
const SLOTS = 1_024;
const SLOTS_PER_HOST = 16;

interface Host {
  active: number;
  readonly waiting: ((release: Release) => void)[];
}

/** Bounds the requests in flight: round robin among hosts, first come first served within one. */
export class Slots {
  /** In the order in which they are served: the last served is at the end. */
  readonly #hosts = new Map<string, Host>();
  #active = 0;

  take(name: string): Promise<Release> {
    const host = this.#hosts.get(name) ?? { active: 0, waiting: [] };
    this.#hosts.set(name, host);
    return new Promise((resolve) => {
      host.waiting.push(resolve);
      this.#serve();
    });
  }

  #serve(): void {
    while (this.#active < SLOTS) {
      const turn = [...this.#hosts].find(([, { active, waiting }]) =>
        waiting.length > 0 && active < SLOTS_PER_HOST
      );
      if (turn === undefined) return;
      const [name, host] = turn;
      this.#hosts.delete(name);
      this.#hosts.set(name, host);
      this.#active++;
      host.active++;
      host.waiting.shift()?.(() => this.#release(name, host));
    }
  }

  #release(name: string, host: Host): void {
    this.#active--;
    host.active--;
    if (host.active === 0 && host.waiting.length === 0) this.#hosts.delete(name);
    this.#serve();
  }
}
