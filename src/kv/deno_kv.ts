import { getLogger } from "@logtape/logtape";
import type { Clock } from "../kernel/clock.ts";
import { LedgerError } from "../kernel/errors.ts";
import { COMMIT_ANSWER_MS, KEYS_PER_READ, READ_PATIENCE_MS } from "../kernel/limits.ts";
import type { KvClient } from "./client.ts";
import { StoreConnection } from "./connection.ts";
import { type Fault, faultOf, faultReason } from "./faults.ts";
import { retryRead } from "./retry.ts";
import {
  type CommitResult,
  type ListedThen,
  type Mutation,
  type Range,
  type Store,
  type StoredEntry,
  UnknownOutcomeError,
} from "./store.ts";

const logger = getLogger(["ledgerline", "store"]);

/** What is known of an opened KV. */
export interface KvAbout {
  readonly description: string;
  readonly exclusive: boolean;
  /** Called after closing: gives back the file's locks. */
  readonly release?: () => void;
  /** Opens the same KV anew, where a connection to it can die without a word. */
  readonly reopen?: () => Promise<KvClient>;
  /** Why nothing of worth can be written, where it is so. */
  readonly readOnly?: string;
}

/** {@linkcode Store} over an opened KV, whichever backend and whichever client it has. */
export class DenoKvStore implements Store {
  readonly #connection: StoreConnection;
  readonly #clock: Clock;
  readonly #about: KvAbout;
  readonly #faults = new Map<Fault, number>();
  #damage: string | undefined;

  constructor(kv: KvClient, clock: Clock, about: KvAbout) {
    this.#connection = new StoreConnection(kv, clock, about.reopen);
    this.#clock = clock;
    this.#about = about;
  }

  get description(): string {
    return this.#about.description;
  }

  get exclusive(): boolean {
    return this.#about.exclusive;
  }

  get readOnly(): string | undefined {
    return this.#about.readOnly;
  }

  get damage(): string | undefined {
    return this.#damage;
  }

  get faults(): ReadonlyMap<Fault, number> {
    return this.#faults;
  }

  isDamaged(how: string): void {
    this.#damage ??= how;
  }

  get<T>(key: Deno.KvKey): Promise<StoredEntry<T>> {
    return this.#read(key, (kv) => kv.get<T>(key));
  }

  async getMany<T>(keys: readonly Deno.KvKey[]): Promise<StoredEntry<T>[]> {
    const parts: Promise<StoredEntry<T>[]>[] = [];
    for (let at = 0; at < keys.length; at += KEYS_PER_READ) {
      const some = keys.slice(at, at + KEYS_PER_READ);
      parts.push(this.#read(some[0], (kv) => kv.getMany<T>(some)));
    }
    return (await Promise.all(parts)).flat();
  }

  list<T>(range: Range, limit: number, reverse = false): Promise<StoredEntry<T>[]> {
    return this.#read(range.start, (kv) => kv.list<T>(range, limit, reverse));
  }

  listThen<T>(
    range: Range,
    limit: number,
    reverse: boolean,
    key: Deno.KvKey,
  ): Promise<ListedThen<T>> {
    return this.#read(range.start, (kv) => kv.listThen<T>(range, limit, reverse, key));
  }

  async commit(mutation: Mutation): Promise<CommitResult> {
    if (this.#damage !== undefined) throw damaged(this.#damage);
    try {
      return await this.#connection.run(COMMIT_ANSWER_MS, (kv) => kv.commit(mutation));
    } catch (error) {
      const fault = faultOf(error);
      this.#count(fault);
      if (fault === "away" || (fault === "unknown" && !isMisuse(error))) {
        throw new UnknownOutcomeError(faultReason(error), { cause: error });
      }
      throw this.#told(fault, error, mutation.sets[0]?.key ?? mutation.deletes[0]);
    }
  }

  watch(keys: readonly Deno.KvKey[]): ReadableStream<StoredEntry[]> {
    return this.#connection.watch(keys);
  }

  close(): void {
    this.#connection.close(this.#about.release);
  }

  async #read<T>(
    key: Deno.KvKey | undefined,
    operation: (kv: KvClient) => Promise<T>,
  ): Promise<T> {
    try {
      return await retryRead(
        this.#clock,
        READ_PATIENCE_MS,
        () => this.#connection.run(READ_PATIENCE_MS, operation),
        (fault) => this.#count(fault),
      );
    } catch (error) {
      throw this.#told(faultOf(error), error, key);
    }
  }

  #count(fault: Fault): void {
    this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + 1);
  }

  /** An error in words of this program, as the table sorts it. */
  #told(fault: Fault, error: unknown, key: Deno.KvKey | undefined): unknown {
    const reason = faultReason(error);
    switch (fault) {
      case "away":
        return new LedgerError(
          "store_unavailable",
          `The store does not answer: ${reason}`,
          {},
          error,
        );
      case "busy":
        return new LedgerError("store_busy", `The store takes no more now: ${reason}`, {}, error);
      case "full":
        return new LedgerError("store_full", `The store has no room left: ${reason}`, {}, error);
      case "damaged":
        if (this.#damage === undefined) {
          this.#damage = `The store is damaged: ${reason}`;
          logger.error("the store is damaged at {key}: {reason}", { key: keyText(key), reason });
        }
        return damaged(`The store is damaged at ${keyText(key)}: ${reason}`, error);
      case "refused":
        return new LedgerError("store_refused", `The store refuses: ${reason}`, {}, error);
      case "too_large":
        return new LedgerError("too_large", `The store refuses: ${reason}`, {}, error);
      case "closed":
        return new LedgerError("closed", "The store is closed", {}, error);
      case "unknown":
        return error;
    }
  }
}

function damaged(text: string, cause?: unknown): LedgerError {
  return new LedgerError("damaged", text, {}, cause);
}

/** Whether this program asked for what no store does; the stores' own errors are none of these. */
function isMisuse(error: unknown): boolean {
  return error instanceof RangeError || error instanceof DOMException ||
    (error instanceof TypeError && /key|serializ|clon/i.test(error.message));
}

/** A key for people: which rows of which chain. */
function keyText(key: Deno.KvKey | undefined): string {
  const parts = key?.map((part) => part instanceof Uint8Array ? "…" : String(part)) ?? [];
  return JSON.stringify(parts.join(" ").slice(0, 200));
}
