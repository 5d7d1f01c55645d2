import { getLogger } from "@logtape/logtape";
import { type Clock, sleep } from "../../../../kernel/clock.ts";
import { LedgerError, messageOf } from "../../../../kernel/errors.ts";
import type { Follower } from "../../../../log/follower.ts";
import type { HathorService } from "../../service.ts";
import { sealVertex } from "../../vertex/seal.ts";
import { solveTransaction } from "../proof_of_work.ts";
import type { Job, Solution } from "./job.ts";
import type { JobBook, MinedTransaction, Waiting } from "./job_book.ts";

const logger = getLogger(["ledgerline", "hathor"]);

/** After what went wrong. */
const AGAIN_MS = 1_000;

/** The job that is worked on. */
interface Current {
  readonly number: number;
  readonly ending: AbortController;
  readonly done: Promise<void>;
}

/**
 * Works on the first of the jobs that are not over, and tells of those whose time is. Every process
 * over a store may: the book takes one solution of each job, so it is as with any miners, and one
 * that dies leaves nothing that the others do not see.
 */
export class JobMiner {
  readonly #service: HathorService;
  readonly #book: JobBook;
  readonly #clock: Clock;
  readonly #stopped = new AbortController();
  #follower: Follower | undefined;
  #current: Current | undefined;
  #looking: Promise<void> | undefined;
  #isStale = false;
  #cancelLook: (() => void) | undefined;

  constructor(service: HathorService, book: JobBook, clock: Clock) {
    this.#service = service;
    this.#book = book;
    this.#clock = clock;
  }

  /** Begins, with the jobs that are open already. */
  async start(): Promise<void> {
    this.#follower = await this.#book.follow(() => this.#wake());
    this.#wake();
  }

  /** Ends; jobs stay open for whoever comes next. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#follower?.close();
    this.#cancelLook?.();
    this.#current?.ending.abort();
    await this.#looking;
    await this.#current?.done;
  }

  #wake(): void {
    this.#isStale = true;
    this.#looking ??= this.#keepLooking();
  }

  async #keepLooking(): Promise<void> {
    while (this.#isStale && !this.#stopped.signal.aborted) {
      this.#isStale = false;
      try {
        await this.#look();
      } catch (error) {
        this.#warn(error);
        this.#lookIn(AGAIN_MS);
      }
    }
    this.#looking = undefined;
  }

  async #look(): Promise<void> {
    const waiting = await this.#book.waiting();
    const now = this.#clock.now();
    const rest: Waiting[] = [];
    for (const job of waiting) {
      const isLate = job.until <= now;
      // What is solved is pushed however late it is.
      if (!isLate || !await this.#book.conclude(job, { type: "timeout" })) rest.push(job);
    }
    const next = Math.min(...rest.map(({ until }) => until).filter((until) => until > now));
    if (next < Infinity) this.#lookIn(next - now);
    this.#workOn(rest[0]);
  }

  #lookIn(ms: number): void {
    this.#cancelLook?.();
    if (this.#stopped.signal.aborted) return;
    this.#cancelLook = this.#clock.after(ms, () => this.#wake());
  }

  /** Leaves a job that is over, and begins with the next when that is done. */
  #workOn(job: Waiting | undefined): void {
    if (this.#current !== undefined) {
      if (this.#current.number !== job?.number) this.#current.ending.abort();
      return;
    }
    if (job === undefined || this.#stopped.signal.aborted) return;
    const ending = new AbortController();
    const done = this.#work(job.id, ending.signal).finally(() => {
      this.#current = undefined;
      this.#wake();
    });
    this.#current = { number: job.number, ending, done };
  }

  async #work(id: string, signal: AbortSignal): Promise<void> {
    try {
      const job = await this.#book.find(id);
      if (job !== undefined) await this.#conclude(job, signal);
    } catch (error) {
      this.#warn(error);
      await sleep(this.#clock, AGAIN_MS, signal);
    }
  }

  /** Throws what the log throws; whatever else goes wrong is the job's own. */
  async #conclude(job: Job, signal: AbortSignal): Promise<void> {
    try {
      const tx = await this.#book.transactionOf(job);
      if (job.state === "open") await this.#solve(job, tx, signal);
      const { solution } = await this.#book.find(job.id) ?? job;
      if (job.isPushed && solution !== null && !signal.aborted) await this.#push(job, tx, solution);
    } catch (error) {
      if (error instanceof LedgerError) throw error;
      this.#warn(error);
      await this.#book.conclude(job, { type: "failed", message: "Internal error" });
    }
  }

  async #solve(job: Job, tx: MinedTransaction, signal: AbortSignal): Promise<void> {
    const clock = this.#clock;
    while (!signal.aborted) {
      const placed = await this.#place(job, tx);
      // Two processes that look for the same look in different places.
      const [first = 0] = crypto.getRandomValues(new Uint32Array(1));
      const solved = await solveTransaction(placed, { clock, signal, first });
      if (solved === undefined) continue;
      const { nonce } = solved;
      const { parents, timestamp } = placed;
      const solution = { nonce, parents, timestamp };
      await this.#book.conclude(job, { type: "solved", solution });
      return;
    }
  }

  /** Gives a transaction its place: parents where it wants them, and the time. */
  async #place({ addsParents }: Job, tx: MinedTransaction): Promise<MinedTransaction> {
    const parents = addsParents ? await this.#service.transactionParents() : tx.parents;
    const older = [...parents, ...tx.inputs.map(({ txId }) => txId)];
    const times = await Promise.all(
      older.map(async (hash) => (await this.#service.vertex(hash))?.vertex.timestamp ?? 0),
    );
    const now = Math.floor(this.#clock.now() / 1_000);
    return { ...tx, parents, timestamp: Math.max(now, 1 + Math.max(0, ...times)) };
  }

  /** Pushes what was solved, once: it has one hash, whoever pushes it. */
  async #push(job: Job, tx: MinedTransaction, solution: Solution): Promise<void> {
    const whole = sealVertex({ ...tx, ...solution });
    const answer = await this.#service.pushTransaction(whole);
    const isThere = answer.isAccepted || await this.#service.vertex(whole.hash) !== undefined;
    await this.#book.conclude(
      job,
      isThere ? { type: "pushed" } : { type: "failed", message: answer.message },
    );
  }

  #warn(error: unknown): void {
    if (this.#stopped.signal.aborted) return;
    logger.warn("mining for wallets: {error}", { error: messageOf(error) });
  }
}
