import type { Clock } from "../kernel/clock.ts";
import { LedgerError } from "../kernel/errors.ts";
import type { IdSource } from "../kernel/ids.ts";
import { COMMIT_MUTATIONS, TURN_BYTES, TURN_EVENT_BYTES } from "../kernel/limits.ts";
import { Pace } from "../kernel/turn.ts";
import { prepareCommit, type PreparedCommit } from "./commit.ts";
import type { Head } from "./head.ts";
import type { RowKey } from "./keys.ts";
import { NONCE_BYTES } from "./record.ts";
import type { Projection, ReadRows, RowValue } from "./projection.ts";
import { Group } from "./group.ts";
import type { Command } from "./command.ts";
import type { Versions } from "./versions.ts";

/** A command in the queue, and who waits for its end. */
export interface Waiting {
  readonly command: Command<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A group that has been run, and what there is to commit of it. */
export interface Attempt {
  readonly group: Group;
  /** An end for each command it took, in the order of the queue. */
  readonly settle: readonly (() => void)[];
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
  readonly rows: ReadRows;
  readonly waiting: readonly Waiting[];
}

/**
 * Runs commands on a head and rows, as many as one commit may hold, and encodes what comes of them.
 * Returns how many they were when that turns out too large after all; a single command that is too
 * large is refused.
 */
export async function prepareAttempt(
  { clock, ids, newEpoch, groupBytes }: AttemptContext,
  chain: string,
  projection: Projection,
  { base, versions, rows, waiting }: AttemptBase,
): Promise<Attempt | { readonly tooMany: number }> {
  const below = new Below(rows);
  const group = new Group(base, below, projection, clock.now(), ids);
  const settle = await runCommands(group, waiting, groupBytes);
  const isFull = settle.length < waiting.length;
  if (group.events.length === 0) return { group, settle, prepared: undefined, below, isFull };
  try {
    const prepared = await prepareCommit({
      chain,
      base,
      versions,
      newEpoch,
      time: group.time,
      firstId: group.firstId,
      lastId: group.lastId,
      nonce: crypto.getRandomValues(new Uint8Array(NONCE_BYTES)),
      events: group.events,
      rows: group.rows.changes,
    });
    return { group, settle, prepared, below, isFull };
  } catch (error) {
    if (settle.length > 1) return { tooMany: settle.length };
    const refuse = () => waiting[0]?.reject(error);
    return { group, settle: [refuse], prepared: undefined, below, isFull };
  }
}

/**
 * Runs waiting commands until the group is as large as one commit may be. Between those of a large
 * group others are served.
 */
async function runCommands(
  group: Group,
  waiting: readonly Waiting[],
  groupBytes: number,
): Promise<(() => void)[]> {
  const settle: (() => void)[] = [];
  const pace = new Pace(TURN_BYTES);
  for (const { command, resolve, reject } of waiting) {
    const before = group.bytes;
    try {
      const value = await group.run(command);
      settle.push(() => resolve(value));
    } catch (error) {
      // Each of those behind it would wait for the same store, one after the other.
      if (error instanceof LedgerError && error.code === "store_unavailable") throw error;
      settle.push(() => reject(error));
    }
    // The marks are well under the limits, so that the last command may pass them a little.
    const { bytes } = group;
    if (bytes > groupBytes || group.mutations > COMMIT_MUTATIONS * 0.8) break;
    const turn = pace.spend(bytes - before + TURN_EVENT_BYTES);
    if (turn !== undefined) await turn;
  }
  return settle;
}
