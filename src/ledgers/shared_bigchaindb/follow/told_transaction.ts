import { sha3Hex } from "../../../crypto/hash.ts";
import { LedgerError, messageOf } from "../../../kernel/errors.ts";
import { inTurns } from "../../../kernel/steps.ts";
import {
  entriesOf,
  isPyObject,
  type PyJson,
  type PyObject,
  pyObject,
  valueAt,
} from "../../../python/json.ts";
import type { Dialect, Recorded } from "../chain/dialect.ts";
import { recordedOf } from "../chain/events.ts";
import { makingTexts } from "../transaction/canonical.ts";
import { isHash, spentOutpoints } from "../transaction/transaction.ts";

/** A transaction as a node shows it. */
export interface ToldTransaction {
  readonly id: string;
  /** What is shown, with the id at its end. */
  readonly model: PyObject;
  readonly recorded: Recorded;
  /** Whether the id is the hash of what is shown. */
  readonly isWhole: boolean;
}

/** Reads a transaction that a node shows. Throws `remote_invalid` where it is none. */
export async function toldTransaction(dialect: Dialect, shown: PyJson): Promise<ToldTransaction> {
  const id = isPyObject(shown) ? valueAt(shown, "id") : undefined;
  if (!isPyObject(shown) || typeof id !== "string" || !isHash(id)) {
    throw notOne("it has no id");
  }
  const operation = dialect.operations.find((known) => known === valueAt(shown, "operation"));
  if (operation === undefined) throw notOne(`${id} has no operation that is known`);
  try {
    const model = idLast(shown, id);
    const recorded = recordedOf(model);
    const { forId } = await inTurns(makingTexts(model));
    return { id, model, recorded, isWhole: sha3Hex(forId) === id };
  } catch (error) {
    throw notOne(`${id}: ${messageOf(error)}`, error);
  }
}

/** The id is the last member of what GET shows; it is found there. */
function idLast(shown: PyObject, id: string): PyObject {
  const members = entriesOf(shown);
  if (members.at(-1)?.[0] === "id") return shown;
  return pyObject([...members.filter(([name]) => name !== "id"), ["id", id]]);
}

function notOne(why: string, cause?: unknown): LedgerError {
  return new LedgerError("remote_invalid", `What is shown is no transaction: ${why}`, {}, cause);
}

/**
 * The transactions of a block in an order in which each comes after those that it spends of; in the
 * order given where that is one. Throws `remote_invalid` where a transaction is there twice, or spends
 * of itself.
 */
export function inOrderOfSpending(block: readonly ToldTransaction[]): readonly ToldTransaction[] {
  const waiting = new Map(block.map((each) => [each.id, each]));
  if (waiting.size < block.length) {
    throw new LedgerError("remote_invalid", "A block has a transaction twice");
  }
  const ordered: ToldTransaction[] = [];
  const above = new Set<string>();
  for (const { id } of block) {
    for (const stack = [id]; stack.length > 0;) {
      const next = waiting.get(stack.at(-1) ?? "");
      if (next === undefined) {
        stack.pop();
        continue;
      }
      const before = spentOutpoints(next.recorded).map(({ transactionId }) => transactionId)
        .find((spent) => waiting.has(spent));
      if (before === undefined) {
        waiting.delete(next.id);
        ordered.push(next);
        stack.pop();
      } else if (above.has(next.id) && stack.includes(before)) {
        throw new LedgerError("remote_invalid", `${next.id} spends of itself`);
      } else {
        above.add(next.id);
        stack.push(before);
      }
    }
  }
  return ordered;
}
