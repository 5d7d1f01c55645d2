/** Gives a slot back; called once. */
export type Release = () => void;

/** Requests at once in all, and to one host: a host that is slow keeps no others waiting. */
const SLOTS = 1_024;
const SLOTS_PER_HOST = 16;

interface Host {
  active: number;
  readonly waiting: ((release: Release) => void)[];
}

/** Bounds the requests in flight. Hosts take turns, and those of one host are served in line. */
export class Slots {
  /** The host that was served last is at the end. */
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
