import type { Clock } from "../kernel/clock.ts";
import { LedgerError } from "../kernel/errors.ts";
import { type Position, refuseAhead } from "../kernel/position.ts";
import type { Store } from "../kv/store.ts";
import type { Adoption } from "./adopt.ts";
import { append, type Appended, type AppendOptions } from "./append.ts";
import type { Base } from "./base.ts";
import { type BaseRow, baseRows } from "./base_rows.ts";
import { beginAt, type Beginning } from "./begin_at.ts";
import type { MayGoOn } from "./clear.ts";
import { cutChain, type CutRule } from "./cut.ts";
import { dropChain } from "./drop.ts";
import type { NewEvent } from "./event.ts";
import type { LineEvent } from "./event_line.ts";
import { type Filter, follow, followBatches, type Followed, type FollowedBatch } from "./follow.ts";
import { type Follower, knownEnd } from "./follower.ts";
import { fetchHead, type Head, type VersionedHead } from "./head.ts";
import { ChainHistory } from "./history.ts";
import { importChain, type Imported, type ImportSource } from "./import.ts";
import type { RowKey } from "./keys.ts";
import { lifted } from "./lift.ts";
import type { LogReader } from "./reader.ts";
import { compareRows, rebuildRows, type RowDifference } from "./rebuild.ts";
import { type ListedRow, type PlacedRow, type RowListing, RowReader } from "./row_reader.ts";
import type { CarriedRow, Projection, RowValue } from "./projection.ts";
import { type Found, readAround } from "./salvage.ts";
import type { Stretch } from "./segments.ts";
import type { Tail } from "./tail.ts";
import type { Command, CommandOptions, LookAhead, Plan } from "./command.ts";
import { type ChainReport, hasMoreThan, verifyChain } from "./verify.ts";
import type { RowUpgrade } from "./upgrade.ts";
import type { ChainWriter } from "./writer.ts";

/** Bytes from which on a reader shares no page: what is read for it alone can be given back at once. */
const ALONE_BYTES = 1024 * 1024;

/** What a chain is made of. */
export interface ChainParts {
  readonly name: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly reader: LogReader;
  readonly writer: ChainWriter;
  readonly tail: Tail;
  readonly projection: Projection;
  readonly upgrade: RowUpgrade;
  /** Hears of the head that an import has left. */
  readonly onImport: (head: Head) => void;
  /** Hears that the chain was taken away. */
  readonly onDrop: () => void;
}

/** Where a follower starts and which events it wants. */
export interface FollowOptions {
  readonly from: Position;
  readonly filter?: Filter;
  readonly signal: AbortSignal;
}

/** One ordered log, with the rows kept of it. The same chain of the same log is one object. */
export class Chain extends ChainHistory {
  readonly #parts: ChainParts;
  readonly #rows: RowReader;

  constructor(parts: ChainParts) {
    super(parts.reader, parts.name);
    this.#parts = parts;
    this.#rows = new RowReader(parts.store, parts.name, parts.upgrade);
  }

  /** Runs a command; resolves with its answer once everything it did is durable. */
  execute<T>(command: Command<T>, lookAhead?: LookAhead, options?: CommandOptions): Promise<T> {
    return this.#parts.writer.execute(command, lookAhead, options);
  }

  /**
   * Brings an item into what a plan makes of all that wait, such as a block; resolves with its
   * answer once that is durable. It is the same plan for whom it is the same object.
   */
  gather<Item, Answer, Shared>(plan: Plan<Item, Answer, Shared>, item: Item): Promise<Answer> {
    return this.#parts.writer.gather(plan, item);
  }

  /** What keeps the rows. */
  get projection(): Projection {
    return this.#parts.projection;
  }

  /** Whether no command is in hand. */
  get isIdle(): boolean {
    return this.#parts.writer.isIdle;
  }

  /** Appends events, all or none; see {@linkcode append}. */
  append(events: readonly NewEvent[], options?: AppendOptions): Promise<Appended> {
    return this.execute(append(events, options));
  }

  /** The offset after the last event that is known of here, if anybody follows the chain; else 0. */
  get end(): number {
    return knownEnd(this.#parts.tail);
  }

  /** The same with its version, which a command of another chain may depend on. */
  versionedHead(): Promise<VersionedHead> {
    return fetchHead(this.#parts.store, this.name);
  }

  /** A row of the chain's projection, as last committed. */
  row<T extends RowValue>(key: RowKey): Promise<T | undefined> {
    return this.#rows.get<T>(key);
  }

  /** As {@linkcode row}, with the offset after the last event. */
  placedRow<T extends RowValue>(key: RowKey): Promise<PlacedRow<T>> {
    return this.#rows.placed<T>(key);
  }

  /** Up to `limit` rows whose keys begin with `prefix`, in order of their keys or against it. */
  rows<T extends RowValue>(
    prefix: RowKey,
    limit: number,
    listing?: RowListing,
  ): Promise<ListedRow<T>[]> {
    return this.#rows.list<T>(prefix, limit, listing);
  }

  /**
   * The offset at which a reader begins who asks for a position: as {@linkcode locate}, but that a
   * time that is still to come is refused, too. Throws `position_invalid`.
   */
  async startOf(position: Position): Promise<number> {
    const head = await this.head();
    refuseAhead(position, Math.max(this.#parts.clock.now(), head?.time ?? 0));
    return await this.#parts.reader.locate(this.name, head, position);
  }

  /**
   * Batches from the one that holds `offset` on, until about `bytes` are read or the chain ends: read
   * for the caller alone where there is much to read, else the first of them from a page that others
   * share. `end` is one that the chain is known to have, and where to end at the earliest.
   */
  async *stretch(offset: number, bytes: number, end?: number): AsyncGenerator<Stretch, void, void> {
    const { reader, upgrade: { seen } } = this.#parts;
    const isSeen = end !== undefined && seen !== undefined && end <= seen.next;
    const head = isSeen ? seen : await this.head();
    if (head === undefined || offset >= head.next) return;
    const about = (head.next - offset) * head.bytes / head.next;
    if (Math.min(bytes, about) >= ALONE_BYTES) {
      return yield* reader.stretch(this.name, offset, bytes);
    }
    const { batches, next } = await reader.page(this.name, head, offset);
    yield { batches, free: () => {} };
    const left = bytes - batches.reduce((sum, { record }) => sum + record.length, 0);
    if (left > 0 && next < head.next) yield* reader.stretch(this.name, next, left);
  }

  /** All events from an offset on that can be read, and between them what cannot; see {@linkcode readAround}. */
  async *salvage(from: number, end: number): AsyncGenerator<Found, void, void> {
    const { store, projection } = this.#parts;
    for await (const found of readAround(store, this.name, from, end)) {
      if (found.gap !== undefined) yield found;
      else yield { batch: lifted(this.name, found.batch, projection.events) };
    }
  }

  /** Every wanted event from a position on, history and live alike; see {@linkcode follow}. */
  async *follow(options: FollowOptions): AsyncGenerator<Followed, void, void> {
    const { tail } = this.#parts;
    await tail.open();
    const { from } = options;
    // The end that the tail knows may be an older one, and what is before it is there all the same.
    const isKnown = from.at === "offset" && from.offset <= tail.next;
    const offset = isKnown ? from.offset : await this.startOf(from);
    // It may have fallen silent while nobody followed.
    await tail.open();
    yield* follow(tail, offset, options.filter, options.signal);
  }

  /** Every batch from `offset` on, history and live alike; see {@linkcode followBatches}. */
  async *followBatches(
    offset: number,
    signal: AbortSignal,
  ): AsyncGenerator<FollowedBatch, void, void> {
    await this.#parts.tail.open();
    yield* followBatches(this.#parts.tail, offset, signal);
  }

  /**
   * A cursor at `offset`, woken whenever there is more: what sockets stream from. `wake` may be
   * called at any time after this.
   */
  async attach(offset: number, wake: () => void): Promise<Follower> {
    await this.#parts.tail.open();
    return this.#parts.tail.follow(wake, offset);
  }

  /** Whether there are events behind a head that was read before; see {@linkcode hasMoreThan}. */
  hasMoreThan(head: Head): Promise<boolean> {
    return hasMoreThan(this.#parts.store, this.name, head);
  }

  /** Walks the whole chain and its rows, and names what is damaged; see {@linkcode verifyChain}. */
  verify(progress?: (offset: number, next: number) => void): Promise<ChainReport> {
    return verifyChain(this.#parts.store, this.name, progress);
  }

  /** Takes commits over as another log has them; see {@linkcode Adopter}. */
  adopt(adoption: Adoption): Promise<Head | undefined> {
    return this.#parts.writer.adopt(adoption);
  }

  /** Begins where another chain does of which this is to be a copy; see {@linkcode beginAt}. */
  begin(beginning: Beginning): Promise<void> {
    const { store, projection, writer, onImport } = this.#parts;
    return writer.hold(async () => {
      await beginAt(store, this.name, projection, beginning);
      const head = await this.head();
      if (head !== undefined) onImport(head);
    });
  }

  /** Writes the events of an export; see {@linkcode importChain}. */
  import(
    line: Omit<ImportSource, "chain">,
    events: AsyncIterable<LineEvent>,
    progress?: (next: number) => void,
  ): Promise<Imported> {
    const { store, projection, writer, upgrade, onImport } = this.#parts;
    const from = { ...line, chain: this.name };
    return writer.hold(async () => {
      await upgrade.run();
      try {
        return await importChain(store, from, projection, events, progress);
      } finally {
        // One that is cut off has left what came before.
        const head = await this.head();
        if (head !== undefined) onImport(head);
      }
    });
  }

  /**
   * Makes rows of an older version anew; nothing where they are of this one's. It is done by itself
   * before rows are read or written. Throws `store_refused` where they are of a later version.
   */
  upgrade(progress?: (done: number, total: number) => void): Promise<void> {
    return this.#parts.upgrade.run(progress);
  }

  /**
   * Makes the rows anew from the log and puts them in force.
   *
   * @param carried what they begin with, where that is to be another
   */
  rebuild(carried?: readonly CarriedRow[]): Promise<{ events: number }> {
    const { store, projection, writer } = this.#parts;
    const hold = <T>(task: () => Promise<T>) => writer.hold(task);
    return rebuildRows(store, this.name, projection, hold, undefined, carried);
  }

  /**
   * Takes the chain away with all that it has, where nobody here follows it, or `endsFollowers`; see
   * {@linkcode dropChain}. Returns whether it did.
   */
  async drop(isWanted: () => Promise<boolean>, endsFollowers = false): Promise<boolean> {
    const { store, writer, tail, onDrop } = this.#parts;
    return await writer.hold(async () => {
      const mayBe = endsFollowers || tail.isIdle;
      const isDropped = mayBe && await dropChain(store, this.name, isWanted);
      if (!isDropped) return false;
      tail.forget();
      onDrop();
      return true;
    });
  }

  /**
   * Cuts off what a rule says of the beginning, for as long as it may go on; see {@linkcode cutChain}.
   * Returns the offset of the first event that is left.
   */
  async cut(rule: CutRule, mayGoOn: MayGoOn): Promise<number> {
    const { store, projection, writer, upgrade } = this.#parts;
    if (projection.mayBeCut !== true) {
      throw new LedgerError("store_refused", `${this.name} is a chain that keeps all that it has`);
    }
    await upgrade.run();
    return await cutChain(store, this.name, projection, rule, (task) => writer.hold(task), mayGoOn);
  }

  /** The rows that the chain begins with, where its beginning was cut off; see {@linkcode baseRows}. */
  baseRows(base: Base): AsyncGenerator<BaseRow[], void, void> {
    return baseRows(this.#parts.store, this.name, base);
  }

  /** The first row that differs from what the log says; undefined when all agree. */
  async compareRows(): Promise<RowDifference | undefined> {
    await this.#parts.upgrade.run();
    return await compareRows(this.#parts.store, this.name, this.#parts.projection);
  }
}
