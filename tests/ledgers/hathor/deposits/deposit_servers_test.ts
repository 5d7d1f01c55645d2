import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { openStore } from "../../../../src/kv/open.ts";
import { addressKey } from "../../../../src/ledgers/hathor/deposits/config.ts";
import { decodeAddress } from "../../../../src/ledgers/hathor/networks/address.ts";
import { Log } from "../../../../src/log/log.ts";
import { chainProjection } from "../../../../src/server/projections.ts";
import { systemClock } from "../../../../src/kernel/clock.ts";
import { amount } from "../../../support/amounts.ts";
import { DENOKV_TOKEN, denokvTest, withDenokv } from "../../../support/denokv.ts";
import { Prng } from "../../../support/prng.ts";
import { ServerProcess } from "../../../support/server.ts";
import { SubscriptionsApi } from "../../../support/subscriptions_api.ts";
import { until } from "../../../support/until.ts";
import { done, newsIn, WebhookReceiver } from "../../../support/webhook_receiver.ts";
import { addressOf } from "../support/builder.ts";
import { expectedNotices } from "../support/deposit_oracle.ts";
import { networkFile, readNotices } from "../support/deposit_world.ts";
import { GraphMaker } from "../support/graph_maker.ts";
import { RandomPayments } from "../support/random_payments.ts";
import { TestNode } from "../support/test_node.ts";
import { testNetwork } from "../support/builder.ts";

/** How often a server is killed. */
const ROUNDS = amount("LEDGER_CLUSTER_ROUNDS", 3);

const VERTICES_PER_ROUND = 20;
const STREAM = "hathor/deposits/privatenet/shop";

denokvTest(
  "two servers of which one is killed again and again tell each notice once, and a webhook all of them",
  async (program) => {
    await withDenokv(program, async ({ url }, folder) => {
      const file = join(folder, "network.json");
      await Deno.writeTextFile(file, networkFile(testNetwork()));
      const args = [
        `--store=${url}`,
        `--hathor-network=${file}`,
        "--hathor-test-mode=on",
        "--hathor-mine=off",
      ];
      const env = { DENO_KV_ACCESS_TOKEN: DENOKV_TOKEN };
      const servers = [await ServerProcess.start(args, env), await ServerProcess.start(args, env)];
      const receiver = new WebhookReceiver(done);
      const log = new Log(await openStore(url), { projectionOf: chainProjection });
      try {
        const network = testNetwork();
        const node = await TestNode.open({ log, clock: systemClock, network });
        const prng = new Prng(7);
        const main = () => servers[0]?.origin("main") ?? "";
        await new SubscriptionsApi(main()).create("shop", {
          type: "webhook",
          streams: [STREAM],
          webhook: { url: receiver.url },
          lease_ttl_ms: 1_000,
        });
        const owners = [0, 1, 2].map((owner) => addressOf(network, owner));
        const made = await fetch(`${main()}/hathor/v1/deposits/shop`, {
          method: "PUT",
          body: JSON.stringify({ addresses: owners, confirmations: 2 }),
        });
        const { from } = await made.json();
        assertEquals(made.status, 201);
        const graph = await RandomPayments.start(new GraphMaker(node), prng);
        for (let round = 0; round < ROUNDS; round++) {
          const kill = prng.below(VERTICES_PER_ROUND);
          let starting: Promise<ServerProcess> | undefined;
          for (let n = 0; n < VERTICES_PER_ROUND; n++) {
            await graph.next();
            if (n !== kill) continue;
            const killed = round % servers.length;
            await servers[killed]?.kill();
            starting = ServerProcess.start(args, env);
          }
          if (starting !== undefined) servers[round % servers.length] = await starting;
        }
        const events = await node.chain.read(0, Infinity);
        const addresses = new Map(
          owners.map((address) => [addressKey(decodeAddress(address)), Number(from)]),
        );
        const watching = { id: "shop", confirmations: 2, addresses, tokens: [], from };
        const expected = expectedNotices(network, events, watching)
          .map(({ tx, output, number, type }) => `${tx} ${output} ${number} ${type}`).sort();
        const told = await until("all is told", async () => {
          const notices = await readNotices(main(), "shop");
          return notices.length >= expected.length && notices;
        });
        assertEquals(
          told.map(({ tx, output, number, type }) => `${tx} ${output} ${number} ${type}`).sort(),
          expected,
        );
        assertEquals(new Set(told.map(({ id }) => id)).size, told.length);
        // What the webhook was told of follows on itself to the end of the stream.
        await until("the webhook hears of all", async () => {
          const answer = await fetch(`${main()}/v1/stream/${STREAM}?offset=now`);
          await answer.body?.cancel();
          const end = answer.headers.get("stream-next-offset");
          return receiver.heard.flatMap(newsIn).some(({ to }) => to === end);
        });
        let reached = "0".repeat(16);
        for (const { from, to } of receiver.heard.flatMap(newsIn)) {
          assertEquals(
            from <= reached || from.startsWith("0".repeat(16)),
            true,
            `${from} ${reached}`,
          );
          if (to > reached) reached = to;
        }
      } finally {
        await log.close();
        log.store.close();
        await receiver.close();
        await Promise.all(servers.map((server) => server.kill()));
      }
    });
  },
);
