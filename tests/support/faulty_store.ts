import { setImmediate } from "node:timers";
import { LedgerError } from "../../src/kernel/errors.ts";
import {
  type CommitResult,
  type ListedThen,
  type Mutation,
  type Range,
  type Store,
  type StoredEntry,
  UnknownOutcomeError,
} from "../../src/kv/store.ts";
import type { Prng } from "./prng.ts";

/** How likely each fault is, from 0 to 1. */
export interface Faults {
  /** A read ends in `store_unavailable`. */
  readonly read: number;
  /** A commit is lost before it is applied, its reply is lost, or it is applied later on. */
  readonly lost: number;
  readonly replyLost: number;
  readonly late: number;
  /** The most turns of the event loop that an operation takes longer. */
  readonly turns: number;
  /** Of each emission of a watch: not given, given twice, given late, the watch ends. */
  readonly drop: number;
  readonly twice: number;
  readonly delay: number;
  readonly end: number;
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** A real store behind a bad connection. */
export class FaultyStore implements Store {
  readonly description = "faulty";
  readonly exclusive: boolean;
  readonly #real: Store;
  readonly #random: Prng;
  readonly #faults: Faults;
  readonly #late = new Set<Promise<unknown>>();
  readonly #counts = new Map<string, number>();
  #isCalm = false;

  /** `exclusive` is what it says of itself: chains of one that is share their operations more. */
  constructor(real: Store, random: Prng, faults: Faults, exclusive = false) {
    this.exclusive = exclusive;
    this.#real = real;
    this.#random = random;
    this.#faults = faults;
  }

  /** How often each fault happened. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  /** No more faults; resolves when all that was late has arrived. */
  async calm(): Promise<void> {
    this.#isCalm = true;
    await Promise.all(this.#late);
  }

  get<T>(key: Deno.KvKey): Promise<StoredEntry<T>> {
    return this.#read(() => this.#real.get(key));
  }

  getMany<T>(keys: readonly Deno.KvKey[]): Promise<StoredEntry<T>[]> {
    return this.#read(() => this.#real.getMany(keys));
  }

  list<T>(range: Range, limit: number, reverse?: boolean): Promise<StoredEntry<T>[]> {
    return this.#read(() => this.#real.list(range, limit, reverse));
  }

  listThen<T>(
    range: Range,
    limit: number,
    reverse: boolean,
    key: Deno.KvKey,
  ): Promise<ListedThen<T>> {
    return this.#read(() => this.#real.listThen(range, limit, reverse, key));
  }

  async commit(mutation: Mutation): Promise<CommitResult> {
    await this.#wait();
    if (this.#happens("lost")) throw new UnknownOutcomeError("lost on the way");
    if (this.#happens("late")) {
      const turns = this.#random.below(200);
      const applying = this.#after(turns, () => this.#real.commit(mutation));
      this.#late.add(applying);
      applying.finally(() => this.#late.delete(applying));
      throw new UnknownOutcomeError("applied later");
    }
    const result = await this.#real.commit(mutation);
    await this.#wait();
    if (this.#happens("replyLost")) throw new UnknownOutcomeError("the reply is lost");
    return result;
  }

  watch(keys: readonly Deno.KvKey[]): ReadableStream<StoredEntry[]> {
    const reader = this.#real.watch(keys).getReader();
    return new ReadableStream({
      pull: async (controller) => {
        for (;;) {
          const { done, value } = await reader.read();
          if (done || this.#happens("end")) {
            await reader.cancel();
            return controller.close();
          }
          if (this.#happens("drop")) continue;
          if (this.#happens("delay")) await this.#turns(this.#random.below(50));
          controller.enqueue(value);
          if (this.#happens("twice")) controller.enqueue(value);
          return;
        }
      },
      cancel: () => reader.cancel(),
    }, { highWaterMark: 0 });
  }

  close(): void {
    this.#real.close();
  }

  async #read<T>(operation: () => Promise<T>): Promise<T> {
    await this.#wait();
    if (this.#happens("read")) {
      throw new LedgerError("store_unavailable", "The store does not answer");
    }
    const result = await operation();
    await this.#wait();
    return result;
  }

  async #wait(): Promise<void> {
    if (this.#isCalm) return;
    await this.#turns(this.#random.below(this.#faults.turns + 1));
    for (let left = this.#random.below(4); left > 0; left--) await Promise.resolve();
  }

  async #turns(count: number): Promise<void> {
    for (let left = count; left > 0 && !this.#isCalm; left--) await turn();
  }

  async #after<T>(turns: number, task: () => Promise<T>): Promise<T> {
    await this.#turns(turns);
    return await task();
  }

  #happens(fault: Exclude<keyof Faults, "turns">): boolean {
    if (this.#isCalm || !this.#random.chance(this.#faults[fault])) return false;
    this.#counts.set(fault, (this.#counts.get(fault) ?? 0) + 1);
    return true;
  }
}
