import type { Clock } from "../../../kernel/clock.ts";
import { LedgerError } from "../../../kernel/errors.ts";
import type { Prepared } from "./events.ts";
import { beginChain } from "./block_plan.ts";
import type { Verdict } from "./block_plan.ts";
import { blockPlan } from "./block_plan.ts";
import { Buffer } from "node:buffer";
import { base58Encode } from "../../../crypto/base58.ts";
import type { Chain } from "../../../log/chain.ts";
import type { Log } from "../../../log/log.ts";
import { storeKey } from "../../../log/store_key.ts";
import { prepare } from "./events.ts";
import { Rejections } from "./rejections.ts";
import { switchContents } from "./content_switch.ts";
import { chainName, type Dialect, type OwnChecks, rejectedName } from "./dialect.ts";
import { inTurns } from "../../../kernel/steps.ts";
import { tooLarge } from "../transaction/refusal.ts";
import type { Validator } from "../rules/state.ts";
import type { Transaction } from "../transaction/transaction.ts";

/** Power of the validator that a store makes for itself. */
const OWN_POWER = 10;

/**
 * Characters of a transaction as GET shows it. The original hands it on in base64, in a request of a
 * million bytes of which 113 are others.
 */
const TRANSACTION_CHARS = 749_913;

/** Characters past which signatures are verified before the block's turn: there may be many. */
const LARGE = 20_000;

/** What a ledger is made with. */
export interface ServiceOptions {
  /** The validators with which a new chain begins; none for one that the store makes. */
  readonly validators: readonly Validator[];
  readonly keepsRejected: boolean;
  /** Whether transactions are found by their content. */
  readonly hasTextSearch: boolean;
  readonly clock: Clock;
}

/** The writing side of one ledger: its chain, and the path of transactions into it. */
export class BigchainService {
  readonly dialect: Dialect;
  readonly chain: Chain;
  /** The chain of rejected transactions; empty where keeping them is switched off. */
  readonly rejected: Chain;
  readonly #log: Log;
  readonly #options: ServiceOptions;
  readonly #blocks: ReturnType<typeof blockPlan>;
  readonly #rejections: Rejections;
  readonly #ownChecks: OwnChecks | undefined;
  /** Whether the rows have an index of contents, as far as this process knows. */
  #isIndexed = true;
  readonly #inHand = new Set<Promise<Verdict>>();

  constructor(dialect: Dialect, log: Log, options: ServiceOptions) {
    this.dialect = dialect;
    this.#log = log;
    this.#options = options;
    this.chain = log.chain(chainName(dialect));
    this.rejected = log.chain(rejectedName(dialect));
    this.#blocks = blockPlan(dialect);
    this.#ownChecks = dialect.ownChecks?.(options.clock);
    this.#rejections = new Rejections(this.rejected);
  }

  get keepsRejected(): boolean {
    return this.#options.keepsRejected;
  }

  /** Begins the chain where there is none. */
  async start(): Promise<void> {
    if (await this.chain.head() === undefined) {
      const { validators } = this.#options;
      const first = validators.length > 0 ? validators : [await this.#ownValidator()];
      await this.chain.execute(beginChain(first));
    }
    this.#isIndexed = await switchContents(this.chain, this.#options.hasTextSearch);
  }

  /** The same where a node decides what the chain has: whoever follows it begins the chain. */
  async startCopy(): Promise<void> {
    if (await this.chain.head() === undefined) return;
    await switchContents(this.chain, this.#options.hasTextSearch);
  }

  async stop(): Promise<void> {
    this.#ownChecks?.stop();
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
    await this.#ownChecks?.check(transaction);
    const prepared = await prepare(this.dialect, transaction, this.#isIndexed);
    if (prepared.model.length > TRANSACTION_CHARS) return { refusal: tooLarge() };
    // In parallel with the commit of the block before it; else signatures are verified as the store reads.
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
      // Alone in its block, and still more than the largest commit may hold.
      if (error instanceof LedgerError && error.code === "too_large") {
        return { refusal: tooLarge() };
      }
      throw error;
    }
  }

  /** A validator with a key of the store's, so that every process over it has the same. */
  async #ownValidator(): Promise<Validator> {
    const { x } = await storeKey(this.#log, [this.dialect.name, "validator"]);
    return { publicKey: base58Encode(Buffer.from(x, "base64url")), power: OWN_POWER };
  }
}
