import { type Clock, systemClock } from "../kernel/clock.ts";
import { LedgerError } from "../kernel/errors.ts";
import { type IdSource, randomIds } from "../kernel/ids.ts";
import {
  CHAIN_NAME_CHARS,
  GROUP_BYTES,
  MERGE_EVERY,
  MERGE_LAG,
  OPEN_CHAINS,
  SEGMENT_BYTES,
} from "../kernel/limits.ts";
import { type Store, UnknownOutcomeError } from "../kv/store.ts";
import { Chain } from "./chain.ts";
import { Doorbell } from "./doorbell.ts";
import { type Head, readHead } from "./head.ts";
import { chainOfHead, headRange, nodeKey } from "./keys.ts";
import { Merger } from "./merger.ts";
import type { LogObserver } from "./observer.ts";
import { LogReader } from "./reader.ts";
import { noProjection, type Projection } from "./rows.ts";
import { Tail } from "./tail.ts";
import { ChainWriter } from "./writer.ts";

/** What a log takes from its surroundings; everything has a default for real use. */
export interface LogOptions {
  readonly clock?: Clock;
  readonly ids?: IdSource;
  readonly random?: () => number;
  readonly newEpoch?: () => string;
  readonly observer?: LogObserver;
  /** Bytes at which a group of commands takes no more. */
  readonly groupBytes?: number;
  /** After how many small commits segments are merged, and how many events are left alone. */
  readonly merge?: { readonly every: number; readonly lag: number };
}

interface OpenChain {
  readonly chain: Chain;
  readonly writer: ChainWriter;
  readonly tail: Tail;
  readonly merger: Merger;
}

/** Heads listed at once. */
const LISTED = 500;

/** All chains of one store. It closes what it opened, and leaves the store to whoever opened it. */
export class Log {
  readonly store: Store;
  readonly clock: Clock;
  readonly #options: Required<LogOptions>;
  readonly #reader: LogReader;
  readonly #doorbell: Doorbell;
  readonly #open = new Map<string, OpenChain>();

  constructor(store: Store, options: LogOptions = {}) {
    this.store = store;
    this.clock = options.clock ?? systemClock;
    this.#options = {
      clock: this.clock,
      ids: options.ids ?? randomIds,
      random: options.random ?? Math.random,
      newEpoch: options.newEpoch ?? (() => crypto.randomUUID().replaceAll("-", "").slice(0, 16)),
      observer: options.observer ?? {},
      groupBytes: options.groupBytes ?? GROUP_BYTES,
      merge: options.merge ?? { every: MERGE_EVERY, lag: MERGE_LAG },
    };
    this.#reader = new LogReader(store);
    this.#doorbell = new Doorbell(store, this.clock);
  }

  /** How many chains are open in this process. */
  get openChains(): number {
    return this.#open.size;
  }

  /**
   * The chain of that name; it need not have any events yet. `projection` counts when the chain is
   * first named in this process: a ledger names its chains before anyone else does.
   */
  chain(name: string, projection: Projection = noProjection): Chain {
    const known = this.#open.get(name);
    if (known !== undefined) {
      // Those used last are at the end.
      this.#open.delete(name);
      this.#open.set(name, known);
      return known.chain;
    }
    if (name === "" || name.length > CHAIN_NAME_CHARS) {
      throw new LedgerError("too_large", `A chain's name has 1 to ${CHAIN_NAME_CHARS} characters`, {
        limit: CHAIN_NAME_CHARS,
      });
    }
    const tail = new Tail(name, this.#reader, this.#doorbell, this.#options.observer);
    const merger = new Merger(this.store, name, this.clock, this.#options.merge);
    const writer = new ChainWriter(
      {
        ...this.#options,
        store: this.store,
        reader: this.#reader,
        onCommit: (head, records) => {
          merger.note(records);
          return tail.offer(head, records);
        },
      },
      name,
      projection,
    );
    const chain = new Chain({
      name,
      store: this.store,
      clock: this.clock,
      reader: this.#reader,
      writer,
      tail,
      projection,
    });
    this.#open.set(name, { chain, writer, tail, merger });
    if (this.#open.size > OPEN_CHAINS) this.#closeIdle();
    return chain;
  }

  /** Names and heads of all chains whose names begin with `prefix`, in order of name. */
  async *chains(prefix = ""): AsyncGenerator<{ name: string; head: Head }> {
    const range = headRange(prefix);
    for (let start: Deno.KvKey = range.start;;) {
      const entries = await this.store.list({ start, end: range.end }, LISTED);
      for (const entry of entries) {
        const { head } = readHead(entry);
        if (head !== undefined) yield { name: chainOfHead(entry.key), head };
      }
      const last = entries.at(-1);
      if (last === undefined || entries.length < LISTED) return;
      start = [...last.key, new Uint8Array()];
    }
  }

  /**
   * Bytes that a ledger keeps once per store, outside of any chain: made by `make` when they are
   * first asked for, the same for every process from then on.
   */
  async nodeValue(name: readonly string[], make: () => Uint8Array): Promise<Uint8Array> {
    const key = nodeKey(...name);
    for (;;) {
      const { value, versionstamp } = await this.store.get(key);
      if (value instanceof Uint8Array) return value;
      const made = make();
      const checks = [{ key, versionstamp }];
      // Whoever is second reads what the first has made, after an unknown outcome as well.
      await this.store.commit({ checks, sets: [{ key, value: made }], deletes: [] })
        .catch((error: unknown) => {
          if (!(error instanceof UnknownOutcomeError)) throw error;
        });
    }
  }

  /**
   * Writes as much as a segment holds beside the chains, and takes it back: whether the store has
   * room and takes writes. Throws what the store answers.
   */
  async tryWrite(): Promise<void> {
    const key = nodeKey("try");
    const value = new Uint8Array(SEGMENT_BYTES);
    await this.store.commit({ checks: [], sets: [{ key, value }], deletes: [] });
    await this.store.commit({ checks: [], sets: [], deletes: [key] });
  }

  /**
   * Closes the chain that has been idle longest. Whoever still holds it can go on: two writers of
   * one chain agree by its head, in one process as in two.
   */
  #closeIdle(): void {
    for (const [name, { writer, tail, merger }] of this.#open) {
      if (!writer.isIdle || !tail.isIdle) continue;
      this.#open.delete(name);
      tail.close();
      void merger.close();
      return;
    }
  }

  /** Refuses new commands, waits for those in hand, and ends every follower with `closed`. */
  async close(): Promise<void> {
    const open = [...this.#open.values()];
    await Promise.all(open.map(({ writer }) => writer.close()));
    await Promise.all(open.map(({ merger }) => merger.close()));
    for (const { tail } of open) tail.close();
    await this.#doorbell.close();
  }
}
