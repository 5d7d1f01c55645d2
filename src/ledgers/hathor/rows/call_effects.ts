import type { Rows } from "../../../log/projection.ts";
import { type IndexUpdate, indexUpdates } from "./index_updates.ts";
import { isCreation } from "../vertex/nano_header.ts";
import { listCall, listCreation, type Listed } from "./contract_lists.ts";
import { type CallRun, type CallState, readRun, succeededIn } from "./nano_rows.ts";
import { type NetworkRow, type TokenRow, tokenRow } from "./rows.ts";
import { changeToken } from "./token_rows.ts";

interface EffectContext {
  readonly rows: Rows;
  readonly network: NetworkRow;
}

/** A call, and what of its metadata is known now and was before. */
interface CallChange {
  readonly call: Listed;
  readonly number: number;
  readonly now: CallState;
  readonly before: CallState | undefined;
}

/**
 * Brings what a call's execution did to tokens and contracts into the rows, or takes it back: what
 * counts is what the block that confirms it has executed, if that succeeded.
 */
export async function applyCall(
  { call, number, now, before }: CallChange,
  context: EffectContext,
): Promise<void> {
  const [block, old] = [succeededIn(now), before && succeededIn(before)];
  if (block === old) return;
  for (const [isDone, hash] of [[false, old], [true, block]] as const) {
    const run = hash === undefined ? undefined : await readRun(number, hash, context.rows);
    if (run !== undefined) await applyRun(call, run, isDone, context);
  }
}

async function applyRun(
  call: Listed,
  { calls }: CallRun,
  isDone: boolean,
  context: EffectContext,
): Promise<void> {
  const { rows } = context;
  const [first] = calls;
  for (const { contract_id: contract } of calls) {
    // It has called that one whether it is executed or not.
    if (contract !== first?.contract_id) await listCall(contract, call, isDone, rows);
  }
  for (const update of indexUpdates(calls)) {
    if (update.type !== "create_contract") {
      await applyUpdate(update, isDone ? 1n : -1n, context);
    } else if (isDone || first === undefined || !isCreation({ method: first.method_name })) {
      listCreation(update.blueprint, call, isDone, rows);
    }
  }
}

async function applyUpdate(
  update: Exclude<IndexUpdate, { type: "create_contract" }>,
  by: 1n | -1n,
  { rows, network }: EffectContext,
): Promise<void> {
  switch (update.type) {
    case "create_token":
      return by > 0n
        ? await changeToken(update, { rows, network, total: update.amount })
        : await forgetToken(update, rows);
    case "update_token_balance":
      return await changeToken({ uid: update.uid }, { rows, network, total: by * update.amount });
    case "grant_authorities":
    case "revoke_authorities": {
      const more = Number(by) * (update.type === "grant_authorities" ? 1 : -1);
      return await changeToken({ uid: update.uid }, {
        rows,
        network,
        minters: update.mint ? more : 0,
        melters: update.melt ? more : 0,
      });
    }
  }
}

/** What is left of it is told of it by what moved it and is not undone yet. */
async function forgetToken(
  { uid, amount }: { readonly uid: string; readonly amount: bigint },
  rows: Rows,
): Promise<void> {
  const row = await rows.get<TokenRow>(tokenRow(uid));
  if (row === undefined) return;
  const total = BigInt(row.total) - amount;
  if (total === 0n && row.transactions === 0) rows.delete(tokenRow(uid));
  else rows.set(tokenRow(uid), { ...row, total: `${total}` });
}
