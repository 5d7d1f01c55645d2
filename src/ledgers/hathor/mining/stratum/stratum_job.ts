import { PyFloat, type PyJson } from "../../../../python/json.ts";
import { minimalBlock, timestampOf } from "../../queries/template_block.ts";
import type { BlockTemplate } from "../../queries/templates.ts";
import { hasWork, targetOf } from "../../rules/work.ts";
import { decodeAuxPow } from "../../vertex/aux_pow.ts";
import { VertexFormatError } from "../../vertex/format_error.ts";
import { miningHeader, sealVertex } from "../../vertex/seal.ts";
import {
  type Block,
  type BlockFields,
  type Transaction,
  VertexVersion,
} from "../../vertex/vertex.ts";
import { log2ByQuotient, sumWeights } from "../../vertex/weight.ts";
import type { OfferedTransaction, Unmined } from "../transaction_work.ts";
import { StratumError } from "./messages.ts";

/** Jobs of one miner that are remembered. */
const MOST_JOBS = 100;
/** How long a miner should need for a share, in seconds. */
const SHARE_SECONDS = 5;
/** The least that a share weighs, once it is known how fast a miner is (MIN_SHARE_WEIGHT). */
const LEAST_SHARE_WEIGHT = 21;
/** Bytes of a nonce, which miners count in hexadecimal. */
const BLOCK_NONCE_SIZE = 16;
const TRANSACTION_NONCE_SIZE = 4;

/** A block that a miner may work on. */
export interface MinedBlock {
  readonly kind: "block";
  readonly fields: BlockFields;
  readonly isMergeMined: boolean;
}

/** A transaction that a miner may work on. */
export interface MinedOffer {
  readonly kind: "transaction";
  readonly fields: Unmined;
  readonly offer: OfferedTransaction;
}

/** What a miner works on. */
export interface StratumJob {
  /** A UUID without its hyphens. */
  readonly id: string;
  readonly work: MinedBlock | MinedOffer;
  /** What the miner has to find, which may be less than the vertex weighs. */
  readonly weight: number;
  isSubmitted: boolean;
}

/** The jobs of one miner, of which the last counts, and how fast he is by them. */
export class MinerJobs {
  /** In the order of their making. */
  readonly #jobs = new Map<string, StratumJob>();
  readonly #leastBlockWeight: number;
  #current: StratumJob | undefined;
  /** Logarithm to the base 2 of hashes in a second. */
  hashRate = 0;

  /** @param leastBlockWeight what a share weighs while nothing is known of the miner */
  constructor(leastBlockWeight: number) {
    this.#leastBlockWeight = leastBlockWeight;
  }

  get current(): StratumJob | undefined {
    return this.#current;
  }

  find(id: string): StratumJob | undefined {
    return this.#jobs.get(id);
  }

  /** Makes a block, or a transaction, the miner's job. */
  add(id: string, work: StratumJob["work"]): StratumJob {
    const others = [...this.#jobs.values()];
    const share = this.#shareWeight(others, work.fields.timestamp);
    const job = { id, work, weight: Math.min(share, work.fields.weight), isSubmitted: false };
    this.#jobs.set(id, job);
    this.#current = job;
    const [oldest] = others;
    if (oldest !== undefined && this.#jobs.size > MOST_JOBS) this.#jobs.delete(oldest.id);
    return job;
  }

  #shareWeight(jobs: readonly StratumJob[], now: number): number {
    const [first] = jobs;
    if (first === undefined) return this.#leastBlockWeight;
    const seconds = Math.max(now - first.work.fields.timestamp, 1);
    let work = 0;
    for (const job of jobs) if (job.isSubmitted) work = sumWeights(work, job.weight);
    this.hashRate = work - log2ByQuotient(seconds);
    return Math.max(this.hashRate + log2ByQuotient(SHARE_SECONDS), LEAST_SHARE_WEIGHT);
  }
}

/** The block of a template. `data` is what it holds beside the reward. */
export function blockWork(
  template: BlockTemplate,
  { script, data, isMergeMined }: {
    readonly script: Uint8Array;
    readonly data: Uint8Array;
    readonly isMergeMined: boolean;
  },
): MinedBlock {
  const plain = minimalBlock(template, script);
  const fields = { ...plain, data, timestamp: timestampOf(template) };
  return { kind: "block", fields, isMergeMined };
}

/** A job as a miner is told of it. */
export function jobParams({ id, work, weight }: StratumJob): PyJson {
  const isBlock = work.kind === "block";
  const hashed = isBlock ? versioned(work.fields, work.isMergeMined) : work.fields;
  return {
    data: miningHeader(hashed).toHex(),
    job_id: id,
    nonce_size: isBlock ? BLOCK_NONCE_SIZE : TRANSACTION_NONCE_SIZE,
    weight: new PyFloat(weight),
    ...isBlock ? { parent_hash: work.fields.parents[0] ?? "" } : {},
  };
}

/** The bytes that are hashed do not hold the proof, of whichever kind it is. */
function versioned(block: BlockFields, isMergeMined: boolean) {
  if (!isMergeMined) return block;
  const { nonce: _nonce, ...fields } = block;
  const none = new Uint8Array();
  return {
    ...fields,
    version: VertexVersion.mergeMinedBlock,
    auxPow: {
      headerHead: none,
      coinbaseHead: none,
      coinbaseTail: none,
      merklePath: [],
      headerTail: none,
    },
  };
}

/** What a miner has found. */
export interface FoundShare {
  /** In hexadecimal. */
  readonly nonce: unknown;
  readonly auxPow: unknown;
}

/** What a job has become with a share: a block, or a transaction and who waits for it. */
export type Solved =
  | { readonly kind: "block"; readonly vertex: Block }
  | {
    readonly kind: "transaction";
    readonly vertex: Transaction;
    readonly offer: OfferedTransaction;
  };

/**
 * The vertex of a job with what was found for it.
 *
 * @throws {StratumError} it is no nonce, or not the work that the job asks for
 */
export function solvedJob({ work, weight }: StratumJob, { nonce, auxPow }: FoundShare): Solved {
  const hasNonce = auxPow === undefined || auxPow === null || auxPow === "";
  const solved = hasNonce ? withNonce(work, nonce) : mergeMined(work, auxPow);
  const { vertex } = solved;
  if (hasWork(vertex.hash, weight)) return solved;
  throw new StratumError("invalidSolution", {
    hash: vertex.hash,
    target: targetOf(vertex.weight).toString(16).padStart(64, "0"),
  });
}

function withNonce(work: StratumJob["work"], nonce: unknown): Solved {
  if (work.kind === "transaction") {
    const { kind, fields, offer } = work;
    const vertex = sealVertex({ ...fields, nonce: Number(nonceOf(nonce, TRANSACTION_NONCE_SIZE)) });
    return { kind, vertex, offer };
  }
  const { kind, fields, isMergeMined } = work;
  if (isMergeMined) throw invalidNonce();
  return { kind, vertex: sealVertex({ ...fields, nonce: nonceOf(nonce, BLOCK_NONCE_SIZE) }) };
}

function nonceOf(nonce: unknown, size: number): bigint {
  const digits = typeof nonce === "string"
    ? /^(?:0x)?([\da-f]{1,32})$/i.exec(nonce)?.[1]
    : undefined;
  const value = digits === undefined ? -1n : BigInt(`0x${digits}`);
  if (value < 0n || value >= 1n << BigInt(8 * size)) throw invalidNonce();
  return value;
}

function invalidNonce(): StratumError {
  return new StratumError("invalidParams", { message: "nonce is invalid" });
}

function mergeMined(work: StratumJob["work"], hex: unknown): Solved {
  const invalid = () => new StratumError("invalidParams", { message: "aux_pow is invalid" });
  if (work.kind !== "block" || !work.isMergeMined || typeof hex !== "string") throw invalid();
  const { nonce: _nonce, ...fields } = work.fields;
  try {
    const auxPow = decodeAuxPow(Uint8Array.fromHex(hex));
    const version = VertexVersion.mergeMinedBlock;
    return { kind: "block", vertex: sealVertex({ ...fields, version, auxPow }) };
  } catch (error) {
    // A SyntaxError is what a text that is no hexadecimal throws.
    if (error instanceof VertexFormatError || error instanceof SyntaxError) throw invalid();
    throw error;
  }
}
