import { getLogger } from "@logtape/logtape";
import { inTurns } from "../../../kernel/steps.ts";
import { isPyObject, type PyJson, type PyObject, valueAt } from "../../../python/json.ts";
import { decodeJsonBytes } from "../../../python/json_bytes.ts";
import { parsingPyJson } from "../../../python/json_parse.ts";
import { writing } from "../../../python/json_write_steps.ts";
import type { NodeAnswers } from "../../../remote/node_answers.ts";
import type { Dialect } from "../chain/dialect.ts";
import { inOrderOfSpending, type ToldTransaction, toldTransaction } from "./told_transaction.ts";

const logger = getLogger(["ledgerline", "remote"]);

/** A block as a node has it. */
export interface NodeBlock {
  readonly height: number;
  /** Undefined where the node does not show it. */
  readonly hash: string | undefined;
  readonly transactions: readonly ToldTransaction[];
  /** How long its answer was. */
  readonly bytes: number;
}

/** What a node shows of a block. */
export interface ShownBlock {
  readonly height: PyJson | undefined;
  readonly hash: string | undefined;
  readonly transactions: readonly PyJson[];
  readonly bytes: number;
}

/**
 * How a node of one of the ledgers is asked for a block: undefined where it has none of that height
 * yet. Throws `remote_away`, `remote_refused` and `remote_invalid`.
 */
export type ShowBlock = (answers: NodeAnswers, height: number) => Promise<ShownBlock | undefined>;

/** What is peculiar to how a node of one of the ledgers is asked. */
export interface NodeApi {
  readonly show: ShowBlock;
  /** The height of its last block, where the one at `known` is known: less where that is not there. */
  reach(answers: NodeAnswers, known: number): Promise<number>;
}

/** The object that a node shows. Throws `remote_invalid` where it is none. */
export async function shownObject(
  answers: NodeAnswers,
  path: string,
  bytes: Uint8Array,
): Promise<PyObject> {
  let shown: PyJson;
  try {
    shown = await inTurns(parsingPyJson(decodeJsonBytes(bytes)));
  } catch (error) {
    throw answers.invalid(path, "is no JSON", error);
  }
  if (!isPyObject(shown)) throw answers.invalid(path, "is no object");
  return shown;
}

/** Where a node shows a block. */
export function blockPath(height: number): string {
  return `/api/v1/blocks/${height}`;
}

/** Where a node shows a transaction. */
export function transactionPath(id: string): string {
  return `/api/v1/transactions/${id}`;
}

/** A block of a node, each of its transactions held to its id; undefined where there is none yet. */
export async function nodeBlock(
  dialect: Dialect,
  show: ShowBlock,
  answers: NodeAnswers,
  height: number,
): Promise<NodeBlock | undefined> {
  const shown = await show(answers, height);
  if (shown === undefined) return undefined;
  if (shown.height !== height) {
    throw answers.invalid(blockPath(height), "is a block of another height");
  }
  const transactions: ToldTransaction[] = [];
  for (const each of shown.transactions) {
    const told = await toldTransaction(dialect, each);
    if (!told.isWhole) await confirm(answers, told);
    transactions.push(told);
  }
  const { hash, bytes } = shown;
  return { height, hash, bytes, transactions: inOrderOfSpending(transactions) };
}

/**
 * Asks a node again for a transaction that has another hash than its id: it was changed on its way, or
 * it is one of those that the node takes and does not show as they were posted (`"007"` of something
 * comes out as `"7"`), which anybody may post. Throws `remote_invalid` where the node shows another.
 */
async function confirm(answers: NodeAnswers, { id, model }: ToldTransaction): Promise<void> {
  const path = transactionPath(id);
  const again = await shownObject(answers, path, await answers.get(path));
  const [one, other] = [
    await inTurns(writing(model, "sortedAscii")),
    await inTurns(writing(again, "sortedAscii")),
  ];
  if (one !== other) throw answers.invalid(path, "is not what its block shows");
  logger.warn("{id} is not shown as it was posted: it is taken as the node shows it", { id });
}

/** A text that a node shows. */
export function textAt(object: PyObject, name: string): string | undefined {
  const value = valueAt(object, name);
  return typeof value === "string" ? value : undefined;
}
