import type { Clock } from "../../../kernel/clock.ts";
import type { PaymentRequest } from "../../../web/ledger.ts";
import type { Intake } from "../intake/intake.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { depositFor } from "../rules/fees.ts";
import type { TxOutput } from "../vertex/vertex.ts";
import { mineBlocks } from "./mine.ts";
import { type Coin, Purses, type TokenName } from "./purses.ts";

/** The most of one payment, in cents of HTR. */
const MOST_PAYMENT = 10_000_000n;

/** What a coin is worth from which payments are made, in cents, and how many there are. */
const COIN = 100_000_000n;
const COINS = 100;

/** Payments of one transaction, which may have 255 outputs. */
const PAYMENTS = 200;

/** What is made of a token, of which the faucet keeps what is not paid at once. */
const SUPPLY = 100_000_000n;

/** The indexes of a transaction's one token, and of what may mint it. */
const [TOKEN, MINTS] = [1, 0x81];

/** The mask of an authority to mint. */
const MINT = 1n;

/** A payment that waits. */
interface Payment {
  readonly output: TxOutput;
  readonly paid: PromiseWithResolvers<string>;
}

/**
 * Pays from the genesis whoever asks. Payments that are asked for side by side share a transaction:
 * one at a time is made, so that none spends what another has spent. It has coins of its own, an
 * address apart from the genesis' wallet, for others have its words; the oldest is spent first, since
 * what spends an output is at least a second younger.
 */
export class Faucet {
  readonly #queries: NodeQueries;
  readonly #intake: Intake;
  readonly #clock: Clock;
  readonly #from: Purses;
  #waiting: Payment[] = [];
  /** What is done between payments. */
  #tasks: (() => Promise<void>)[] = [];
  #working: Promise<void> | undefined;
  /** The oldest first; undefined where they are to be looked for. */
  #coins: Coin[] | undefined;

  constructor(queries: NodeQueries, intake: Intake, clock: Clock) {
    this.#queries = queries;
    this.#intake = intake;
    this.#clock = clock;
    this.#from = new Purses(queries, intake, clock);
  }

  /**
   * Pays HTR in cents, or a token: of one that is made by the way, and has the transaction's hash for
   * its uid, or of one that was made so, by its uid. Resolves with the transaction's hash once that is
   * durable. Throws RangeError for what cannot be paid.
   */
  async pay({ address, amount, token, data }: PaymentRequest): Promise<string> {
    if (data !== undefined) throw new RangeError("A payment holds no data");
    if (token !== undefined) return await this.#payToken(address, amount, token);
    const output = this.#outputTo(address, amount, 0);
    const paid = Promise.withResolvers<string>();
    this.#waiting.push({ output, paid });
    this.#begin();
    return await paid.promise;
  }

  async #payToken(
    address: string,
    amount: bigint,
    token: string | TokenName,
  ): Promise<string> {
    const output = this.#outputTo(address, amount, TOKEN);
    return await this.#between(() =>
      typeof token === "string"
        ? this.#sendToken(output, token)
        : this.#again(() => this.#makeToken(output, token))
    );
  }

  /** What it knew of its coins is not so any more. */
  forget(): void {
    this.#coins = undefined;
  }

  #outputTo(address: string, value: bigint, tokenData: number): TxOutput {
    if (value < 1n || value > MOST_PAYMENT) {
      throw new RangeError(`An amount is 1 to ${MOST_PAYMENT}, in cents`);
    }
    return { value, tokenData, script: this.#from.scriptOf(address) };
  }

  #begin(): void {
    this.#working ??= this.#work().finally(() => this.#working = undefined);
  }

  #between<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#tasks.push(() => task().then(resolve, reject));
      this.#begin();
    });
  }

  /** Ends what it does; what waits is not paid. */
  async stop(): Promise<void> {
    this.#from.stop();
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0 || this.#tasks.length > 0) {
      await this.#tasks.shift()?.();
      const some = this.#next();
      if (some.length === 0) continue;
      try {
        const hash = await this.#again(() => this.#send(some.map(({ output }) => output)));
        for (const { paid } of some) paid.resolve(hash);
      } catch (error) {
        for (const { paid } of some) paid.reject(error);
      }
    }
  }

  /** Does something with coins, and once more with those that there are where they were others. */
  async #again<T>(spend: () => Promise<T>): Promise<T> {
    const isKnown = this.#coins !== undefined;
    try {
      return await spend();
    } catch (error) {
      // What was spent by somebody else, or is voided, is not to be tried again.
      this.#coins = undefined;
      if (!isKnown || !(error instanceof RangeError)) throw error;
      return await spend();
    }
  }

  /** As many payments as one coin is enough for. */
  #next(): Payment[] {
    let sum = 0n;
    const most = this.#waiting.slice(0, PAYMENTS);
    const count = most.findIndex(({ output }) => (sum += output.value) > COIN);
    return this.#waiting.splice(0, count < 0 ? most.length : count);
  }

  async #send(outputs: readonly TxOutput[]): Promise<string> {
    const sum = outputs.reduce((all, { value }) => all + value, 0n);
    const { own } = await this.#from.keys();
    const coin = await this.#coinOf(sum);
    const change = coin.amount - sum;
    const kept = { value: change, tokenData: 0, script: own.script };
    const tx = await this.#from.spend(own, [coin], {
      outputs: change > 0n ? [...outputs, kept] : outputs,
    });
    const index = outputs.length;
    if (change > 0n) this.#coins?.push({ ...tx, index, amount: change });
    return tx.txId;
  }

  /** Makes a token, of which the rest is the faucet's, and so is who may mint more. */
  async #makeToken(output: TxOutput, token: TokenName): Promise<string> {
    const supply = output.value > SUPPLY ? output.value : SUPPLY;
    const deposit = depositFor(this.#queries.network, supply);
    const { own } = await this.#from.keys();
    const coin = await this.#coinOf(deposit);
    const { script } = own;
    const outputs = [
      output,
      ...supply > output.value ? [{ value: supply - output.value, tokenData: TOKEN, script }] : [],
      { value: MINT, tokenData: MINTS, script },
      { value: coin.amount - deposit, tokenData: 0, script },
    ];
    const tx = await this.#from.spend(own, [coin], { outputs, token });
    this.#coins?.push({ ...tx, index: outputs.length - 1, amount: coin.amount - deposit });
    return tx.txId;
  }

  /** Pays of what it kept of a token. */
  async #sendToken(output: TxOutput, token: string): Promise<string> {
    const { own } = await this.#from.keys();
    const coins = await this.#from.coinsOf(own, output.value, token);
    const sum = coins.reduce((all, { amount }) => all + amount, 0n);
    if (sum < output.value) throw new RangeError(`The faucet has too little of the token ${token}`);
    const rest = { value: sum - output.value, tokenData: TOKEN, script: own.script };
    const outputs = rest.value > 0n ? [output, rest] : [output];
    return (await this.#from.spend(own, coins, { outputs, token })).txId;
  }

  /** Takes the oldest coin that is enough. */
  async #coinOf(sum: bigint): Promise<Coin> {
    this.#coins ??= await this.#found();
    const enough = ({ amount }: Coin) => amount >= sum;
    if (!this.#coins.some(enough)) await this.#fund();
    const at = this.#coins.findIndex(enough);
    const [coin] = at < 0 ? [] : this.#coins.splice(at, 1);
    if (coin === undefined) throw new RangeError("The faucet is empty");
    return coin;
  }

  /** The coins that are there, the oldest first. */
  async #found(): Promise<Coin[]> {
    const { own } = await this.#from.keys();
    return (await this.#from.coinsOf(own, COIN * BigInt(COINS)))
      .sort((a, b) => a.timestamp - b.timestamp);
  }

  /** Makes coins of what the genesis' wallet has, which can be spent once there is a block. */
  async #fund(): Promise<void> {
    const { best } = await this.#queries.state();
    const missing = this.#queries.network.rewardSpendMinBlocks - best.height;
    if (missing > 0) await mineBlocks(this.#queries, this.#intake, this.#clock, missing);
    const { genesis, own } = await this.#from.keys();
    const needed = COIN * BigInt(COINS);
    const from = await this.#from.coinsOf(genesis, needed);
    const sum = from.reduce((all, { amount }) => all + amount, 0n);
    if (sum < needed) throw new RangeError("The genesis' wallet has too little left to pay from");
    const outputs = Array.from(
      { length: COINS },
      () => ({ value: COIN, tokenData: 0, script: own.script }),
    );
    const rest = { value: sum - needed, tokenData: 0, script: genesis.script };
    const tx = await this.#from.spend(genesis, from, {
      outputs: sum > needed ? [...outputs, rest] : outputs,
    });
    this.#coins = outputs.map((_, index) => ({ ...tx, index, amount: COIN }));
  }
}
