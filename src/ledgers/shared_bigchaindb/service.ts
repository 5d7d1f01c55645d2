import { Buffer } from "node:buffer";
import { base58Encode } from "../../crypto/base58.ts";
import { LedgerError } from "../../kernel/errors.ts";
import type { Chain } from "../../log/chain.ts";
import type { Log } from "../../log/log.ts";
import { storeKey } from "../../log/store_key.ts";
import { prepare, type Prepared } from "./chain/events.ts";
import { beginChain, blockPlan, type Verdict } from "./chain/block_plan.ts";
import { Rejections } from "./chain/rejections.ts";
import { chainName, type Dialect, rejectedName } from "./dialect.ts";
import { inTurns } from "../../kernel/steps.ts";
import { tooLarge } from "./refusal.ts";
import type { Validator } from "./state.ts";
import type { Transaction } from "./transaction.ts";

/** Power of the validator that a store makes for itself. */
const OWN_POWER = 10;

/** Bytes of a transaction as GET shows it, which an event has to hold with what stands around it. */
const TRANSACTION_BYTES = 690_000;

/** Characters past which a transaction has so many signatures that no block waits for them. */
const LARGE = 20_000;

/** What a ledger is made with. */
export interface ServiceOptions {
  /** The validators with which a new chain begins; none for one that the store makes. */
  readonly validators: readonly Validator[];
  readonly keepsRejected: boolean;
}

/** One ledger: its chain, and the way of transactions into it. */
export class LedgerService {
  readonly dialect: Dialect;
  readonly chain: Chain;
  /** Of what was refused; it stays empty where that is switched off. */
  readonly rejected: Chain;
  readonly #log: Log;
  readonly #options: ServiceOptions;
  readonly #blocks: ReturnType<typeof blockPlan>;
  readonly #rejections: Rejections;
  readonly #inHand = new Set<Promise<Verdict>>();

  constructor(dialect: Dialect, log: Log, options: ServiceOptions) {
    this.dialect = dialect;
    this.#log = log;
    this.#options = options;
    this.chain = log.chain(chainName(dialect));
    this.rejected = log.chain(rejectedName(dialect));
    this.#blocks = blockPlan(dialect);
    this.#rejections = new Rejections(this.rejected);
  }

  /** Begins the chain where there is none. */
  async start(): Promise<void> {
    if (await this.chain.head() !== undefined) return;
    const { validators } = this.#options;
    const first = validators.length > 0 ? validators : [await this.#ownValidator()];
    await this.chain.execute(beginChain(first));
  }

  async stop(): Promise<void> {
    await Promise.allSettled(this.#inHand);
    await this.#rejections.stop();
  }

  /** Brings a transaction into a block; resolves once that is durable, or with the refusal. */
  submit(transaction: Transaction): Promise<Verdict> {
    const submitted = this.#submit(transaction).finally(() => this.#inHand.delete(submitted));
    this.#inHand.add(submitted);
    return submitted;
  }

  async #submit(transaction: Transaction): Promise<Verdict> {
    const prepared = await prepare(this.dialect, transaction);
    if (prepared.model.length > TRANSACTION_BYTES) return { refusal: tooLarge() };
    // While the block before it is committed; otherwise it is done while the store reads.
    if (!this.chain.isIdle || prepared.model.length > LARGE) {
      await inTurns(transaction.signatures.verifying());
    }
    const verdict = await this.#verdict(prepared);
    if ("refusal" in verdict && this.#options.keepsRejected) {
      this.#rejections.note(prepared, verdict.refusal);
    }
    return verdict;
  }

  async #verdict(prepared: Prepared): Promise<Verdict> {
    try {
      return await this.chain.gather(this.#blocks, prepared);
    } catch (error) {
      // Alone in its block, and still more than a commit may hold.
      if (error instanceof LedgerError && error.code === "too_large") {
        return { refusal: tooLarge() };
      }
      throw error;
    }
  }

  /** The same for every process over the store. */
  async #ownValidator(): Promise<Validator> {
    const { x } = await storeKey(this.#log, [this.dialect.name, "validator"]);
    return { publicKey: base58Encode(Buffer.from(x, "base64url")), power: OWN_POWER };
  }
}
