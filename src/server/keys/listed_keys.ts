import { createHash, timingSafeEqual } from "node:crypto";
import type { Grant } from "../../web/access.ts";

/** What a key of the settings may do: everything. */
const EVERYTHING: Grant = { id: "settings", isOver: false, allows: () => true };

/** The keys that the settings list. They are kept as hashes only. */
export class ListedKeys {
  readonly #hashes: readonly Uint8Array[];

  constructor(keys: readonly string[]) {
    this.#hashes = keys.map(hashOf);
  }

  get isAny(): boolean {
    return this.#hashes.length > 0;
  }

  /** What a key grants; undefined for an unknown one. In constant time: listed keys may be weak. */
  grantOf(key: string): Grant | undefined {
    if (!this.isAny) return undefined;
    const hash = hashOf(key);
    let isKnown = false;
    for (const known of this.#hashes) isKnown = timingSafeEqual(hash, known) || isKnown;
    return isKnown ? EVERYTHING : undefined;
  }
}

function hashOf(key: string): Uint8Array {
  return createHash("sha256").update(key).digest();
}
