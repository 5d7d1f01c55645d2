import { assert, assertEquals } from "@std/assert";
import { z } from "zod";
import { encodeVertex } from "../../../src/ledgers/hathor/vertex/encode.ts";
import { sealVertex } from "../../../src/ledgers/hathor/vertex/seal.ts";
import { VertexVersion } from "../../../src/ledgers/hathor/vertex/vertex.ts";
import { until } from "../../support/until.ts";
import { type HathorApi, withHathor } from "./hathor_api.ts";
import { readVectors, transactionOf } from "./vectors.ts";

const schema = z.object({
  vertices: z.object({ p2pkh_spend_genesis: z.object({ hex: z.string() }) }),
});

/** A signed transaction that spends the genesis, without a place in the graph. */
function spending() {
  const { hex } = readVectors("hathor.json", schema).vertices.p2pkh_spend_genesis;
  const tx = transactionOf(hex);
  assert(tx.version === VertexVersion.transaction);
  return { ...tx, parents: [], nonce: 0, timestamp: 0 };
}

function hexOf(tx: ReturnType<typeof spending>): string {
  return encodeVertex(sealVertex(tx)).toHex();
}

async function done(api: HathorApi, id: string) {
  return await until("the job is done", async () => {
    const job = await api.get(`/tx-mining/job-status?job-id=${id}`);
    assert(job.status !== "failed", job.message);
    return job.status === "done" && job;
  });
}

/** Whatever waits is mined at once. */
const MINING = { flags: ["--hathor-mine=auto"] };

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
    assertEquals([status.txs_solved, status.blocks_found, status.jobs], [1, 2, []]);
  }, MINING);
});

Deno.test("a job may push what it has mined, and tells what the node has against it", async () => {
  await withHathor(async (api) => {
    const propagate = async () => {
      const body = { tx: hexOf(spending()), propagate: true, add_parents: true };
      const { job_id: id } = await api.post("/tx-mining/submit-job", body);
      return await until("the job is over", async () => {
        const job = await api.get(`/tx-mining/job-status?job-id=${id}`);
        return ["done", "failed"].includes(job.status) && job;
      });
    };
    assertEquals((await propagate()).status, "done");
    const { status, message } = await propagate();
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
    assertEquals(await submit({ tx: hexOf({ ...tx, timestamp: 0xffff_ffff }) }), {
      error: "tx-timestamp-invalid",
    });
    assertEquals(await submit({ tx: hexOf(tx), timeout: -1 }), { error: "invalid-timeout" });
    const about = (id: string, status: number) =>
      api.get(`/tx-mining/job-status${id}`, status).then(({ error }) => error);
    assertEquals(await about("", 400), "missing-job-id");
    assertEquals(await about("?job-id=zz", 400), "invalid-uuid");
    assertEquals(await about(`?job-id=${"0".repeat(32)}`, 404), "job-not-found");
    assertEquals((await api.get("/tx-mining/health")).status, "pass");
  });
});

Deno.test("a job that takes long can be cancelled, and the node answers others meanwhile", async () => {
  await withHathor(async (api, main) => {
    const tx = hexOf({ ...spending(), weight: 26 });
    const { job_id: id } = await api.post("/tx-mining/submit-job", { tx });
    const elsewhere = `${main}/hathor/tx-mining/job-status?job-id=${id}`;
    await until("the job is mined", async () => {
      const { status } = await (await fetch(elsewhere)).json();
      return status === "mining";
    });
    assertEquals((await api.get("/v1a/version")).network, "privatenet");
    await api.post(`/tx-mining/cancel-job?job-id=${id}`, {});
    assertEquals((await api.get(`/tx-mining/job-status?job-id=${id}`)).status, "cancelled");
    await api.post(`/tx-mining/cancel-job?job-id=${id}`, {}, 400);
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
  }, { flags: ["--hathor-mine=1", "--hathor-mine-address=WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6"] });
});
