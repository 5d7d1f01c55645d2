import { cannotListen, type OpenAddress } from "./listeners.ts";

/** An address that is held for those who are to listen there. */
interface Claimed {
  readonly host: string;
  readonly port: number;
  /** Left out where the port is known: whoever connected to it would be cut off again. */
  readonly holder: Deno.TcpListener | undefined;
}

/**
 * Holds addresses for listeners of several threads, which the system lets share a port though no
 * other program has it: that is found out first, by listening there alone.
 */
export class Claims {
  readonly #claimed: Claimed[] = [];

  /** Holds an address, in place of listening there. */
  readonly open: OpenAddress = (address) => {
    const { host: hostname } = address;
    let port: number;
    let holder: Deno.TcpListener | undefined;
    try {
      const alone = Deno.listen({ hostname, port: address.port });
      port = alone.addr.port;
      alone.close();
      // Nobody else is to be given what the system chose.
      if (address.port === 0) holder = Deno.listen({ hostname, port, reusePort: true });
    } catch (error) {
      return Promise.reject(cannotListen(address, error));
    }
    const claimed = { host: hostname, port, holder };
    this.#claimed.push(claimed);
    return Promise.resolve({
      port,
      shutdown: () => {
        const at = this.#claimed.indexOf(claimed);
        if (at >= 0) this.#claimed.splice(at, 1);
        holder?.close();
        return Promise.resolve();
      },
      cut: () => {},
    });
  };

  /** Takes the hosts and the port of what was claimed since the last time. */
  #seen = 0;
  taken(): { readonly hosts: readonly string[]; readonly port: number } | undefined {
    const fresh = this.#claimed.slice(this.#seen);
    this.#seen = this.#claimed.length;
    const [first] = fresh;
    return first === undefined
      ? undefined
      : { hosts: fresh.map(({ host }) => host), port: first.port };
  }

  /** Lets go of all: others listen there now. */
  release(): void {
    for (const { holder } of this.#claimed) holder?.close();
  }
}
