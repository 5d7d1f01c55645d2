import { assertEquals, assertMatch } from "@std/assert";
import { FakeClock } from "../../../support/fake_clock.ts";
import { withServer } from "../../../support/in_process.ts";
import { HieraChainApi } from "../../../support/hierachain_api.ts";
import { KeysApi } from "../../../support/keys_api.ts";

const START = Date.UTC(2026, 10, 28);

/** Asks, and gives what was answered with. */
async function query(api: HieraChainApi, text: string, variables?: unknown) {
  const { status, body } = await api.post("/graphql", { query: text, variables });
  return { status, ...body };
}

Deno.test("blocks and events, which fail in the original, are answered from the log", async () => {
  const clock = new FakeClock(START);
  await withServer(async ({ api }) => {
    await api.create("c");
    const add = "mutation($e:AddEventInput!){addEvent(event:$e){success blockIndex error}}";
    const event = { chainName: "c", entityId: "E1", eventType: "made", details: '{"n":5.0}' };
    const added = await query(api, add, { e: event });
    assertEquals(added.data.addEvent, { success: true, blockIndex: 0, error: null });
    const cid = `Qm${"Y".repeat(44)}`;
    await api.append("c", { entity_id: "E2", event_type: "made", details_cid: cid });
    clock.advance(1_100);
    await api.blocks("c", 2);
    await api.append("c", { entity_id: "E1", event_type: "sold", signature: "ab".repeat(32) });
    const { data, status } = await query(
      api,
      `{
        block(chainName:"c",blockIndex:1){
          index hash previousHash timestamp nonce metadata{chainName eventsCount validatorSignatures}
          events{entityId eventType details detailsCid isOffchain signature}
        }
        last:blocks(chainName:"c",fromIndex:-1){index}
        of:events(chainName:"c",entityId:"E1"){eventType details signature}
        typed:events(chainName:"c",eventType:"made",limit:1){entityId}
        own:events(chainName:"c",entityId:"system_consensus"){eventType}
        timed:events(chainName:"c",toTimestamp:1){entityId}
        none:block(chainName:"c",blockIndex:9){index}
      }`,
    );
    assertEquals(status, 200);
    const rest = (await api.get("/api/ledger/chains/c/blocks/1")).body;
    const [signature] = data.block.metadata.validatorSignatures;
    assertMatch(signature, /^[0-9a-f]{128}$/);
    assertEquals(data.block.metadata, {
      chainName: "c",
      eventsCount: 4,
      validatorSignatures: [rest.events.at(-1).details.authority_signature],
    });
    assertEquals(
      [data.block.hash, data.block.previousHash, data.block.timestamp, data.block.nonce],
      [rest.hash, rest.previous_hash, rest.timestamp, "0"],
    );
    assertEquals(data.block.events.map((each: { entityId: string }) => each.entityId), [
      "c",
      "E1",
      "E2",
      "system_consensus",
    ]);
    assertEquals(data.block.events[2], {
      entityId: "E2",
      eventType: "made",
      details: "",
      detailsCid: cid,
      isOffchain: true,
      signature: null,
    });
    assertEquals(data.last, [{ index: 1 }]);
    assertEquals(data.of, [
      { eventType: "made", details: '{"n":5.0}', signature: null },
      { eventType: "sold", details: "{}", signature: "ab".repeat(32) },
    ]);
    assertEquals(data.typed, [{ entityId: "E1" }]);
    assertEquals(data.own, [{ eventType: "consensus_finalization" }]);
    assertEquals([data.timed, data.none], [[], null]);
  }, { clock });
});

Deno.test("a mutation that cannot be says why, and changes nothing", async () => {
  await withServer(async ({ api }) => {
    await api.create("c");
    const fails = async (more: object) => {
      const e = { chainName: "c", entityId: "E", eventType: "made", ...more };
      const text = "mutation($e:AddEventInput!){addEvent(event:$e){success error}}";
      const { data } = await query(api, text, { e });
      assertEquals(data.addEvent.success, false);
      return data.addEvent.error;
    };
    assertEquals(await fails({ chainName: "nope" }), "Chain nope not found");
    assertEquals(await fails({ chainName: "main_chain" }), "Chain main_chain not found");
    assertEquals(await fails({ details: "{" }), "Invalid JSON in details");
    assertEquals(await fails({ details: "[1]" }), "details must be a JSON object");
    assertMatch(await fails({ details: '{"n":99999999999999999999}' }), /64-bit/);
    assertMatch(await fails({ details: `{"a":${"[".repeat(20)}${"]".repeat(20)}}` }), /nested/);
    assertMatch(await fails({ entityId: "\ud800" }), /surrogates/);
    assertMatch(await fails({ eventType: "wallet" }), /no_cryptocurrency_terms/);
    assertEquals((await api.get("/api/ledger/chains/c/stats")).body.total_events, 1);
  }, { clock: new FakeClock(START) });
});

Deno.test("what a query costs is bounded before any of it is run", async () => {
  await withServer(async ({ api }) => {
    await api.create("c");
    const refusal = async (text: string, variables?: unknown) => {
      const { status, errors, data } = await query(api, text, variables);
      assertEquals([status, data ?? null], [400, null]);
      return errors[0].message;
    };
    const many = (count: number, field: string) =>
      `{${Array.from({ length: count }, (_, at) => `a${at}:${field}`).join(" ")}}`;
    const dear = "Query complexity exceeds maximum allowed";
    assertEquals(await refusal(many(260, "__typename")), dear);
    assertEquals(await refusal(`{${"__typename ".repeat(5)}}`), dear);
    assertEquals(await refusal(`{${"...on Query{__typename}".repeat(5)}}`), dear);
    assertEquals(await refusal(many(5, "__schema{types{name}}")), dear);
    const fragments = Array.from({ length: 17 }, (_, at) => `fragment F${at} on Query{__typename}`);
    assertEquals(await refusal(`{...F0}${fragments.join("")}`), dear);
    assertEquals(await refusal('{events(chainName:"c",limit:10001){entityId}}'), dear);
    const limited = 'query($l:Int){events(chainName:"c",limit:$l){entityId}}';
    assertEquals(await refusal(limited, { l: 20_000 }), dear);
    assertEquals(await refusal('{blocks(chainName:"c",limit:300){events{entityId}}}'), dear);
    // Fragments that double what is asked for at each step.
    const doubling = Array.from(
      { length: 40 },
      (_, at) => `fragment F${at} on Query{a:__typename ...F${at + 1} b:__typename ...F${at + 1}}`,
    );
    const end = "fragment F12 on Query{__typename}";
    assertEquals(await refusal(`{...F0}${doubling.join("")}${end}`), dear);
    assertMatch(await refusal(`{${"__typename ".repeat(2_000)}}`), /token/);
    assertMatch(await refusal(`${"{a".repeat(11)}${"}".repeat(11)}`), /^Query depth exceeds/);
    assertMatch(await refusal("{...A}fragment A on Query{...A}"), /Cannot spread fragment/);
    const { status } = await api.post("/graphql", `{"query":"${" ".repeat(1_100_000)}"}`);
    assertEquals(status, 413);
    assertEquals((await query(api, many(50, "allChains{chainName}"))).status, 200);
  }, { clock: new FakeClock(START) });
});

Deno.test("an answer that would not fit into memory is refused in words", async () => {
  await withServer(async ({ api }) => {
    await api.create("c");
    const details = { text: "x".repeat(600_000) };
    for (let at = 0; at < 15; at++) {
      await api.append("c", { entity_id: "E", event_type: "made", details });
    }
    const { status, errors } = await query(api, '{events(chainName:"c"){details}}');
    assertEquals([status, errors[0].message], [
      400,
      "The answer is too large: ask for fewer events",
    ]);
  });
});

Deno.test("a key sees and writes in GraphQL what it covers", async () => {
  const listed = "a-key-of-the-settings";
  await withServer(async ({ native, main }) => {
    const owner = new HieraChainApi(native, { "x-api-key": listed });
    for (const chain of ["mine", "other"]) await owner.create(chain);
    const { key } = await new KeysApi(main, listed)
      .make({ scopes: ["read"], chains: ["hierachain/mine"] });
    const api = new HieraChainApi(native, { "x-api-key": key });
    const { data } = await query(api, "{allChains{chainName}}");
    assertEquals(data.allChains, [{ chainName: "mine" }]);
    for (const field of ["chainStatus", "blocks", "events"]) {
      const part = field === "blocks" ? "index" : field === "events" ? "entityId" : "status";
      const { status, errors } = await query(api, `{${field}(chainName:"other"){${part}}}`);
      assertEquals([status, errors[0].message], [
        400,
        "Access to chain operations requires 'chains' permission.",
      ]);
    }
    const add = 'mutation{addEvent(event:{chainName:"mine",entityId:"e",eventType:"t"}){success}}';
    const refused = await query(api, add);
    assertEquals(
      refused.errors[0].message,
      "Access to event operations requires 'events' permission.",
    );
    assertEquals((await query(owner, add)).data.addEvent.success, true);
  }, { flags: [`--api-keys=${listed}`] });
});

Deno.test("a body that holds more than any query needs is refused before it is parsed", async () => {
  await withServer(async ({ api }) => {
    const nested = "[".repeat(300_000) + "]".repeat(300_000);
    const many = `[${Array(60_000).fill("{}").join(",")}]`;
    for (const variables of [nested, many]) {
      const text = `{"query":"{allChains}","variables":{"a":${variables}}}`;
      const { status, body } = await api.post("/graphql", text);
      const message = "Query complexity exceeds maximum allowed";
      assertEquals({ status, body }, { status: 400, body: { errors: [{ message }] } });
    }
  });
});
