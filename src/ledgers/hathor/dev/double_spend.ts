import type { HDKey } from "@scure/bip32";
import type { Clock } from "../../../kernel/clock.ts";
import type { Intake } from "../intake/intake.ts";
import { NonceSearch } from "../mining/nonce_search.ts";
import { solveTransaction } from "../mining/proof_of_work.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { placedTransaction } from "../queries/placing.ts";
import { parentsOf } from "../queries/templates.ts";
import { isVoided } from "../rows/metadata.ts";
import { weightOfWork } from "../rules/work.ts";
import { addressOfScript } from "../script/patterns.ts";
import { isAuthority, tokenIndexOf } from "../vertex/output.ts";
import {
  HTR_UID,
  isBlock,
  tokenUidAt,
  type TransactionFields,
  UNPLACED,
  VertexVersion,
} from "../vertex/vertex.ts";
import { signedBy } from "../wallet/wallet_keys.ts";
import { knownAddresses } from "./accounts.ts";

/** The most that a transaction may weigh here: it takes a second or so. */
const MOST_WEIGHT = 24;

/**
 * Spends once more, with more work, what a transaction spends that waits for a block: it is voided
 * by that, with all that builds on it. What it spent goes back to where it came from. Returns the
 * hash of the other. Throws RangeError where it cannot be done.
 */
export async function doubleSpend(
  queries: NodeQueries,
  intake: Intake,
  clock: Clock,
  hash: string,
): Promise<string> {
  const view = await queries.vertex(hash);
  if (view === undefined || isBlock(view.vertex)) {
    throw new RangeError("There is no such transaction");
  }
  if (isVoided(view.metadata)) throw new RangeError("The transaction is voided already");
  if (view.metadata.firstBlock !== null) {
    throw new RangeError(
      "A block confirms the transaction: a reorganisation has to undo that first",
    );
  }
  const spent = await knownInput(queries, view.vertex.inputs);
  const work = await queries.accumulatedWork(hash) ?? 0n;
  const weight = Math.max(view.vertex.weight, weightOfWork(work)) + 1;
  if (weight > MOST_WEIGHT) throw new RangeError("Too much builds on the transaction");
  const { input, output, token, key } = spent;
  const unsigned: TransactionFields = {
    version: VertexVersion.transaction,
    ...UNPLACED,
    tokens: token === HTR_UID ? [] : [token],
    inputs: [{ ...input, data: new Uint8Array() }],
    outputs: [{ ...output, tokenData: token === HTR_UID ? 0 : 1 }],
    weight,
  };
  // No block has to confirm these any more, so that none of them is what is voided.
  const confirmed = await parentsOf(queries.node, await queries.bestBlock());
  const parents = confirmed.map(({ hash }) => hash);
  const least = Math.floor(queries.seconds());
  const placed = await placedTransaction(queries, signedBy(key, unsigned), { parents, least });
  const search = new NonceSearch();
  try {
    const { signal } = new AbortController();
    const tx = await solveTransaction(placed, { clock, search, signal });
    if (tx === undefined) throw new RangeError("The server is stopping");
    const answer = await intake.accept(tx);
    if (!answer.isAccepted) throw new RangeError(answer.message);
    if (answer.isVoided) {
      throw new RangeError("More has come to build on the transaction: try again");
    }
    return tx.hash;
  } finally {
    search.stop();
  }
}

type Inputs = TransactionFields["inputs"];

/** An input whose owner is the faucet, or an account that everybody knows. */
async function knownInput(queries: NodeQueries, inputs: Inputs) {
  const known: ReadonlyMap<string, HDKey> = await knownAddresses(queries.network);
  for (const { txId, index } of inputs) {
    const of = (await queries.vertex(txId))?.vertex;
    const output = of?.outputs[index];
    const key = known.get(output && addressOfScript(queries.network, output.script) || "");
    const token = output && of && tokenUidAt(of, tokenIndexOf(output));
    if (output === undefined || key === undefined || token === undefined) continue;
    if (!isAuthority(output)) return { input: { txId, index }, output, token, key };
  }
  throw new RangeError("The transaction spends nothing of the faucet, or of the known accounts");
}
