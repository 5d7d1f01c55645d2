import type { Handler } from "../web/handler.ts";
import type { ListenAddress, OpenPort } from "./edge/edge.ts";
import { cannotListen, type OpenAddress } from "./listeners.ts";

/** An address that is held for those who are to listen there. */
class Claim implements OpenPort {
  readonly address: ListenAddress;
  readonly #handler: Handler;
  /** Left out where the port is known: whoever connected to it would be cut off again. */
  #holder: Deno.TcpListener | undefined;
  /** What listens there on this thread, if anything. */
  readonly #own: OpenPort[] = [];

  /** Throws the system's error where somebody listens there. */
  constructor(address: ListenAddress, handler: Handler) {
    const { host: hostname, port: asked } = address;
    const alone = Deno.listen({ hostname, port: asked });
    const { port } = alone.addr;
    alone.close();
    this.address = { ...address, port };
    this.#handler = handler;
    // Nobody else is to be given what the system chose.
    if (asked === 0) this.#holder = Deno.listen({ hostname, port, reusePort: true });
  }

  get port(): number {
    return this.address.port;
  }

  async listen(open: OpenAddress, threads: number): Promise<void> {
    this.#own.push(await open({ ...this.address, threads }, this.#handler));
  }

  release(): void {
    this.#holder?.close();
    this.#holder = undefined;
  }

  async shutdown(): Promise<void> {
    this.release();
    await Promise.all(this.#own.map((port) => port.shutdown()));
  }

  cut(): void {
    for (const port of this.#own) port.cut();
  }
}

/**
 * Holds addresses for listeners of several threads, which the system lets share a port though no
 * other program has it: that is found out first, by listening there alone.
 */
export class Claims {
  readonly #claims: Claim[] = [];

  /** Holds an address, in place of listening there. */
  readonly open: OpenAddress = (address, handler) => {
    try {
      const claim = new Claim(address, handler);
      this.#claims.push(claim);
      return Promise.resolve({
        port: claim.port,
        shutdown: () => {
          const at = this.#claims.indexOf(claim);
          if (at >= 0) this.#claims.splice(at, 1);
          return claim.shutdown();
        },
        cut: () => claim.cut(),
      });
    } catch (error) {
      return Promise.reject(cannotListen(address, error));
    }
  };

  /** Takes the hosts and the port of what was claimed since the last time. */
  #seen = 0;
  taken(): { readonly hosts: readonly string[]; readonly port: number } | undefined {
    const fresh = this.#claims.slice(this.#seen);
    this.#seen = this.#claims.length;
    const [first] = fresh;
    return first === undefined
      ? undefined
      : { hosts: fresh.map(({ address }) => address.host), port: first.port };
  }

  /** Listens on this thread as well, as one of so many, on all that is held. */
  async listen(open: OpenAddress, threads: number): Promise<void> {
    for (const claim of this.#claims) await claim.listen(open, threads);
  }

  /** Lets go of all: others listen there now. */
  release(): void {
    for (const claim of this.#claims) claim.release();
  }
}
