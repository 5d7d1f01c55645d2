import { LEDGERS } from "../ledgers/registry.ts";
import type { Projection } from "../log/projection.ts";
import { keyProjection, KEYS_CHAIN } from "./keys/stored_key.ts";

/** The projection of any chain by its name: the server's own, or that of the ledger that has it. */
export function projectionOf(chain: string): Projection | undefined {
  return chain === KEYS_CHAIN ? keyProjection : ledgerProjectionOf(chain);
}

/** The projection of a ledger's chain; undefined for a name that no ledger has. */
export function ledgerProjectionOf(chain: string): Projection | undefined {
  for (const ledger of LEDGERS) {
    const projection = ledger.projectionOf(chain);
    if (projection !== undefined) return projection;
  }
  return undefined;
}
