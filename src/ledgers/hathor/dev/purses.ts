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
import {
  HTR_UID,
  type TokenCreationFields,
  TokenVersion,
  type TransactionFields,
  type TxOutput,
  UNPLACED,
  VertexVersion,
} from "../vertex/vertex.ts";
import { signedBy } from "../wallet/wallet_keys.ts";
import { bytesOf, faucetKey, genesisKey } from "./accounts.ts";

/** An output that can be spent. */
export interface Coin {
  readonly txId: string;
  readonly index: number;
  readonly amount: bigint;
  /** Of its transaction, which has to be before any that spends it. */
  readonly timestamp: number;
}

/** A wallet of one address. */
export interface Purse {
  readonly key: HDKey;
  readonly address: string;
  readonly script: Uint8Array;
}

/** What a token is called. */
export interface TokenName {
  readonly name: string;
  readonly symbol: string;
}

/** What a transaction is made of beside its inputs. */
interface SpentOn {
  readonly outputs: readonly TxOutput[];
  /** The token that outputs are of, by its uid or as it is made. */
  readonly token?: string | TokenName;
}

/** Spends what the keys of the faucet have, in transactions that are taken in like any other. */
export class Purses {
  readonly #queries: NodeQueries;
  readonly #intake: Intake;
  readonly #clock: Clock;
  readonly #search = new NonceSearch();
  readonly #stopped = new AbortController();
  #purses: Promise<{ readonly genesis: Purse; readonly own: Purse }> | undefined;

  constructor(queries: NodeQueries, intake: Intake, clock: Clock) {
    this.#queries = queries;
    this.#intake = intake;
    this.#clock = clock;
  }

  /** Ends what it does. */
  stop(): void {
    this.#stopped.abort();
    this.#search.stop();
  }

  /** Outputs of a purse that together are worth an amount, or all of them. */
  async coinsOf({ address }: Purse, amount: bigint, token = HTR_UID): Promise<Coin[]> {
    const found = await searchUtxos(this.#queries.node, { address, token, amount });
    return await Promise.all(found.map(async ({ hash, index, amount }) => {
      const view = await this.#queries.vertex(hash);
      return { txId: hash, index, amount, timestamp: view?.vertex.timestamp ?? 0 };
    }));
  }

  /** Makes a transaction and has it taken in. */
  async spend(
    { key }: Purse,
    coins: readonly Coin[],
    { outputs, token }: SpentOn,
  ): Promise<Pick<Coin, "txId" | "timestamp">> {
    const unsigned: TransactionFields | TokenCreationFields = {
      ...kindOf(token),
      ...UNPLACED,
      inputs: coins.map(({ txId, index }) => ({ txId, index, data: new Uint8Array() })),
      outputs,
    };
    const least = Math.floor(this.#queries.seconds());
    const placed = await placedTransaction(this.#queries, signedBy(key, unsigned), { least });
    const { value: weight } = minTransactionWeight(this.#queries.network, sealVertex(placed));
    const { signal } = this.#stopped;
    const options = { clock: this.#clock, search: this.#search, signal };
    const tx = await solveTransaction({ ...placed, weight }, options);
    if (tx === undefined) throw new RangeError("The server is stopping");
    const answer = await this.#intake.pushTransaction(tx);
    if (!answer.isAccepted) throw new RangeError(answer.message);
    return { txId: tx.hash, timestamp: tx.timestamp };
  }

  /** The purses of the faucet's keys. */
  keys() {
    return this.#purses ??= Promise.all([genesisKey(), faucetKey()])
      .then(([genesis, own]) => ({ genesis: this.#purse(genesis), own: this.#purse(own) }));
  }

  #purse(key: HDKey): Purse {
    const address = addressOfKey(this.#queries.network, bytesOf(key.publicKey));
    return { key, address, script: this.scriptOf(address) };
  }

  /** What pays an address. Throws RangeError where it is none. */
  scriptOf(address: string): Uint8Array {
    try {
      return payingScript(this.#queries.network, address);
    } catch (error) {
      if (!(error instanceof AddressError)) throw error;
      throw new RangeError(error.message);
    }
  }
}

/** What tells a transaction that makes a token from one that moves it, or none. */
function kindOf(token: string | TokenName | undefined) {
  if (token === undefined || typeof token === "string") {
    return { version: VertexVersion.transaction, tokens: token === undefined ? [] : [token] };
  }
  const { name: tokenName, symbol: tokenSymbol } = token;
  const tokenVersion = TokenVersion.deposit;
  return { version: VertexVersion.tokenCreation, tokenVersion, tokenName, tokenSymbol };
}
