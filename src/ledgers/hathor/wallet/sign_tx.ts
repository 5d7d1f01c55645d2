import type { PyJson } from "../../../python/json.ts";
import { BadRequest, hexBytes } from "../http/arguments.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { placedTransaction } from "../queries/placing.ts";
import { tryDecodeVertex } from "../vertex/decode.ts";
import { encodeVertex } from "../vertex/encode.ts";
import { sighashOf } from "../vertex/sighash.ts";
import { type TransactionFields, type TxInput, VertexVersion } from "../vertex/vertex.ts";
import { ownOutput } from "./own_outputs.ts";
import { FULLY_LOADED, type WalletContext, weighed } from "./send_tokens.ts";
import type { OpenWallet } from "./spending_wallet.ts";

/** A transaction that may have no weight yet; undefined where the bytes are none. */
export function proposedTransaction(
  { network }: NodeQueries,
  hex: string,
): TransactionFields | undefined {
  const bytes = hexBytes(hex);
  const vertex = bytes && tryDecodeVertex(bytes, network.maxVertexSize, { isProposal: true });
  return vertex?.version === VertexVersion.transaction ? vertex : undefined;
}

/** Signs the inputs of a transaction that are the wallet's, and makes it ready to send if asked. */
export async function signTransaction(
  { queries, desk }: WalletContext,
  open: OpenWallet,
  { hex, isPrepared }: { readonly hex: string; readonly isPrepared: boolean },
): Promise<PyJson> {
  const tx = proposedTransaction(queries, hex);
  if (tx === undefined) throw new BadRequest("Transaction invalid");
  const sighash = sighashOf(tx);
  const inputs: TxInput[] = [];
  for (const input of tx.inputs) {
    const own = await ownOutput(queries, open, input);
    const data = own === undefined ? input.data : open.keys.inputData(own.keyIndex, sighash);
    inputs.push({ ...input, data });
  }
  const signed: TransactionFields = { ...tx, inputs };
  if (!isPrepared) return { hex_tx: encodeVertex(signed).toHex(), success: true };
  if (desk.isFull) throw new BadRequest(FULLY_LOADED);
  const least = Math.floor(queries.seconds());
  const placed = weighed(queries, await placedTransaction(queries, signed, { least }));
  const mined = await desk.solve(() => Promise.resolve(placed));
  if (mined === undefined) {
    throw new BadRequest("Timeout: error resolving transaction proof of work");
  }
  return { hex_tx: mined.bytes.toHex(), success: true };
}
