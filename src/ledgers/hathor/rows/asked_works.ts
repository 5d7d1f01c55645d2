import { z } from "zod";
import { LedgerError } from "../../../kernel/errors.ts";
import type { Chain } from "../../../log/chain.ts";
import type { PlacedEvent } from "../../../log/event.ts";
import type { RowKey } from "../../../log/keys.ts";
import type { Log } from "../../../log/log.ts";
import type { Projection } from "../../../log/projection.ts";
import { WORKS_PREFIX } from "../networks/chain_names.ts";
import type { MetadataRow } from "./rows.ts";

/** Accumulated works that were added up because somebody asked. */
export const WORK_ADDED_UP = "work_added_up";

const work = z.string().regex(/^\d+$/);
const told = z.object({
  hash: z.string(),
  /** The vertex's number: one that was removed and came again has another. */
  number: z.number(),
  /** What its row said of its work then: where that says more, it counts. */
  told: work,
  work,
});

/** A row of such a chain, `["work", hash]`. */
type AskedWork = z.infer<typeof told>;

const WORKS: RowKey = ["work"];

function workRow(hash: string): RowKey {
  return [...WORKS, hash];
}

/** Hashes that are kept in memory, some 3 MB, and rows that are read at once. */
const MOST_HASHES = 20_000;
const ROWS = 1_000;

/** The rows of a chain of works: the last of each vertex. */
export const askedWorkProjection: Projection = {
  version: 1,
  apply(event, rows) {
    const asked = read(event);
    rows.set(workRow(asked.hash), asked);
  },
};

function read({ data }: PlacedEvent): AskedWork {
  try {
    return told.parse(JSON.parse(String(data)));
  } catch (error) {
    throw new LedgerError("damaged", "An event of an accumulated work cannot be read", {}, error);
  }
}

/** What tells a vertex's work: its number, and the work as its row has it. */
export type ToldWork = Pick<MetadataRow, "number" | "accumulatedWork">;

/**
 * Accumulated works that were asked for. The original keeps them in the vertex's metadata, without
 * an event of its own; as events of the node's chain are numbered for clients, these are in a chain
 * beside it.
 */
export class AskedWorks {
  readonly #chain: Chain;
  /** Whether any is known to be there: most nodes are never asked, and then nothing is read. */
  #hasAny = false;
  /**
   * The vertices that were asked for, so that nothing is read for any other; undefined where there
   * are too many, or other processes may be asked, too.
   */
  #asked: Set<string> | undefined;

  constructor(log: Log, network: string) {
    this.#chain = log.chain(WORKS_PREFIX + network);
    this.#asked = log.store.exclusive ? new Set() : undefined;
  }

  /** Finds out which there are; before that, and where there are none, none is found. */
  async open(): Promise<void> {
    this.#hasAny ||= await this.#chain.head() !== undefined;
    let after: RowKey | undefined;
    while (this.#hasAny && this.#asked !== undefined) {
      const rows = await this.#chain.rows(WORKS, ROWS, { after });
      for (const { key } of rows) this.#note(String(key.at(-1)));
      if (rows.length < ROWS) return;
      after = rows.at(-1)?.key;
    }
  }

  #note(hash: string): void {
    this.#asked?.add(hash);
    if (this.#asked !== undefined && this.#asked.size > MOST_HASHES) this.#asked = undefined;
  }

  /** The work of a vertex as far as it is known, without a promise where nobody ever asked for it. */
  known(hash: string, row: ToldWork): bigint | Promise<bigint> {
    const mayBeAsked = this.#hasAny && this.#asked?.has(hash) !== false;
    return mayBeAsked ? this.find(hash, row) : BigInt(row.accumulatedWork);
  }

  /** As {@linkcode known}, of any thread or process that was asked. */
  async find(hash: string, { number, accumulatedWork }: ToldWork): Promise<bigint> {
    const asked = await this.#chain.row<AskedWork>(workRow(hash));
    const counts = asked?.number === number && asked.told === accumulatedWork;
    return BigInt(counts ? asked.work : accumulatedWork);
  }

  /** Keeps what was added up, unless it is kept already; durable once it resolves. */
  async keep(asked: AskedWork): Promise<void> {
    const { hash } = asked;
    this.#note(hash);
    await this.#chain.execute(async (tx) => {
      const before = await tx.get<AskedWork>(workRow(hash));
      const isKept = before?.number === asked.number && before.told === asked.told &&
        before.work === asked.work;
      if (isKept) return;
      await tx.emit({ type: WORK_ADDED_UP, keys: [hash], data: JSON.stringify(asked) });
    });
    this.#hasAny = true;
  }
}
