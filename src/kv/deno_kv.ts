import type { Clock } from "../kernel/clock.ts";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import { COMMIT_ANSWER_MS, KEYS_PER_READ, READ_PATIENCE_MS } from "../kernel/limits.ts";
import { faultOf, retryRead } from "./retry.ts";
import {
  type CommitResult,
  type Mutation,
  type Range,
  type Store,
  type StoredEntry,
  UnknownOutcomeError,
} from "./store.ts";

/** {@linkcode Store} over an opened `Deno.Kv`, whichever backend it has. */
export class DenoKvStore implements Store {
  readonly #kv: Deno.Kv;
  readonly #clock: Clock;
  readonly #release: () => void;
  readonly description: string;
  readonly exclusive: boolean;

  /** `release` runs after closing: it gives back the file's lock. */
  constructor(
    kv: Deno.Kv,
    clock: Clock,
    about: { description: string; exclusive: boolean; release?: () => void },
  ) {
    this.#kv = kv;
    this.#clock = clock;
    this.description = about.description;
    this.exclusive = about.exclusive;
    this.#release = about.release ?? (() => {});
  }

  get<T>(key: Deno.KvKey): Promise<StoredEntry<T>> {
    return this.#read(() => this.#kv.get<T>(key));
  }

  async getMany<T>(keys: readonly Deno.KvKey[]): Promise<StoredEntry<T>[]> {
    const parts: Promise<StoredEntry<T>[]>[] = [];
    for (let at = 0; at < keys.length; at += KEYS_PER_READ) {
      const some = keys.slice(at, at + KEYS_PER_READ);
      parts.push(this.#read(() => this.#kv.getMany<T[]>(some)));
    }
    return (await Promise.all(parts)).flat();
  }

  list<T>(range: Range, limit: number, reverse = false): Promise<StoredEntry<T>[]> {
    return this.#read(async () => {
      const found: StoredEntry<T>[] = [];
      // One batch, so that it is one read transaction of the store.
      const options = { limit, batchSize: Math.min(limit, 1000), reverse };
      for await (const entry of this.#kv.list<T>(range, options)) found.push(entry);
      return found;
    });
  }

  async commit(mutation: Mutation): Promise<CommitResult> {
    const atomic = this.#kv.atomic();
    for (const { key, versionstamp } of mutation.checks) atomic.check({ key, versionstamp });
    for (const { key, value } of mutation.sets) atomic.set(key, value);
    for (const key of mutation.deletes) atomic.delete(key);
    try {
      const result = await this.#answered(COMMIT_ANSWER_MS, atomic.commit());
      return result.ok ? { versionstamp: result.versionstamp } : undefined;
    } catch (error) {
      switch (faultOf(error)) {
        case "transient":
          throw new UnknownOutcomeError(messageOf(error), { cause: error });
        case "full":
          throw new LedgerError("store_full", "The store has no room left", {}, error);
        case "permanent":
          throw error;
      }
    }
  }

  watch(keys: readonly Deno.KvKey[]): ReadableStream<StoredEntry[]> {
    return this.#kv.watch<unknown[]>([...keys]);
  }

  close(): void {
    this.#kv.close();
    this.#release();
  }

  #read<T>(operation: () => Promise<T>): Promise<T> {
    return retryRead(
      this.#clock,
      READ_PATIENCE_MS,
      () => this.#answered(READ_PATIENCE_MS, operation()),
    );
  }

  /** The runtime's client of a remote store tries again for ever by itself: this ends the wait. */
  #answered<T>(ms: number, operation: Promise<T>): Promise<T> {
    if (this.exclusive) return operation;
    return new Promise<T>((resolve, reject) => {
      const cancel = this.#clock.after(ms, () => reject(new Error("timed out")));
      operation.then(resolve, reject).finally(cancel);
    });
  }
}
