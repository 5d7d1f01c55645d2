import { getLogger } from "@logtape/logtape";
import { writeSpacedAsciiJson } from "../../../python/json_write.ts";
import { messageOf } from "../../../kernel/errors.ts";
import type { Chain } from "../../../log/chain.ts";
import type { TransactionRefused } from "../transaction/refusal.ts";
import type { Prepared } from "./events.ts";

const logger = getLogger(["ledgerline", "bigchaindb"]);

/** Characters of a reason that are kept. */
const REASON_CHARS = 500;

/** Keys of a rejected transaction that are kept to filter by. */
const KEYS = 16;

/** Rejections that may wait to be written: backpressure drops the rest. */
const WAITING = 1_000;

/**
 * Writes the chain of transactions that were refused by the state or for their signatures. What fails
 * the stateless checks is not kept: to fill this chain takes well-formed transactions, and fills it
 * with less than accepted ones would.
 */
export class Rejections {
  readonly #chain: Chain;
  readonly #writing = new Set<Promise<void>>();

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  /** Appends a rejection in the background: its client does not wait for that. */
  note({ transaction, keys }: Prepared, refusal: TransactionRefused): void {
    if (this.#writing.size >= WAITING) return;
    const { id, operation } = transaction;
    const data = writeSpacedAsciiJson({
      transaction_id: id,
      operation,
      code: refusal.code,
      message: refusal.message.slice(0, REASON_CHARS),
      status: refusal.status,
    });
    const event = { type: operation, keys: keys.slice(0, KEYS), data };
    const writing = this.#chain.append([event]).then(() => {}, (error) => {
      logger.warn("a rejection is not written down: {error}", { error: messageOf(error) });
    }).finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
  }

  /** Waits for what is being written. */
  async stop(): Promise<void> {
    await Promise.all(this.#writing);
  }
}
