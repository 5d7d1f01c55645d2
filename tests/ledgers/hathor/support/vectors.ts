import { z } from "zod";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { shippedNetwork } from "../../../../src/ledgers/hathor/networks/shipped.ts";
import { decodeVertex } from "../../../../src/ledgers/hathor/vertex/decode.ts";
import {
  type Block,
  isBlock,
  type Transaction,
  type Vertex,
} from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import type { PyJson } from "../../../../src/python/json.ts";
import { parsePyJson } from "../../../../src/python/json_parse.ts";
import { writeRestJson } from "../../../../src/python/json_write.ts";

/** What a file of `tests/vectors` says, by the schema of what the test needs of it. */
export function readVectors<T>(name: string, schema: z.ZodType<T>): T {
  return schema.parse(JSON.parse(textOfVectors(name)));
}

/** The same with the class of each number and the order of keys. */
export function readPythonVectors(name: string): PyJson {
  return parsePyJson(textOfVectors(name));
}

function textOfVectors(name: string): string {
  return Deno.readTextFileSync(new URL(`../../../vectors/${name}`, import.meta.url));
}

/** What stands in `value` under a path of keys and indexes. */
export function at(value: PyJson, ...path: readonly (string | number)[]): PyJson {
  let here = value;
  for (const step of path) {
    if (typeof here !== "object" || here === null) throw new TypeError(`nothing at ${step}`);
    const next: unknown = Reflect.get(here, step);
    if (next === undefined) throw new TypeError(`nothing at ${step}`);
    // Whatever a parsed document holds is of its own type.
    here = next as PyJson;
  }
  return here;
}

/** JSON to compare: it shows the order of keys and the class of numbers. */
export function textOf(value: PyJson): string {
  return writeRestJson(value);
}

export function vertexOf(hex: string): Vertex {
  return decodeVertex(Uint8Array.fromHex(hex));
}

export function transactionOf(hex: string): Transaction {
  const vertex = vertexOf(hex);
  if (isBlock(vertex)) throw new TypeError("a block");
  return vertex;
}

export function blockOf(hex: string): Block {
  const vertex = vertexOf(hex);
  if (!isBlock(vertex)) throw new TypeError("not a block");
  return vertex;
}

export function networkOf(name: string): Network {
  const network = shippedNetwork(name);
  if (network === undefined) throw new TypeError(`no network ${name}`);
  return network;
}

/** A vertex of the golden vectors. */
export const vertexVector = z.object({
  hex: z.string(),
  hash: z.string(),
  funds_struct: z.string(),
  graph_struct: z.string(),
  funds_hash: z.string(),
  graph_and_headers_hash: z.string(),
  target: z.string(),
  sighash_all: z.string().optional(),
  sighash_all_sha256: z.string().optional(),
  mining_header_without_nonce: z.string().optional(),
  base_hash_sha256d: z.string().optional(),
});

const genesisVectors = z.object({
  genesis_block: vertexVector,
  genesis_tx1: vertexVector,
  genesis_tx2: vertexVector,
});

/** All vertices of the golden vectors by name. */
export function vertexVectors(): [string, z.infer<typeof vertexVector>][] {
  const { vertices, networks } = readVectors(
    "hathor.json",
    z.object({
      vertices: z.record(z.string(), vertexVector),
      networks: z.record(z.string(), genesisVectors),
    }),
  );
  const genesis = Object.entries(networks).flatMap(([network, vectors]) =>
    Object.entries(vectors).map((
      [name, vector],
    ): [string, typeof vector] => [`${network} ${name}`, vector])
  );
  return [...Object.entries(vertices), ...genesis];
}
