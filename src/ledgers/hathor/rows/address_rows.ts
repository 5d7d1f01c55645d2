import type { Rows } from "../../../log/projection.ts";
import { HTR_UID } from "../vertex/vertex.ts";
import { type AddressRow, addressRow, type BalanceRow, balanceRow } from "./rows.ts";

/** What moves to an address, and from it. */
export interface Move {
  readonly received: bigint;
  readonly spent: bigint;
}

const NO_BALANCE: BalanceRow = { received: "0", spent: "0" };
const UNUSED: AddressRow = { transactions: 0, ...NO_BALANCE };

/** Counts a vertex into the history of an address, or out of it. */
export async function countTransaction(address: string, by: 1 | -1, rows: Rows): Promise<void> {
  const row = await rows.get<AddressRow>(addressRow(address)) ?? UNUSED;
  setAddress(address, { ...row, transactions: row.transactions + by }, rows);
}

/** Moves an amount of a token to an address, or from it. */
export async function moveAmount(
  address: string,
  token: string,
  by: Move,
  rows: Rows,
): Promise<void> {
  if (token === HTR_UID) {
    const row = await rows.get<AddressRow>(addressRow(address)) ?? UNUSED;
    setAddress(address, { ...row, ...moved(row, by) }, rows);
    return;
  }
  const key = balanceRow(address, token);
  const balance = moved(await rows.get<BalanceRow>(key) ?? NO_BALANCE, by);
  if (hasMoved(balance)) rows.set(key, balance);
  else rows.delete(key);
}

/** Whether the balance ever had anything, counting what is not voided. */
export function hasMoved({ received, spent }: BalanceRow): boolean {
  return received !== "0" || spent !== "0";
}

function moved(balance: BalanceRow, { received, spent }: Move): BalanceRow {
  return {
    received: `${BigInt(balance.received) + received}`,
    spent: `${BigInt(balance.spent) + spent}`,
  };
}

function setAddress(address: string, row: AddressRow, rows: Rows): void {
  const key = addressRow(address);
  if (row.transactions > 0 || hasMoved(row)) rows.set(key, row);
  else rows.delete(key);
}
