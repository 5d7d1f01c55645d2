import { assert, assertEquals } from "@std/assert";
import { SteppedClock } from "../../../support/fake_clock.ts";
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
