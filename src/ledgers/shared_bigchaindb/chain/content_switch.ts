import { getLogger } from "@logtape/logtape";
import { isDamage } from "../../../kernel/errors.ts";
import type { Chain } from "../../../log/chain.ts";
import { CONTENT_SWITCH, hasContentIndex } from "./content_index.ts";

const logger = getLogger(["ledgerline", "bigchaindb"]);

/**
 * Makes the rows anew where they have an index of contents that is not wanted, or have none; whether
 * they have one then. A log that cannot be read whole keeps its rows, and with them the one that they
 * have, or none.
 */
export async function switchContents(chain: Chain, isOn: boolean): Promise<boolean> {
  let isIndexed = true;
  try {
    isIndexed = await hasContentIndex(chain);
    if (isIndexed === isOn) return isOn;
    logger.info("{chain}: text search is switched {state}, and the rows are made anew", {
      chain: chain.name,
      state: isOn ? "on" : "off",
    });
    await chain.rebuild([{ key: CONTENT_SWITCH, value: isOn ? undefined : false }]);
    return isOn;
  } catch (error) {
    if (!isDamage(error)) throw error;
    logger.warn("{chain}: text search stays as it was: {reason}", {
      chain: chain.name,
      reason: error.message,
    });
    return isIndexed;
  }
}
