import type { Clock } from "../../../../kernel/clock.ts";
import type { Chain } from "../../../../log/chain.ts";
import type { Follower } from "../../../../log/follower.ts";
import type { Log } from "../../../../log/log.ts";
import { JOBS_PREFIX } from "../../networks/chain_names.ts";
import type { Network } from "../../networks/network.ts";
import { decodeVertex } from "../../vertex/decode.ts";
import { isBlock, type Transaction } from "../../vertex/vertex.ts";
import { conclude, type JobOutcome, submit } from "./commands.ts";
import { readJobEvent } from "./events.ts";
import {
  COUNTS,
  isForgotten,
  type Job,
  type JobCounts,
  jobRow,
  JOBS,
  NO_JOBS,
  OPEN_JOBS,
  type OpenJob,
} from "./job.ts";

/** Jobs that are listed at the most. */
const MOST_LISTED = 1_000;

/** What a wallet asks to be mined. */
export interface JobRequest {
  readonly tx: Transaction;
  readonly addsParents: boolean;
  readonly isPushed: boolean;
  readonly timeoutMs: number;
}

/** A job that is not over, with its place among them. */
export interface WaitingJob extends OpenJob {
  readonly number: number;
}

/** The jobs of a network: a chain of their own, so that any process can take, tell and end them. */
export class JobBook {
  readonly #chain: Chain;
  readonly #network: Network;
  readonly #clock: Clock;

  constructor(log: Log, network: Network, clock: Clock) {
    this.#chain = log.chain(JOBS_PREFIX + network.name);
    this.#network = network;
    this.#clock = clock;
  }

  /** The job of a request, new or known; undefined where there are too many. */
  submit({ tx, ...wanted }: JobRequest): Promise<Job | undefined> {
    const { hash: id, weight, parents } = tx;
    const hex = tx.bytes.toHex();
    return this.#chain.execute(
      submit({ id, tx: hex, weight, parents: [...parents], ...wanted }),
    );
  }

  /** Concludes a job, or solves it; answers whether no other process was first. */
  conclude(job: Pick<Job, "id" | "number">, outcome: JobOutcome): Promise<boolean> {
    return this.#chain.execute(conclude(job, outcome));
  }

  async find(id: string): Promise<Job | undefined> {
    const job = await this.#chain.row<Job>(jobRow(id));
    return job === undefined || isForgotten(job, this.#clock.now()) ? undefined : job;
  }

  /** Jobs that are not over, in the order in which they came. */
  async waiting(): Promise<WaitingJob[]> {
    const rows = await this.#chain.rows<OpenJob>(OPEN_JOBS, MOST_LISTED);
    return rows.map(({ key, value }) => ({ ...value, number: Number(key.at(-1)) }));
  }

  /** All jobs that are still told of, oldest first. */
  async all(): Promise<Job[]> {
    const now = this.#clock.now();
    const rows = await this.#chain.rows<Job>(JOBS, MOST_LISTED);
    return rows.map(({ value }) => value).filter((job) => !isForgotten(job, now))
      .sort((a, b) => a.number - b.number);
  }

  async counts(): Promise<JobCounts> {
    return await this.#chain.row<JobCounts>(COUNTS) ?? NO_JOBS;
  }

  /** The transaction of a job as it came. */
  async transactionOf({ number }: Pick<Job, "number">): Promise<Transaction> {
    const [event] = await this.#chain.readEach([number]);
    const told = event === undefined ? undefined : readJobEvent(event);
    if (told?.type !== "submitted") throw new RangeError(`no job was submitted at ${number}`);
    const vertex = decodeVertex(Uint8Array.fromHex(told.tx), this.#network.maxVertexSize);
    if (!isBlock(vertex)) return vertex;
    throw new RangeError(`the job at ${number} has no transaction`);
  }

  /** Calls `wake` after every change, until the follower is closed. */
  async follow(wake: () => void): Promise<Follower> {
    return await this.#chain.attach((await this.#chain.head())?.next ?? 0, wake);
  }
}
