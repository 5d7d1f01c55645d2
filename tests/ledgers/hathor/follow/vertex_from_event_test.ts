import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { LedgerError } from "../../../../src/kernel/errors.ts";
import { vertexFromEvent } from "../../../../src/ledgers/hathor/follow/vertex_from_event.ts";
import { vertexText } from "../../../../src/ledgers/hathor/intake/accept.ts";
import { decodeVertex } from "../../../../src/ledgers/hathor/vertex/decode.ts";
import { sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import {
  inputsOf,
  isBlock,
  isTokenCreation,
  type TxOutput,
  type Vertex,
  VertexVersion,
} from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { isPyObject, type PyJson, valueAt } from "../../../../src/python/json.ts";
import { writeRestJson } from "../../../../src/python/json_write.ts";
import { anyVertex } from "../support/arbitrary.ts";
import { networkOf, readPythonVectors, vertexOf, vertexVectors } from "../support/vectors.ts";

const OF_VERTICES = new Set(["NEW_VERTEX_ACCEPTED", "VERTEX_METADATA_CHANGED", "VERTEX_REMOVED"]);

/** The data of all events of vertices in a document. */
function* vertexData(value: PyJson): Generator<string> {
  if (Array.isArray(value)) { for (const each of value) yield* vertexData(each); }
  if (!isPyObject(value)) return;
  const data = valueAt(value, "data");
  if (OF_VERTICES.has(String(valueAt(value, "type"))) && data !== undefined) {
    yield writeRestJson(data);
  }
  const values = value instanceof Map ? value.values() : Object.values(value);
  for (const each of values) yield* vertexData(each);
}

Deno.test("of a real node's events the bytes are put together, or it is known what they lack", () => {
  const counts = new Map<string, number>();
  for (const file of ["hathor_sockets.json", "hathor_http.json"]) {
    for (const data of vertexData(readPythonVectors(file))) {
      const { hash, bytes, isWhole, lacks } = vertexFromEvent(data);
      const vertex = decodeVertex(bytes);
      assertEquals(vertex.hash === hash, isWhole);
      const which = `${vertex.version} ${lacks ?? "whole"}`;
      counts.set(which, (counts.get(which) ?? 0) + 1);
    }
  }
  // Most blocks of the recordings have data, so that no two of them are the same.
  assertEquals(Object.fromEntries(counts), {
    "0 whole": 30,
    "1 whole": 27,
    "0 block_data": 57,
    "1 input_data": 30,
    "2 input_data": 4,
  });
});

const privatenet = networkOf("privatenet");
const golden = vertexVectors().map(([name, { hex }]) => ({ name, vertex: vertexOf(hex) }));
const known = new Map(golden.map(({ vertex }) => [vertex.hash, vertex]));

for (const { name, vertex } of golden) {
  const isTold = inputsOf(vertex).every(({ txId }) => known.has(txId));
  if (!isTold) continue;
  Deno.test(`the golden vertex "${name}" comes out of its event as far as that tells it`, () => {
    const isWhole = isBlock(vertex) ? vertex.data.length === 0 : vertex.inputs.length === 0;
    const lacking = isBlock(vertex) ? "block_data" : "input_data";
    const { bytes, ...told } = vertexFromEvent(
      vertexText(privatenet, vertex, (hash) => known.get(hash)),
    );
    const lacks = isWhole ? undefined : lacking;
    assertEquals(told, { hash: vertex.hash, isWhole, lacks });
    if (isWhole) assertEquals(bytes, vertex.bytes);
    assertSameButLacking(decodeVertex(bytes), vertex);
  });
}

/** Asserts that all is there of a vertex which its event tells. */
function assertSameButLacking(made: Vertex, vertex: Vertex): void {
  const told = (of: Vertex) => [
    of.version,
    of.signalBits,
    of.timestamp,
    of.weight,
    of.parents,
    of.outputs,
    inputsOf(of).map(({ txId, index }) => [txId, index]),
    of.version === VertexVersion.mergeMinedBlock ? of.auxPow : of.nonce,
    isTokenCreation(of) ? [of.tokenName, of.tokenSymbol] : [],
  ];
  assertEquals(told(made), told(vertex));
  if (isBlock(vertex) || isBlock(made) || isTokenCreation(vertex) || isTokenCreation(made)) return;
  // Those come after that are only spent.
  assertEquals(made.tokens.slice(0, vertex.tokens.length), vertex.tokens);
}

Deno.test("any vertex comes out of its event as far as that tells it, and is whole only if it is", () => {
  const spent = golden[0]?.vertex;
  assert(spent !== undefined);
  const output: TxOutput = { value: 1n, tokenData: 0, script: new Uint8Array() };
  const giver: Vertex = { ...spent, outputs: Array.from({ length: 256 }, () => output) };
  fc.assert(
    fc.property(anyVertex.filter(({ weight }) => Number.isFinite(weight)), (fields) => {
      const vertex: Vertex = sealVertex(fields);
      const { hash, bytes, isWhole } = vertexFromEvent(
        vertexText(privatenet, vertex, () => giver),
      );
      assertEquals(hash, vertex.hash);
      assertEquals(isWhole, bytes.toHex() === vertex.bytes.toHex());
      assertSameButLacking(decodeVertex(bytes), vertex);
    }),
    { numRuns: 300 },
  );
});

Deno.test("what tells of no vertex is refused by its code", () => {
  const good = vertexFromEventText();
  const wrong = [
    "",
    "[]",
    "{}",
    good.replace(/"version":\d+/, '"version":5'),
    good.replace(/"timestamp":\d+/, '"timestamp":4294967296'),
    good.replace(/"hash":"./, '"hash":"x'),
    good.replace(/"script":"[^"]*"/, '"script":"*"'),
    good.replace(/"value":\d+/, `"value":${2n ** 63n + 1n}`),
    good.replace(/"nonce":\d+/, `"nonce":${2n ** 128n}`),
    good.replace(/"weight":[\d.]+/, '"weight":null'),
    good.replace(/"version":\d+/, '"version":3').replace('"aux_pow":null', '"aux_pow":"00"'),
  ];
  for (const text of wrong) {
    const error = assertThrows(() => vertexFromEvent(text), LedgerError);
    assertEquals(error.code, "remote_invalid", text);
  }
});

function vertexFromEventText(): string {
  const block = golden.find(({ name }) => name === "block_height1")?.vertex;
  assert(block !== undefined);
  return vertexText(privatenet, block, () => undefined);
}
