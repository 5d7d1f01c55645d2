import { z } from "zod";
import type { PyJson } from "../../../crypto/python_json.ts";
import type { Clock } from "../../../kernel/clock.ts";
import type { Route } from "../http/app.ts";
import { type Arguments, bytesOf } from "../http/arguments.ts";
import { json } from "../http/responses.ts";
import { isStandard } from "../rules/standard.ts";
import type { HathorService } from "../service.ts";
import { decodeVertex } from "../vertex/decode.ts";
import { VertexFormatError } from "../vertex/format_error.ts";
import { isTokenCreation, type Transaction, VertexVersion } from "../vertex/vertex.ts";
import type { Job, JobRequest } from "./job.ts";
import type { Jobs } from "./jobs.ts";
import type { Miner } from "./miner.ts";

/** More would keep this process busy for minutes. */
const MOST_WEIGHT = 26;
const DEFAULT_TIMEOUT_SECONDS = 300;

/** What the service for wallets works with. */
export interface JobRoutes {
  readonly service: HathorService;
  readonly clock: Clock;
  readonly jobs: Jobs;
  readonly miner: Miner | undefined;
}

/** A request that the service refuses; `code` is what it answers. */
class JobRefusal extends Error {
  override readonly name = "JobRefusal";
  constructor(readonly code: string, readonly status = 400) {
    super(code);
  }
}

/** The service that mines transactions for wallets, by the paths of tx-mining-service. */
export function jobRoutes(context: JobRoutes): Route[] {
  const { jobs } = context;
  return [
    {
      path: "/submit-job",
      POST: ({ body }) =>
        answered(async () => {
          const job = jobs.submit(requestOf(await body(), context));
          if (job === undefined) throw new JobRefusal("new-job-refused", 503);
          return jobs.json(job);
        }),
    },
    {
      path: "/job-status",
      GET: ({ args }) => answered(() => Promise.resolve(jobs.json(jobOf(args, jobs)))),
    },
    {
      path: "/cancel-job",
      POST: ({ args }) =>
        answered(() => {
          const job = jobOf(args, jobs);
          if (job.isOver) throw new JobRefusal("job-already-finished");
          jobs.cancel(job);
          return Promise.resolve({ "cancelled-job": job.id });
        }),
    },
    { path: "/mining-status", GET: () => statusJson(context) },
    {
      path: "/health",
      GET: () => ({
        status: "pass",
        description: "Health status of tx-mining-service",
        checks: {},
      }),
      isOpen: true,
    },
  ];
}

async function answered(answer: () => Promise<PyJson>): Promise<Response> {
  try {
    return json(await answer());
  } catch (error) {
    if (error instanceof JobRefusal) return json({ error: error.code }, error.status);
    throw error;
  }
}

function jobOf(args: Arguments, jobs: Jobs): Job {
  const id = args.find("job-id");
  if (id === undefined) throw new JobRefusal("missing-job-id");
  const digits = id.replaceAll("-", "").toLowerCase();
  if (!/^[\da-f]{32}$/.test(digits)) throw new JobRefusal("invalid-uuid");
  const job = jobs.find(digits);
  if (job === undefined) throw new JobRefusal("job-not-found", 404);
  return job;
}

const requestSchema = z.object({
  tx: z.unknown().optional(),
  propagate: z.unknown().optional(),
  add_parents: z.unknown().optional(),
  timeout: z.unknown().optional(),
});

function requestOf(body: unknown, { service, clock }: JobRoutes): JobRequest {
  if (body === undefined) throw new JobRefusal("cannot-decode-json");
  const parsed = requestSchema.safeParse(body);
  if (!parsed.success) throw new JobRefusal("json-must-be-an-object");
  const { tx: hex, propagate, add_parents: addParents, timeout } = parsed.data;
  if (hex === undefined || hex === null || hex === "") throw new JobRefusal("missing-tx");
  const tx = typeof hex === "string" ? transactionOf(service, hex) : undefined;
  if (tx === undefined) throw new JobRefusal("invalid-tx");
  if (tx.weight > MOST_WEIGHT) throw new JobRefusal("tx-weight-is-too-high");
  if (!isStandard(service.network, tx)) throw new JobRefusal("non-standard-tx");
  const seconds = clock.now() / 1_000;
  if (tx.timestamp > seconds + service.network.maxFutureTimestamp) {
    throw new JobRefusal("tx-timestamp-invalid");
  }
  return {
    fields: tx,
    propagate: propagate === true,
    addParents: addParents === true,
    timeoutMs: timeoutOf(timeout) * 1_000,
  };
}

function timeoutOf(timeout: unknown): number {
  if (timeout === undefined || timeout === null) return DEFAULT_TIMEOUT_SECONDS;
  const seconds = Number(timeout);
  const isNumber = typeof timeout === "number" || typeof timeout === "string";
  if (!isNumber || !(seconds > 0)) throw new JobRefusal("invalid-timeout");
  return Math.min(seconds, DEFAULT_TIMEOUT_SECONDS);
}

/** A transaction that can be mined here; undefined where the bytes are none. */
function transactionOf(
  { network }: HathorService,
  hex: string,
): Extract<Transaction, JobRequest["fields"]> | undefined {
  const bytes = bytesOf(hex);
  if (bytes === undefined) return undefined;
  try {
    const vertex = decodeVertex(bytes, network.maxVertexSize);
    if (vertex.version === VertexVersion.transaction || isTokenCreation(vertex)) return vertex;
  } catch (error) {
    if (!(error instanceof VertexFormatError)) throw error;
  }
  return undefined;
}

function statusJson({ jobs, miner }: JobRoutes): PyJson {
  return {
    miners: [],
    miners_count: 1,
    jobs: jobs.open.map((job) => jobs.json(job)),
    txs_solved: jobs.solved,
    blocks_found: miner?.blocks ?? 0,
  };
}
