import { isPyArray, type PyJson, valueAt } from "../../python/json.ts";
import { ANSWER_BYTES, type NodeAnswers } from "../../remote/node_answers.ts";
import {
  blockPath,
  type NodeApi,
  type ShowBlock,
  shownObject,
  textAt,
  transactionPath,
} from "../shared_bigchaindb/follow/node_block.ts";
import { isHash } from "../shared_bigchaindb/transaction/transaction.ts";

/** Transactions that a node is asked for at a time. */
const AT_ONCE = 16;

const LATEST = "/api/v1/blocks/latest";

/**
 * A block has the ids of its transactions, in its own order; each is asked for by its own. A height
 * that the node has no block of is empty where there are blocks behind it.
 */
const showBlock: ShowBlock = async (answers, height) => {
  const path = blockPath(height);
  let bytes = await answers.find(path);
  if (bytes === undefined) {
    const last = await reach(answers);
    // The last block that it tells of is none that it has not.
    if (last <= height) return undefined;
    // It may have been written between the two questions.
    bytes = await answers.find(path);
    if (bytes === undefined) return { height, hash: undefined, transactions: [], bytes: 0 };
  }
  const shown = await shownObject(answers, path, bytes);
  const ids = valueAt(shown, "transaction_ids");
  const hash = textAt(shown, "app_hash");
  if (!isPyArray(ids) || hash === undefined) throw answers.invalid(path, "is no block");
  const transactions: PyJson[] = [];
  let length = bytes.length;
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const asked = ids.slice(at, at + AT_ONCE).map((id) => showTransaction(answers, path, id));
    for (const { transaction, bytes } of await Promise.all(asked)) {
      transactions.push(transaction);
      length += bytes;
    }
    if (length > ANSWER_BYTES) throw answers.invalid(path, "has more than a block can hold");
  }
  return { height: valueAt(shown, "height"), hash, transactions, bytes: length };
};

async function showTransaction(answers: NodeAnswers, path: string, id: PyJson) {
  if (typeof id !== "string" || !isHash(id)) throw answers.invalid(path, "names no transaction");
  const place = transactionPath(id);
  const bytes = await answers.get(place);
  const transaction = await shownObject(answers, place, bytes);
  if (valueAt(transaction, "id") !== id) throw answers.invalid(place, "is another transaction");
  return { transaction, bytes: bytes.length };
}

async function reach(answers: NodeAnswers): Promise<number> {
  const bytes = await answers.find(LATEST);
  if (bytes === undefined) return 0;
  const latest = valueAt(await shownObject(answers, LATEST, bytes), "height");
  if (typeof latest !== "number") throw answers.invalid(LATEST, "is no block");
  return latest;
}

/** How a Planetmint node is asked. */
export const planetmintNode: NodeApi = { show: showBlock, reach };
