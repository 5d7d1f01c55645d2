import { type Clock, systemClock } from "../kernel/clock.ts";
import { LedgerError } from "../kernel/errors.ts";
import { type IdSource, randomIds } from "../kernel/ids.ts";
import {
  CHAIN_NAME_CHARS,
  GROUP_BYTES,
  MERGE_EVERY,
  MERGE_LAG,
  SEGMENT_BYTES,
} from "../kernel/limits.ts";
import type { Store } from "../kv/store.ts";
import { firstOf } from "./base.ts";
import { Chain } from "./chain.ts";
import { type CommitListener, CommitListeners } from "./commit_listeners.ts";
import { Committer } from "./committer.ts";
import type { Bell } from "./bell.ts";
import { Doorbell } from "./doorbell.ts";
import type { Head } from "./head.ts";
import { type ListedHead, listHeads } from "./heads.ts";
import { keptValue, OF_ONE_LIFE, readKept, replaceKept } from "./kept.ts";
import { nodeKey, type RowKey } from "./keys.ts";
import { lifted } from "./lift.ts";
import { Merger } from "./merger.ts";
import { beginNewLife } from "./new_life.ts";
import type { LogObserver } from "./observer.ts";
import { OpenChains } from "./open_chains.ts";
import { LogReader } from "./reader.ts";
import { rowOfEach } from "./row_of_each.ts";
import { decodeRecord, recordFirst } from "./record.ts";
import { type EventForm, noProjection, type Projection, type RowValue } from "./projection.ts";
import { Tail } from "./tail.ts";
import { RowUpgrade } from "./upgrade.ts";
import { ChainWriter } from "./writer.ts";

/** The projection of each chain, by its name; undefined for a chain that has no rows. */
export type ProjectionOf = (chain: string) => Projection | undefined;

/** What a log takes from its surroundings; what may be left out has a default for real use. */
export interface LogOptions {
  /** Asked when a chain is opened, so that it does not matter who names the chain first. */
  readonly projectionOf: ProjectionOf;
  readonly clock?: Clock;
  readonly ids?: IdSource;
  readonly random?: () => number;
  readonly newEpoch?: () => string;
  readonly observer?: LogObserver;
  /**
   * Told of every commit of this log before anybody hears that it is durable: other logs of this
   * process over the same store take it from there. An import is told of without its records.
   */
  readonly onCommit?: (chain: string, head: Head, records: readonly Uint8Array[]) => void;
  /** Told of every chain that this log has taken away. */
  readonly onDrop?: (chain: string) => void;
  /**
   * Rings for commits of others, in place of a doorbell of the log's own. A log that is given one
   * only reads: another log of this process writes.
   */
  readonly bell?: Bell;
  /** Whether a chain is a copy of another log's: commands to it are refused as `mirrored`. */
  readonly isCopied?: (chain: string) => boolean;
  /** Bytes at which a group of commands takes no more. */
  readonly groupBytes?: number;
  /** After how many small commits segments are merged, and how many events are left alone. */
  readonly merge?: { readonly every: number; readonly lag: number };
}

/** All chains of one store. It closes what it opened, and leaves the store to whoever opened it. */
export class Log {
  readonly store: Store;
  readonly clock: Clock;
  readonly #options: Required<Omit<LogOptions, "bell" | "onCommit">>;
  readonly #onCommit: LogOptions["onCommit"];
  readonly #isReader: boolean;
  /** A reader for each form of events; most chains have none of their own. */
  readonly #readers = new Map<EventForm | undefined, LogReader>();
  readonly #doorbell: Bell;
  readonly #committer: Committer;
  readonly #open = new OpenChains();
  readonly #listeners: CommitListeners;

  constructor(store: Store, options: LogOptions) {
    this.store = store;
    this.clock = options.clock ?? systemClock;
    this.#options = {
      projectionOf: options.projectionOf,
      clock: this.clock,
      ids: options.ids ?? randomIds,
      random: options.random ?? Math.random,
      newEpoch: options.newEpoch ?? (() => crypto.randomUUID().replaceAll("-", "").slice(0, 16)),
      observer: options.observer ?? {},
      isCopied: options.isCopied ?? (() => false),
      groupBytes: options.groupBytes ?? GROUP_BYTES,
      onDrop: options.onDrop ?? (() => {}),
      merge: options.merge ?? { every: MERGE_EVERY, lag: MERGE_LAG },
    };
    this.#onCommit = options.onCommit;
    this.#isReader = options.bell !== undefined;
    this.#doorbell = options.bell ?? new Doorbell(store, this.clock);
    this.#committer = new Committer(store);
    this.#listeners = new CommitListeners((isAny) => this.#doorbell.every?.(isAny));
  }

  /** How many chains are open in this process. */
  get openChains(): number {
    return this.#open.size;
  }

  /** The projection of a chain. */
  projectionOf(name: string): Projection {
    return this.#options.projectionOf(name) ?? noProjection;
  }

  /** The chain of that name; it need not have any events yet. */
  chain(name: string): Chain {
    const known = this.#open.use(name);
    if (known !== undefined) return known.chain;
    if (name === "" || name.length > CHAIN_NAME_CHARS) {
      throw new LedgerError("too_large", `A chain's name has 1 to ${CHAIN_NAME_CHARS} characters`, {
        limit: CHAIN_NAME_CHARS,
      });
    }
    const projection = this.projectionOf(name);
    const reader = this.#readerOf(projection.events);
    const tail = new Tail(name, reader, this.#doorbell, this.#options.observer, this.clock);
    const upgrade = new RowUpgrade(this.store, name, projection);
    const merger = new Merger(this.store, name, this.clock, this.#options.merge);
    const writer = new ChainWriter(
      {
        ...this.#options,
        store: this.store,
        committer: this.#committer,
        reader,
        isReader: this.#isReader,
        isCopied: this.#options.isCopied(name),
        onCommit: (head, records) => {
          this.#onCommit?.(name, head, records.map(({ bytes }) => bytes));
          merger.note(records);
          const told = this.#listeners.tell(name, head, records);
          tail.offer(head, told);
        },
      },
      name,
      projection,
      upgrade,
    );
    const chain = new Chain({
      name,
      store: this.store,
      clock: this.clock,
      reader,
      writer,
      tail,
      projection,
      upgrade,
      onDrop: () => this.#options.onDrop(name),
      onImport: (head) => {
        this.#onCommit?.(name, head, []);
        void this.#listeners.tell(name, head, []);
      },
    });
    this.#open.add(name, { chain, writer, tail, merger });
    return chain;
  }

  /**
   * Has every commit of this process told, of whichever chain, before anybody hears that it is
   * durable, until the function that is returned is called. Those of other processes are not.
   */
  everyCommit(listener: CommitListener): () => void {
    return this.#listeners.add(listener);
  }

  /** Takes a commit that another log of this process made, if somebody hears of its chain here. */
  take(chain: string, head: Head, records: readonly Uint8Array[]): void {
    const open = this.#open.get(chain);
    if (open === undefined && !this.#listeners.isAny) return;
    const form = this.projectionOf(chain).events;
    const told = this.#listeners.tell(
      chain,
      head,
      records.map((bytes) => ({
        first: recordFirst(bytes),
        bytes,
        batch: () => lifted(chain, decodeRecord(bytes), form),
      })),
    );
    open?.tail.offer(head, told);
  }

  #readerOf(form: EventForm | undefined): LogReader {
    const known = this.#readers.get(form);
    if (known !== undefined) return known;
    const reader = new LogReader(this.store, form);
    this.#readers.set(form, reader);
    return reader;
  }

  /**
   * Names and heads of all chains whose names begin with `prefix`, in order of name. Those whose
   * heads cannot be read are left out: they say so to whoever asks for them.
   */
  async *chains(prefix = ""): AsyncGenerator<{ name: string; head: Head }> {
    for await (const { name, head } of this.heads(prefix)) {
      if (head !== undefined) yield { name, head };
    }
  }

  /** Names and heads of all chains, also those whose heads cannot be read, and why. */
  heads(prefix = ""): AsyncGenerator<ListedHead> {
    return listHeads(this.store, prefix);
  }

  /** When the first event of a chain was made that it has under a head, in milliseconds since the epoch. */
  async timeOfFirst(name: string, head: Head): Promise<number | undefined> {
    const reader = this.#readerOf(this.projectionOf(name).events);
    return (await reader.batchAt(name, firstOf(head)))?.time;
  }

  /** The same row of many chains, as far as it can be read; see {@linkcode rowOfEach}. */
  rowOfEach<T extends RowValue>(
    heads: readonly { readonly name: string; readonly head: Head }[],
    key: RowKey,
  ): Promise<ReadonlyMap<string, T>> {
    return rowOfEach<T>(this.store, (chain) => this.projectionOf(chain), heads, key);
  }

  /**
   * Gives every chain a new epoch where the store is a copy; see {@linkcode beginNewLife}. Copies of
   * another log's chains have the epochs that they have there.
   */
  beginNewLife(): Promise<number> {
    const { newEpoch, isCopied } = this.#options;
    return beginNewLife(this.store, newEpoch, isCopied);
  }

  /** What names the log of `owner`: a {@linkcode nodeValue} that each copy of the store makes anew. */
  lifeValue(owner: string, make: () => Uint8Array): Promise<Uint8Array> {
    const life = this.store.life?.name ?? "";
    const name = [owner, OF_ONE_LIFE];
    return this.nodeValue(life === "" ? name : [...name, life], make);
  }

  /**
   * Bytes that a ledger keeps once per store, outside of any chain: made by `make` when they are
   * first asked for, the same for every process from then on.
   */
  async nodeValue(name: readonly string[], make: () => Uint8Array): Promise<Uint8Array> {
    return await keptValue(this.store, name, make);
  }

  /** What is kept under a name, outside of any chain; see {@linkcode replaceKept}. */
  kept(name: readonly string[]): Promise<Uint8Array | undefined> {
    return readKept(this.store, name);
  }

  /** Keeps something else under a name, or nothing. */
  keep(name: readonly string[], bytes: Uint8Array | undefined): Promise<void> {
    return replaceKept(this.store, name, bytes);
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

  /** Another epoch. */
  newEpoch(): string {
    return this.#options.newEpoch();
  }

  /**
   * Lets go of chains: appends in hand are finished, and whoever asks for one next has another object.
   * What is returned ends their followers, by `epoch_mismatch` those of chains that have another life
   * by then, and by `closed` all others.
   */
  retire(isWanted: (chain: string) => boolean): Promise<() => Promise<void>> {
    return this.#open.retire(isWanted);
  }

  /** Refuses new commands, waits for those in hand, and ends every follower with `closed`. */
  async close(): Promise<void> {
    await this.#open.close();
    await this.#doorbell.close();
  }
}
