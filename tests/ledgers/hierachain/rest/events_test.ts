import { assert, assertEquals, assertMatch } from "@std/assert";
import { FakeClock } from "../../../support/fake_clock.ts";
import type { HieraChainApi } from "../../../support/hierachain_api.ts";
import { withServer } from "../../../support/in_process.ts";

const EVENTS = "/api/ledger/chains/c/events";
const CID = "QmXoypizjW3WknFiJnKLwHCnL72vedxjQkDDP1mXWo6uco";
const KEY = "ab".repeat(32);

Deno.test("an accepted event answers the original's body, and its place in two headers", async () => {
  await withServer(async ({ api }) => {
    await api.create("supply_chain");
    const path = "/api/ledger/chains/supply_chain/events";
    const { status, body, headers } = await api.post(path, {
      entity_id: "PROD-002",
      event_type: "production_complete",
      details: { quantity: 100 },
    });
    assertEquals([status, body], [200, {
      success: true,
      message: "Event added to chain 'supply_chain'",
      event_id: "supply_chain_1_2",
    }]);
    assertEquals(headers.get("ledger-offset"), "2");
    assertMatch(headers.get("ledger-id") ?? "", /^[0-9A-HJKMNP-TV-Z]{26}$/);
    const off = await api.post(path, { entity_id: "e", event_type: "t", details_cid: CID });
    assertEquals(off.body, {
      success: true,
      message: "Event added to chain 'supply_chain' (off-chain storage)",
      event_id: "supply_chain_1_3",
    });
  }, { clock: new FakeClock() });
});

Deno.test("events for no chain are refused as in the original", async () => {
  await withServer(async ({ api }) => {
    const event = { entity_id: "e", event_type: "t" };
    const refused = async (name: string) => {
      const { status, body } = await api.post(`/api/ledger/chains/${name}/events`, event);
      return [status, body.message];
    };
    assertEquals(await refused("nope"), [404, "Sub-chain 'nope' not found"]);
    assertEquals(await refused("main_chain"), [404, "Sub-chain 'main_chain' not found"]);
    assertEquals(await refused("a.b"), [
      400,
      "Invalid sub-chain name format. Only alphanumeric, dashes, and underscores are allowed.",
    ]);
  });
});

Deno.test("what is stored is what was sent, as the original stores it", async () => {
  await withServer(async ({ api }) => {
    await api.create("c");
    const details = '{"price":1.5,"whole":5.0,"small":1e-05,"big":18446744073709551615,' +
      '"note":"Xin chào ✅ <b>hi</b>","nested":{"a":[1,2,null]},"huge":1e+16,"neg":-0.0}';
    const body = `{"entity_id":"E","event_type":"t","details":${details},"sender":"0x${KEY}",` +
      `"signature":"${KEY}","timestamp":1,"unknown":true}`;
    const { offset } = await api.append("c", body);
    const { body: found, text } = await api.get(`${EVENTS}/${offset}`);
    const { timestamp, event_id: id } = found.event;
    assertMatch(id, /^[0-9a-f]{16}$/);
    const stored = text.slice(text.indexOf('"event":{') + 8, -1);
    assertEquals(
      stored,
      '{"details":{"big":18446744073709551615,"huge":1e+16,"neg":-0.0,"nested":{"a":[1,2,null]},' +
        '"note":"Xin chào ✅ <b>hi</b>","price":1.5,"small":1e-05,"whole":5.0},' +
        `"entity_id":"E","event":"t","event_id":"${id}","signature":"${KEY}",` +
        `"submitted_by":"0x${KEY}","timestamp":${timestamp}}`,
    );
  });
});

Deno.test("HTML is escaped only where the setting asks for it", async () => {
  const stored = async (flags: string[]) => {
    let event: unknown;
    await withServer(async ({ api }) => {
      await api.create("c");
      const note = "<b> {{x}}";
      const { offset } = await api.append("c", {
        entity_id: "<e>",
        event_type: "t",
        details: { note },
      });
      const { body } = await api.get(`${EVENTS}/${offset}`);
      event = [body.event.entity_id, body.event.details.note];
    }, { flags });
    return event;
  };
  assertEquals(await stored([]), ["<e>", "<b> {{x}}"]);
  assertEquals(await stored(["--hierachain-escape-html=true"]), [
    "&lt;e&gt;",
    "&lt;b&gt; [TEMPLATE_BLOCKED]",
  ]);
});

Deno.test("what the rules refuse is refused in the answer, with the rule's name, and nothing is written", async () => {
  await withServer(async ({ api }) => {
    await api.create("c");
    const refused: [unknown, string, string, string][] = [
      [
        { entity_id: "e", event_type: "t", details: { note: "pay the Fee now" } },
        "no_cryptocurrency_terms",
        "details.note",
        "fee",
      ],
      [
        { entity_id: "my wallet", event_type: "t" },
        "no_cryptocurrency_terms",
        "entity_id",
        "wallet",
      ],
      [{ entity_id: "e", event_type: "mining" }, "no_cryptocurrency_terms", "event", "mining"],
      [
        { entity_id: "e", event_type: "coin_transfer" },
        "forbidden_event_type",
        "event",
        "coin_transfer",
      ],
      [{ entity_id: "  ", event_type: "t" }, "blank_field", "entity_id", ""],
      [{ entity_id: "e", event_type: "" }, "blank_field", "event", ""],
    ];
    const before = await places(api);
    for (const [event, rule, field, term] of refused) {
      const { status, body } = await api.post(EVENTS, event);
      assertEquals([status, body.error, body.status_code], [422, "HTTP error", 422]);
      assertEquals([body.rule, body.field, body.term], [rule, field, term]);
      assert(body.message.includes(`'${rule}'`));
      const good = { entity_id: "good", event_type: "t" };
      const batch = await api.post(`${EVENTS}/batch`, [good, event, good]);
      assertEquals([batch.status, batch.body.rule], [422, rule]);
    }
    assertEquals(await places(api), before);
    await api.append("c", {
      entity_id: "e",
      event_type: "t",
      details: { coffee: "transactional" },
    });
  }, { clock: new FakeClock() });
});

Deno.test("what no block can hold is refused in the answer", async () => {
  await withServer(async ({ api }) => {
    await api.create("c");
    const before = await places(api);
    for (const details of ['{"a":18446744073709551616}', '{"a":"\\ud800"}']) {
      const body = `{"entity_id":"e","event_type":"t","details":${details}}`;
      assertEquals([details, (await api.post(EVENTS, body)).status], [details, 422]);
    }
    assertEquals(await places(api), before);
  }, { clock: new FakeClock() });
});

Deno.test("an event larger than one commit can hold is refused before anything is written", async () => {
  await withServer(async ({ api }) => {
    await api.create("c");
    const before = await places(api);
    const large = (size: number) => ({
      entity_id: "e",
      event_type: "t",
      details: { text: "x".repeat(size) },
    });
    const { status, body } = await api.post(EVENTS, large(900_000));
    assertEquals([status, body.code, body.status_code], [413, "too_large", 413]);
    const batch = await api.post(`${EVENTS}/batch`, Array(4).fill(large(250_000)));
    assertEquals([batch.status, batch.body.code], [413, "too_large"]);
    assertEquals(await places(api), before);
    // Past what one value of the store holds, an event is split and comes back whole.
    const { offset } = await api.append("c", large(600_000));
    const { body: found } = await api.get(`${EVENTS}/${offset}`);
    assertEquals(found.event.details.text.length, 600_000);
  }, { clock: new FakeClock() });
});

Deno.test("a batch is appended whole, in order and without a gap", async () => {
  await withServer(async ({ api }) => {
    await api.create("c");
    const batch = Array.from({ length: 120 }, (_, at) => ({
      entity_id: `E-${at}`,
      event_type: "t",
    }));
    const { status, body } = await api.post(`${EVENTS}/batch`, batch);
    assertEquals([status, body.success, body.message, body.first_offset], [
      200,
      true,
      "120 events added to chain 'c'",
      2,
    ]);
    // The connection event was number one; blocks close at fifty.
    const expected = batch.map((_, at) => `c_${at < 49 ? 1 : at < 99 ? 2 : 3}_${at + 2}`);
    assertEquals(body.event_ids, expected);
    for (const [at, id] of expected.entries()) {
      const { body: found } = await api.get(`${EVENTS}/${id}`);
      assertEquals([id, found.event?.entity_id], [id, `E-${at}`]);
    }
  }, { clock: new FakeClock() });
});

Deno.test("a batch of the wrong form is refused and nothing of it is written", async () => {
  await withServer(async ({ api }) => {
    await api.create("c");
    const good = { entity_id: "e", event_type: "t" };
    const before = await places(api);
    const bodies = ["", "{", "[]", "{}", "null", JSON.stringify(Array(401).fill(good))];
    for (const body of bodies) {
      assertEquals([body.slice(0, 9), (await api.post(`${EVENTS}/batch`, body)).status], [
        body.slice(0, 9),
        422,
      ]);
    }
    const mixed = await api.post(`${EVENTS}/batch`, [good, { entity_id: "e" }]);
    assertEquals([mixed.status, mixed.body.detail[0].type], [422, "missing"]);
    assertEquals((await api.post("/api/ledger/chains/no/events/batch", [good])).status, 404);
    assertEquals((await api.post("/api/ledger/chains/a.b/events/batch", [good])).status, 400);
    assertEquals(await places(api), before);
  }, { clock: new FakeClock() });
});

Deno.test("an event is found by its answered id, its offset and its ULID, pending and in its block", async () => {
  const clock = new FakeClock();
  await withServer(async ({ api }) => {
    await api.create("c");
    const { eventId, offset, id } = await api.append("c", { entity_id: "E", event_type: "t" });
    const look = async (reference: string | number) => (await api.get(`${EVENTS}/${reference}`));
    const pending = await look(eventId);
    assertEquals(pending.status, 200);
    const { event, ...place } = pending.body;
    assertEquals(place, {
      chain_name: "c",
      offset,
      id,
      status: "pending",
      block_index: null,
      position: null,
    });
    assertEquals([event.entity_id, event.event], ["E", "t"]);
    assertEquals((await look(offset)).text, pending.text);
    assertEquals((await look(id)).text, pending.text);
    clock.advance(1_001);
    await api.blocks("c", 2);
    for (const reference of [eventId, offset, id]) {
      const { body } = await look(reference);
      assertEquals([body.status, body.block_index, body.position], ["in_block", 1, 1]);
      assertEquals(body.event, event);
    }
    const { body: block } = await api.get("/api/ledger/chains/c/blocks/1");
    assertEquals(block.events[1], event);
    const unknown = ["c_1_9", "c_9_2", "d_1_2", "999", "0", "x", "0".repeat(26), `${id}0`];
    for (const reference of unknown) {
      const { status, body } = await look(reference);
      assertEquals([reference, status, body.message], [
        reference,
        404,
        `Event '${reference}' not found in chain 'c'`,
      ]);
    }
    assertEquals((await api.get("/api/ledger/chains/nope/events/1")).status, 404);
  }, { clock });
});

/** Where a chain stands: what no refused request may change. */
async function places(api: HieraChainApi): Promise<unknown> {
  const { body } = await api.get("/api/ledger/chains/c/stats");
  const { offset, eventId } = await api.append("c", { entity_id: "probe", event_type: "t" });
  const [, block, count] = /_(\d+)_(\d+)$/.exec(eventId) ?? [];
  const seen = probes.get(api) ?? 0;
  probes.set(api, seen + 1);
  // Less what the probing itself has added.
  return [body.total_blocks, offset - seen, block, Number(count) - seen];
}

const probes = new WeakMap<HieraChainApi, number>();
