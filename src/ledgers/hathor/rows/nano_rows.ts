import type { Chain } from "../../../log/chain.ts";
import type { RowKey } from "../../../log/keys.ts";
import type { ReadRows, Rows } from "../../../log/projection.ts";
import type { NodeSource } from "../nano/state_trie.ts";
import type { Metadata } from "./metadata.ts";
import { joinParts, setParts } from "./long_texts.ts";
import { PART_CHARS } from "./rows.ts";

/**
 * Rows of contracts, made of what events say that executing has done. What is long is in parts: the
 * first row says how many follow it.
 */

/** A public method that was called, in the original's names; `index_updates` is JSON of Python. */
export interface CallRecord {
  readonly blueprint_id: string;
  readonly contract_id: string;
  readonly method_name: string;
  readonly index_updates: string;
}

/** What executing a call has done, as the event of its transaction says it. */
export interface CallRun {
  /** Hash of the block that executed it. */
  readonly block: string;
  /** Public methods that were called; none where it failed. */
  readonly calls: readonly CallRecord[];
  /** What contracts have told, in hexadecimal. */
  readonly events: readonly { readonly contract: string; readonly data: string }[];
  /** Entries of the log, as JSON of Python. */
  readonly logs: string;
  /** Why it failed, and where. */
  readonly error?: { readonly type: string; readonly message: string; readonly traceback: string };
}

/** A node of a state's trie: its id in hexadecimal, its bytes in base64. */
export type StoredNode = readonly [id: string, bytes: string];

/** Characters of a run that one row takes: of JSON each may be two in that of the row. */
const RUN_CHARS = PART_CHARS / 2;

type LongRow = { readonly text: string; readonly parts: number };

function nodeRow(id: string): RowKey {
  return ["node", id];
}

/** What begins the keys of all runs of a call; then comes the hash of the block. */
function runsOf(number: number): RowKey {
  return ["run", number];
}

/** Writes down the nodes of a state. They never change, and none is ever removed. */
export function setNodes(nodes: readonly StoredNode[], rows: Rows): void {
  for (const [id, bytes] of nodes) setLong(nodeRow(id), bytes, rows);
}

/** Whether a node is there already. */
export async function hasNode(id: string, rows: ReadRows): Promise<boolean> {
  return await rows.get<LongRow>(nodeRow(id)) !== undefined;
}

/** The bytes of a node. */
async function readNode(id: string, rows: ReadRows): Promise<Uint8Array | undefined> {
  const text = await readLong(nodeRow(id), rows);
  return text === undefined ? undefined : Uint8Array.fromBase64(text);
}

/** Finds nodes of a state, among them those of which no row has been made yet. */
export function stateSource(rows: ReadRows, fresh: readonly StoredNode[] = []): NodeSource {
  const known = new Map(fresh);
  return (id) => {
    const bytes = known.get(id);
    return bytes === undefined ? readNode(id, rows) : Uint8Array.fromBase64(bytes);
  };
}

/** Writes down what executing a call has done; what it did in other blocks stays. */
export function setRun(number: number, run: CallRun, rows: Rows): void {
  // Other characters would need more bytes than a part may have.
  const text = JSON.stringify(run).replace(/[\u0080-\uffff]/g, escaped);
  setLong([...runsOf(number), run.block], text, rows, RUN_CHARS);
}

/** What executing a call in a block has done, where it was. */
export async function readRun(
  number: number,
  block: string,
  rows: ReadRows,
): Promise<CallRun | undefined> {
  const text = await readLong([...runsOf(number), block], rows);
  // The projection has written it.
  return text === undefined ? undefined : JSON.parse(text) as CallRun;
}

/** What of a call's metadata says whether what it did counts. */
export type CallState = Pick<Metadata, "nc" | "firstBlock">;

/** Hash of the block in which a call has succeeded, if that block confirms it still. */
export function succeededIn({ nc, firstBlock }: CallState): string | undefined {
  return nc === "success" ? firstBlock ?? undefined : undefined;
}

/** What a call has done that succeeded in the block that confirms it; undefined for any other. */
export async function readSuccess(
  { number, metadata }: { readonly number: number; readonly metadata: CallState },
  rows: ReadRows,
): Promise<CallRun | undefined> {
  const block = succeededIn(metadata);
  return block === undefined ? undefined : await readRun(number, block, rows);
}

/** Blocks that have executed a call, of whatever branch, in the order of their hashes. */
export async function blocksOfRuns(chain: Chain, number: number, most: number): Promise<string[]> {
  const rows = await chain.rows(runsOf(number), most);
  return rows.filter(({ key }) => key.length === 3).map(({ key }) => String(key[2]));
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function setLong(key: RowKey, text: string, rows: Rows, most?: number): void {
  const { head, parts } = setParts(key, text, rows, most);
  rows.set(key, { text: head, parts });
}

async function readLong(key: RowKey, rows: ReadRows): Promise<string | undefined> {
  const row = await rows.get<LongRow>(key);
  return row && await joinParts(key, { head: row.text, parts: row.parts }, rows);
}
