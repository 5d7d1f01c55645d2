import { LedgerError } from "../../../kernel/errors.ts";
import type { Command, Draft } from "../../../log/command.ts";
import type { ReadRows } from "../../../log/projection.ts";
import {
  blockEvent,
  blockOf,
  type PreparedRecord,
  transactionEvent,
  validatorsEvent,
} from "../chain/events.ts";
import {
  LAST_BLOCK,
  type LastBlockRow,
  type TransactionRow,
  transactionRow,
} from "../chain/rows.ts";
import { isHash, spentOutpoints } from "../transaction/transaction.ts";
import type { NodeBlock } from "./node_block.ts";

/** What one commit takes of a block; `isEnd` where its own event goes with it. */
export interface BlockPart {
  readonly block: NodeBlock;
  readonly records: readonly PreparedRecord[];
  readonly isEnd: boolean;
}

/** Begins a chain whose blocks another node makes: its validators are asked of that one. */
export function beginCopy(): Command<void> {
  return async (tx) => {
    if (await tx.get(LAST_BLOCK) === undefined) await tx.emit(validatorsEvent([]));
  };
}

/**
 * Writes parts of blocks that follow each other. What is here of them is passed over, whoever has
 * written it. Throws `remote_invalid` where a block is not the next one, or spends what there is not.
 */
export function writeParts(parts: readonly BlockPart[]): Command<void> {
  return async (tx) => {
    for (const part of parts) await writePart(tx, part);
  };
}

async function writePart(tx: Draft, { block, records, isEnd }: BlockPart): Promise<void> {
  const last = await tx.get<LastBlockRow>(LAST_BLOCK);
  if (last === undefined) throw new Error("the chain has not begun");
  const { height } = block;
  if (height <= last.height) return;
  if (height > last.height + 1) {
    throw invalid(`the block ${last.height + 1} is expected, and not ${height}`);
  }
  for (const record of records) {
    const { transaction } = record;
    const known = await tx.get<TransactionRow>(transactionRow(transaction.id));
    if (known !== undefined) {
      if (known.height === height) continue;
      throw invalid(`${transaction.id} is in the blocks ${known.height} and ${height}`);
    }
    for (const { transactionId } of spentOutpoints(transaction)) {
      if (isHash(transactionId) && await tx.get(transactionRow(transactionId)) !== undefined) {
        continue;
      }
      throw invalid(`${transaction.id} spends of ${transactionId}, which is in no block`);
    }
    await tx.emit(transactionEvent(record, height));
  }
  if (!isEnd) return;
  const ids = block.transactions.map(({ id }) => id);
  const made = ids.length === 0 ? last.hash : blockOf(height, last.hash, ids).hash;
  await tx.emit(blockEvent({ height, hash: block.hash ?? made, ids }));
}

/** Reads together what the parts will ask for one after another. */
export function aheadOfParts(parts: readonly BlockPart[]) {
  return (rows: ReadRows) =>
    Promise.all(
      parts.flatMap(({ records }) =>
        records.flatMap(({ transaction }) =>
          [transaction.id, ...spentOutpoints(transaction).map(({ transactionId }) => transactionId)]
            .filter(isHash).map((id) => rows.get(transactionRow(id)))
        )
      ),
    );
}

function invalid(why: string): LedgerError {
  return new LedgerError("remote_invalid", `What a node shows cannot be: ${why}`);
}
