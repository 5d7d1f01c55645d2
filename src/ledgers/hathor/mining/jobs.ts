import { getLogger } from "@logtape/logtape";
import type { PyJson } from "../../../crypto/python_json.ts";
import type { Clock } from "../../../kernel/clock.ts";
import { messageOf } from "../../../kernel/errors.ts";
import type { HathorService } from "../service.ts";
import { Job, jobJson, type JobRequest } from "./job.ts";
import { solveTransaction } from "./proof_of_work.ts";

const logger = getLogger(["ledgerline", "hathor"]);

/** Jobs that may wait; more are refused. */
const MOST_WAITING = 100;
/** Jobs that are kept once they are over, for those who ask late. */
const MOST_KEPT = 1_000;

/** Hashes that are expected in a second; only estimates are made of it. */
const HASHES_PER_SECOND = 400_000;

/**
 * Finds the proof of work of wallets' transactions, one after another. Jobs are in memory alone: a
 * wallet whose job is gone asks anew.
 */
export class Jobs {
  readonly #service: HathorService;
  readonly #clock: Clock;
  readonly #jobs = new Map<string, Job>();
  readonly #queue: Job[] = [];
  #current: Job | undefined;
  #solved = 0;

  constructor(service: HathorService, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
  }

  /** Transactions that were solved. */
  get solved(): number {
    return this.#solved;
  }

  /** Jobs that are not over. */
  get open(): readonly Job[] {
    return this.#current === undefined ? this.#queue : [this.#current, ...this.#queue];
  }

  find(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  /** Takes a job; undefined when there are too many. */
  submit(request: JobRequest): Job | undefined {
    if (this.#queue.length >= MOST_WAITING) return undefined;
    const id = crypto.randomUUID().replaceAll("-", "");
    const job = new Job(id, request, this.#clock.now());
    this.#jobs.set(id, job);
    this.#queue.push(job);
    this.#forget();
    if (this.#current === undefined) void this.#work();
    return job;
  }

  cancel(job: Job): void {
    job.end("cancelled", this.#clock.now());
  }

  stop(): void {
    for (const job of this.open) this.cancel(job);
  }

  json(job: Job): PyJson {
    const estimate = ({ fields, isOver }: Job) =>
      isOver ? 0 : 2 ** fields.weight / HASHES_PER_SECOND;
    const before = job.isOver ? [] : this.open.slice(0, Math.max(0, this.open.indexOf(job)));
    const queue = before.reduce((sum, other) => sum + estimate(other), 0);
    return jobJson(job, { queue, mining: estimate(job) });
  }

  async #work(): Promise<void> {
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      if (job.isOver) continue;
      this.#current = job;
      await this.#mine(job);
    }
    this.#current = undefined;
  }

  async #mine(job: Job): Promise<void> {
    const clock = this.#clock;
    const { timeoutMs, propagate } = job.request;
    const cancelTimer = clock.after(timeoutMs, () => job.end("timeout", clock.now()));
    try {
      await this.#place(job);
      job.status = "mining";
      const tx = await solveTransaction(job.fields, { clock, signal: job.ending.signal });
      if (tx === undefined) return job.end("failed", clock.now(), "no nonce is a solution");
      job.nonce = tx.nonce;
      this.#solved++;
      const answer = propagate ? await this.#service.pushTransaction(tx) : undefined;
      if (answer?.isAccepted === false) return job.end("failed", clock.now(), answer.message);
      job.end("done", clock.now());
    } catch (error) {
      logger.warn("a mining job failed: {error}", { error: messageOf(error) });
      job.end("failed", clock.now(), "Internal error");
    } finally {
      cancelTimer();
    }
  }

  /** Gives a transaction its place: parents where it wants them, and the time. */
  async #place(job: Job): Promise<void> {
    let { parents } = job.fields;
    if (job.request.addParents) {
      job.status = "getting-parents";
      parents = await this.#service.transactionParents();
    }
    const older = [...parents, ...job.fields.inputs.map(({ txId }) => txId)];
    const times = await Promise.all(
      older.map(async (hash) => (await this.#service.vertex(hash))?.vertex.timestamp ?? 0),
    );
    const timestamp = Math.max(Math.floor(this.#clock.now() / 1_000), 1 + Math.max(0, ...times));
    job.fields = { ...job.fields, parents, timestamp };
  }

  /** Forgets the oldest of the jobs that are over. */
  #forget(): void {
    for (const [id, job] of this.#jobs) {
      if (this.#jobs.size <= MOST_KEPT) return;
      if (job.isOver) this.#jobs.delete(id);
    }
  }
}
