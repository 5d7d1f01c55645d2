import { Pace } from "../../../kernel/turn.ts";
import { eachRow } from "../queries/lists.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { spenderOf, type VertexView } from "../queries/views.ts";
import { isVoided } from "../rows/metadata.ts";
import { type Utxo, UtxoLock, utxoOfKey, utxoPrefix } from "../rows/utxo_rows.ts";
import { addressOfScript } from "../script/patterns.ts";
import type { Holding, OpenWallet } from "./spending_wallet.ts";

/** An output of the wallet, and whose key it is. */
export interface OwnOutput {
  readonly txId: string;
  readonly index: number;
  readonly keyIndex: number;
}

/** Outputs of an address, of each kind of lock, of which the largest are looked for. */
const MOST_LOOKED_AT = 4_096;

/** There is not as much as was asked for. */
export class InsufficientFunds extends Error {
  override readonly name = "InsufficientFunds";
  constructor(asked: bigint, available: bigint) {
    super(`Requested amount: ${asked} / Available: ${available}`);
  }
}

/** What an amount is to be paid from. */
export interface AmountRequest {
  readonly token: string;
  readonly amount: bigint;
  /** Outputs that are younger are left out, in seconds since the epoch. */
  readonly before?: number | undefined;
}

/**
 * Outputs of the wallet that are worth an amount, which are kept: of each address the largest first,
 * so that they are few. What is locked, or kept for another transaction, is left out.
 *
 * @throws {InsufficientFunds}
 */
export async function outputsWorth(
  queries: NodeQueries,
  open: OpenWallet,
  holding: Holding,
  { token, amount, before }: AmountRequest,
): Promise<{ readonly outputs: readonly OwnOutput[]; readonly sum: bigint }> {
  const turns = Pace.ofSteps();
  const now = Math.floor(queries.seconds());
  const { height: best } = await queries.bestBlock();
  const outputs: OwnOutput[] = [];
  let sum = 0n;
  const largest = (address: string, asked: string) =>
    largestOutputs(queries, address, asked, turns);
  for (const [keyIndex, address] of (await open.addresses.all()).entries()) {
    for (const { hash: txId, index, amount: value, ...lock } of await largest(address, token)) {
      if (turns.isDue) await turns.give();
      if (sum >= amount) break;
      const { timelock = -1, heightlock = 0 } = lock;
      if (timelock >= now || heightlock > best) continue;
      const own = { txId, index, keyIndex };
      // Whoever kept it until now may have spent it since the rows were read.
      const view = holding.take(own) ? await unspent(queries, own) : undefined;
      if (view === undefined) continue;
      if (before !== undefined && view.vertex.timestamp >= before) continue;
      outputs.push(own);
      sum += value;
    }
    if (sum >= amount) return { outputs, sum };
  }
  throw new InsufficientFunds(amount, sum);
}

/** Outputs of an address, the largest first, of each kind of lock those with the highest. */
async function largestOutputs(
  { chain }: NodeQueries,
  address: string,
  token: string,
  turns: Pace,
): Promise<Utxo[]> {
  const found: Utxo[] = [];
  for (const lock of Object.values(UtxoLock)) {
    let left = MOST_LOOKED_AT;
    for await (
      const { key } of eachRow(chain, utxoPrefix(address, token, lock), { reverse: true })
    ) {
      if (turns.isDue) await turns.give();
      found.push(utxoOfKey(key));
      if (--left === 0) break;
    }
  }
  return found.sort((a, b) => a.amount < b.amount ? 1 : a.amount > b.amount ? -1 : 0);
}

/** One output, if it is the wallet's and can be spent; undefined for any other. */
export async function ownOutput(
  queries: NodeQueries,
  { addresses }: OpenWallet,
  { txId, index }: Pick<OwnOutput, "txId" | "index">,
): Promise<OwnOutput | undefined> {
  const view = await unspent(queries, { txId, index });
  const output = view?.vertex.outputs[index];
  const address = output && addressOfScript(queries.network, output.script);
  if (address === undefined) return undefined;
  // One that is not known yet may be among those that have come since.
  if (addresses.indexOf(address) === undefined) await addresses.all();
  const keyIndex = addresses.indexOf(address);
  return keyIndex === undefined ? undefined : { txId, index, keyIndex };
}

/** The vertex of an output that can be spent; undefined for one that is missing, void or spent. */
async function unspent(
  queries: NodeQueries,
  { txId, index }: Pick<OwnOutput, "txId" | "index">,
): Promise<VertexView | undefined> {
  const view = await queries.vertex(txId);
  if (view?.vertex.outputs[index] === undefined || isVoided(view.metadata)) return undefined;
  const spender = await spenderOf(view.metadata, index, queries.node.rows);
  return spender === undefined ? view : undefined;
}
