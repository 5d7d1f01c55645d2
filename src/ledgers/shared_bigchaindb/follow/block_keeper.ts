import { LedgerError } from "../../../kernel/errors.ts";
import type { Chain } from "../../../log/chain.ts";
import type { Log } from "../../../log/log.ts";
import type { ResettableKeeper } from "../../../remote/followed.ts";
import { keepLife, readLife, takeAway } from "../../../remote/taken_chains.ts";
import { hasContentIndex } from "../chain/content_index.ts";
import { switchContents } from "../chain/content_switch.ts";
import { chainName, type Dialect } from "../chain/dialect.ts";
import { type PreparedRecord, prepareRecord } from "../chain/events.ts";
import { findBlock, lastBlock } from "../chain/queries.ts";
import { aheadOfParts, beginCopy, type BlockPart, writeParts } from "./block_parts.ts";
import type { NodeBlock } from "./node_block.ts";

/** Characters of events, and how many of them, that are committed together. */
const TOGETHER_CHARS = 1_000_000;
const TOGETHER = 500;

/** Blocks at either end that are looked through for a transaction. */
const ENDS = 200;

/** A transaction of the chain, and the height of its block. */
export interface Anchor {
  readonly id: string;
  readonly height: number;
}

/**
 * Keeps the blocks of a node as they are there. A block is committed with its end, by which it is
 * known how far the chain has come. What is more than one commit should hold goes in several: what is
 * there of a block without an end is passed over when it comes again.
 */
export class BlockKeeper implements ResettableKeeper<readonly NodeBlock[]> {
  readonly #dialect: Dialect;
  readonly #log: Log;
  readonly #hasTextSearch: boolean;
  readonly #place: readonly string[];

  constructor(dialect: Dialect, log: Log, hasTextSearch: boolean) {
    this.#dialect = dialect;
    this.#log = log;
    this.#hasTextSearch = hasTextSearch;
    this.#place = ["remote", dialect.name];
  }

  get #chain(): Chain {
    return this.#log.chain(chainName(this.#dialect));
  }

  life(): Promise<string | undefined> {
    return readLife(this.#log, this.#place);
  }

  async begin(life: string): Promise<void> {
    const { name } = this.#chain;
    if (await this.#chain.head() !== undefined) {
      throw new LedgerError(
        "remote_not_mine",
        `The store has a ${name} of its own: what follows a node begins without one`,
        { chain: name },
      );
    }
    await keepLife(this.#log, this.#place, life);
  }

  async reset(): Promise<number> {
    const isThere = await this.#chain.head() !== undefined;
    if (isThere && await this.life() === undefined) {
      throw new LedgerError("remote_not_mine", `${this.#chain.name} is of no node`);
    }
    await this.gone();
    await keepLife(this.#log, this.#place, undefined);
    return isThere ? 1 : 0;
  }

  async gone(): Promise<void> {
    await takeAway(this.#chain);
  }

  /** The height that comes next. */
  async next(): Promise<number> {
    const chain = this.#chain;
    if (await chain.head() === undefined) {
      await chain.execute(beginCopy());
      await switchContents(chain, this.#hasTextSearch);
    }
    return (await lastBlock(chain)).height + 1;
  }

  /** The first transaction and the last, where they are near the ends of the chain. */
  async anchors(): Promise<readonly Anchor[]> {
    const { height: last } = await lastBlock(this.#chain);
    const count = Math.min(ENDS, last);
    const heights = Array.from({ length: count }, (_, at) => at);
    const first = await this.#anchor(heights.map((at) => 1 + at));
    const newest = await this.#anchor(heights.map((at) => last - at));
    return [first, newest].flatMap((anchor) => anchor ?? []);
  }

  /** The last transaction of the first of some blocks that has any. */
  async #anchor(heights: readonly number[]): Promise<Anchor | undefined> {
    for (const height of heights) {
      const block = await findBlock(this.#chain, height);
      if (block === undefined || block.count === 0) continue;
      const [event] = await this.#chain.read(block.first + block.count - 1, 1);
      if (event !== undefined) return { id: idOf(event.data), height };
    }
    return undefined;
  }

  async commit(
    _line: string,
    _of: string,
    items: readonly (readonly NodeBlock[])[],
  ): Promise<void> {
    const isIndexed = await hasContentIndex(this.#chain);
    const open = await this.#openIds();
    const next = await this.next();
    const batch = new Batch((parts) =>
      this.#chain.execute(writeParts(parts), aheadOfParts(parts), { isLarge: true })
    );
    for (const block of items.flat()) {
      if (block.height < next) continue;
      if (block.height === next) this.#holdOpen(open, block);
      await batch.begin(block);
      for (const { recorded, model } of block.transactions) {
        await batch.add(await prepareRecord(this.#dialect, recorded, model, isIndexed));
      }
      batch.end();
    }
    await batch.write();
  }

  check(): Promise<void> {
    return Promise.resolve();
  }

  #holdOpen(open: ReadonlySet<string>, { height, transactions }: NodeBlock): void {
    if (open.isSubsetOf(new Set(transactions.map(({ id }) => id)))) return;
    throw new LedgerError(
      "remote_new_life",
      `The block ${height} of ${this.#chain.name} had other transactions when it came first`,
    );
  }

  /** The transactions that are here of a block that has no end yet. */
  async #openIds(): Promise<ReadonlySet<string>> {
    const chain = this.#chain;
    const [head, { ends }] = await Promise.all([chain.head(), lastBlock(chain)]);
    const ids = new Set<string>();
    for (let at = (ends.at(-1) ?? -1) + 1; at < (head?.next ?? 0);) {
      const events = await chain.read(at, TOGETHER, TOGETHER_CHARS);
      if (events.length === 0) break;
      for (const { data } of events) ids.add(idOf(data));
      at += events.length;
    }
    return ids;
  }
}

/** The id of an event's transaction: its data ends with it. */
function idOf(data: string | Uint8Array): string {
  return String(data).slice(-67, -3);
}

/** Parts of blocks that are committed together. */
class Batch {
  readonly #write: (parts: readonly BlockPart[]) => Promise<void>;
  #parts: BlockPart[] = [];
  #block: NodeBlock | undefined;
  #records: PreparedRecord[] = [];
  #events = 0;
  #chars = 0;

  constructor(write: (parts: readonly BlockPart[]) => Promise<void>) {
    this.#write = write;
  }

  async begin(block: NodeBlock): Promise<void> {
    // A block that has room in a commit of its own is not in two.
    const chars = block.transactions.length === 0 ? 0 : block.bytes;
    const isOver = this.#events + block.transactions.length >= TOGETHER ||
      this.#chars + chars >= TOGETHER_CHARS;
    if (isOver) await this.write();
    this.#block = block;
  }

  async add(record: PreparedRecord): Promise<void> {
    if (this.#events >= TOGETHER || this.#chars >= TOGETHER_CHARS) {
      this.#take(false);
      await this.write();
    }
    this.#records.push(record);
    this.#events++;
    this.#chars += record.model.length;
  }

  end(): void {
    this.#take(true);
    this.#events++;
  }

  #take(isEnd: boolean): void {
    const block = this.#block;
    if (block === undefined) return;
    this.#parts.push({ block, records: this.#records, isEnd });
    this.#records = [];
  }

  async write(): Promise<void> {
    const parts = this.#parts;
    if (parts.length > 0) await this.#write(parts);
    this.#parts = [];
    this.#events = this.#chars = 0;
  }
}
