import { sha256 } from "../../../crypto/hash.ts";
import { readLeb128 } from "../vertex/leb128.ts";
import { VertexReader } from "../vertex/vertex_reader.ts";
import { TokenVersion } from "../vertex/vertex.ts";

/**
 * What of the contracts' state is read without the engine. The state of a block is a trie, whose
 * nodes are named by their hashes: it has the root of each contract's own trie, the tokens that
 * contracts have created, and the last number that each caller has used.
 */

/** The root of a state in which there is nothing. */
export const EMPTY_ROOT = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/** Finds the bytes of a node by its id; undefined where there is no such node. */
export type NodeSource = (id: string) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

const CONTRACT = "00";
const TOKEN = "01";
const METADATA = "02";
const BLUEPRINT_ID = METADATA + sha256(new TextEncoder().encode("blueprint_id")).toHex();

const NUMBER_BYTES = 5;

/** The blueprint of a contract; undefined where there is no such contract. */
export async function blueprintOf(
  nodes: NodeSource,
  root: string,
  contract: string,
): Promise<string | undefined> {
  const own = await find(nodes, root, CONTRACT + contract);
  const kept = own && await find(nodes, own.toHex(), BLUEPRINT_ID);
  if (kept === undefined) return undefined;
  const reader = new VertexReader(kept);
  // A value may have been deleted, which the first byte says.
  return reader.u8() === 0 ? undefined : readBytes(reader).toHex();
}

/** The version of a token that a contract has created; undefined where none has created it. */
export async function createdVersion(
  nodes: NodeSource,
  root: string,
  uid: string,
): Promise<TokenVersion | undefined> {
  const found = await find(nodes, root, TOKEN + uid);
  if (found === undefined) return undefined;
  const reader = new VertexReader(found);
  // Its uid, its name and its symbol.
  for (let part = 0; part < 3; part++) readBytes(reader);
  return reader.u8() === 2 ? TokenVersion.fee : TokenVersion.deposit;
}

interface TrieNode {
  readonly key: string;
  readonly content: Uint8Array | undefined;
  readonly children: readonly (readonly [suffix: string, id: string])[];
}

/** What a trie has under a key, in hexadecimal: keys of nodes are parts of that text. */
async function find(
  nodes: NodeSource,
  root: string,
  key: string,
): Promise<Uint8Array | undefined> {
  let id = root;
  for (;;) {
    if (id === EMPTY_ROOT) return undefined;
    const bytes = await nodes(id);
    if (bytes === undefined) throw new RangeError(`there is no node ${id}`);
    const node = readNode(bytes);
    if (node.key === key) return node.content;
    const rest = key.slice(node.key.length);
    const next = node.children.find(([suffix]) => rest.startsWith(suffix));
    if (next === undefined) return undefined;
    id = next[1];
  }
}

function readNode(bytes: Uint8Array): TrieNode {
  const reader = new VertexReader(bytes);
  const key = readText(reader);
  readNumber(reader);
  const content = reader.u8() === 0 ? undefined : readBytes(reader);
  const children = Array.from(
    { length: readNumber(reader) },
    () => [readText(reader), readBytes(reader).toHex()] as const,
  );
  return { key, content, children };
}

function readNumber(reader: VertexReader): number {
  return Number(readLeb128(reader, NUMBER_BYTES));
}

function readBytes(reader: VertexReader): Uint8Array {
  return reader.bytes(readNumber(reader));
}

function readText(reader: VertexReader): string {
  return new TextDecoder().decode(readBytes(reader));
}
