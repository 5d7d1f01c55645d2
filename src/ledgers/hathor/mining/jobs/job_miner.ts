import { getLogger } from "@logtape/logtape";
import { type Clock, sleep } from "../../../../kernel/clock.ts";
import { LedgerError, messageOf } from "../../../../kernel/errors.ts";
import type { Follower } from "../../../../log/follower.ts";
import type { VertexTaker } from "../../intake/intake.ts";
import type { NodeQueries } from "../../queries/node_queries.ts";
import { sealVertex } from "../../vertex/seal.ts";
import type { Transaction } from "../../vertex/vertex.ts";
import { NonceSearch } from "../nonce_search.ts";
import { placedTransaction } from "../../queries/placing.ts";
import { TransactionWork } from "../transaction_work.ts";
import { type Job, MOST_JOB_MS, type Solution } from "./job.ts";
import type { JobBook, WaitingJob } from "./job_book.ts";

const logger = getLogger(["ledgerline", "hathor"]);

/** How long a job rests after a failure. */
const AGAIN_MS = 1_000;

/** A job that is being worked on. */
interface Current {
  readonly ending: AbortController;
  readonly done: Promise<void>;
}

/** Says when the time of a job is over, however the clock is set meanwhile. */
interface Deadline {
  isOver: boolean;
  readonly cancel: () => void;
}

/**
 * Works on all open jobs in turns, and ends those whose deadline is over. Every process over a
 * store may run one: the book takes one solution of each job, and the jobs of a process that dies
 * stay open for the others.
 */
export class JobMiner {
  readonly #queries: NodeQueries;
  readonly #intake: VertexTaker;
  readonly #book: JobBook;
  readonly #clock: Clock;
  readonly #transactions: TransactionWork;
  readonly #stopped = new AbortController();
  /** By their jobs' numbers, as are the deadlines. */
  readonly #current = new Map<number, Current>();
  readonly #deadlines = new Map<number, Deadline>();
  #follower: Follower | undefined;
  #looking: Promise<void> | undefined;
  #isStale = false;
  #cancelLook: (() => void) | undefined;

  /** @param transactions finds their proofs of work, and ends with this */
  constructor(
    queries: NodeQueries,
    intake: VertexTaker,
    book: JobBook,
    clock: Clock,
    transactions = new TransactionWork(clock, new NonceSearch()),
  ) {
    this.#queries = queries;
    this.#intake = intake;
    this.#book = book;
    this.#clock = clock;
    this.#transactions = transactions;
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
    for (const { cancel } of this.#deadlines.values()) cancel();
    for (const { ending } of this.#current.values()) ending.abort();
    this.#transactions.stop();
    await this.#looking;
    await Promise.all([...this.#current.values()].map(({ done }) => done));
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
        this.#cancelLook?.();
        // A failure may be that of a log which is closed at the same time.
        if (this.#stopped.signal.aborted) break;
        this.#cancelLook = this.#clock.after(AGAIN_MS, () => this.#wake());
      }
    }
    this.#looking = undefined;
  }

  async #look(): Promise<void> {
    const waiting = await this.#book.waiting();
    const rest = new Map<number, WaitingJob>();
    for (const job of waiting) {
      // A solved job is pushed even after its deadline.
      const isOver = this.#isLate(job) && await this.#book.conclude(job, { type: "timeout" });
      if (!isOver) rest.set(job.number, job);
    }
    for (const [number, { cancel }] of this.#deadlines) {
      if (rest.has(number)) continue;
      cancel();
      this.#deadlines.delete(number);
    }
    for (const [number, { ending }] of this.#current) if (!rest.has(number)) ending.abort();
    for (const job of rest.values()) this.#workOn(job);
  }

  /** Whether a job's time is over: by the clock when it is first seen, and by a timer from then on. */
  #isLate({ number, until }: WaitingJob): boolean {
    const known = this.#deadlines.get(number);
    if (known !== undefined) return known.isOver;
    const left = until - this.#clock.now();
    if (left <= 0) return true;
    if (this.#stopped.signal.aborted) return false;
    const deadline = {
      isOver: false,
      cancel: this.#clock.after(Math.min(left, MOST_JOB_MS), () => {
        deadline.isOver = true;
        this.#wake();
      }),
    };
    this.#deadlines.set(number, deadline);
    return false;
  }

  #workOn({ id, number }: WaitingJob): void {
    if (this.#current.has(number) || this.#stopped.signal.aborted) return;
    const ending = new AbortController();
    const done = this.#work(id, ending.signal).finally(() => {
      this.#current.delete(number);
      this.#wake();
    });
    this.#current.set(number, { ending, done });
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

  /** Brings a job to its end. Throws the log's errors; any other failure ends the job as failed. */
  async #conclude(job: Job, signal: AbortSignal): Promise<void> {
    try {
      const tx = await this.#book.transactionOf(job);
      if (job.state === "open") await this.#solve(job, tx, signal);
      const { solution } = await this.#book.find(job.id) ?? job;
      if (job.isPushed && solution !== null && !signal.aborted) await this.#push(job, tx, solution);
    } catch (error) {
      // A damaged event stays damaged: the job has failed.
      if (error instanceof LedgerError && error.code !== "damaged") throw error;
      this.#warn(error);
      await this.#book.conclude(job, { type: "failed", message: "Internal error" });
    }
  }

  async #solve(job: Job, tx: Transaction, signal: AbortSignal): Promise<void> {
    const solved = await this.#transactions.solve(() => this.#place(job, tx), signal);
    if (solved === undefined) return;
    const { nonce, parents, timestamp } = solved;
    await this.#book.conclude(job, { type: "solved", solution: { nonce, parents, timestamp } });
  }

  /** Gives a transaction its place: parents where it wants them, and the time. */
  #place({ addsParents }: Job, tx: Transaction): Promise<Transaction> {
    const least = Math.floor(this.#clock.now() / 1_000);
    const parents = addsParents ? undefined : tx.parents;
    return placedTransaction(this.#queries, tx, { parents, least });
  }

  /** Pushes what was solved, once: it has one hash, whoever pushes it. */
  async #push(job: Job, tx: Transaction, solution: Solution): Promise<void> {
    const whole = sealVertex({ ...tx, ...solution });
    const answer = await this.#intake.pushTransaction(whole);
    const isThere = answer.isAccepted || await this.#queries.vertex(whole.hash) !== undefined;
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
