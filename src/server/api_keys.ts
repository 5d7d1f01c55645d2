import { createHash, timingSafeEqual } from "node:crypto";
import type { Access, Grant } from "../ledgers/access.ts";

/** What a key of the settings may do: everything. */
const EVERYTHING: Grant = { id: "settings", allows: () => true };

/** {@linkcode Access} by a list of keys from the settings. They are kept as hashes only. */
export class ListedKeys implements Access {
  readonly #hashes: readonly Uint8Array[];

  constructor(keys: readonly string[]) {
    this.#hashes = keys.map(hashOf);
  }

  get isRequired(): boolean {
    return this.#hashes.length > 0;
  }

  grantOf(key: string): Grant | undefined {
    const hash = hashOf(key);
    let isKnown = false;
    for (const known of this.#hashes) isKnown = timingSafeEqual(hash, known) || isKnown;
    return isKnown ? EVERYTHING : undefined;
  }
}

function hashOf(key: string): Uint8Array {
  return createHash("sha256").update(key).digest();
}
