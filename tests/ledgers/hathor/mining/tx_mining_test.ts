import { assert, assertEquals } from "@std/assert";
import { type Clock, systemClock } from "../../../../src/kernel/clock.ts";
import { until } from "../../../support/until.ts";
import { type HathorApi, withHathor } from "../support/hathor_api.ts";
import { hexOf, spending } from "../support/unmined.ts";

async function done(api: HathorApi, id: string) {
  return await until("the job is done", async () => {
    const job = await api.get(`/tx-mining/job-status?job-id=${id}`);
    assert(job.status !== "failed", job.message);
    return job.status === "done" && job;
  });
}

/** The machine's time, where all waits are a tenth as long. */
const hurriedClock: Clock = {
  now: () => systemClock.now(),
  after: (ms, task) => systemClock.after(ms / 10, task),
};

/** Whatever waits is mined at once. */
const MINING = { flags: ["--hathor-mine=auto"], clock: hurriedClock };

Deno.test("a wallet's transaction is mined, pushed by the wallet, and confirmed by the miner", async () => {
  await withHathor(async (api) => {
    const tx = spending();
    const submitted = await api.post("/tx-mining/submit-job", {
      tx: hexOf(tx),
      propagate: false,
      add_parents: true,
    });
    assertEquals(Object.keys(submitted), [
      "job_id",
      "status",
      "message",
      "created_at",
      "tx",
      "timeout",
      "submitted_at",
      "total_time",
      "expected_queue_time",
      "expected_mining_time",
      "expected_total_time",
    ]);
    const { tx: { nonce, parents, timestamp, weight } } = await done(api, submitted.job_id);
    assertEquals([nonce.length, parents.length, weight], [8, 2, 1]);
    const whole = { ...tx, nonce: Number(`0x${nonce}`), parents, timestamp, weight };
    const pushed = await api.post("/v1a/push_tx", { hex_tx: hexOf(whole) });
    assertEquals([pushed.success, pushed.message], [true, ""]);
    const meta = await until("the transaction is confirmed", async () => {
      const { meta } = await api.get(`/v1a/transaction?id=${pushed.tx.hash}`);
      return meta.first_block !== null && meta;
    });
    assertEquals(meta.first_block_height, 2);
    assertEquals(await api.get("/v1a/mempool"), { success: true, transactions: [] });
    const status = await api.get("/tx-mining/mining-status");
    assertEquals([status.txs_solved, status.blocks_found, status.tx_queue], [1, 2, 0]);
    assertEquals([status.dev_miner, status.tx_jobs.length, status.txs_timeout], [true, 1, 0]);
  }, MINING);
});

Deno.test("a job may push what it has mined, and tells what the node has against it", async () => {
  await withHathor(async (api) => {
    const propagate = async (timestamp: number) => {
      const tx = hexOf({ ...spending(), timestamp });
      const body = { tx, propagate: true, add_parents: true };
      const { job_id: id } = await api.post("/tx-mining/submit-job", body);
      return await until("the job is over", async () => {
        const job = await api.get(`/tx-mining/job-status?job-id=${id}`);
        return ["done", "failed"].includes(job.status) && job;
      });
    };
    const { timestamp } = spending();
    const first = await propagate(timestamp);
    assertEquals(first.status, "done");
    // The same transaction is the same job, and is not pushed again.
    assertEquals(await propagate(timestamp), first);
    const { status, message } = await propagate(timestamp - 1);
    assertEquals([status, message.includes("already")], ["failed", true], message);
  }, MINING);
});

Deno.test("jobs that make no sense are refused with the service's own words", async () => {
  await withHathor(async (api) => {
    const submit = (body: unknown) => api.post("/tx-mining/submit-job", body, 400);
    const tx = spending();
    assertEquals(await submit(undefined), { error: "cannot-decode-json" });
    assertEquals(await submit([]), { error: "json-must-be-an-object" });
    assertEquals(await submit({}), { error: "missing-tx" });
    assertEquals(await submit({ tx: "zz" }), { error: "invalid-tx" });
    assertEquals(await submit({ tx: 5 }), { error: "invalid-tx" });
    assertEquals(await submit({ tx: hexOf({ ...tx, weight: 60 }) }), {
      error: "tx-weight-is-too-high",
    });
    const odd = tx.outputs.map((output) => ({ ...output, script: Uint8Array.of(0x51) }));
    assertEquals(await submit({ tx: hexOf({ ...tx, outputs: odd }) }), {
      error: "non-standard-tx",
    });
    assertEquals(await submit({ tx: [] }), { error: "missing-tx" });
    for (const timestamp of [0xffff_ffff, tx.timestamp - 400]) {
      const error = "tx-timestamp-invalid";
      assertEquals(await submit({ tx: hexOf({ ...tx, timestamp }) }), { error });
    }
    assertEquals(await submit({ tx: hexOf(tx), timeout: -1 }), { error: "invalid-timeout" });
    const about = (id: string, status: number) =>
      api.get(`/tx-mining/job-status${id}`, status).then(({ error }) => error);
    assertEquals(await about("", 400), "missing-job-id");
    assertEquals(await about("?job-id=zz", 400), "invalid-uuid");
    assertEquals(await about(`?job-id=${"0".repeat(32)}`, 404), "job-not-found");
    const { status, checks } = await api.get("/tx-mining/health");
    assertEquals([status, Object.keys(checks)], ["pass", ["manager", "fullnode"]]);
    assertEquals(await api.get("/tx-mining/health-check"), { success: true });
  });
});

Deno.test("a job that takes long can be cancelled, and the node answers others meanwhile", async () => {
  await withHathor(async (api, main) => {
    const tx = hexOf({ ...spending(), weight: 35 });
    const { job_id: id } = await api.post("/tx-mining/submit-job", { tx });
    const elsewhere = `${main}/hathor/tx-mining/job-status?job-id=${id}`;
    await until("the job is mined", async () => {
      const { status } = await (await fetch(elsewhere)).json();
      return status === "mining";
    });
    assertEquals((await api.get("/v1a/version")).network, "privatenet");
    const cancelled = await api.post(`/tx-mining/cancel-job?job-id=${id}`, {});
    assertEquals(cancelled, { cancelled: true, "job-id": id });
    await api.get(`/tx-mining/job-status?job-id=${id}`, 404);
    await api.post(`/tx-mining/cancel-job?job-id=${id}`, {}, 404);
    const quick = await api.post("/tx-mining/submit-job", { tx: hexOf(spending()) });
    await done(api, quick.job_id);
    const late = await api.post(`/tx-mining/cancel-job?job-id=${quick.job_id}`, {}, 400);
    assertEquals(late, { error: "job-has-already-finished" });
  });
});

Deno.test("a job that takes too long is over, and may be asked for again", async () => {
  await withHathor(async (api) => {
    const body = { tx: hexOf({ ...spending(), weight: 35 }), timeout: "0.01" };
    const { job_id: id, timeout } = await api.post("/tx-mining/submit-job", body);
    assertEquals(timeout, 0.01);
    const job = await until("its time is over", async () => {
      const job = await api.get(`/tx-mining/job-status?job-id=${id}`);
      return job.status === "timeout" && job;
    });
    assertEquals([job.tx.nonce, job.tx.timestamp, job.submitted_at], [null, null, null]);
    assertEquals((await api.get("/tx-mining/mining-status")).txs_timeout, 1);
    const again = await api.post("/tx-mining/submit-job", { ...body, timeout: 300 });
    assertEquals([again.job_id, again.status], [id, "mining"]);
  });
});

Deno.test("the miner makes the genesis spendable at once, and then mines every so often", async () => {
  await withHathor(async (api) => {
    const heightOf = async () => (await api.get("/v1a/status")).dag.best_block.height;
    assertEquals(await heightOf() >= 1, true);
    await until("blocks come by themselves", async () => await heightOf() >= 3);
    const address = "WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6";
    const { tokens_data: tokens } = await api.get(
      `/v1a/thin_wallet/address_balance?address=${address}`,
    );
    assertEquals(tokens["00"].received >= 100_000_000_000 + 3 * 6_400, true);
  }, {
    flags: ["--hathor-mine=1", "--hathor-mine-address=WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6"],
    clock: hurriedClock,
  });
});
