import { PyFloat, type PyJson } from "../../../crypto/python_json.ts";
import type { TokenCreationFields, TransactionFields } from "../vertex/vertex.ts";

/** What becomes of a job. */
export type JobStatus =
  | "pending"
  | "getting-parents"
  | "enqueued"
  | "mining"
  | "done"
  | "failed"
  | "timeout"
  | "cancelled";

/** What a wallet asks to be mined. */
export interface JobRequest {
  readonly fields: TransactionFields | TokenCreationFields;
  /** Whether the node pushes it once it is mined. */
  readonly propagate: boolean;
  /** Whether it gets parents. */
  readonly addParents: boolean;
  readonly timeoutMs: number;
}

/** A transaction whose proof of work is looked for. */
export class Job {
  readonly id: string;
  readonly request: JobRequest;
  readonly ending = new AbortController();
  status: JobStatus = "enqueued";
  message = "";
  fields: TransactionFields | TokenCreationFields;
  nonce: number | undefined;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  endedAt: number | undefined;

  constructor(id: string, request: JobRequest, now: number) {
    this.id = id;
    this.request = request;
    this.fields = request.fields;
    this.createdAt = now;
  }

  get isOver(): boolean {
    return this.endedAt !== undefined;
  }

  /** Ends it, once. */
  end(status: JobStatus, now: number, message = ""): void {
    if (this.isOver) return;
    this.status = status;
    this.message = message;
    this.endedAt = now;
    this.ending.abort();
  }
}

/** Digits of a nonce of 32 bits. */
const NONCE_DIGITS = 8;

/** A job as wallets see it; `seconds` is how long it is expected to take. */
export function jobJson(job: Job, seconds: { queue: number; mining: number }): PyJson {
  const { fields, nonce, createdAt, endedAt } = job;
  const created = new PyFloat(createdAt / 1_000);
  return {
    job_id: job.id,
    status: job.status,
    message: job.message,
    created_at: created,
    tx: {
      nonce: nonce === undefined ? null : nonce.toString(16).padStart(NONCE_DIGITS, "0"),
      parents: [...fields.parents],
      timestamp: fields.timestamp,
      weight: new PyFloat(fields.weight),
    },
    submitted_at: created,
    total_time: endedAt === undefined ? null : new PyFloat((endedAt - createdAt) / 1_000),
    expected_queue_time: new PyFloat(seconds.queue),
    expected_mining_time: new PyFloat(seconds.mining),
    expected_total_time: new PyFloat(seconds.queue + seconds.mining),
  };
}
