import type { Access, Denial, Grant } from "../../web/access.ts";
import type { ListedKeys } from "./listed_keys.ts";
import type { StoredKeys } from "./stored_keys.ts";

/**
 * Access by the keys that the settings list and those in the store, and for everybody while there are
 * none, unless everybody on the network could be that: `isClosed`, then nobody is let in. Once a key was stored, keys are needed for good, even after the last is revoked or expired: an
 * operator who is locked out makes one with the command line on the store, or lists one.
 */
export class ServerAccess implements Access {
  readonly #listed: ListedKeys;
  readonly #stored: StoredKeys;
  readonly #isClosed: boolean;
  readonly #onDenied: (denial: Denial) => void;

  constructor(
    listed: ListedKeys,
    stored: StoredKeys,
    isClosed: boolean,
    onDenied: (denial: Denial) => void,
  ) {
    this.#listed = listed;
    this.#stored = stored;
    this.#isClosed = isClosed;
    this.#onDenied = onDenied;
  }

  /** Whether there is any key. */
  get isAny(): boolean {
    return this.#listed.isAny || this.#stored.isAny;
  }

  get isRequired(): boolean {
    return this.#isClosed || this.isAny;
  }

  grantOf(key: string): Grant | undefined {
    return this.#listed.grantOf(key) ?? this.#stored.grantOf(key);
  }

  denied(denial: Denial): void {
    this.#onDenied(denial);
  }
}
