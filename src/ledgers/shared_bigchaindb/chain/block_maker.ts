import { LedgerError } from "../../../kernel/errors.ts";
import {
  COMMAND_QUEUE,
  COMMIT_KEY_BYTES,
  COMMIT_MUTATIONS,
  GROUP_BYTES,
} from "../../../kernel/limits.ts";
import type { Chain } from "../../../log/chain.ts";
import type { Dialect } from "./dialect.ts";
import { tooLarge } from "../transaction/refusal.ts";
import type { Prepared } from "./events.ts";
import { makeBlock, type Verdict } from "./make_block.ts";

interface Waiting {
  readonly prepared: Prepared;
  readonly cost: Cost;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: unknown) => void;
}

/** About what a transaction adds to a commit. */
interface Cost {
  readonly bytes: number;
  readonly rows: number;
  readonly keyBytes: number;
}

/** How much of what a commit may hold a block is planned to take: the costs are estimates. */
const SHARE = 0.8;

/**
 * Makes blocks of transactions: those that arrive while one block is being committed make up the
 * next, as many as one commit holds.
 */
export class BlockMaker {
  readonly #dialect: Dialect;
  readonly #chain: Chain;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(dialect: Dialect, chain: Chain) {
    this.#dialect = dialect;
    this.#chain = chain;
  }

  /** Whether a block is being made. */
  get isBusy(): boolean {
    return this.#running !== undefined;
  }

  /** Resolves once the transaction's block is durable, or what it was refused for is. */
  submit(prepared: Prepared): Promise<Verdict> {
    if (this.#queue.length >= COMMAND_QUEUE) {
      return Promise.reject(new LedgerError("store_busy", "Too many transactions are waiting"));
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ prepared, cost: costOf(prepared), resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Waits for what is in hand. */
  async stop(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // What arrives in the same turn of the event loop belongs together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, fitting(this.#queue));
      this.#queue = this.#queue.slice(batch.length);
      await this.#commit(batch);
    }
    this.#running = undefined;
  }

  async #commit(batch: readonly Waiting[]): Promise<void> {
    try {
      const prepared = batch.map((each) => each.prepared);
      const verdicts = await this.#chain.execute(makeBlock(this.#dialect, prepared));
      verdicts.forEach((verdict, index) => batch[index]?.resolve(verdict));
    } catch (error) {
      const isTooLarge = error instanceof LedgerError && error.code === "too_large";
      // What the log tells is about all of them. Anything else is the fault of one, so that the
      // others are tried without it.
      const isOfOne = isTooLarge || !(error instanceof LedgerError);
      if (isOfOne && batch.length > 1) {
        const middle = batch.length >> 1;
        await this.#commit(batch.slice(0, middle));
        return await this.#commit(batch.slice(middle));
      }
      for (const { resolve, reject } of batch) {
        if (isTooLarge) resolve({ refusal: tooLarge() });
        else reject(error);
      }
    }
  }
}

/** How many of the first that wait fit into one block; at least one. */
function fitting(queue: readonly Waiting[]): number {
  let bytes = 0;
  let rows = 0;
  let keyBytes = 0;
  const count = queue.findIndex(({ cost }) => {
    bytes += cost.bytes;
    rows += cost.rows;
    keyBytes += cost.keyBytes;
    return bytes > GROUP_BYTES || rows > COMMIT_MUTATIONS * SHARE ||
      keyBytes > COMMIT_KEY_BYTES * SHARE;
  });
  return count < 0 ? queue.length : Math.max(1, count);
}

/** Bytes of a key with an id in it, with an owner in it, and with neither. */
const ID_KEY = 105;
const OWNER_KEY = 105;
const SHORT_KEY = 60;

function costOf({ transaction, model, index }: Prepared): Cost {
  const owners = transaction.outputs.reduce(
    (sum, { publicKeys }) => sum + (publicKeys?.length ?? 0),
    0,
  );
  const spends = transaction.inputs.length;
  return {
    // The ids of a block are told once more at its end.
    bytes: model.length + 300 + transaction.outputs.length * 250,
    rows: 2 + owners + 3 * spends + index.length + Math.ceil(model.length / 16_384),
    keyBytes: ID_KEY + SHORT_KEY * (1 + spends + index.length) + OWNER_KEY * (owners + 2 * spends),
  };
}
