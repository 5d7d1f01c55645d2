import type { EventBatch } from "../../../log/event_batch.ts";
import { BLOCK_TYPE, typeKey } from "../event/event_types.ts";

/**
 * The event types that a subscription is about. They add up, so that each event comes once however
 * many filters want it; blocks come to every subscriber of the chain.
 */
export class WantedTypes {
  /** Their keys; undefined when all are wanted. */
  #keys: Set<string> | undefined = new Set();

  /** Whether nothing is passed over. */
  get isEverything(): boolean {
    return this.#keys === undefined;
  }

  /** Those that are wanted; undefined for all. */
  get keys(): ReadonlySet<string> | undefined {
    return this.#keys;
  }

  /** Wants events of these types too, or all where `types` is undefined. */
  add(types: readonly string[] | undefined): void {
    if (types === undefined) this.#keys = undefined;
    else for (const type of types) this.#keys?.add(typeKey(type));
  }

  /** Wants nothing but blocks again. */
  reset(): void {
    this.#keys = new Set();
  }

  has(batch: EventBatch, index: number): boolean {
    return this.#keys === undefined || batch.types[index] === BLOCK_TYPE ||
      this.#keys.has(batch.keys[index]?.[0] ?? "");
  }
}
