import { z } from "zod";
import { isPyObject, type PyJson, type PyObject, valueAt } from "../../../python/json.ts";
import type { Call, Route } from "../http/app.ts";
import { BadRequest, missingParameter } from "../http/arguments.ts";
import { failureForm, successWith, toldOf } from "../http/told.ts";
import { bodyIfAny } from "../http/json_body.ts";
import { decodedOutput } from "../json/output_json.ts";
import { matchValuesJson } from "../json/match_values_json.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { parseMatchValues } from "../script/match_values.ts";
import { changedContract, newContract } from "./match_value_contract.ts";
import { executeContract } from "./match_value_execution.ts";
import { ownOutput } from "./own_outputs.ts";
import type { WalletContext } from "./send_tokens.ts";
import { proposedTransaction } from "./sign_tx.ts";
import type { OpenWallet, SpendingWallet } from "./spending_wallet.ts";

const POST_NAMES = [
  "values",
  "fallback_address",
  "oracle_pubkey_hash",
  "oracle_data_id",
  "total_value",
  "input_value",
];
const PUT_NAMES = ["hex_tx", "new_values", "input_value"];
const EXECUTE_NAMES = [
  "spent_tx_id",
  "spent_tx_index",
  "oracle_data",
  "oracle_signature",
  "oracle_pubkey",
  "address",
  "value",
];

const madeForm = () => z.union([successWith({ hex_tx: z.string() }), failureForm()]);
const toldOfMaking = toldOf("Makes a contract that matches values", madeForm, () => ({
  body: z.looseObject({}),
}));
const toldOfChange = toldOf("Adds values to a contract that matches values", madeForm, () => ({
  body: z.looseObject({}),
}));
const DECODED = z.object({ hex_tx: z.string().describe("The transaction, in hex") });
const toldOfDecoding = toldOf(
  "A contract that matches values, read",
  () => z.looseObject({ success: z.boolean() }),
  () => ({ query: DECODED }),
);
const toldOfExecution = toldOf(
  "Executes a contract that matches values",
  () => z.looseObject({ success: z.boolean() }),
  () => ({ body: z.looseObject({}) }),
);

/**
 * The routes of contracts that match values, each in one output's script, from before nano
 * contracts. Transactions are made of the node's own wallet, for others to add to and to sign.
 */
export function matchValueRoutes(
  context: WalletContext,
  wallet: SpendingWallet | undefined,
): Route[] {
  const { queries } = context;
  return [
    {
      path: "/wallet/nano-contract/match-value",
      told: { POST: toldOfMaking, PUT: toldOfChange },
      async POST(call) {
        const body = await bodyOf(call, POST_NAMES);
        return await made(newContract(context, ...opened(wallet), body));
      },
      async PUT(call) {
        const body = await bodyOf(call, PUT_NAMES);
        const tx = proposedTransaction(queries, textAt(body, "hex_tx"));
        if (tx === undefined) throw new BadRequest("Could not decode hex transaction");
        return await made(changedContract(context, ...opened(wallet), { tx, body }));
      },
    },
    {
      path: "/wallet/nano-contract/decode",
      told: { GET: toldOfDecoding },
      GET: ({ args }) => decoded(queries, wallet?.open, args.read(DECODED).hex_tx),
      // The wallet is there, and its inputs are told from others'.
      getAt: "owner",
    },
    {
      path: "/wallet/nano-contract/execute",
      told: { POST: toldOfExecution },
      async POST(call) {
        const text = await call.text();
        if (text === "") throw new BadRequest("No post data received");
        return await executeContract(context, objectOf(text, EXECUTE_NAMES));
      },
    },
  ];
}

function opened(wallet: SpendingWallet | undefined): [SpendingWallet, OpenWallet] {
  if (wallet === undefined) throw new BadRequest("The node has no wallet");
  if (wallet.open === undefined) throw new BadRequest("The wallet is locked");
  return [wallet, wallet.open];
}

async function made(hex: Promise<string>): Promise<PyJson> {
  return { success: true, hex_tx: await hex };
}

async function bodyOf({ text }: Call, names: readonly string[]): Promise<PyObject> {
  return objectOf(await text(), names);
}

function objectOf(text: string, names: readonly string[]): PyObject {
  const body = bodyIfAny(text);
  if (body === undefined) throw new BadRequest("Invalid format for post data");
  const object = isPyObject(body) ? body : {};
  const missing = names.find((name) => valueAt(object, name) === undefined);
  if (missing !== undefined) throw missingParameter(missing);
  return object;
}

function textAt(body: PyObject, name: string): string {
  const value = valueAt(body, name);
  return typeof value === "string" ? value : "";
}

/** A contract's transaction for people, with the wallet's inputs apart from those of others. */
async function decoded(
  queries: NodeQueries,
  open: OpenWallet | undefined,
  hex: string,
): Promise<PyJson> {
  const tx = proposedTransaction(queries, hex);
  if (tx === undefined) throw new BadRequest("Invalid transaction");
  let contract: PyJson = null;
  const outputs: PyJson[] = [];
  for (const output of tx.outputs) {
    const parsed = parseMatchValues(output.script);
    if (parsed === undefined) outputs.push(decodedOutput(queries.network, output));
    else contract = { ...matchValuesJson(parsed), value: output.value };
  }
  const mine: PyJson[] = [];
  const others: PyJson[] = [];
  for (const { txId, index, data } of tx.inputs) {
    const own = open && await ownOutput(queries, open, { txId, index });
    (own === undefined ? others : mine).push({ tx_id: txId, index, data: data.toBase64() });
  }
  return {
    success: true,
    nano_contract: contract,
    outputs,
    my_inputs: mine,
    other_inputs: others,
  };
}
