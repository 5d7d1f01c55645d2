import { assert, assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../../../src/kernel/errors.ts";
import { RemoteIntake } from "../../../../src/ledgers/hathor/forward/remote_intake.ts";
import { until } from "../../../support/until.ts";
import { nodeAt } from "../support/gateway.ts";
import { withPair } from "../support/gateway_pair.ts";
import { HathorApi, MinerClient, mineTo, withHathor } from "../support/hathor_api.ts";
import { recordedNetwork } from "../support/recordings.ts";
import { mined } from "../support/template_blocks.ts";
import { hexOf, sealed, spending } from "../support/unmined.ts";
import { vertexOf } from "../support/vectors.ts";

const MINER = "WPhehTyNHTPz954CskfuSgLEfuKXbXeK3f";

Deno.test("whether a vertex is taken is what the node says", async () => {
  await withHathor(async (node) => {
    const intake = new RemoteIntake(recordedNetwork(), nodeAt(node.origin));
    const miner = await MinerClient.open(node.origin);
    const block = vertexOf(mined((await miner.next()).params[0]));
    assertEquals(await intake.accept(block), { isAccepted: true });
    const again = await intake.accept(block);
    assertEquals([again.isAccepted, "code" in again && again.code], [false, "ParentNotBest"]);
    const light = await intake.accept(sealed(spending()));
    assert(!light.isAccepted && light.message.startsWith("full validation failed"));
    await miner.close();
  });
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
  let status = 500;
  await using failing = Deno.serve(options, () => new Response("<html>", { status }));
  const node = nodeAt(`http://127.0.0.1:${failing.addr.port}`);
  const intake = new RemoteIntake(recordedNetwork(), node);
  const failed = await intake.accept(sealed(spending()));
  assertEquals(failed, { isAccepted: false, message: "The node that is followed fails on it" });
  status = 503;
  const error = await assertRejects(() => intake.accept(sealed(spending())), LedgerError);
  assertEquals(error.code, "remote_away");
});

Deno.test("what was mined while the node was away is sent to it once it is there", async () => {
  await withPair(async (pair) => {
    const [gateway, node] = [new HathorApi(pair.origin), new HathorApi(pair.nodeOrigin)];
    await mineTo(gateway, MINER);
    await until("it is here", async () => {
      const { transactions } = await gateway.get("/v1a/transaction?type=block&count=2");
      return transactions.length === 2;
    });
    await pair.tell("kill-node");
    const body = { tx: hexOf(spending()), propagate: true, add_parents: true };
    const { job_id: id } = await gateway.post("/tx-mining/submit-job", body);
    const job = () => gateway.get(`/tx-mining/job-status?job-id=${id}`);
    await until("it is mined", async () => (await job()).tx.nonce !== null);
    assert(!["done", "failed"].includes((await job()).status));
    await pair.tell("start-node");
    await until("it is sent", async () => (await job()).status === "done");
    const { history } = await until("the gateway hears of it", async () => {
      const path =
        "/v1a/thin_wallet/address_history?addresses[]=WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6";
      const told = await gateway.get(path);
      return told.history.length === 2 && told;
    });
    assertEquals((await node.get(`/v1a/transaction?id=${history[1].tx_id}`)).success, true);
  });
});
