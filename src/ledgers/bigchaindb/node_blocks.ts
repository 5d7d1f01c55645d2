import { isPyArray, valueAt } from "../../python/json.ts";
import type { NodeAnswers } from "../../remote/node_answers.ts";
import {
  blockPath,
  type NodeApi,
  type ShowBlock,
  shownObject,
} from "../shared_bigchaindb/follow/node_block.ts";

/** A block has its transactions in it, in the order of a database, and no hash. */
const showBlock: ShowBlock = async (answers, height) => {
  const path = blockPath(height);
  const bytes = await answers.find(path);
  if (bytes === undefined) return undefined;
  const shown = await shownObject(answers, path, bytes);
  const transactions = valueAt(shown, "transactions");
  if (!isPyArray(transactions)) throw answers.invalid(path, "is no block");
  return {
    height: valueAt(shown, "height"),
    hash: undefined,
    transactions,
    bytes: bytes.length,
  };
};

/** It does not say which is its last: they are tried for. */
async function reach(answers: NodeAnswers, known: number): Promise<number> {
  const has = (height: number) => answers.has(blockPath(height));
  if (known > 0 && !await has(known)) return known - 1;
  let there = known;
  let step = 1;
  for (; await has(there + step); step *= 2) there += step;
  for (let beyond = there + step; beyond - there > 1;) {
    const middle = Math.floor((there + beyond) / 2);
    if (await has(middle)) there = middle;
    else beyond = middle;
  }
  return there;
}

/** How a BigchainDB node is asked. */
export const bigchaindbNode: NodeApi = { show: showBlock, reach };
