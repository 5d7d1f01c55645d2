import { PyFloat, type PyJson } from "../../../../python/json.ts";
import { minimalBlock, timestampOf } from "../../queries/template_block.ts";
import type { BlockTemplate } from "../../queries/templates.ts";
import { hasWork, targetOf } from "../../rules/work.ts";
import { decodeAuxPow } from "../../vertex/aux_pow.ts";
import { VertexFormatError } from "../../vertex/format_error.ts";
import { miningHeader, sealVertex } from "../../vertex/seal.ts";
import { type Block, type BlockFields, VertexVersion } from "../../vertex/vertex.ts";
import { log2ByQuotient, sumWeights } from "../../vertex/weight.ts";
import { StratumError } from "./messages.ts";

/** Jobs of one miner that are remembered. */
const MOST_JOBS = 100;
/** How long a miner should need for a share, in seconds. */
const SHARE_SECONDS = 5;
/** The least that a share weighs, once it is known how fast a miner is (MIN_SHARE_WEIGHT). */
const LEAST_SHARE_WEIGHT = 21;
/** Bytes of a block's nonce, which miners count in hexadecimal. */
const NONCE_SIZE = 16;

/** A block that a miner works on. */
export interface StratumJob {
  /** A UUID without its hyphens. */
  readonly id: string;
  readonly block: BlockFields;
  readonly isMergeMined: boolean;
  /** What the miner has to find, which may be less than the block weighs. */
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

  /** Makes a block of a template the miner's job. */
  add(
    template: BlockTemplate,
    { id, script, data, isMergeMined }: {
      readonly id: string;
      readonly script: Uint8Array;
      readonly data: Uint8Array;
      readonly isMergeMined: boolean;
    },
  ): StratumJob {
    const plain = minimalBlock(template, script);
    const block = { ...plain, data, timestamp: timestampOf(template) };
    const others = [...this.#jobs.values()];
    const share = this.#shareWeight(others, block.timestamp);
    const weight = Math.min(share, block.weight);
    const job = { id, block, isMergeMined, weight, isSubmitted: false };
    this.#jobs.set(id, job);
    this.#current = job;
    const [oldest] = others;
    if (oldest !== undefined && this.#jobs.size > MOST_JOBS) this.#jobs.delete(oldest.id);
    return job;
  }

  #shareWeight(jobs: readonly StratumJob[], now: number): number {
    const [first] = jobs;
    if (first === undefined) return this.#leastBlockWeight;
    const seconds = Math.max(now - first.block.timestamp, 1);
    let work = 0;
    for (const job of jobs) if (job.isSubmitted) work = sumWeights(work, job.weight);
    this.hashRate = work - log2ByQuotient(seconds);
    return Math.max(this.hashRate + log2ByQuotient(SHARE_SECONDS), LEAST_SHARE_WEIGHT);
  }
}

/** A job as a miner is told of it. */
export function jobParams({ id, block, isMergeMined, weight }: StratumJob): PyJson {
  return {
    data: miningHeader(versioned(block, isMergeMined)).toHex(),
    job_id: id,
    nonce_size: NONCE_SIZE,
    weight: new PyFloat(weight),
    parent_hash: block.parents[0] ?? "",
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

/**
 * The block of a job with what was found for it.
 *
 * @throws {StratumError} it is no nonce, or not the work that the job asks for
 */
export function solvedBlock(job: StratumJob, { nonce, auxPow }: FoundShare): Block {
  const block = auxPow === undefined || auxPow === null || auxPow === ""
    ? plainBlock(job, nonce)
    : mergeMinedBlock(job, auxPow);
  if (hasWork(block.hash, job.weight)) return block;
  throw new StratumError("invalidSolution", {
    hash: block.hash,
    target: targetOf(block.weight).toString(16).padStart(64, "0"),
  });
}

function plainBlock({ block, isMergeMined }: StratumJob, nonce: unknown): Block {
  const digits = typeof nonce === "string"
    ? /^(?:0x)?([\da-f]{1,32})$/i.exec(nonce)?.[1]
    : undefined;
  if (digits === undefined || isMergeMined) {
    throw new StratumError("invalidParams", { message: "nonce is invalid" });
  }
  return sealVertex({ ...block, nonce: BigInt(`0x${digits}`) });
}

function mergeMinedBlock({ block, isMergeMined }: StratumJob, hex: unknown): Block {
  const invalid = () => new StratumError("invalidParams", { message: "aux_pow is invalid" });
  if (!isMergeMined || typeof hex !== "string") throw invalid();
  const { nonce: _nonce, ...fields } = block;
  try {
    const auxPow = decodeAuxPow(Uint8Array.fromHex(hex));
    return sealVertex({ ...fields, version: VertexVersion.mergeMinedBlock, auxPow });
  } catch (error) {
    // A SyntaxError is what a text that is no hexadecimal throws.
    if (error instanceof VertexFormatError || error instanceof SyntaxError) throw invalid();
    throw error;
  }
}
