import { assert, assertEquals } from "@std/assert";
import { NonceSearch } from "../../../../src/ledgers/hathor/mining/nonce_search.ts";
import { TransactionWork } from "../../../../src/ledgers/hathor/mining/transaction_work.ts";
import { hasWork } from "../../../../src/ledgers/hathor/rules/work.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { freePort } from "../../../support/ports.ts";
import { until } from "../../../support/until.ts";
import { type HathorApi, mineTo, withHathor } from "../support/hathor_api.ts";
import { StratumClient, withStratum } from "../support/stratum_client.ts";
import { hexOf, spending } from "../support/unmined.ts";

const OWNER = "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6";

async function subscribed(open: () => Promise<StratumClient>, more: object = {}) {
  const miner = await open();
  miner.send({ id: 1, method: "subscribe", params: { address: OWNER, ...more } });
  assertEquals((await miner.next()).result, "ok");
  return miner;
}

/** Mines what is offered until a share is taken; what the job was. */
async function mineOffered(miner: StratumClient) {
  for (;;) {
    const { method, params } = await miner.next();
    if (method !== "job" || params.nonce_size !== 4) continue;
    const nonce = miner.nonceFor(params);
    miner.send({ id: 2, method: "submit", params: { job_id: params.job_id, nonce } });
    const told = await miner.next();
    if (told.result === "ok") return params;
  }
}

/** A server with stratum, and a block on top of the genesis so that it may be spent. */
async function withMiner(body: (api: HathorApi, miner: StratumClient) => Promise<void>) {
  const port = freePort();
  await withHathor(async (api) => {
    await mineTo(api, OWNER);
    const miner = await subscribed(() => StratumClient.open(port));
    try {
      await body(api, miner);
    } finally {
      miner.close();
    }
  }, { flags: [`--hathor-stratum-port=${port}`] });
}

Deno.test("a transaction that a wallet has sent is a job of stratum's miners before any block", async () => {
  await withMiner(async (api, miner) => {
    assertEquals((await miner.next()).params.nonce_size, 16);
    const sent = api.post("/v1a/thin_wallet/send_tokens", { tx_hex: hexOf(spending()) });
    const job = await mineOffered(miner);
    assertEquals(Object.keys(job), ["data", "job_id", "nonce_size", "weight"]);
    assertEquals([job.data.length, job.weight], [128, 1]);
    const { success, return_code, tx } = await sent;
    assertEquals([success, return_code], [true, "success"]);
    assertEquals((await api.get(`/v1a/transaction?id=${tx.hash}`)).success, true);
    // Then there are blocks again.
    await until(
      "a block is to be mined",
      async () => (await miner.next()).params?.nonce_size === 16,
    );
  });
});

Deno.test("so is a job of the mining service", async () => {
  await withMiner(async (api, miner) => {
    const asked = { tx: hexOf(spending()), propagate: true, add_parents: true };
    const { job_id: id } = await api.post("/tx-mining/submit-job", asked);
    const { data } = await mineOffered(miner);
    const state = async () => await api.get(`/tx-mining/job-status?job-id=${id}`);
    await until("the job is done", async () => (await state()).status === "done");
    assertEquals(data.length, 128);
    const [{ completed_jobs, blocks_found }] = await api.get("/v1a/miners");
    assertEquals([completed_jobs, blocks_found], [1, 0]);
  });
});

Deno.test("miners who merge-mine, or want blocks alone, are offered none", async () => {
  await withStratum(async ({ open, work }) => {
    const ending = new AbortController();
    const others = [
      await subscribed(open, { mine_txs: false }),
      await subscribed(open, { merged_mining: true }),
    ];
    const taker = await subscribed(open);
    const place = () => Promise.resolve({ ...spending(), weight: 1 });
    const found = work.solve(place, ending.signal);
    await mineOffered(taker);
    const tx = await found;
    assert(tx !== undefined && hasWork(tx.hash, 1));
    for (const miner of others) {
      const { params } = await miner.next();
      assertEquals(params.nonce_size, 16);
      // As the protocol has it, whoever wants no transactions is told of none.
      miner.send({ id: 3, method: "x" });
      assertEquals((await miner.next()).error.code, -32601);
    }
  });
});

Deno.test("a nonce of a transaction has up to four bytes", async () => {
  await withStratum(async ({ open, work }) => {
    const ending = new AbortController();
    const miner = await subscribed(open);
    await miner.next();
    const waiting = work.solve(() => Promise.resolve(spending()), ending.signal);
    const { params: { job_id, nonce_size } } = await miner.next();
    assertEquals(nonce_size, 4);
    miner.send({ id: 4, method: "submit", params: { job_id, nonce: "0x100000000" } });
    const { error, data } = await miner.next();
    assertEquals([error.code, data], [-32602, { message: "nonce is invalid" }]);
    ending.abort();
    assertEquals(await waiting, undefined);
  });
});

Deno.test("where no miner is quick the node finds the proof itself, and at once where there is none", async () => {
  const clock = new FakeClock();
  const work = new TransactionWork(clock, new NonceSearch(null));
  const place = () => Promise.resolve({ ...spending(), weight: 1 });
  const { signal } = new AbortController();
  const leave = work.join(() => {});
  const started = clock.now();
  let ended = Infinity;
  const found = work.solve(place, signal).finally(() => {
    ended = clock.now();
  });
  assert(work.current !== undefined);
  await until("the node has looked for it", () => {
    clock.advance(500);
    return ended < Infinity;
  });
  assert(ended - started >= 3_000);
  assert(hasWork((await found)?.hash ?? "", 1));
  assertEquals(work.current, undefined);
  leave();
  const before = clock.now();
  assert(await work.solve(place, signal) !== undefined);
  assertEquals(clock.now(), before);
});
