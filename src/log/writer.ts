import { getLogger } from "@logtape/logtape";
import { type Clock, sleep } from "../kernel/clock.ts";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import type { IdSource } from "../kernel/ids.ts";
import {
  COMMAND_QUEUE,
  COMMIT_MUTATIONS,
  COMMIT_PATIENCE_MS,
  COMMIT_TRIES,
  GROUP_BYTES,
} from "../kernel/limits.ts";
import { backoffMs } from "../kv/retry.ts";
import { type CommitResult, type Store, UnknownOutcomeError } from "../kv/store.ts";
import { prepareCommit, type PreparedCommit } from "./commit.ts";
import { type Head, readHead, type VersionedHead } from "./head.ts";
import { headKey } from "./keys.ts";
import type { LogObserver } from "./observer.ts";
import type { LogReader } from "./reader.ts";
import { RowCache } from "./row_cache.ts";
import { NONCE_BYTES } from "./record.ts";
import type { Projection } from "./rows.ts";
import { type Command, Group } from "./transaction.ts";

const logger = getLogger(["ledgerline", "log"]);

/** What a writer needs of its surroundings. */
export interface WriterContext {
  readonly store: Store;
  readonly reader: LogReader;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly random: () => number;
  readonly newEpoch: () => string;
  readonly observer: LogObserver;
  /** Told of every commit of this writer, in order: the tail may take it without reading. */
  readonly onCommit: (head: Head, records: readonly Uint8Array[]) => void;
}

interface Waiting {
  readonly command: Command<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** How one group ended: with an end for each command it took, or not at all. */
type Outcome = { readonly settle: readonly (() => void)[] } | "again";

/**
 * Writes one chain. Commands wait in a queue and are committed in groups: while one group is being
 * committed the next gathers, which is why many clients are cheap. A group is one atomic operation
 * checked on the head. Where another instance moved the head first, the same commands run again on
 * the new state; where the outcome is unknown, the log is asked. Nobody hears an answer, or a
 * refusal, that is not based on what is durable.
 */
export class ChainWriter {
  readonly #context: WriterContext;
  readonly #chain: string;
  readonly #projection: Projection;
  readonly #rows: RowCache;
  #queue: Waiting[] = [];
  #holds: (() => Promise<void>)[] = [];
  #base: VersionedHead | undefined;
  #running: Promise<void> | undefined;
  #closed = false;
  /** How many commands a group may take; falls when one turned out too large to commit. */
  #groupLimit = Infinity;

  constructor(context: WriterContext, chain: string, projection: Projection) {
    this.#context = context;
    this.#chain = chain;
    this.#projection = projection;
    this.#rows = new RowCache(context.store, chain);
  }

  /** Runs a command in its turn. Resolves once what it did, or saw, is durable. */
  execute<T>(command: Command<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new LedgerError("closed", "The log is closing"));
    if (this.#queue.length >= COMMAND_QUEUE) {
      return Promise.reject(new LedgerError("store_busy", "Too many appends are waiting"));
    }
    return new Promise<T>((resolve, reject) => {
      // The queue holds commands of all kinds; each resolve gets what its own command returned.
      this.#queue.push({ command, resolve: resolve as (value: unknown) => void, reject });
      this.#running ??= this.#drain();
    });
  }

  /** Runs `task` while this writer commits nothing; it reads the chain anew afterwards. */
  hold<T>(task: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#holds.push(() => task().then(resolve, reject));
      this.#running ??= this.#drain();
    });
  }

  /** Refuses new commands and waits for those in hand. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #drain(): Promise<void> {
    // Commands of the same turn of the event loop belong to one group.
    await Promise.resolve();
    while (this.#queue.length > 0 || this.#holds.length > 0) {
      const hold = this.#holds.shift();
      if (hold !== undefined) {
        await hold();
        this.#base = undefined;
        continue;
      }
      let settle: readonly (() => void)[];
      try {
        settle = await this.#commitGroup();
      } catch (error) {
        // The group could not be committed at all: all that wait hear it, and the next start anew.
        const refused = this.#queue;
        this.#queue = [];
        this.#base = undefined;
        logger.error("append failed: {error}", { chain: this.#chain, error: messageOf(error) });
        for (const { reject } of refused) reject(error);
        continue;
      }
      this.#queue.splice(0, settle.length);
      for (const end of settle) end();
    }
    this.#running = undefined;
  }

  async #commitGroup(): Promise<readonly (() => void)[]> {
    for (let attempt = 0; attempt < COMMIT_TRIES; attempt++) {
      if (attempt > 0) {
        await sleep(this.#context.clock, backoffMs(attempt, 64, this.#context.random));
      }
      this.#base ??= await this.#refresh();
      const outcome = await this.#tryGroup(this.#base);
      if (outcome !== "again") return outcome.settle;
    }
    throw new LedgerError("store_busy", "Other writers keep moving the chain: try again");
  }

  async #tryGroup(base: VersionedHead): Promise<Outcome> {
    const { clock, ids } = this.#context;
    const group = new Group(base.head, this.#rows, this.#projection, clock.now(), ids);
    const settle = await this.#runCommands(group);
    if (group.events.length === 0) {
      return await this.#isCurrent(base) ? { settle } : "again";
    }
    let prepared: PreparedCommit;
    try {
      prepared = await prepareCommit({
        chain: this.#chain,
        base,
        newEpoch: this.#context.newEpoch,
        time: group.time,
        firstId: group.firstId,
        lastId: group.lastId,
        nonce: crypto.getRandomValues(new Uint8Array(NONCE_BYTES)),
        events: group.events,
        rows: group.rows.changes,
      });
    } catch (error) {
      if (settle.length > 1) {
        this.#groupLimit = Math.ceil(settle.length / 2);
        return "again";
      }
      const refused = this.#queue[0];
      return { settle: [() => refused?.reject(error)] };
    }
    this.#groupLimit = Infinity;
    const started = clock.now();
    const moved = await this.#commit(prepared, base);
    if (moved === undefined) {
      this.#base = undefined;
      this.#context.observer.conflict?.(this.#chain);
      return "again";
    }
    this.#base = moved;
    const { hash, generation } = prepared.head;
    if (moved.head?.hash === hash && moved.head.generation === generation) {
      this.#rows.absorb(group.rows.changes);
    } else this.#rows.reset(moved.head?.generation ?? 0);
    const bytes = prepared.head.bytes - (base.head?.bytes ?? 0);
    const { observer, onCommit } = this.#context;
    observer.committed?.(this.#chain, group.events.length, bytes, clock.now() - started);
    onCommit(prepared.head, prepared.records);
    return { settle };
  }

  /** Runs waiting commands until the group is as large as one commit may be. */
  async #runCommands(group: Group): Promise<(() => void)[]> {
    const settle: (() => void)[] = [];
    for (const { command, resolve, reject } of this.#queue) {
      if (settle.length >= this.#groupLimit) break;
      try {
        const { value, keep } = await group.run(command);
        keep();
        settle.push(() => resolve(value));
      } catch (error) {
        settle.push(() => reject(error));
      }
      // The marks are well under the limits, so that the last command may pass them a little.
      if (group.bytes > GROUP_BYTES || group.mutations > COMMIT_MUTATIONS * 0.8) break;
    }
    return settle;
  }

  /**
   * Whether answers given without a commit are based on what is in the store now. The store is
   * asked even where no other process writes: a rebuild moves the head too.
   */
  async #isCurrent(base: VersionedHead): Promise<boolean> {
    const { versionstamp } = await this.#context.store.get(headKey(this.#chain));
    if (versionstamp === base.versionstamp) return true;
    this.#base = undefined;
    return false;
  }

  /**
   * Commits, and finds out whether it did. Returns the head after it, or undefined when another
   * writer was first. Throws when the store refuses, or does not answer in time.
   */
  async #commit(prepared: PreparedCommit, base: VersionedHead): Promise<VersionedHead | undefined> {
    const { store, clock, random, observer } = this.#context;
    const deadline = clock.now() + COMMIT_PATIENCE_MS;
    let isDoubtful = false;
    for (let attempt = 0;; attempt++) {
      let result: CommitResult;
      try {
        result = await store.commit(prepared.mutation);
      } catch (error) {
        const isUnknown = error instanceof UnknownOutcomeError;
        if (!isUnknown && !isDoubtful) throw error;
        isDoubtful = true;
        if (isUnknown) observer.unknownOutcome?.(this.#chain);
        // Any other error says nothing about the attempts before it.
        if (!isUnknown || clock.now() > deadline) {
          throw new LedgerError(
            "store_unavailable",
            "The store did not say whether the append is in: read the chain before sending it again",
            {},
            error,
          );
        }
        await sleep(clock, backoffMs(attempt, 250, random));
        // Sending the same bytes again is safe: if they are in already, the check fails.
        continue;
      }
      if (result !== undefined) {
        return { head: prepared.head, versionstamp: result.versionstamp };
      }
      // Even where no reply was lost: the client of a remote store repeats requests by itself.
      return await this.#isIn(prepared, base) ? await this.#readHead() : undefined;
    }
  }

  /** Whether an attempt that was left without an answer is in the log after all. */
  async #isIn(prepared: PreparedCommit, base: VersionedHead): Promise<boolean> {
    const [ours] = prepared.records;
    const stored = await this.#context.reader.recordAt(this.#chain, base.head?.next ?? 0);
    return ours !== undefined && stored !== undefined && stored.length === ours.length &&
      stored.every((byte, at) => byte === ours[at]);
  }

  async #refresh(): Promise<VersionedHead> {
    const base = await this.#readHead();
    this.#rows.reset(base.head?.generation ?? 0);
    return base;
  }

  async #readHead(): Promise<VersionedHead> {
    return readHead(await this.#context.store.get(headKey(this.#chain)));
  }
}
