import {
  isPyArray,
  isPyObject,
  type PyJson,
  type PyObject,
  valueAt,
} from "../../../python/json.ts";
import { decodeBase64 } from "../../../python/base64.ts";
import { BadRequest } from "../http/arguments.ts";
import { integerOf } from "../http/json_body.ts";
import { AddressError, decodeAddress } from "../networks/address.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { type MatchValues, matchValuesScript, parseMatchValues } from "../script/match_values.ts";
import { payingScript } from "../script/patterns.ts";
import { MAX_AMOUNT } from "../vertex/amount.ts";
import { encodeVertex } from "../vertex/encode.ts";
import { sealVertex } from "../vertex/seal.ts";
import {
  HTR_UID,
  type TransactionFields,
  type TxOutput,
  UNPLACED,
  VertexVersion,
} from "../vertex/vertex.ts";
import { InsufficientFunds, outputsWorth } from "./own_outputs.ts";
import type { WalletContext } from "./send_tokens.ts";
import type { OpenWallet, SpendingWallet } from "./spending_wallet.ts";

const KEY_HASH_SIZE = 20;
const MOST_SECONDS = 0xffff_ffffn;
const LARGEST_VALUE = 0xffff_ffff_ffff_ffffn;
/** A script has up to 1,024 bytes, and each of those who may spend takes some thirty. */
const MOST_VALUES = 40;
const LONGEST_ID = 75;

/** A transaction that puts what the wallet stakes into a new contract, in hexadecimal. */
export async function newContract(
  { queries }: WalletContext,
  wallet: SpendingWallet,
  open: OpenWallet,
  body: PyObject,
): Promise<string> {
  const contract = contractOf(queries, body);
  const value = amountAt(body, "total_value");
  const output = { value, tokenData: 0, script: matchValuesScript(contract) };
  const staked = await stake(queries, wallet, open, amountAt(body, "input_value"));
  return unsignedHex({
    version: VertexVersion.transaction,
    ...UNPLACED,
    tokens: [],
    inputs: staked.inputs,
    outputs: [output, ...staked.change],
    timestamp: Math.floor(queries.seconds()),
  });
}

/** The transaction of a contract with more values, and what the wallet stakes beside the others. */
export async function changedContract(
  { queries }: WalletContext,
  wallet: SpendingWallet,
  open: OpenWallet,
  { tx, body }: { readonly tx: TransactionFields; readonly body: PyObject },
): Promise<string> {
  const added = valuesAt(body, "new_values");
  const amount = amountAt(body, "input_value");
  let found: { value: bigint; contract: MatchValues } | undefined;
  const others: TxOutput[] = [];
  for (const output of tx.outputs) {
    const contract = parseMatchValues(output.script);
    if (contract === undefined) others.push(output);
    else found = { value: output.value, contract };
  }
  if (found === undefined) throw new BadRequest("Nano contract not found");
  const values = new Map([...found.contract.values, ...added]);
  if (values.size > MOST_VALUES) throw tooManyValues();
  const script = matchValuesScript({ ...found.contract, values });
  const staked = await stake(queries, wallet, open, amount);
  return unsignedHex({
    ...tx,
    inputs: [...tx.inputs, ...staked.inputs],
    outputs: [{ value: found.value, tokenData: 0, script }, ...others, ...staked.change],
  });
}

function unsignedHex(tx: TransactionFields): string {
  return encodeVertex(sealVertex(tx)).toHex();
}

/** What the wallet has to spend of an amount, and what comes back of it. */
async function stake(
  queries: NodeQueries,
  wallet: SpendingWallet,
  open: OpenWallet,
  amount: bigint,
) {
  const holding = wallet.holding();
  try {
    const { outputs, sum } = await outputsWorth(queries, open, holding, { token: HTR_UID, amount });
    const inputs = outputs.map(({ txId, index }) => ({ txId, index, data: new Uint8Array() }));
    if (sum === amount) return { inputs, change: [] };
    const address = await open.addresses.unused({ isMarked: true });
    const script = payingScript(queries.network, address);
    return { inputs, change: [{ value: sum - amount, tokenData: 0, script }] };
  } catch (error) {
    if (error instanceof InsufficientFunds) throw new BadRequest(error.message);
    throw error;
  } finally {
    holding.release();
  }
}

function contractOf(queries: NodeQueries, body: PyObject): MatchValues {
  const values = valuesAt(body, "values");
  const fallback = valueAt(body, "fallback_address");
  const since = integerOf(valueAt(body, "min_timestamp") ?? Math.floor(queries.seconds()));
  if (since === undefined || since < 0n || since > MOST_SECONDS) throw invalid("min_timestamp");
  const keyHash = valueAt(body, "oracle_pubkey_hash");
  const oracleKeyHash = typeof keyHash === "string" ? decodeBase64(keyHash) : undefined;
  if (oracleKeyHash?.length !== KEY_HASH_SIZE) throw invalid("oracle_pubkey_hash");
  const dataId = valueAt(body, "oracle_data_id");
  const isShort = typeof dataId === "string" && dataId !== "" && dataId.isWellFormed() &&
    new TextEncoder().encode(dataId).length <= LONGEST_ID;
  if (!isShort) throw invalid("oracle_data_id");
  return {
    oracleKeyHash,
    dataId,
    minTimestamp: Number(since),
    values,
    fallback: isNothing(fallback) ? undefined : addressBytes(fallback, "fallback_address"),
  };
}

function isNothing(value: PyJson | undefined): boolean {
  return value === undefined || value === null || value === "" || value === false;
}

/** Values by addresses in hexadecimal. */
function valuesAt(body: PyObject, name: string): ReadonlyMap<string, bigint> {
  const list = valueAt(body, name);
  if (!isPyArray(list)) throw invalid(name);
  if (list.length > MOST_VALUES) throw tooManyValues();
  const values = new Map<string, bigint>();
  for (const item of list) {
    if (!isPyObject(item)) throw invalid(name);
    const address = addressBytes(valueAt(item, "address"), "address");
    const value = integerOf(valueAt(item, "value"));
    if (value === undefined || value < 0n || value > LARGEST_VALUE) throw invalid("value");
    values.set(address.toHex(), value);
  }
  return values;
}

function addressBytes(address: PyJson | undefined, name: string): Uint8Array {
  try {
    if (typeof address === "string") return decodeAddress(address);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
  }
  throw invalid(name);
}

function amountAt(body: PyObject, name: string): bigint {
  const amount = integerOf(valueAt(body, name));
  if (amount === undefined || amount <= 0n || amount > MAX_AMOUNT) throw invalid(name);
  return amount;
}

function invalid(name: string): BadRequest {
  return new BadRequest(`Invalid '${name}' in parameters`);
}

function tooManyValues(): BadRequest {
  return new BadRequest(`A contract has up to ${MOST_VALUES} values`);
}
