import { getLogger } from "@logtape/logtape";
import { backoffMs } from "../kernel/backoff.ts";
import { Patience, sleep } from "../kernel/clock.ts";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import { COMMIT_TRIES, CONFLICT_BACKOFF_MS, CONFLICT_PATIENCE_MS } from "../kernel/limits.ts";
import { isTracing, traced } from "../kernel/traces.ts";
import { Adopter, type Adoption } from "./adopt.ts";
import { type Attempt, type AttemptContext, prepareAttempt } from "./attempt.ts";
import type { Committed } from "./committed.ts";
import { Filling } from "./filling.ts";
import { fetchHead, type Head, type VersionedHead } from "./head.ts";
import { layersOf } from "./layers.ts";
import { RowCache } from "./row_cache.ts";
import type { Projection, ReadRows } from "./projection.ts";
import { Rivals } from "./rivals.ts";
import { sendCommit, type SendContext } from "./send_commit.ts";
import { onlyRead, whyRefused, type Writable } from "./writer_refusals.ts";
import type { Command, CommandOptions, LookAhead, Plan } from "./command.ts";
import type { Queued } from "./run_queue.ts";
import type { RowUpgrade } from "./upgrade.ts";

const logger = getLogger(["ledgerline", "log"]);

/** What a writer needs of its surroundings. */
export interface WriterContext extends AttemptContext, SendContext, Writable {
  /** Told of every commit of this writer, in order: the tail takes it without reading the log. */
  readonly onCommit: (head: Head, records: readonly Committed[]) => void;
}

/**
 * Writes one chain by group commit. Commands wait in a queue: while one group is being committed the
 * next gathers, which is why many clients are cheap; when more waits than one group takes, or comes to
 * fill another, that is run meanwhile, on the rows that the first will leave, and thrown away if it
 * does not. A group is committed whole or not at all, checked on the head, in an operation that other
 * chains may share. Where another instance has moved the head first, the same commands run again on
 * the new state; where the outcome is unknown, the log is asked. Nobody hears an answer, or a refusal,
 * that is not based on what is durable.
 */
export class ChainWriter {
  readonly #context: WriterContext;
  readonly #chain: string;
  readonly #projection: Projection;
  readonly #rows: RowCache;
  readonly #upgrade: RowUpgrade;
  readonly #rivals: Rivals;
  readonly #filling: Filling;
  /** Milliseconds for which the chain is left to others after a commit. */
  #pauseMs = 0;
  #queue: Queued[] = [];
  #holds: (() => Promise<void>)[] = [];
  /** Ends of commands that are durable, and of those that were refused on what is. */
  #ended: readonly (() => void)[] = [];
  #base: VersionedHead | undefined;
  #adopter: Adopter | undefined;
  #running: Promise<void> | undefined;
  #closed = false;
  /** How many commands a group may take; falls when one turned out too large to commit. */
  #groupLimit = Infinity;

  constructor(
    context: WriterContext,
    chain: string,
    projection: Projection,
    upgrade: RowUpgrade,
  ) {
    this.#context = context;
    this.#chain = chain;
    this.#projection = projection;
    this.#upgrade = upgrade;
    this.#rows = new RowCache(context.store, chain);
    this.#filling = new Filling(context.groupBytes);
    this.#rivals = new Rivals(context.clock, context.random, !context.store.exclusive);
  }

  /** Whether no command is in hand. */
  get isIdle(): boolean {
    return this.#running === undefined;
  }

  /** Runs a command in its turn. Resolves once what it did, or saw, is durable. */
  execute<T>(
    command: Command<T>,
    lookAhead?: LookAhead,
    { isLarge = false, bytes = 0 }: CommandOptions = {},
  ): Promise<T> {
    const ended = this.#enqueue<T>(command, isLarge, lookAhead);
    this.#filling.put(bytes);
    return ended;
  }

  /** Brings an item into what its plan makes of those that wait; see {@linkcode Plan}. */
  gather<Item, Answer, Shared>(plan: Plan<Item, Answer, Shared>, item: Item): Promise<Answer> {
    return this.#enqueue<Answer>({ plan, item }, plan.isLarge === true);
  }

  #enqueue<T>(work: Queued["work"], isLarge: boolean, lookAhead?: LookAhead): Promise<T> {
    const refusal = this.#closed
      ? new LedgerError("closed", "The log is closing")
      : whyRefused(this.#context, this.#chain, this.#queue.length);
    if (refusal !== undefined) return Promise.reject(refusal);
    lookAhead?.(this.#rows).catch(() => {});
    if (!isTracing()) return this.#put(work, isLarge);
    return traced("ledger.append", { "ledger.chain": this.#chain }, () => this.#put(work, isLarge));
  }

  #put<T>(work: Queued["work"], isLarge: boolean): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // The queue holds work of all kinds; each resolve gets what its own work returned.
      this.#queue.push({ work, isLarge, resolve: resolve as (value: unknown) => void, reject });
      this.#running ??= this.#drain();
    });
  }

  /** Runs `task` while this writer commits nothing; it reads the chain anew afterwards. */
  hold<T>(task: () => Promise<T>): Promise<T> {
    if (this.#context.isReader === true) return Promise.reject(onlyRead());
    return new Promise<T>((resolve, reject) => {
      this.#holds.push(() => task().then(resolve, reject));
      this.#running ??= this.#drain();
    });
  }

  /** Takes commits over that another log has made; see {@linkcode Adopter}. */
  adopt(adoption: Adoption): Promise<Head | undefined> {
    const adopter = this.#adopter ??= new Adopter(
      this.#context,
      this.#chain,
      this.#projection,
      this.#upgrade,
    );
    return this.hold(() => adopter.adopt(adoption));
  }

  /** Refuses new commands and waits for those in hand. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #drain(): Promise<void> {
    // Commands of the same turn of the event loop belong to one group.
    await Promise.resolve();
    let ahead: Attempt | undefined;
    while (this.#queue.length > 0 || this.#holds.length > 0) {
      const hold = this.#holds.shift();
      if (hold !== undefined) {
        this.#settleEnded();
        ahead = undefined;
        await hold();
        this.#base = undefined;
        continue;
      }
      try {
        const { ended, next } = await this.#commitGroup(ahead);
        ahead = next;
        this.#queue.splice(0, ended.settle.length);
        this.#settleEnded();
        this.#ended = ended.settle;
        // Where a group is ready it is sent first: what those who hear do next takes its time.
        if (next === undefined || this.#pauseMs > 0) this.#settleEnded();
        if (this.#pauseMs > 0) {
          await sleep(this.#context.clock, this.#pauseMs);
          // Cheaper than a group that is committed for nothing.
          const base: VersionedHead | undefined = this.#base;
          if (base !== undefined && !await this.#isCurrent(base).catch(() => true)) {
            ahead = undefined;
          }
        }
      } catch (error) {
        // The group could not be committed at all: all that wait hear it, and the next start anew.
        ahead = undefined;
        this.#settleEnded();
        const refused = this.#queue;
        this.#queue = [];
        this.#base = undefined;
        logger.error("append failed: {error}", { chain: this.#chain, error: messageOf(error) });
        this.#context.observer.failed?.(this.#chain, error);
        for (const { reject } of refused) reject(error);
      }
    }
    this.#running = undefined;
  }

  /** Tells those whose commands have ended. */
  #settleEnded(): void {
    const ended = this.#ended;
    this.#ended = [];
    for (const end of ended) end();
  }

  /** Commits one group; returns it, with the one that could be run on top of it meanwhile. */
  async #commitGroup(ahead: Attempt | undefined): Promise<{ ended: Attempt; next?: Attempt }> {
    const { clock, random, observer, onCommit } = this.#context;
    let ready = ahead;
    this.#pauseMs = 0;
    const patience = new Patience(clock, CONFLICT_PATIENCE_MS);
    for (let attempt = 0; attempt < COMMIT_TRIES || !patience.isOver; attempt++) {
      if (attempt > 0) await sleep(clock, backoffMs(attempt, CONFLICT_BACKOFF_MS, random));
      const begun = clock.now();
      this.#base ??= await this.#refresh();
      const base = this.#base;
      const group = ready ?? await this.#prepare(base.head, this.#rows, 0);
      ready = undefined;
      const { prepared } = group;
      if (prepared === undefined) {
        if (await this.#isCurrent(base)) return { ended: group };
        continue;
      }
      // Behind several reads the store would not begin with it before this thread has nothing to do.
      await this.#rows.settled();
      const started = clock.now();
      const committing = sendCommit(this.#context, this.#chain, prepared, base)
        .then((moved) => ({ moved, error: undefined }), (error) => ({ moved: undefined, error }));
      this.#settleEnded();
      const isReady = group.isFull ||
        await Promise.race([committing.then(() => false), this.#filling.filled()]);
      const next = isReady ? await this.#prepareNext(group, prepared.head) : undefined;
      const { moved, error } = await committing;
      if (error !== undefined) {
        if (!isTooLarge(error)) throw error;
        // What the store takes at once is its own to say. Alone, the command is refused.
        if (group.settle.length === 1) {
          const [only] = this.#queue;
          const settle = [() => only?.reject(error)];
          return { ended: { ...group, settle, prepared: undefined } };
        }
        this.#groupLimit = Math.ceil(group.settle.length / 2);
        continue;
      }
      if (moved === undefined) {
        this.#base = undefined;
        this.#groupLimit = Math.min(
          this.#groupLimit,
          this.#rivals.met(attempt, group.settle.length),
        );
        // It may be another chain that has moved: what does not depend on any is in without waiting.
        if (prepared.others !== undefined) this.#groupLimit = Math.max(1, group.independent ?? 0);
        observer.conflict?.(this.#chain);
        continue;
      }
      this.#groupLimit = Infinity;
      this.#pauseMs = this.#rivals.pauseMs(clock.now() - begun);
      const { hash, generation, bytes } = prepared.head;
      const isLast = moved.head?.hash === hash && moved.head.generation === generation;
      // Where others have gone on, what they wrote may be of another version: it is looked at first.
      this.#base = isLast ? moved : undefined;
      if (isLast) this.#rows.absorb(group.group.rows.changes);
      const grown = bytes - (base.head?.bytes ?? 0);
      observer.committed?.(this.#chain, group.group.count, grown, clock.now() - started);
      onCommit(prepared.head, prepared.records);
      if (!isLast || next === undefined) return { ended: group };
      next.below.rows = this.#rows;
      return { ended: group, next };
    }
    throw new LedgerError("store_busy", "Other writers keep moving the chain: try again");
  }

  async #prepare(base: Head | undefined, rows: ReadRows, from: number): Promise<Attempt> {
    for (;;) {
      this.#filling.clear();
      const attempt = await prepareAttempt(this.#context, this.#chain, this.#projection, {
        base,
        versions: this.#upgrade.versions,
        generation: this.#upgrade.first,
        rows,
        waiting: this.#queue.slice(from, from + this.#groupLimit),
      });
      if (!("tooMany" in attempt)) return attempt;
      this.#groupLimit = Math.ceil(attempt.tooMany / 2);
    }
  }

  /**
   * Runs what waits behind a group while that is being committed, once either is full. Until then it
   * does better to wait: for those who hear of the group before and come back.
   */
  async #prepareNext({ group, settle }: Attempt, head: Head): Promise<Attempt | undefined> {
    // Who ends with the group hears of it once the next is sent, so there has to be one.
    if (this.#holds.length > 0 || this.#queue.length === settle.length) return undefined;
    try {
      return await this.#prepare(head, group.rows, settle.length);
    } catch {
      // Whatever it is, it comes again when the group is run on its own.
      return undefined;
    }
  }

  /**
   * Whether answers given without a commit are based on what is in the store now. The store is
   * asked even where no other process writes: a rebuild moves the head too.
   */
  async #isCurrent(base: VersionedHead): Promise<boolean> {
    const { versionstamp } = await fetchHead(this.#context.store, this.#chain);
    if (versionstamp === base.versionstamp) return true;
    this.#base = undefined;
    return false;
  }

  async #refresh(): Promise<VersionedHead> {
    const base = await this.#upgrade.base();
    this.#rows.reset(base.head === undefined ? [this.#upgrade.first] : layersOf(base.head));
    return base;
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof LedgerError && error.code === "too_large";
}
