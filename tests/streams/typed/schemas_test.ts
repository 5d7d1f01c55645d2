import { Ajv2020, type AnySchema } from "ajv";
import formats from "ajv-formats";
import { assert, assertEquals } from "@std/assert";
import { hathor } from "../../../src/ledgers/hathor/definition.ts";
import { cloudTypeOf } from "../../../src/streams/typed/formats.ts";
import { Person, signed } from "../../ledgers/shared_bigchaindb/builder.ts";
import { create, LedgerApi, transfer } from "../../ledgers/shared_bigchaindb/ledger_api.ts";
import { type LocalServer, withServer } from "../../support/in_process.ts";

const alice = new Person("alice");

/** Something in every chain of every ledger. */
async function fill({ api, main }: LocalServer): Promise<void> {
  await api.create("c");
  await api.append("c", { entity_id: "E", event_type: "made", details: { a: 1.5 } });
  const business: [string, unknown][] = [
    ["organizations", { org_id: "o", ca_config: {} }],
    ["channels", { channel_id: "c", organizations: ["o"], policy: {} }],
    ["channels/c/private-collections", { name: "p", members: [], config: {} }],
    ["private-data", { collection: "p", key: "k", value: {}, event_metadata: {} }],
    ["contracts", { contract_id: "k", version: "1", implementation: "i", metadata: {} }],
    ["contracts/execute", { contract_id: "k", event: {}, context: {} }],
  ];
  for (const [path, body] of business) {
    assertEquals((await api.post(`/api/business/${path}`, body)).status, 200, path);
  }
  const bigchaindb = new LedgerApi(`${main}/bigchaindb`);
  const made = create(alice, { kind: "boat" });
  await bigchaindb.accept(made);
  await bigchaindb.accept(transfer(alice, made, [alice.output(1)]));
  // The same is spent again, which is refused.
  const again = transfer(alice, made, [alice.output(1)], { metadata: { again: true } });
  assertEquals((await bigchaindb.post(again)).status, 400);
  const members = { assets: [{ data: "QmBoat" }], metadata: null, version: "3.0" };
  await new LedgerApi(`${main}/planetmint`).accept(
    signed({ operation: "CREATE", members, outputs: [alice.output(1)], inputs: [{ by: alice }] }),
  );
}

const CHAINS = [
  "hathor/privatenet",
  "hierachain/main_chain",
  "hierachain/c",
  "hierachain/business/registry",
  "bigchaindb/chain",
  "bigchaindb/rejected",
  "planetmint/chain",
];

/** Says what is wrong with a value by the schema that is served for a type. */
type Check = (type: string, value: unknown) => Promise<string | undefined>;

function checksOf(main: string): Check {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
  formats.default(ajv);
  return async (type, value) => {
    let validate = ajv.getSchema(type);
    if (validate === undefined) {
      const response = await fetch(`${main}/v1/schemas/${type}`);
      assertEquals([response.status, type], [200, type]);
      const schema: AnySchema = await response.json();
      ajv.addSchema(schema, type);
      validate = ajv.getSchema(type);
    }
    assert(validate !== undefined);
    return validate(value) ? undefined : ajv.errorsText(validate.errors);
  };
}

Deno.test("what is sent of every ledger is as the schemas say that are served", async () => {
  await withServer(async (local) => {
    const { main } = local;
    await fill(local);
    const check = checksOf(main);
    const seen = new Set<string>();
    for (const chain of CHAINS) {
      const events = await (await fetch(`${main}/v1/stream/${chain}`)).json();
      assert(events.length > 0, chain);
      const [ledger = ""] = chain.split("/");
      for (const event of events) {
        const type = cloudTypeOf(ledger, event.type);
        seen.add(type);
        assertEquals([type, await check("envelope", event)], [type, undefined]);
        assertEquals([type, await check(type, event.data)], [type, undefined]);
      }
      // No schema takes just anything.
      for (const type of seen) assert(await check(type, "nothing of the kind") !== undefined, type);
    }
    assert(seen.size >= 18, [...seen].join(", "));
    const { types } = await (await fetch(`${main}/v1/schemas`)).json();
    for (const { type, schema } of types) {
      const { $id, title } = await (await fetch(main + schema)).json();
      assertEquals($id, `urn:ledgerline:schema:${type}`);
      assert(title.length > 0);
    }
    assert(seen.isSubsetOf(new Set(types.map(({ type }: { type: string }) => type))));
    const unknown = await fetch(`${main}/v1/schemas/org.ledgerline.hathor.NOTHING`);
    assertEquals([unknown.status, (await unknown.json()).code], [404, "not_found"]);
  });
});

/** Every event in what the real node was recorded to say. */
function* recordedEvents(value: unknown): Generator<{ type: string }> {
  if (typeof value === "string" && value.startsWith('{"type":"EVENT"')) {
    yield* recordedEvents(JSON.parse(value));
  }
  if (typeof value !== "object" || value === null) return;
  if ("type" in value && value.type === "EVENT" && "event" in value) {
    // A message of the event queue.
    yield value.event as { type: string };
  } else for (const item of Object.values(value)) yield* recordedEvents(item);
}

Deno.test("the events that the real Hathor node was recorded to send are as the schemas say", async () => {
  const path = new URL("../../vectors/hathor_sockets.json", import.meta.url);
  const events = [...recordedEvents(JSON.parse(await Deno.readTextFile(path)))];
  const seen = new Set(events.map(({ type }) => type));
  assert(seen.has("TOKEN_CREATED") && seen.has("NEW_VERTEX_ACCEPTED"), [...seen].join(", "));
  for (const event of events) {
    const parsed = hathor.eventTypes?.[event.type]?.safeParse(event);
    assertEquals([event.type, parsed?.error?.message], [event.type, undefined]);
  }
});
