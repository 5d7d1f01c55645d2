import { getLogger } from "@logtape/logtape";
import { isDamage, type LedgerError, messageOf } from "../../../kernel/errors.ts";
import type { Chain } from "../../../log/chain.ts";
import { plainEvent } from "../rows/events.ts";

const logger = getLogger(["ledgerline", "hathor"]);

/** The last event of a node that a fault has stopped. */
export const FULL_NODE_CRASHED = "FULL_NODE_CRASHED";

/**
 * Writes that a fault which cannot be worked around has stopped the ledger, so that all who stream
 * its events know. Rejects with the log's own error where nothing can be written any more.
 */
export async function tellCrash(chain: Chain): Promise<void> {
  await chain.append([plainEvent(FULL_NODE_CRASHED, "{}")]);
}

/** Stops the intake for good once the log is found damaged. */
export class Halt {
  readonly #chain: Chain;
  #fault: LedgerError | undefined;

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  /** Throws the fault that has stopped the ledger, if one has. */
  check(): void {
    if (this.#fault !== undefined) throw this.#fault;
  }

  /** Stops the ledger where the error is such a fault, and tells all who stream its events, once. */
  async consider(error: unknown): Promise<void> {
    if (!isDamage(error)) return;
    if (this.#fault !== undefined) return;
    this.#fault = error;
    logger.error("the ledger has stopped: {error}", { error: error.message });
    await tellCrash(this.#chain).catch((failure) => {
      logger.error("that it has stopped is not written: {error}", { error: messageOf(failure) });
    });
  }
}
