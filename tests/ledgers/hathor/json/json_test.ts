import { assert, assertEquals, assertThrows } from "@std/assert";
import { detailJson } from "../../../../src/ledgers/hathor/json/detail_json.ts";
import { eventJson } from "../../../../src/ledgers/hathor/json/event_json.ts";
import { historyJson } from "../../../../src/ledgers/hathor/json/history_json.ts";
import { vertexJson } from "../../../../src/ledgers/hathor/json/vertex_json.ts";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import { HeaderId } from "../../../../src/ledgers/hathor/vertex/headers.ts";
import { sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import { isBlock, type Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import type { PyJson } from "../../../../src/python/json.ts";
import { at, networkOf, readPythonVectors, textOf, vertexOf } from "../support/vectors.ts";

const golden = readPythonVectors("hathor.json");
const recorded = readPythonVectors("hathor_api.json");
const privatenet = networkOf("privatenet");

const known = new Map<string, Vertex>();
for (const hex of Object.values(asRecord(at(recorded, "vertices")))) keep(vertexOf(asText(hex)));
for (const vector of Object.values(asRecord(at(golden, "vertices")))) {
  keep(vertexOf(asText(at(vector, "hex"))));
}

function keep(vertex: Vertex): void {
  known.set(vertex.hash, vertex);
}

function asRecord(value: PyJson): Record<string, PyJson> {
  if (typeof value !== "object" || value === null) throw new TypeError("not an object");
  return Object.fromEntries(Object.entries(value));
}

function asText(value: PyJson): string {
  if (typeof value !== "string") throw new TypeError("not text");
  return value;
}

function asList(value: PyJson): readonly PyJson[] {
  if (!Array.isArray(value)) throw new TypeError("not a list");
  return value;
}

for (const [name, vector] of Object.entries(asRecord(at(golden, "vertices")))) {
  Deno.test(`the golden vertex "${name}" is told in JSON to the character`, () => {
    const vertex = vertexOf(asText(at(vector, "hex")));
    const json = vertexJson(privatenet, vertex, { decode: true });
    assertEquals(textOf(json), textOf(at(vector, "json")));
  });
  const { push_tx_response: answer } = asRecord(vector);
  if (answer === undefined) continue;
  Deno.test(`the golden vertex "${name}" is answered by push_tx to the character`, () => {
    const vertex = vertexOf(asText(at(vector, "hex")));
    assertEquals(textOf(vertexJson(privatenet, vertex)), textOf(at(answer, "tx")));
  });
}

for (const [name, vectors] of Object.entries(asRecord(at(golden, "networks")))) {
  Deno.test(`the genesis of ${name} is told in JSON to the character`, () => {
    const network = networkOf(name);
    const { block, tx1, tx2 } = genesisOf(network);
    for (
      const [key, vertex] of Object.entries({
        genesis_block: block,
        genesis_tx1: tx1,
        genesis_tx2: tx2,
      })
    ) {
      const json = vertexJson(network, vertex, { decode: true });
      assertEquals(textOf(json), textOf(at(vectors, key, "json")));
    }
  });
}

Deno.test("histories that the original sent come out the same to the character", () => {
  const histories = asList(at(recorded, "histories"));
  assert(histories.length > 30);
  for (const history of histories) {
    const vertex = known.get(asText(at(history, "tx_id")));
    assert(vertex !== undefined);
    const { first_block, height, is_voided } = asRecord(history);
    const json = historyJson(privatenet, vertex, {
      isVoided: is_voided === true,
      firstBlock: typeof first_block === "string" ? first_block : undefined,
      height: typeof height === "number" ? height : undefined,
      spentBy: (index) => {
        const hash = at(history, "outputs", index, "spent_by");
        return typeof hash === "string" ? hash : undefined;
      },
      vertex: (hash) => known.get(hash),
    });
    assertEquals(textOf(json), textOf(history));
  }
});

Deno.test("details that the original sent come out the same to the character", () => {
  const details = [...asList(at(recorded, "details"))];
  for (const vector of Object.values(asRecord(at(golden, "vertices")))) {
    const { api_transaction: answer } = asRecord(vector);
    if (answer !== undefined) details.push(at(answer, "tx"));
  }
  assert(details.length > 5);
  for (const detail of details) {
    const vertex = known.get(asText(at(detail, "hash")));
    assert(vertex !== undefined);
    if (!isBlock(vertex) && vertex.inputs.some(({ txId }) => !known.has(txId))) continue;
    const { height, tokens } = asRecord(detail);
    const { json, tokens: uids } = detailJson(privatenet, vertex, {
      height: typeof height === "number" ? height : undefined,
      vertex: (hash) => known.get(hash),
    });
    assertEquals(uids, asList(tokens ?? []).map((token) => asText(at(token, "uid"))));
    assertEquals(textOf({ ...json, tokens: tokens ?? null }), textOf(detail));
  }
});

Deno.test("inputs have the token indexes of the transaction that spends them", () => {
  const unittests = networkOf("unittests");
  for (const vector of asList(readPythonVectors("hathor_details.json"))) {
    const vertices = asList(at(vector, "vertices")).map((hex) => vertexOf(asText(hex)));
    const spent = new Map(vertices.map((vertex) => [vertex.hash, vertex]));
    const detail = asRecord(at(vector, "tx"));
    const vertex = spent.get(asText(detail.hash ?? null));
    assert(vertex !== undefined);
    const { json, tokens } = detailJson(unittests, vertex, {
      height: undefined,
      vertex: (hash) => spent.get(hash),
    });
    const told = asList(detail.tokens ?? null);
    assertEquals(tokens, told.map((token) => asText(at(token, "uid"))));
    assertEquals(textOf({ ...json, tokens: told }), textOf(at(vector, "tx")));
  }
});

Deno.test("events that the original sent come out the same to the character", () => {
  const events = asList(at(recorded, "events"));
  assert(events.length > 10);
  for (const event of events) {
    const vertex = known.get(asText(at(event, "hash")));
    assert(vertex !== undefined);
    const json = eventJson(privatenet, vertex, { vertex: (hash) => known.get(hash) });
    assertEquals(textOf(json), textOf(event));
  }
});

Deno.test("a vertex is not told in detail without what it spends", () => {
  const vertex = vertexOf(asText(at(golden, "vertices", "p2pkh_spend_genesis", "hex")));
  const facts = { height: undefined, vertex: () => undefined };
  assertThrows(() => detailJson(privatenet, vertex, facts), RangeError, "was not handed in");
});

Deno.test("a token that is only spent comes after the transaction's own tokens", () => {
  const base = vertexOf(asText(at(golden, "vertices", "walletlib_melt", "hex")));
  const spent = vertexOf(asText(at(golden, "vertices", "walletlib_create_token", "hex")));
  assert(base.version === 1);
  const melted = sealVertex({
    ...base,
    tokens: [],
    outputs: [],
    inputs: [1, 3].map((index) => ({ txId: spent.hash, index, data: new Uint8Array() })),
  });
  const { json, tokens } = detailJson(privatenet, melted, {
    height: undefined,
    vertex: (hash) => hash === spent.hash ? spent : undefined,
  });
  assertEquals(tokens, [spent.hash]);
  assertEquals([0, 1].map((index) => at(json, "inputs", index, "token_data")), [1, 129]);
});

Deno.test("fees are told with the uid of their token", () => {
  const base = vertexOf(asText(at(golden, "vertices", "walletlib_melt", "hex")));
  assert(base.version === 1);
  const fees = [{ tokenIndex: 0, amount: 1n }, { tokenIndex: 1, amount: 2n ** 60n }];
  const vertex = sealVertex({ ...base, headers: [{ id: HeaderId.fee, fees }] });
  const json = vertexJson(privatenet, vertex);
  assertEquals(
    textOf(at(json, "fees")),
    `[{"token_uid":"00","amount":1},{"token_uid":"${base.tokens[0]}","amount":${2n ** 60n}}]`,
  );
});
