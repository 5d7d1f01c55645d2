import { assert, assertEquals } from "@std/assert";
import { SteppedClock } from "../../../support/fake_clock.ts";
import { until } from "../../../support/until.ts";
import { WsClient } from "../../../support/ws_client.ts";
import { type HathorApi, MinerClient, withHathor } from "../support/hathor_api.ts";
import { mined, type Template } from "../support/template_blocks.ts";

async function height(api: HathorApi): Promise<number> {
  return (await api.get("/v1a/status")).dag.best_block.height;
}

Deno.test("a miner is told the template, mines it, and is answered before it is told the next", async () => {
  await withHathor(async (api) => {
    const miner = await MinerClient.open(api.origin);
    const opening = await miner.next();
    assertEquals(Object.keys(opening), ["id", "method", "params"]);
    assertEquals([opening.id, opening.method], [null, "mining.notify"]);
    let [template] = opening.params;
    assertEquals(Object.keys(template), [
      "data",
      "versions",
      "reward",
      "weight",
      "timestamp_now",
      "timestamp_min",
      "timestamp_max",
      "parents",
      "parents_any",
      "height",
      "score",
      "signal_bits",
    ]);
    // To the character what the real node offers on top of its genesis.
    assertEquals(
      template.data,
      "000001000019000000003ff000000000000061fbf6cc03" +
        "00000334a21fbb58b4db8d7ff282d018e03e2977abd3004cf378fb1d677c3967" +
        "039906854ce6309b3180945f2a23deb9edff369753f7082e19053f5ac11bfbae" +
        "54165cef1fd4cf2240d702b8383c307c822c16ca407f78014bdefa189a7571c200",
    );
    assertEquals([template.score, template.timestamp_min], [2_097_154, 1_643_902_668]);
    for (let count = 1; count <= 5; count++) {
      const block = mined(template);
      const answer = await miner.ask(`${count}`, "mining.submit", { hexdata: block });
      assertEquals(answer, { id: `${count}`, error: null, result: true });
      const told = await miner.next();
      assertEquals([told.method, told.params[0].height], ["mining.notify", count + 1]);
      [template] = told.params;
      const again = await miner.ask("again", "mining.submit", [block]);
      assertEquals(again.result, false);
    }
    assertEquals(await height(api), 5);
    await miner.close();
  });
});

Deno.test("an optimistic submission is answered with what can be mined on top of it", async () => {
  await withHathor(async (api) => {
    const miner = await MinerClient.open(api.origin, "/v1a/mining");
    let [template] = (await miner.next()).params;
    for (let count = 1; count <= 3; count++) {
      const params = { hexdata: mined(template), optimistic: true };
      const { error, result } = await miner.ask("fast", "mining.submit", params);
      assertEquals([error, result[0].height], [null, count + 1]);
      const told = await miner.next();
      assertEquals([told.method, told.params[0].data], ["mining.notify", result[0].data]);
      [template] = result;
    }
    await miner.close();
  });
});

Deno.test("every miner is told of a new template, whoever found the block", async () => {
  await withHathor(async (api, main) => {
    const origins = [
      [api.origin, "/mining"],
      [api.origin, "/v1a/mining_ws/"],
      [main, "/hathor/mining_ws"],
      [main, "/hathor/v1a/mining"],
    ] as const;
    const miners = await Promise.all(
      origins.map(([origin, path]) => MinerClient.open(origin, path)),
    );
    const templates: Template[] = [];
    for (const miner of miners) templates.push((await miner.next()).params[0]);
    const [first] = templates;
    assert(first !== undefined);
    const { result } = await api.post("/v1a/submit_block", { hexdata: mined(first) });
    assertEquals(result, true);
    for (const miner of miners) assertEquals((await miner.next()).params[0].height, 2);
    await Promise.all(miners.map((miner) => miner.close()));
  });
});

Deno.test("a chain that is too far ahead of the clock is mined on when the clock has caught up", async () => {
  // One that stands still: a second that goes by is room for another block.
  const clock = new SteppedClock(Date.now());
  await withHathor(async (api) => {
    const miner = await MinerClient.open(api.origin);
    let [template] = (await miner.next()).params;
    // Each block is as late as it may be, so the next has no time left.
    const { timestamp_max: latest } = template;
    const block = mined({ ...template, timestamp_now: latest });
    assertEquals((await miner.ask("far", "mining.submit", [block])).result, true);
    assertEquals((await miner.ask("none", "mining.refresh")).error.code, -32603);
    const { error } = await api.get("/v1a/get_block_template", 503);
    assertEquals(error.startsWith("Unable to create a block template"), true);
    assertEquals((await api.get("/v1a/mining", 503)).reason, error);
    clock.time += 10_000;
    [template] = (await miner.next()).params;
    assertEquals([template.height, template.timestamp_min], [2, latest + 1]);
    await miner.close();
  }, { clock });
});

const ERRORS: readonly (readonly [sent: unknown, id: unknown, code: number, message: string])[] = [
  [{}, null, -32600, "Invalid Request"],
  [5, null, -32603, "Internal error"],
  [{ id: "1", method: "foo.bar", params: [] }, "1", -32601, "Method not found"],
  [{ id: 1, method: "mining.refresh", params: 5 }, 1, -32602, "Invalid params"],
  [{ id: 3, method: "mining.refresh", params: [1] }, 3, -32602, "Invalid params"],
  [{ id: 4, method: "mining.submit", params: [] }, 4, -32602, "Invalid params"],
  [{ id: 5, method: "mining.submit", params: ["zz"] }, 5, -32603, "Internal error"],
  [{ id: 6, method: "mining.submit", params: { hexdata: "00" } }, 6, -32603, "Internal error"],
  [{ id: 9, method: 5 }, 9, -32603, "Internal error"],
];

Deno.test("errors of the mining socket carry the request's id, and end nothing", async () => {
  await withHathor(async (api) => {
    const miner = await MinerClient.open(api.origin);
    await miner.next();
    for (const [sent, id, code, message] of ERRORS) {
      miner.send(sent);
      assertEquals(await miner.next(), { id, error: { code, message }, result: null });
    }
    miner.send([]);
    miner.send({ method: "mining.refresh" });
    miner.send([{ id: 7, method: "mining.refresh" }, { id: 8, method: "nope" }]);
    assertEquals((await miner.next()).id, 7);
    assertEquals((await miner.next()).error.code, -32601);
    const { result } = await miner.ask("10", "mining_refresh", {});
    assertEquals(result[0].height, 1);
    await miner.close();
  });
});

Deno.test("an id is any value of JSON, and comes back as it was written", async () => {
  await withHathor(async (api) => {
    const texts: string[] = [];
    const socket = await WsClient.open(
      api.origin,
      (text) => texts.push(text),
      {},
      "/v1a/mining_ws",
    );
    await until("the miner is told the template", () => texts.length > 0);
    for (
      const [id, told = id] of [
        ["9007199254740993"],
        ["123456789012345678901234567890"],
        ["1.0"],
        ["1E2", "100.0"],
        ["true"],
        ["false"],
        ['{"a":[1,"x"]}'],
        ['""'],
        // What Python writes here is no JSON.
        ["NaN", "null"],
        ['"\\ud800"', '"\ufffd"'],
      ]
    ) {
      texts.length = 0;
      socket.sendAsIs(`\ufeff{"id":${id},"method":"mining.refresh"}`);
      await until("the miner is answered", () => texts.length > 0);
      const [text = ""] = texts;
      assertEquals(text.slice(0, text.indexOf(',"error"')), `{"id":${told}`, id);
      assert(text.includes('"error":null'), text);
    }
    await socket.close();
  });
});

/** A block that pays more than it may: the value of its one output is the first of its bytes. */
function overpaid(template: Template): string {
  const bytes = Uint8Array.fromHex(template.data);
  // Signals, version, the count of outputs, and the value's highest byte.
  bytes[4] = 1;
  return mined({ ...template, data: bytes.toHex() });
}

Deno.test("a bad block is answered with the reason, over HTTP and on the socket", async () => {
  await withHathor(async (api) => {
    const miner = await MinerClient.open(api.origin);
    const [template] = (await miner.next()).params;
    const hexdata = overpaid(template);
    const { error } = await api.post("/v1a/submit_block", { hexdata }, 500);
    assert(error.startsWith("full validation failed: Invalid number of issued tokens"), error);
    assertEquals(await miner.ask("bad", "mining.submit", { hexdata }), {
      id: "bad",
      error: { code: -32603, message: "Internal error", data: error },
      result: null,
    });
    // One that follows another than the best is stale, and no error.
    const good = mined(template);
    assertEquals(await api.post("/v1a/submit_block", { hexdata: good }), { result: true });
    for (const hex of [good, hexdata]) {
      assertEquals(await api.post("/v1a/submit_block", { hexdata: hex }), { result: false });
    }
    await miner.close();
  });
});

Deno.test("a request whose id is null is done, and not answered", async () => {
  await withHathor(async (api) => {
    const miner = await MinerClient.open(api.origin);
    const [template] = (await miner.next()).params;
    miner.send({ id: null, method: "mining.submit", params: [mined(template)] });
    const told = await miner.next();
    assertEquals([told.method, told.params[0].height], ["mining.notify", 2]);
    miner.send({ id: null, method: "mining.refresh" });
    assertEquals((await miner.ask("1", "mining.refresh")).result[0].height, 2);
    await miner.close();
  });
});

Deno.test("a block as large as one may be is taken as one message", async () => {
  await withHathor(async (api) => {
    const miner = await MinerClient.open(api.origin);
    await miner.next();
    const { error } = await miner.ask("large", "mining.submit", ["00".repeat(48_001)]);
    assertEquals(error.code, -32603);
    await miner.close();
  });
});

Deno.test("a node that follows nobody says that it does not know a network of others", async () => {
  await withHathor(async (api) => {
    const health = await api.get("/v1a/health", 503);
    assertEquals([health.status, health.checks.sync[0].status], ["fail", "fail"]);
    assertEquals((await api.get("/v1a/health?strict_status_code=1")).status, "fail");
    const reason = "Node doesn't have recent blocks";
    assertEquals(await api.get("/v1a/p2p/readiness", 503), { success: false, reason });
    assertEquals((await api.get("/v1a/status")).server.state, "SYNCING");
    assertEquals(await api.get("/v1a/get_block_template", 503), { error: "Node syncing" });
    const parents = await api.get("/v1a/tx_parents");
    assertEquals(parents, { success: false, message: "Node syncing" });
    assertEquals(await api.get("/v1a/mining", 503), { reason: "Node still syncing" });
    assertEquals((await api.get("/v1a/getmininginfo")).message, "Node still syncing");
    const miner = await MinerClient.open(api.origin);
    assertEquals((await miner.ask("1", "mining.refresh")).result, []);
    assertEquals((await miner.ask("2", "mining.submit", ["00"])).result, false);
    await miner.close();
  }, { flags: ["--hathor-network=mainnet"] });
  await withHathor(async (api) => {
    assertEquals((await api.get("/v1a/health")).status, "pass");
    assertEquals((await api.get("/v1a/get_block_template")).weight, 1);
  }, { flags: ["--hathor-network=mainnet", "--hathor-test-mode=on"] });
});
