import { getLogger } from "@logtape/logtape";
import { LedgerError } from "../kernel/errors.ts";
import type { Ledger, LedgerContext, LedgerDefinition } from "../web/ledger.ts";
import { LEDGERS } from "../ledgers/registry.ts";
import type { Mounted } from "./mounts.ts";
import { problemOf } from "../web/problem.ts";

const logger = getLogger(["ledgerline", "server"]);

/**
 * Starts every ledger, in a new life where the store is a copy; `mounted` holds those that have
 * begun, also where one of them throws. A
 * ledger that meets damage is served as far as it can be: whoever asks it for what is damaged is
 * told so, and the others are as ever.
 */
export async function startLedgers(
  context: LedgerContext,
  { isCopy }: { readonly isCopy: boolean },
  mounted: Mounted[],
): Promise<void> {
  for (const definition of LEDGERS) {
    let ledger: Ledger;
    try {
      ledger = await definition.create(context);
    } catch (error) {
      ledger = damagedLedger(told(definition, error));
    }
    mounted.push({ definition, ledger });
    try {
      if (isCopy) await ledger.beginNewLife?.();
      await ledger.start();
    } catch (error) {
      told(definition, error);
    }
  }
}

/** Throws what is no damage. */
function told({ name }: LedgerDefinition, error: unknown): LedgerError {
  if (!(error instanceof LedgerError) || error.code !== "damaged") throw error;
  logger.error("{ledger} meets damage: {error}", { ledger: name, error: error.message });
  return error;
}

/** A ledger that could not even be made: whatever it is asked, it says why. */
function damagedLedger(error: LedgerError): Ledger {
  return {
    routes: (app) => void app.all("*", () => problemOf(error)),
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
  };
}
