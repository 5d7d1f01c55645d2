import { assert, assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../../../src/kernel/errors.ts";
import { freePort } from "../../../support/ports.ts";
import { StratumClient, withStratum } from "../support/stratum_client.ts";
import { withHathor } from "../support/hathor_api.ts";

const ADDRESS = "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6";
const ID = "2a5438c5f64a4b5c992758d900a8b6b5";

const INVALID_PARAMS = { code: -32602, message: "Invalid params" };
const INVALID_REQUEST = { code: -32600, message: "Invalid Request" };

Deno.test("a miner subscribes, mines block after block, and is told of", async () => {
  await withStratum(async ({ server, open, node }) => {
    const miner = await open();
    miner.send({ id: ID, method: "subscribe", params: { address: ADDRESS } });
    assertEquals(await miner.next(), { result: "ok", error: null, id: ID });
    const first = await miner.next();
    assertEquals([first.method, first.id], ["job", "0"]);
    assertEquals(Object.keys(first.params), [
      "data",
      "job_id",
      "nonce_size",
      "weight",
      "parent_hash",
    ]);
    assertEquals([first.params.data.length, first.params.nonce_size], [128, 16]);
    let job = first.params;
    for (let mined = 0; mined < 3;) {
      const { job_id } = job;
      const nonce = miner.nonceFor(job);
      miner.send({ id: ID, method: "mining.submit", params: { job_id, nonce } });
      let isAnswered = false;
      // After a block there is another job, and there may be one before its answer.
      while (!isAnswered || job.job_id === job_id) {
        const told = await miner.next();
        if (told.method === "job") job = told.params;
        else {
          isAnswered = true;
          if (told.error === null) mined++;
          else assertEquals(told.error.code, 31);
        }
      }
    }
    const best = await node.bestBlock();
    assertEquals(best.height, 3);
    const stats = JSON.parse(JSON.stringify(server.stats()));
    const [{ address, blocks_found, completed_jobs, miner_id }] = stats;
    assertEquals([address, blocks_found, completed_jobs], [miner.address, 3, 3]);
    const data = new TextDecoder().decode("data" in best.vertex ? best.vertex.data : undefined);
    const { peerId } = await node.identity();
    assert(data.startsWith(`${peerId.slice(0, 32)}-${miner_id}-`), data);
  });
});

Deno.test("all miners hear of a block, and what comes too late is stale", async () => {
  await withStratum(async ({ open }) => {
    const [first, second] = [await open(), await open()];
    const jobs = [];
    for (const miner of [first, second]) {
      miner.send({ method: "subscribe", params: { address: ADDRESS } });
      assertEquals(await miner.next(), { result: "ok", error: null });
      jobs.push((await miner.next()).params);
    }
    const submit = (miner: StratumClient, { job_id }: { job_id: string }, nonce: string) =>
      miner.send({ id: ID, method: "submit", params: { job_id, nonce } });
    submit(first, jobs[0], first.nonceFor(jobs[0]));
    assertEquals((await first.next()).result, "ok");
    const renewed = await second.next();
    assertEquals(renewed.method, "job");
    assert(renewed.params.parent_hash !== jobs[1].parent_hash);
    submit(second, jobs[1], second.nonceFor(jobs[1]));
    const { error, data } = await second.next();
    assertEquals(error, { code: 31, message: "Stale job submitted" });
    assertEquals(data, { current_job: renewed.params.job_id, job_id: jobs[1].job_id });
    submit(second, { job_id: "41c49d8c977f4d65b8a3f568db7b4017" }, "0");
    assertEquals((await second.next()).error, { code: 32, message: "Job not found" });
    submit(second, renewed.params, second.nonceFor(renewed.params, false));
    const refused = await second.next();
    assertEquals(refused.error, { code: 30, message: "Invalid solution" });
    assertEquals(Object.keys(refused.data), ["hash", "target"]);
  });
});

Deno.test("what is no request ends the connection with the original's error", async () => {
  await withStratum(async ({ open }) => {
    const good = { id: "1", method: "subscribe", params: { address: ADDRESS } };
    for (
      const [text, error] of [
        ["{]", { code: -32700, message: "Parse error" }],
        ['{"jsonrpc": "x.y"}', INVALID_REQUEST],
        ['{"id": 123}', INVALID_REQUEST],
        ["[]", INVALID_REQUEST],
        ["5", INVALID_REQUEST],
        ['{"result": "OK", "error": {"code": 0, "message": "Fake"}}', INVALID_REQUEST],
        ['{"id": "123", "method": "x"}', { code: -32601, message: "Method not found" }],
        ['{"id": 1, "method": 5}', { code: -32601, message: "Method not found" }],
        ['{"method": "submit"}', INVALID_PARAMS],
        ['{"method": "submit", "params": {"job_id": "x", "nonce": "1"}}', INVALID_PARAMS],
        [
          '{"method": "subscribe", "params": {"address": "x"}}',
          { code: 22, message: "Address to send mined funds is invalid" },
        ],
        [
          JSON.stringify({ ...good, params: { merged_mining: true, mine_txs: true } }),
          { code: -32602, message: "Cannot set both merged_mining=True and mine_txs=True" },
        ],
      ] as const
    ) {
      const miner = await open();
      miner.write(`{"result": "foo"}\n{"error": {"code": 0}}\n\n${text}\n`);
      assertEquals((await miner.next()).error, error, text);
      await miner.over();
    }
    const nobody = await open();
    nobody.send({ id: "1", method: "subscribe" });
    assertEquals((await nobody.next()).result, "ok");
    const { error, data } = await nobody.next();
    assertEquals(error, INVALID_PARAMS);
    assertEquals(data, { message: "No wallet available and no mining address given" });
    await nobody.over();
  });
});

Deno.test("a miner's id is any value of JSON, and comes back as it was written", async () => {
  await withStratum(async ({ open }) => {
    for (const id of ["9007199254740993", "1.0", '{"a":[1]}', "true", '""']) {
      const miner = await open();
      miner.write(`\ufeff{"id":${id},"method":"x"}\n`);
      const text = await miner.nextText();
      assert(text.endsWith(`,"id":${id}}`), text);
      await miner.over();
    }
  });
});

Deno.test("lines and connections have their bounds", async () => {
  await withStratum(async ({ open, server }) => {
    const long = await open();
    long.write("x".repeat(70_000));
    await long.over();
    const many = await open();
    many.write(`${'{"result":1}\n'.repeat(5_000)}`);
    await many.over();
    const miners = [await open(), await open(), await open()];
    const refused = await open();
    await refused.over();
    assertEquals(server.stats(), []);
    const [one] = miners;
    one?.close();
    await one?.over();
    // In parts of any size.
    const parts = miners[1];
    assert(parts !== undefined);
    for (
      const part of ['{"id":1,"meth', 'od":"subscribe","params":{"addr', `ess":"${ADDRESS}"}}\n`]
    ) {
      parts.write(part);
    }
    assertEquals(await parts.next(), { result: "ok", error: null, id: 1 });
  }, { connections: 3 });
});

Deno.test("where keys are needed a miner shows one that may append", async () => {
  await withStratum(async ({ open }) => {
    for (const key of [undefined, "wrong", "reads"]) {
      const miner = await open();
      miner.send({ id: "1", method: "subscribe", params: { address: ADDRESS, key } });
      assertEquals((await miner.next()).error, INVALID_REQUEST);
      await miner.over();
    }
    const miner = await open();
    miner.send({ id: "1", method: "subscribe", params: { address: ADDRESS, key: "appends" } });
    assertEquals((await miner.next()).result, "ok");
  }, { needsKeys: true });
});

Deno.test("a merge-mined job takes no plain nonce, and a plain one no proof", async () => {
  await withStratum(async ({ open }) => {
    for (const merged_mining of [true, false]) {
      const miner = await open();
      miner.send({ method: "subscribe", params: { address: ADDRESS, merged_mining } });
      assertEquals((await miner.next()).result, "ok");
      const { params } = await miner.next();
      const found = merged_mining ? { nonce: "1" } : { nonce: "", aux_pow: "00" };
      miner.send({ id: 7, method: "submit", params: { job_id: params.job_id, ...found } });
      const { error, id } = await miner.next();
      assertEquals([error, id], [INVALID_PARAMS, 7]);
    }
  });
});

Deno.test("a server has stratum where a port is given, and tells of its miners", async () => {
  await withHathor(async (api) => {
    assertEquals((await api.send("GET", "/v1a/miners")).status, 404);
  });
  const port = freePort();
  await withHathor(async (api) => {
    assertEquals(await api.get("/v1a/miners"), []);
    const miner = await StratumClient.open(port);
    miner.send({ method: "subscribe", params: { address: ADDRESS } });
    assertEquals((await miner.next()).result, "ok");
    const [{ address, blocks_found }] = await api.get("/v1a/miners");
    assertEquals([address, blocks_found], [miner.address, 0]);
    const taken = [`--hathor-stratum-port=${port}`];
    const again = () => withHathor(() => Promise.resolve(), { flags: taken });
    const error = await assertRejects(again, LedgerError);
    assertEquals(error.code, "config_invalid");
    miner.close();
  }, { flags: [`--hathor-stratum-port=${port}`] });
});
