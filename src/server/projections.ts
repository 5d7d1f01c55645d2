import { LEDGERS } from "../ledgers/registry.ts";
import type { Projection } from "../log/projection.ts";
import { keyProjection, KEYS_CHAIN } from "./keys/stored_key.ts";

/** The projection of any chain by its name: the server's own, or that of the ledger that has it. */
export function chainProjection(chain: string, ledgers = LEDGERS): Projection | undefined {
  return chain === KEYS_CHAIN ? keyProjection : projectionOfLedgers(chain, ledgers);
}

/** The projection of a ledger's chain; undefined for a name that no ledger has. */
export function projectionOfLedgers(chain: string, ledgers = LEDGERS): Projection | undefined {
  for (const ledger of ledgers) {
    const projection = ledger.projectionOf(chain);
    if (projection !== undefined) return projection;
  }
  return undefined;
}
