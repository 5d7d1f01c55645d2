import type { HDKey } from "@scure/bip32";
import type { Clock } from "../../../kernel/clock.ts";
import type { Intake } from "../intake/intake.ts";
import { NonceSearch } from "../mining/nonce_search.ts";
import { solveTransaction } from "../mining/proof_of_work.ts";
import { AddressError, addressOfKey } from "../networks/address.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { placedTransaction } from "../queries/placing.ts";
import { searchUtxos } from "../queries/utxos.ts";
import { minTransactionWeight } from "../rules/tx_weight.ts";
import { payingScript } from "../script/patterns.ts";
import { sealVertex } from "../vertex/seal.ts";
import { sighashOf } from "../vertex/sighash.ts";
import { HTR_UID, type TransactionFields, type TxOutput, VertexVersion } from "../vertex/vertex.ts";
import { inputDataOf } from "../wallet/wallet_keys.ts";
import { bytesOf, faucetKey, genesisKey } from "./accounts.ts";
import { mineBlocks } from "./mine.ts";

/** The most of one payment, in cents of HTR. */
const MOST_PAYMENT = 10_000_000n;

/** What a coin is worth from which payments are made, in cents, and how many there are. */
const COIN = 100_000_000n;
const COINS = 100;

/** Payments of one transaction, which may have 255 outputs. */
const PAYMENTS = 200;

/** An output that can be spent. */
interface Coin {
  readonly txId: string;
  readonly index: number;
  readonly amount: bigint;
  /** Of its transaction, which has to be before any that spends it. */
  readonly timestamp: number;
}

/** A payment that waits. */
interface Payment {
  readonly output: TxOutput;
  readonly paid: PromiseWithResolvers<string>;
}

/** A wallet of one address. */
interface Purse {
  readonly key: HDKey;
  readonly address: string;
  readonly script: Uint8Array;
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
  readonly #search = new NonceSearch();
  readonly #stopped = new AbortController();
  #purses: Promise<{ readonly genesis: Purse; readonly own: Purse }> | undefined;
  #waiting: Payment[] = [];
  #working: Promise<void> | undefined;
  /** The oldest first; undefined where they are to be looked for. */
  #coins: Coin[] | undefined;

  constructor(queries: NodeQueries, intake: Intake, clock: Clock) {
    this.#queries = queries;
    this.#intake = intake;
    this.#clock = clock;
  }

  /**
   * Pays an amount of HTR in cents to an address, and resolves with the transaction's hash once that
   * is durable. Throws RangeError for what cannot be paid.
   */
  async pay(address: string, amount: bigint): Promise<string> {
    if (amount < 1n || amount > MOST_PAYMENT) {
      throw new RangeError(`An amount is 1 to ${MOST_PAYMENT}, in cents of HTR`);
    }
    const output = { value: amount, tokenData: 0, script: this.#scriptOf(address) };
    const paid = Promise.withResolvers<string>();
    this.#waiting.push({ output, paid });
    this.#working ??= this.#work().finally(() => this.#working = undefined);
    return await paid.promise;
  }

  /** Ends what it does; what waits is not paid. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#search.stop();
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const some = this.#next();
      try {
        const hash = await this.#send(some.map(({ output }) => output));
        for (const { paid } of some) paid.resolve(hash);
      } catch (error) {
        // What is spent by somebody else is not to be tried again.
        this.#coins = undefined;
        for (const { paid } of some) paid.reject(error);
      }
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
    const { own } = await this.#keys();
    const coin = await this.#coinOf(sum);
    const change = coin.amount - sum;
    const kept = { value: change, tokenData: 0, script: own.script };
    const tx = await this.#spend(own, [coin], change > 0n ? [...outputs, kept] : outputs);
    const index = outputs.length;
    if (change > 0n) this.#coins?.push({ ...tx, index, amount: change });
    return tx.txId;
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
    const { own } = await this.#keys();
    return (await this.#coinsOf(own, COIN * BigInt(COINS)))
      .sort((a, b) => a.timestamp - b.timestamp);
  }

  /** Makes coins of what the genesis' wallet has, which can be spent once there is a block. */
  async #fund(): Promise<void> {
    const { best } = await this.#queries.state();
    const missing = this.#queries.network.rewardSpendMinBlocks - best.height;
    if (missing > 0) await mineBlocks(this.#queries, this.#intake, this.#clock, missing);
    const { genesis, own } = await this.#keys();
    const needed = COIN * BigInt(COINS);
    const from = await this.#coinsOf(genesis, needed);
    const sum = from.reduce((all, { amount }) => all + amount, 0n);
    if (sum < needed) throw new RangeError("The genesis' wallet has too little left to pay from");
    const outputs = Array.from(
      { length: COINS },
      () => ({ value: COIN, tokenData: 0, script: own.script }),
    );
    const rest = { value: sum - needed, tokenData: 0, script: genesis.script };
    const tx = await this.#spend(genesis, from, sum > needed ? [...outputs, rest] : outputs);
    this.#coins = outputs.map((_, index) => ({ ...tx, index, amount: COIN }));
  }

  /** Outputs of a purse that together are worth an amount, or all of them. */
  async #coinsOf({ address }: Purse, amount: bigint): Promise<Coin[]> {
    const found = await searchUtxos(this.#queries.node, { address, token: HTR_UID, amount });
    return await Promise.all(found.map(async ({ hash, index, amount }) => {
      const view = await this.#queries.vertex(hash);
      return { txId: hash, index, amount, timestamp: view?.vertex.timestamp ?? 0 };
    }));
  }

  /** Makes a transaction and has it taken in. */
  async #spend(
    { key }: Purse,
    coins: readonly Coin[],
    outputs: readonly TxOutput[],
  ): Promise<Pick<Coin, "txId" | "timestamp">> {
    const unsigned: TransactionFields = {
      version: VertexVersion.transaction,
      signalBits: 0,
      tokens: [],
      inputs: coins.map(({ txId, index }) => ({ txId, index, data: new Uint8Array() })),
      outputs,
      weight: 0,
      timestamp: 0,
      parents: [],
      nonce: 0,
      headers: [],
    };
    const data = inputDataOf(key, sighashOf(unsigned));
    const signed = { ...unsigned, inputs: unsigned.inputs.map((input) => ({ ...input, data })) };
    const least = Math.floor(this.#queries.seconds());
    const placed = await placedTransaction(this.#queries, signed, { least });
    const { value: weight } = minTransactionWeight(this.#queries.network, sealVertex(placed));
    const { signal } = this.#stopped;
    const options = { clock: this.#clock, search: this.#search, signal };
    const tx = await solveTransaction({ ...placed, weight }, options);
    if (tx === undefined) throw new RangeError("The server is stopping");
    const answer = await this.#intake.pushTransaction(tx);
    if (!answer.isAccepted) throw new RangeError(answer.message);
    return { txId: tx.hash, timestamp: tx.timestamp };
  }

  #keys() {
    return this.#purses ??= Promise.all([genesisKey(), faucetKey()])
      .then(([genesis, own]) => ({ genesis: this.#purse(genesis), own: this.#purse(own) }));
  }

  #purse(key: HDKey): Purse {
    const address = addressOfKey(this.#queries.network, bytesOf(key.publicKey));
    return { key, address, script: this.#scriptOf(address) };
  }

  #scriptOf(address: string): Uint8Array {
    try {
      return payingScript(this.#queries.network, address);
    } catch (error) {
      if (!(error instanceof AddressError)) throw error;
      throw new RangeError(error.message);
    }
  }
}
