import type { RowKey } from "../../../log/keys.ts";
import type { ReadRows, Rows } from "../../../log/projection.ts";
import { isCreation } from "../vertex/nano_header.ts";
import { callOf, type Vertex, VertexVersion } from "../vertex/vertex.ts";

/**
 * Lists of what has to do with contracts, the oldest first. A transaction is in them from when it
 * comes until it is removed, whether it counts or not; what a call has led to is in them while that
 * has been executed.
 */

/** What begins the keys of a list; the timestamp and the hash of a transaction follow. */
export type ContractList = readonly string[];

/** Blueprints on the chain, and transactions that make contracts. */
export const BLUEPRINTS: ContractList = ["blueprint"];
export const CREATIONS: ContractList = ["ncCreation"];

/** Transactions that make contracts of a blueprint. */
export function creationsOf(blueprint: string): ContractList {
  return ["ncCreationOf", blueprint];
}

/** Transactions that have called a contract. */
export function callsOf(contract: string): ContractList {
  return ["ncHistory", contract];
}

/** A transaction as lists know it. */
export type Listed = Pick<Vertex, "timestamp" | "hash">;

/** Where a transaction stands in a list. */
export function listedAt(list: ContractList, { timestamp, hash }: Listed): RowKey {
  return [...list, timestamp, hash];
}

function countRow(contract: string): RowKey {
  return ["ncCalls", contract];
}

/** How many transactions have called a contract. */
export async function callCount(contract: string, rows: ReadRows): Promise<number> {
  return await rows.get<number>(countRow(contract)) ?? 0;
}

/** Lists a new vertex by what its bytes say, or lists one that is removed no more. */
export async function listVertex(vertex: Vertex, isThere: boolean, rows: Rows): Promise<void> {
  if (vertex.version === VertexVersion.onChainBlueprint) {
    setListed(BLUEPRINTS, vertex, isThere, rows);
  }
  const header = callOf(vertex);
  if (header === undefined) return;
  const isNew = isCreation(header);
  await listCall(isNew ? vertex.hash : header.contractId, vertex, isThere, rows);
  if (isNew) listCreation(header.contractId, vertex, isThere, rows);
}

/** Lists a transaction among those that have called a contract, or no more. */
export async function listCall(
  contract: string,
  listed: Listed,
  isThere: boolean,
  rows: Rows,
): Promise<void> {
  const key = listedAt(callsOf(contract), listed);
  if ((await rows.get<number>(key) !== undefined) === isThere) return;
  const count = await callCount(contract, rows) + (isThere ? 1 : -1);
  setListed(callsOf(contract), listed, isThere, rows);
  if (count === 0) rows.delete(countRow(contract));
  else rows.set(countRow(contract), count);
}

/** Lists a transaction among those that make contracts of a blueprint, or no more. */
export function listCreation(
  blueprint: string,
  listed: Listed,
  isThere: boolean,
  rows: Rows,
): void {
  for (const list of [CREATIONS, creationsOf(blueprint)]) setListed(list, listed, isThere, rows);
}

function setListed(list: ContractList, listed: Listed, isThere: boolean, rows: Rows): void {
  const key = listedAt(list, listed);
  if (isThere) rows.set(key, 0);
  else rows.delete(key);
}
