import type { Clock } from "../kernel/clock.ts";
import type { IdSource } from "../kernel/ids.ts";
import { prepareCommit, type PreparedCommit } from "./commit.ts";
import type { Head } from "./head.ts";
import type { RowKey } from "./keys.ts";
import { NONCE_BYTES } from "./record.ts";
import type { Projection, ReadRows, RowValue } from "./projection.ts";
import { Group } from "./group.ts";
import { type Queued, runQueue } from "./run_queue.ts";
import type { Versions } from "./versions.ts";

/** A group that has been run, and what there is to commit of it. */
export interface Attempt {
  readonly group: Group;
  /** An end for each command it took, in the order of the queue. */
  readonly settle: readonly (() => void)[];
  /** How many of them come before the first that depends on other chains. */
  readonly independent: number | undefined;
  /** Undefined where no command emitted anything. */
  readonly prepared: PreparedCommit | undefined;
  /** What the group's rows lie on. */
  readonly below: Below;
  /** Whether it took all that it may, and not all that waited. */
  readonly isFull: boolean;
}

/** Rows of another object, which may be replaced by an equal one. */
export class Below implements ReadRows {
  rows: ReadRows;

  constructor(rows: ReadRows) {
    this.rows = rows;
  }

  get<T extends RowValue>(key: RowKey, name?: string): T | undefined | Promise<T | undefined> {
    return this.rows.get<T>(key, name);
  }
}

/** What an attempt takes from its surroundings. */
export interface AttemptContext {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly newEpoch: () => string;
  /** Bytes at which a group takes no more commands. */
  readonly groupBytes: number;
}

/** What an attempt stands on, and the commands that it may take. */
export interface AttemptBase {
  readonly base: Head | undefined;
  /** Of what is written. */
  readonly versions: Versions;
  /** Of the rows of a chain that begins. */
  readonly generation: number;
  readonly rows: ReadRows;
  readonly waiting: readonly Queued[];
}

/**
 * Runs commands on a head and rows, as many as one commit may hold, and encodes what comes of them.
 * Returns how many they were when that turns out too large after all, or fails as a whole; a single
 * command that does is refused.
 */
export async function prepareAttempt(
  { clock, ids, newEpoch, groupBytes }: AttemptContext,
  chain: string,
  projection: Projection,
  { base, versions, generation, rows, waiting }: AttemptBase,
): Promise<Attempt | { readonly tooMany: number }> {
  const below = new Below(rows);
  const group = new Group(base, below, projection, clock.now(), ids, groupBytes);
  const { settle, failure, independent } = await runQueue(group, waiting);
  const isFull = settle.length < waiting.length;
  try {
    if (failure !== undefined) throw failure.error;
    const ran = { group, settle, independent, below, isFull };
    if (group.count === 0) return { ...ran, prepared: undefined };
    const prepared = await prepareCommit({
      chain,
      base,
      versions,
      newEpoch,
      generation,
      time: group.time,
      firstId: group.firstId,
      lastId: group.lastId,
      nonce: crypto.getRandomValues(new Uint8Array(NONCE_BYTES)),
      events: group.events,
      rows: group.rows.changes,
      others: group.others,
      // Alone, so that no neighbour waits for all of its operations.
      isLarge: settle.length === 1 && waiting[0]?.isLarge,
    });
    return { ...ran, prepared };
  } catch (error) {
    const count = settle.length + (failure?.others ?? 0);
    if (count > 1) return { tooMany: count };
    const refuse = () => waiting[0]?.reject(error);
    return { group, settle: [refuse], independent, prepared: undefined, below, isFull };
  }
}
