import { z } from "zod";
import type { Clock } from "../../../../kernel/clock.ts";
import { PyFloat, type PyJson } from "../../../../python/json.ts";
import type { Route } from "../../http/app.ts";
import { hexBytes, type RequestArguments } from "../../http/arguments.ts";
import { jsonAnswer } from "../../http/responses.ts";
import type { Network } from "../../networks/network.ts";
import type { VertexTaker } from "../../intake/intake.ts";
import { isStandard } from "../../rules/standard.ts";
import { tryDecodeVertex } from "../../vertex/decode.ts";
import { HASH_SIZE } from "../../vertex/sizes.ts";
import { isBlock, type Transaction } from "../../vertex/vertex.ts";
import type { Miner } from "../miner.ts";
import { MOST_WEIGHT } from "../work_desk.ts";
import { type Job, MOST_JOB_MS } from "./job.ts";
import type { JobBook, JobRequest } from "./job_book.ts";
import { type Answer, inJson } from "../../../../web/operation.ts";
import { healthForm } from "../../http/node_routes.ts";
import { failureForm, maybe, refusalForm, successWith, toldOf } from "../../http/told.ts";
import { jobForm, jobJson } from "./job_json.ts";

/** The longest timeout, in seconds. The original's 20 s are for its miners; this may be slower. */
const MOST_SECONDS = MOST_JOB_MS / 1_000;
/** How far a transaction's own time may be from this one, in seconds. */
const TIMESTAMP_DELTA = 300;

const JOB = z.object({ "job-id": maybe() });

/** What the service for wallets works with. */
export interface JobRoutes {
  readonly network: Network;
  readonly clock: Clock;
  /** When the server began, in milliseconds since the epoch. */
  readonly startedAt: number;
  readonly book: JobBook;
  readonly miner: Miner | undefined;
  /** What takes what is mined. */
  readonly intake: Pick<VertexTaker, "whyNot">;
}

/** A request that the service refuses; `code` is what it answers. */
class JobRefusal extends Error {
  override readonly name = "JobRefusal";
  constructor(readonly code: string, readonly status = 400) {
    super(code);
  }
}

/**
 * The service that mines transactions for wallets, by the paths of tx-mining-service. It is as that
 * is without miners of its own (`--dev-miner`).
 */
export function jobRoutes(context: JobRoutes): Route[] {
  const { book, clock } = context;
  const told = async (job: Job) => jobJson(job, await book.waiting());
  return [
    {
      path: "/submit-job",
      told: {
        POST: toldOf("Has a transaction mined", jobForm, () => ({
          body: requestSchema,
          more: refusals(400, 503),
        })),
      },
      POST: ({ body }) =>
        answered(async () => {
          const job = await book.submit(requestOf(await body(), context));
          if (job === undefined) throw new JobRefusal("new-job-refused", 503);
          return await told(job);
        }),
    },
    {
      path: "/job-status",
      told: {
        GET: toldOf("How far a job is", jobForm, () => ({
          query: JOB,
          more: refusals(400, 404),
        })),
      },
      GET: ({ args }) => answered(async () => await told(await jobOf(args, book))),
    },
    {
      path: "/cancel-job",
      told: {
        POST: toldOf("Gives a job up", cancelledForm, () => ({
          query: JOB,
          more: refusals(400, 404),
        })),
      },
      POST: ({ args }) =>
        answered(async () => {
          const job = await jobOf(args, book);
          const isCancelled = await book.conclude(job, { type: "cancelled" });
          if (!isCancelled) throw new JobRefusal("job-has-already-finished");
          return { cancelled: true, "job-id": job.id };
        }),
    },
    {
      path: "/mining-status",
      told: { GET: toldOf("All jobs, and what was mined", statusForm) },
      GET: () => statusJson(context),
      getAt: "owner",
    },
    {
      path: "/health",
      told: { GET: toldOf("Says whether the service is well", healthForm) },
      GET: () => healthJson(clock),
      isOpen: true,
    },
    {
      path: "/health-check",
      told: { GET: toldOf("Says that it lives", successWith) },
      GET: () => ({ success: true }),
      isOpen: true,
    },
  ];
}

function refusals(...statuses: readonly number[]): Record<number, Answer> {
  const refused = inJson(z.union([refusalForm(), failureForm()]));
  return Object.fromEntries(statuses.map((status) => [status, refused]));
}

function cancelledForm() {
  return z.object({ cancelled: z.literal(true), "job-id": z.string() });
}

function statusForm() {
  return z.looseObject({
    txs_solved: z.number(),
    txs_timeout: z.number(),
    blocks_found: z.number(),
    uptime: z.number(),
    tx_queue: z.number(),
    tx_jobs: z.array(jobForm()),
  });
}

async function answered(answer: () => Promise<PyJson>): Promise<Response> {
  try {
    return jsonAnswer(await answer());
  } catch (error) {
    if (error instanceof JobRefusal) return jsonAnswer({ error: error.code }, error.status);
    throw error;
  }
}

async function jobOf(args: RequestArguments, book: JobBook): Promise<Job> {
  const id = args.read(JOB)["job-id"] ?? "";
  if (id === "") throw new JobRefusal("missing-job-id");
  const bytes = hexBytes(id);
  if (bytes === undefined) throw new JobRefusal("invalid-uuid");
  const job = bytes.length === HASH_SIZE ? await book.find(bytes.toHex()) : undefined;
  if (job === undefined) throw new JobRefusal("job-not-found", 404);
  return job;
}

const requestSchema = z.object({
  tx: z.unknown().optional(),
  propagate: z.unknown().optional(),
  add_parents: z.unknown().optional(),
  timeout: z.unknown().optional(),
});

function requestOf(body: unknown, { network, clock, intake }: JobRoutes): JobRequest {
  if (body === undefined) throw new JobRefusal("cannot-decode-json");
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) throw new JobRefusal("json-must-be-an-object");
  const { tx: hex, propagate, add_parents: addParents, timeout } = parsed.data;
  if (!isTrue(hex)) throw new JobRefusal("missing-tx");
  const tx = typeof hex === "string" ? transactionOf(network, hex) : undefined;
  // No transaction has to weigh less than nothing, and no event can hold what is not finite.
  if (tx === undefined || tx.weight === -Infinity) throw new JobRefusal("invalid-tx");
  if (tx.weight > MOST_WEIGHT) throw new JobRefusal("tx-weight-is-too-high");
  if (!isStandard(network, tx)) throw new JobRefusal("non-standard-tx");
  // What the node would refuse must cost no work.
  const why = intake.whyNot(tx);
  if (why !== undefined) throw new JobRefusal(why);
  if (Math.abs(tx.timestamp - clock.now() / 1_000) > TIMESTAMP_DELTA) {
    throw new JobRefusal("tx-timestamp-invalid");
  }
  return {
    tx,
    isPushed: isTrue(propagate),
    addsParents: isTrue(addParents),
    timeoutMs: timeoutOf(timeout) * 1_000,
  };
}

/** Whether Python takes a value for true. */
function isTrue(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return Boolean(value);
  return Object.keys(value).length > 0;
}

function timeoutOf(timeout: unknown): number {
  if (timeout === undefined || timeout === null) return MOST_SECONDS;
  const seconds = typeof timeout === "number" || typeof timeout === "string"
    ? Number(timeout)
    : NaN;
  if (!(seconds > 0)) throw new JobRefusal("invalid-timeout");
  return Math.min(seconds, MOST_SECONDS);
}

/** A transaction that can be mined here; undefined where the bytes are none. */
function transactionOf(network: Network, hex: string): Transaction | undefined {
  const bytes = hexBytes(hex);
  const vertex = bytes && tryDecodeVertex(bytes, network.maxVertexSize);
  return vertex !== undefined && !isBlock(vertex) ? vertex : undefined;
}

async function statusJson({ book, clock, startedAt, miner }: JobRoutes): Promise<PyJson> {
  const [jobs, waiting, { open, solved, timeouts }] = await Promise.all([
    book.all(),
    book.waiting(),
    book.counts(),
  ]);
  return {
    miners: [],
    miners_count: 0,
    total_hashrate_ghs: 0,
    started_at: new PyFloat(startedAt / 1_000),
    txs_solved: solved,
    txs_timeout: timeouts,
    blocks_found: miner?.blocks ?? 0,
    uptime: new PyFloat((clock.now() - startedAt) / 1_000),
    tx_queue: open,
    tx_jobs: jobs.map((job) => jobJson(job, waiting)),
    block_template_error: 0,
    block_template: null,
    dev_miner: true,
  };
}

function healthJson(clock: Clock): PyJson {
  const time = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
  const passed = (componentName: string, componentType: string, output: string) => [
    { componentName, componentType, status: "pass", output, time },
  ];
  return {
    status: "pass",
    description: "Health status of TxMiningService",
    checks: {
      manager: passed("manager", "internal", "Everything is ok"),
      fullnode: passed("fullnode", "http", "Fullnode is healthy"),
    },
  };
}
