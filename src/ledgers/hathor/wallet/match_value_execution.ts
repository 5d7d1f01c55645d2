import type { PyJson, PyObject } from "../../../python/json.ts";
import { valueAt } from "../../../python/json.ts";
import { decodeBase64 } from "../../../python/base64.ts";
import { BadRequest, hexBytes } from "../http/arguments.ts";
import { integerOf } from "../http/json_body.ts";
import { AddressError, decodeAddress } from "../networks/address.ts";
import type { Network } from "../networks/network.ts";
import { placedTransaction } from "../queries/placing.ts";
import { buildScript, scriptOfAddress } from "../script/patterns.ts";
import { MAX_AMOUNT } from "../vertex/amount.ts";
import { HASH_SIZE } from "../vertex/sizes.ts";
import { type TransactionFields, UNPLACED, VertexVersion } from "../vertex/vertex.ts";
import { FULLY_LOADED, type WalletContext, weighed } from "./send_tokens.ts";
import { sendTransaction } from "./sent_transaction.ts";

const LARGEST_INDEX = 255n;
/** The longest push of a script. */
const LONGEST_PUSH = 255;

/** Spends the output of a contract by what its oracle has signed, and sends the transaction. */
export async function executeContract(
  { queries, intake, desk }: WalletContext,
  body: PyObject,
): Promise<PyJson> {
  if (desk.isFull) throw new BadRequest(FULLY_LOADED);
  const tx = spendingOf(queries.network, body);
  if (await queries.vertex(tx.inputs[0]?.txId ?? "") === undefined) throw invalid("spent_tx_id");
  const least = Math.floor(queries.seconds());
  const placed = weighed(queries, await placedTransaction(queries, tx, { least }));
  const mined = await desk.solve(() => Promise.resolve(placed));
  if (mined === undefined) {
    throw new BadRequest("Timeout: error resolving transaction proof of work");
  }
  const { isAccepted, message } = await sendTransaction(intake, mined);
  return isAccepted ? { success: true, hex_tx: mined.bytes.toHex() } : { success: false, message };
}

function spendingOf(network: Network, body: PyObject): TransactionFields {
  const id = valueAt(body, "spent_tx_id");
  const txId = typeof id === "string" ? hexBytes(id) : undefined;
  if (txId?.length !== HASH_SIZE) throw invalid("spent_tx_id");
  const index = integerOf(valueAt(body, "spent_tx_index"));
  if (index === undefined || index < 0n || index > LARGEST_INDEX) throw invalid("spent_tx_index");
  const pushes = ["oracle_data", "oracle_signature", "oracle_pubkey"].map((name) => {
    const text = valueAt(body, name);
    const bytes = typeof text === "string" ? decodeBase64(text) : undefined;
    if (bytes === undefined || bytes.length > LONGEST_PUSH) throw invalid(name);
    return bytes;
  });
  const value = integerOf(valueAt(body, "value"));
  if (value === undefined || value <= 0n || value > MAX_AMOUNT) throw invalid("value");
  return {
    version: VertexVersion.transaction,
    ...UNPLACED,
    tokens: [],
    inputs: [{ txId: txId.toHex(), index: Number(index), data: buildScript(pushes) }],
    outputs: [{ value, tokenData: 0, script: winnersScript(network, valueAt(body, "address")) }],
  };
}

function winnersScript(network: Network, address: PyJson | undefined): Uint8Array {
  try {
    const script = typeof address === "string"
      ? scriptOfAddress(network, decodeAddress(address))
      : undefined;
    if (script !== undefined) return script;
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
  }
  throw invalid("address");
}

function invalid(name: string): BadRequest {
  return new BadRequest(`Invalid '${name}' parameter`);
}
