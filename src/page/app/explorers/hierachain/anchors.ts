import { readEvents } from "../../data/chains.ts";
import { logNameOf, MAIN_CHAIN } from "./ledger.ts";

/** A proof that a chain has left in the root chain: the hash of the last block it had then. */
export interface Anchor {
  readonly chain: string;
  readonly hash: string;
  readonly blockIndex: number;
  /** In milliseconds since the epoch. */
  readonly time: number;
  /** In the log of the root chain. */
  readonly offset: number;
}

/** Proofs that are looked through, the newest first. */
const LOOKED_AT = 500;

/** The last proofs in the root chain, the newest first. */
export async function readAnchors(signal?: AbortSignal): Promise<readonly Anchor[]> {
  const events = await readEvents(logNameOf(MAIN_CHAIN), {
    from: "latest",
    backward: true,
    limit: LOOKED_AT,
    keys: ["proof_submission"],
  }, signal);
  return events.map(({ data, time, offset }) => {
    const { sub_chain: chain, proof_hash: hash, metadata } = data as {
      sub_chain: string;
      proof_hash: string;
      metadata?: { latest_block_index?: number };
    };
    return { chain, hash, blockIndex: metadata?.latest_block_index ?? 0, time, offset };
  });
}

/** The newest proof of each chain. */
export function newestAnchors(anchors: readonly Anchor[]): ReadonlyMap<string, Anchor> {
  const newest = new Map<string, Anchor>();
  for (const anchor of anchors) if (!newest.has(anchor.chain)) newest.set(anchor.chain, anchor);
  return newest;
}

/** The first proof of a chain that a block is under: of itself, or of one that follows it. */
export function anchorOf(
  anchors: readonly Anchor[],
  chain: string,
  index: number,
): Anchor | undefined {
  return anchors.findLast((anchor) => anchor.chain === chain && anchor.blockIndex >= index);
}
