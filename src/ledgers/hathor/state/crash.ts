import type { Chain } from "../../../log/chain.ts";
import { plainEvent } from "./events.ts";

/** The last event of a node that a fault has stopped. */
export const FULL_NODE_CRASHED = "FULL_NODE_CRASHED";

/**
 * Writes that a fault which cannot be worked around has stopped the ledger, so that all who stream
 * its events know. Rejects with the log's own error where nothing can be written any more.
 */
export async function tellCrash(chain: Chain): Promise<void> {
  await chain.append([plainEvent(FULL_NODE_CRASHED, "{}")]);
}
