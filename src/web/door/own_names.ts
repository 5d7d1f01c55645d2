import { type Host, parseHost } from "../../kernel/host.ts";

/** What decides by which names a server may be asked for. */
export interface NameRules {
  /** The setting `--host`. */
  readonly host: string;
  /** The setting `--allowed-hosts`; `*` is any. */
  readonly allowed: readonly string[];
  /** Whether the server listens to this machine alone. */
  readonly isLocal: boolean;
}

/**
 * The names of a server that needs no key. A page whose own name was pointed at this machine (DNS
 * rebinding) is of the same origin for its browser; by its name it is found out. Addresses cannot
 * be pointed elsewhere, so beyond this machine any will do.
 */
export class OwnNames {
  readonly #names: ReadonlySet<string>;
  readonly #isAny: boolean;
  readonly #isLocal: boolean;

  constructor({ host, allowed, isLocal }: NameRules) {
    const bare = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
    const names = [bare, ...allowed].map((name) => parseHost(name)?.name);
    this.#names = new Set(names.filter((name) => name !== undefined));
    this.#isAny = allowed.includes("*");
    this.#isLocal = isLocal;
  }

  has({ name, kind }: Host): boolean {
    if (this.#isAny || kind === "loopback" || this.#names.has(name)) return true;
    return kind === "address" && !this.#isLocal;
  }
}
