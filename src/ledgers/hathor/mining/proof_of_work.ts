import type { Clock } from "../../../kernel/clock.ts";
import { sleep } from "../../../kernel/clock.ts";
import { targetOf } from "../rules/work.ts";
import { miningHeader, sealVertex } from "../vertex/seal.ts";
import {
  type Block,
  type BlockFields,
  type TokenCreationFields,
  type Transaction,
  type TransactionFields,
} from "../vertex/vertex.ts";
import { WorkHasher } from "./work_hasher.ts";

/** Hashes between two turns of the event loop: about a millisecond. */
const HASHES_PER_TURN = 500;

/** The nonce of a transaction has 32 bits, and more are never tried for one block. */
const NONCES = 2 ** 32;

/** What a solution is looked for with. */
export interface WorkOptions {
  readonly clock: Clock;
  /** Ends the search, as does the end of all nonces. */
  readonly signal: AbortSignal;
  /** The first nonce that is tried, 0 by default; after the last comes the one that is 0. */
  readonly first?: number;
}

/** A block with its proof of work; undefined where the search has ended without one. */
export async function solveBlock(
  fields: BlockFields,
  options: WorkOptions,
): Promise<Block | undefined> {
  const nonce = await search(miningHeader(fields), fields.weight, options);
  return nonce === undefined ? undefined : sealVertex({ ...fields, nonce: BigInt(nonce) });
}

/** The same for a transaction. */
export async function solveTransaction(
  fields: TransactionFields | TokenCreationFields,
  options: WorkOptions,
): Promise<Transaction | undefined> {
  const nonce = await search(miningHeader(fields), fields.weight, options);
  return nonce === undefined ? undefined : sealVertex({ ...fields, nonce });
}

/** Looks for a nonce in small slices, so that everything else goes on meanwhile. */
async function search(
  header: Uint8Array,
  weight: number,
  { clock, signal, first = 0 }: WorkOptions,
): Promise<number | undefined> {
  const hasher = new WorkHasher(header, targetOf(weight));
  for (let tried = 0; tried < NONCES;) {
    const from = (first + tried) % NONCES;
    const end = Math.min(from + HASHES_PER_TURN, NONCES);
    const found = hasher.search(from, end);
    if (found !== undefined) return found;
    tried += end - from;
    await sleep(clock, 0, signal);
    if (signal.aborted) return undefined;
  }
  return undefined;
}
