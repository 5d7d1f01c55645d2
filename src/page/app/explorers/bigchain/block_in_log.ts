import { findChain, readEvents } from "../../data/chains.ts";
import type { BigchainBlock } from "./model.ts";
import { blockOfEvent } from "./ledger.ts";
import { seekBlock } from "./seek.ts";

/** Blocks that were found: they do not change. */
const found = new Map<string, BigchainBlock>();

/** The block of a height of a ledger's chain: the ledger's API does not tell its time. */
export async function blockInLog(
  chain: string,
  height: number,
  signal?: AbortSignal,
): Promise<BigchainBlock | undefined> {
  const name = `${chain} ${height}`;
  const known = found.get(name);
  if (known !== undefined) return known;
  const events = (await findChain(chain, signal))?.events ?? 0;
  const block = await seekBlock(height, events, async (offset) => {
    const asked = { from: `${offset}`, limit: 1, types: ["BLOCK"] };
    const [event] = await readEvents(chain, asked, signal);
    return event && blockOfEvent(event);
  });
  if (block !== undefined) found.set(name, block);
  return block;
}
