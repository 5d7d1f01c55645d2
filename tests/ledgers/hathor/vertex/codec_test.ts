import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { z } from "zod";
import { sha256 } from "../../../../src/crypto/hash.ts";
import { targetOf } from "../../../../src/ledgers/hathor/rules/work.ts";
import { decodeVertex } from "../../../../src/ledgers/hathor/vertex/decode.ts";
import {
  encodeFunds,
  encodeGraph,
  encodeVertex,
} from "../../../../src/ledgers/hathor/vertex/encode.ts";
import { VertexFormatError } from "../../../../src/ledgers/hathor/vertex/format_error.ts";
import {
  miningBaseHash,
  miningHeader,
  sealVertex,
} from "../../../../src/ledgers/hathor/vertex/seal.ts";
import { encodeSighash, sighashOf } from "../../../../src/ledgers/hathor/vertex/sighash.ts";
import { isBlock } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { anyVertex } from "../support/arbitrary.ts";
import { readVectors, vertexOf, vertexVectors } from "../support/vectors.ts";

for (const [name, vector] of vertexVectors()) {
  Deno.test(`the golden vertex "${name}" is read and written to the byte`, () => {
    const vertex = vertexOf(vector.hex);
    assertEquals(vertex.hash, vector.hash);
    assertEquals(vertex.bytes.length, vector.hex.length / 2);
    assertEquals(encodeVertex(vertex).toHex(), vector.hex);
    assertEquals(encodeFunds(vertex).toHex(), vector.funds_struct);
    assertEquals(encodeGraph(vertex).toHex(), vector.graph_struct);
    assertEquals(sha256(encodeFunds(vertex)).toHex(), vector.funds_hash);
    assertEquals(
      miningHeader(vertex).toHex(),
      vector.funds_hash + vector.graph_and_headers_hash,
    );
    const isGenesis = name.includes("genesis_");
    assertEquals(targetOf(vertex.weight, isGenesis).toString(16).padStart(64, "0"), vector.target);
  });
  if (vector.sighash_all !== undefined) {
    Deno.test(`signatures of the golden vertex "${name}" are over the same bytes`, () => {
      const vertex = vertexOf(vector.hex);
      assert(!isBlock(vertex));
      assertEquals(encodeSighash(vertex).toHex(), vector.sighash_all);
      assertEquals(sighashOf(vertex).toHex(), vector.sighash_all_sha256);
    });
  }
  if (vector.base_hash_sha256d !== undefined) {
    Deno.test(`the golden vertex "${name}" gives Bitcoin the same hash to hold`, () => {
      assertEquals(miningBaseHash(vertexOf(vector.hex)).toHex(), vector.base_hash_sha256d);
    });
  }
}

const byteCases = readVectors(
  "hathor_bytes.json",
  z.object({
    cases: z.array(z.object({
      hex: z.string(),
      outcome: z.enum(["ok", "malformed", "uncaught"]),
      hash: z.string().optional(),
      canonical: z.string().optional(),
    })),
  }),
).cases;

Deno.test("changed bytes are taken, or refused, as by the original's parser", () => {
  assert(byteCases.length > 200);
  for (const { hex, outcome, hash, canonical } of byteCases) {
    const bytes = Uint8Array.fromHex(hex);
    if (outcome === "ok") {
      const vertex = decodeVertex(bytes);
      assertEquals(vertex.hash, hash, hex);
      assertEquals(encodeVertex(vertex).toHex(), canonical ?? hex);
      assertEquals(vertex.bytes.length, (canonical ?? hex).length / 2);
    } else {
      const error = assertThrows(() => decodeVertex(bytes), VertexFormatError);
      assertEquals(error.code, outcome, hex);
    }
  }
});

Deno.test("the original's own words go with what it refuses for a reason", () => {
  for (
    const [hex, code, message] of [
      ["0007", "malformed", "Invalid version: 7"],
      ["0005", "malformed", "invalid vertex version: 5"],
      ["00", "uncaught", "index out of range"],
      ["000001ffffffffffffffff", "malformed", "Value fits in 4 bytes but is using 8 bytes"],
      ["00000100000000", "malformed", "Number must be strictly positive"],
      ["000001ffff", "uncaught", "Invalid byte struct for output"],
      ["0000010000", "uncaught", "Invalid byte struct for output"],
      ["00000100000001", "malformed", "not enough bytes to read"],
    ] as const
  ) {
    const error = assertThrows(() => decodeVertex(Uint8Array.fromHex(hex)), VertexFormatError);
    assertEquals([error.code, error.message], [code, message]);
  }
});

Deno.test("a vertex larger than a network takes is refused with its size", () => {
  const error = assertThrows(() => decodeVertex(new Uint8Array(48_001)), VertexFormatError);
  assertEquals(error.message, "Serialized vertex has 48001 bytes, maximum size is 48000");
});

Deno.test("any vertex comes back from its bytes as it was", () => {
  fc.assert(
    fc.property(anyVertex, (fields) => {
      const vertex = sealVertex(fields);
      const bytes = encodeVertex(vertex);
      assertEquals(bytes.length, vertex.bytes.length);
      assertEquals(decodeVertex(bytes), vertex);
    }),
    { numRuns: 300 },
  );
});

Deno.test("bytes that were changed anyhow are a vertex again, or the one typed error", () => {
  const originals = vertexVectors().map(([, { hex }]) => Uint8Array.fromHex(hex));
  const change = fc.record({
    original: fc.constantFrom(...originals),
    place: fc.nat(2000),
    removed: fc.nat(3),
    added: fc.uint8Array({ maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.oneof(change, fc.uint8Array({ maxLength: 200 })), (input) => {
      const bytes = input instanceof Uint8Array ? input : changed(input);
      try {
        const vertex = decodeVertex(bytes);
        assertEquals(decodeVertex(encodeVertex(vertex)), vertex);
      } catch (error) {
        if (!(error instanceof VertexFormatError)) throw error;
      }
    }),
    { numRuns: 3000 },
  );
});

function changed(
  { original, place, removed, added }: {
    readonly original: Uint8Array;
    readonly place: number;
    readonly removed: number;
    readonly added: Uint8Array;
  },
): Uint8Array {
  const start = place % original.length;
  return Uint8Array.from([
    ...original.subarray(0, start),
    ...added,
    ...original.subarray(start + removed),
  ]);
}
