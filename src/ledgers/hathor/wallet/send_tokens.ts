import type { PyJson } from "../../../python/json.ts";
import { BadRequest } from "../http/arguments.ts";
import type { VertexTaker } from "../intake/intake.ts";
import { MOST_WEIGHT, type WorkDesk } from "../mining/work_desk.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { placedTransaction } from "../queries/placing.ts";
import { minTransactionWeight } from "../rules/tx_weight.ts";
import { payingScript } from "../script/patterns.ts";
import { sealVertex } from "../vertex/seal.ts";
import { sighashOf } from "../vertex/sighash.ts";
import { HTR_UID, type TransactionFields, UNPLACED, VertexVersion } from "../vertex/vertex.ts";
import { InsufficientFunds, outputsWorth, type OwnOutput, ownOutput } from "./own_outputs.ts";
import { invalidInput, type PaidOutput, type Payment } from "./payment.ts";
import { sendTransaction } from "./sent_transaction.ts";
import type { Holding, OpenWallet, SpendingWallet } from "./spending_wallet.ts";

/** What the node's wallet works with. */
export interface WalletContext {
  readonly queries: NodeQueries;
  readonly intake: VertexTaker;
  readonly desk: WorkDesk;
}

/** Why nothing more can be sent now. */
export const FULLY_LOADED =
  "The server is currently fully loaded to send tokens. Wait a moment and try again, please.";

/** Pays from the node's wallet: finds what to spend, signs, finds the proof of work, and sends. */
export async function sendTokens(
  context: WalletContext,
  wallet: SpendingWallet,
  open: OpenWallet,
  payment: Payment,
): Promise<PyJson> {
  const { intake, desk } = context;
  if (desk.isFull) throw new BadRequest(FULLY_LOADED);
  const holding = wallet.holding();
  try {
    const chosen = payment.inputs.length === 0
      ? await chooseInputs(context, open, holding, payment)
      : { inputs: await givenInputs(context, open, holding, payment), outputs: payment.outputs };
    const tx = await signedTransaction(context, open, payment, chosen);
    const mined = await desk.solve(() => Promise.resolve(tx));
    if (mined === undefined) {
      throw new BadRequest("Timeout: error resolving transaction proof of work");
    }
    const { isAccepted, message, tx: told } = await sendTransaction(intake, mined);
    return { success: isAccepted, message, ...told === undefined ? {} : { tx: told } };
  } finally {
    holding.release();
  }
}

interface Chosen {
  readonly inputs: readonly OwnOutput[];
  readonly outputs: readonly PaidOutput[];
}

/** Inputs that the wallet chooses, and the payment's outputs after those of what is left. */
async function chooseInputs(
  { queries }: WalletContext,
  open: OpenWallet,
  holding: Holding,
  { outputs, timestamp }: Payment,
): Promise<Chosen> {
  const amounts = new Map<string, bigint>();
  for (const { token, value } of outputs) amounts.set(token, (amounts.get(token) ?? 0n) + value);
  const before = timestamp === 0 ? Math.floor(queries.seconds()) : timestamp;
  const inputs: OwnOutput[] = [];
  const change: PaidOutput[] = [];
  for (const [token, amount] of amounts) {
    const asked = { token, amount, before };
    const { outputs: found, sum } = await worth(queries, open, holding, asked);
    inputs.push(...found);
    if (sum === amount) continue;
    const address = await open.addresses.unused({ isMarked: true });
    const script = payingScript(queries.network, address);
    change.unshift({ script, value: sum - amount, token });
  }
  return { inputs, outputs: [...change, ...outputs] };
}

async function worth(...[queries, open, holding, asked]: Parameters<typeof outputsWorth>) {
  try {
    return await outputsWorth(queries, open, holding, asked);
  } catch (error) {
    if (!(error instanceof InsufficientFunds)) throw error;
    throw new BadRequest(`Insufficient funds, ${error.message}`);
  }
}

/** Inputs that the payment names, in the original's order: the last comes first. */
async function givenInputs(
  { queries }: WalletContext,
  open: OpenWallet,
  holding: Holding,
  { inputs }: Payment,
): Promise<readonly OwnOutput[]> {
  const found: OwnOutput[] = [];
  for (const input of inputs) {
    // One that is there twice is kept already.
    const own = holding.take(input) ? await ownOutput(queries, open, input) : undefined;
    if (own === undefined) throw invalidInput();
    found.unshift(own);
  }
  return found;
}

async function signedTransaction(
  { queries }: WalletContext,
  { keys }: OpenWallet,
  { timestamp, weight }: Payment,
  { inputs, outputs }: Chosen,
): Promise<TransactionFields> {
  const { network } = queries;
  if (inputs.length > network.maxInputs) throw new BadRequest("Maximum number of inputs exceeded");
  if (outputs.length > network.maxOutputs) {
    throw new BadRequest("Maximum number of outputs exceeded");
  }
  const tokens = [...new Set(outputs.map(({ token }) => token))].filter((uid) => uid !== HTR_UID);
  const unsigned: TransactionFields = {
    version: VertexVersion.transaction,
    ...UNPLACED,
    tokens,
    inputs: inputs.map(({ txId, index }) => ({ txId, index, data: new Uint8Array() })),
    outputs: outputs.map(({ script, value, token }) => (
      { value, tokenData: tokens.indexOf(token) + 1, script }
    )),
  };
  const sighash = sighashOf(unsigned);
  const signed = {
    ...unsigned,
    inputs: inputs.map(({ txId, index, keyIndex }) => (
      { txId, index, data: keys.inputData(keyIndex, sighash) }
    )),
  };
  const least = timestamp === undefined || timestamp === 0
    ? Math.floor(queries.seconds())
    : timestamp;
  return weighed(queries, await placedTransaction(queries, signed, { least }), weight);
}

/** A transaction with the weight that is wanted, or the least that it must have. */
export function weighed(
  { network }: NodeQueries,
  tx: TransactionFields,
  wanted?: number,
): TransactionFields {
  const weight = wanted ?? minTransactionWeight(network, sealVertex(tx)).value;
  if (!(weight <= MOST_WEIGHT)) throw new BadRequest(`The weight is greater than ${MOST_WEIGHT}`);
  return { ...tx, weight };
}
