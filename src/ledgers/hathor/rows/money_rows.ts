import type { Rows } from "../../../log/projection.ts";
import { addressTextOf, parseAddressScript } from "../script/patterns.ts";
import { ActionType } from "../vertex/nano_header.ts";
import { canMelt, canMint, isAuthority, tokenIndexOf } from "../vertex/output.ts";
import {
  callOf,
  HTR_UID,
  inputsOf,
  isBlock,
  isTokenCreation,
  tokensOf,
  tokenUidAt,
  type TxOutput,
} from "../vertex/vertex.ts";
import { type Move, moveAmount } from "./address_rows.ts";
import { isVoided } from "./metadata.ts";
import { readMetadata } from "./read_metadata.ts";
import { authorityRow, listedRow, type NetworkRow, tokenHistory, tokenRow } from "./rows.ts";
import type { StoredVertex, StoredVertices } from "./stored_vertices.ts";
import { changeToken } from "./token_rows.ts";
import { utxoRow } from "./utxo_rows.ts";

/** What money is counted with. */
interface MoneyContext {
  readonly rows: Rows;
  readonly vertices: StoredVertices;
  readonly network: NetworkRow;
}

/** The same of a vertex whose tokens are counted by {@linkcode listToken}, or here as well. */
interface CountContext extends MoneyContext {
  readonly isListed?: boolean;
}

/**
 * Adds a token with its creation, and what that changes of totals, authorities and histories of
 * tokens, or takes all of it back. As hathor-core 0.72.0 has it, that stays as long as the creation is
 * there, voided or not: whatever names the token goes on to know it.
 */
export async function listToken(
  stored: StoredVertex,
  by: 1 | -1,
  context: MoneyContext,
): Promise<void> {
  const { vertex } = stored;
  if (!isTokenCreation(vertex)) return;
  const { hash: uid, tokenName: name, tokenSymbol: symbol, tokenVersion: version } = vertex;
  if (by > 0) await changeToken({ uid, name, symbol, version }, context);
  for (const index of vertex.outputs.keys()) await list(stored, index, by, context);
  for (const { txId, index } of inputsOf(vertex)) {
    const spent = await context.vertices.read(txId, context.rows);
    await list(spent, index, by > 0 ? -1 : 1, context);
  }
  await moveWithContract(stored, by > 0 ? 1n : -1n, context);
  await changeTokenHistory(stored, by, context);
  if (by < 0) context.rows.delete(tokenRow(uid));
}

/** Adds an output to its token: to the total, or to the authorities. */
async function list(
  stored: StoredVertex,
  index: number,
  by: 1 | -1,
  context: MoneyContext,
): Promise<void> {
  const output = stored.vertex.outputs[index];
  if (output === undefined) return;
  if (isAuthority(output)) return setSpendable(stored, index, context, { isSpendable: by > 0 });
  const token = tokenUidAt(stored.vertex, tokenIndexOf(output)) ?? HTR_UID;
  await changeTotal(token, BigInt(by) * output.value, context);
}

/**
 * Adds what a vertex moves to balances, totals and unspent outputs, as it is voided no more. A
 * commit's events tell the voided first, and spenders before what they spend.
 */
export async function count(stored: StoredVertex, of: MoneyContext): Promise<void> {
  const { vertex } = stored;
  const context = { ...of, isListed: isTokenCreation(vertex) };
  const metadata = await readMetadata(vertex.hash, context.rows);
  const spentBy = new Map(metadata?.spent ?? []);
  for (const [index, output] of vertex.outputs.entries()) {
    await move(stored, output, context, { received: output.value, spent: 0n });
    if (!await isSpent(spentBy.get(index), context)) setSpendable(stored, index, context);
  }
  for (const { txId, index } of inputsOf(vertex)) {
    const spent = await context.vertices.read(txId, context.rows);
    const output = spent.vertex.outputs[index];
    if (output === undefined) continue;
    await move(spent, output, context, { received: 0n, spent: output.value });
    setSpendable(spent, index, context, { isSpendable: false });
  }
  if (context.isListed) return;
  await moveWithContract(stored, 1n, context);
  await changeTokenHistory(stored, 1, context);
}

/** Takes back what {@linkcode count} did. */
export async function discount(stored: StoredVertex, of: MoneyContext): Promise<void> {
  const { vertex } = stored;
  const context = { ...of, isListed: isTokenCreation(vertex) };
  if (!context.isListed) {
    await changeTokenHistory(stored, -1, context);
    await moveWithContract(stored, -1n, context);
  }
  for (const { txId, index } of inputsOf(vertex)) {
    const spent = await context.vertices.read(txId, context.rows);
    const output = spent.vertex.outputs[index];
    if (output === undefined) continue;
    await move(spent, output, context, { received: 0n, spent: -output.value });
    const metadata = await readMetadata(txId, context.rows);
    const isSpendable = metadata !== undefined && !isVoided(metadata);
    if (isSpendable) setSpendable(spent, index, context);
  }
  for (const [index, output] of vertex.outputs.entries()) {
    await move(stored, output, context, { received: -output.value, spent: 0n });
    setSpendable(stored, index, context, { isSpendable: false });
  }
}

async function isSpent(
  spenders: readonly string[] | undefined,
  { rows }: MoneyContext,
): Promise<boolean> {
  for (const hash of spenders ?? []) {
    const metadata = await readMetadata(hash, rows);
    if (metadata !== undefined && !isVoided(metadata)) return true;
  }
  return false;
}

/** Moves an amount to an address, or from it, and into its token's total or out of it. */
async function move(
  { vertex }: StoredVertex,
  output: TxOutput,
  context: CountContext,
  by: Move,
): Promise<void> {
  if (isAuthority(output)) return;
  const { rows, network } = context;
  const token = tokenUidAt(vertex, tokenIndexOf(output)) ?? HTR_UID;
  if (context.isListed !== true) await changeTotal(token, by.received - by.spent, context);
  const parsed = parseAddressScript(output.script);
  if (parsed === undefined) return;
  await moveAmount(addressTextOf(network, parsed), token, by, rows);
}

/** Says whether an output can be spent: an amount of an address, or an authority. */
function setSpendable(
  { vertex, height }: StoredVertex,
  index: number,
  { rows, network, isListed = false }: CountContext,
  { isSpendable }: { readonly isSpendable: boolean } = { isSpendable: true },
): void {
  const output = vertex.outputs[index];
  if (output === undefined) return;
  const { hash } = vertex;
  const token = tokenUidAt(vertex, tokenIndexOf(output)) ?? HTR_UID;
  if (isAuthority(output)) {
    if (isListed) return;
    for (const kind of ["mint", "melt"] as const) {
      if (!(kind === "mint" ? canMint : canMelt)(output)) continue;
      const key = authorityRow(kind, token, hash, index);
      if (isSpendable) rows.set(key, 0);
      else rows.delete(key);
    }
    return;
  }
  const parsed = parseAddressScript(output.script);
  if (parsed === undefined) return;
  const address = addressTextOf(network, parsed);
  const isReward = isBlock(vertex);
  const key = utxoRow(address, token, {
    hash,
    index,
    amount: output.value,
    timelock: isReward ? undefined : parsed.timelock,
    heightlock: isReward ? height + network.rewardSpendMinBlocks : undefined,
  });
  if (isSpendable) rows.set(key, 0);
  else rows.delete(key);
}

/** A transaction is in the history of each token that it names. */
async function changeTokenHistory(
  { vertex }: StoredVertex,
  by: 1 | -1,
  context: MoneyContext,
): Promise<void> {
  if (isBlock(vertex)) return;
  const { hash, timestamp } = vertex;
  for (const uid of new Set(tokensOf(vertex))) {
    const key = listedRow(tokenHistory(uid), timestamp, hash);
    if (by > 0) context.rows.set(key, 0);
    else context.rows.delete(key);
    await changeToken({ uid }, { ...context, transactions: by });
  }
}

async function changeTotal(uid: string, by: bigint, context: MoneyContext): Promise<void> {
  if (by === 0n) return;
  await changeToken({ uid }, { ...context, total: by });
}

/** What a call deposits with a contract is of its token's total still, and what it withdraws was. */
async function moveWithContract(
  { vertex }: StoredVertex,
  by: 1n | -1n,
  context: MoneyContext,
): Promise<void> {
  for (const { type, tokenIndex, amount } of callOf(vertex)?.actions ?? []) {
    const sign = type === ActionType.deposit ? by : type === ActionType.withdrawal ? -by : 0n;
    await changeTotal(tokenUidAt(vertex, tokenIndex) ?? HTR_UID, sign * amount, context);
  }
}
