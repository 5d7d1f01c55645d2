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
  { clock, signal }: WorkOptions,
): Promise<number | undefined> {
  const hasher = new WorkHasher(header, targetOf(weight));
  for (let first = 0; first < NONCES; first += HASHES_PER_TURN) {
    const end = Math.min(first + HASHES_PER_TURN, NONCES);
    const found = hasher.search(first, end);
    if (found !== undefined) return found;
    await sleep(clock, 0, signal);
    if (signal.aborted) return undefined;
  }
  return undefined;
}
