import { assert, assertEquals } from "@std/assert";
import { type ServerProcess, withFolder, withProcess } from "../../support/server.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { SubscriptionsApi } from "../../support/subscriptions_api.ts";
import { until } from "../../support/until.ts";
import { done, WebhookReceiver } from "../../support/webhook_receiver.ts";

function apisOf(server: ServerProcess) {
  const origin = server.origin("main");
  return { streams: new StreamsApi(origin), api: new SubscriptionsApi(origin), origin };
}

Deno.test("subscriptions, cursors and leases outlive a kill, and what was being told is told again", async () => {
  const stuck = Promise.withResolvers<void>();
  const receiver = new WebhookReceiver(async (_, before) => {
    if (before === 1) await stuck.promise;
    return done();
  });
  try {
    await withFolder(async (folder) => {
      const args = [`--store=${folder}/log.db`];
      const before: unknown[] = [];
      const hook = { type: "webhook", pattern: "e/*", webhook: { url: receiver.url } };
      // The leases are long: only that the process is gone can be why something is told of again.
      const lease = { lease_ttl_ms: 600_000 };
      const pull = { type: "pull-wake", streams: ["e/a"], wake_stream: "wake", ...lease };
      let ends: string[] = [];
      let claimed = { wake_id: "", generation: 0, token: "" };
      await withProcess(args, async (server) => {
        const { streams, api } = apisOf(server);
        for (const name of ["wake", "e/a"]) await streams.create(name);
        await api.create("pull", pull);
        await api.create("hook", { ...hook, ...lease });
        ends = [await streams.append("e/a", 1)];
        await until("it is acked", async () => await api.acked("hook", "e/a") === ends[0]);
        ends.push(await streams.append("e/a", 2));
        await receiver.told(1);
        claimed = (await api.post("pull", "claim", { worker: "w" })).body;
        before.push(await api.acked("hook", "e/a"), (await api.send("GET", "jwks.json")).body);
        before.push((await api.get("pull")).created_at);
      });
      await withProcess(args, async (server) => {
        const { streams, api, origin } = apisOf(server);
        const again = await receiver.told(2);
        assertEquals(again.wake_id, receiver.heard[1]?.wake_id);
        await until("it is acked", async () => await api.acked("hook", "e/a") === ends[1]);
        assertEquals(before, [
          ends[0],
          (await api.send("GET", "jwks.json")).body,
          (await api.get("pull")).created_at,
        ]);
        const busy = await api.post("pull", "claim", { worker: "other" });
        assertEquals(busy.body.error.current_holder, "w");
        const { wake_id, generation, token } = claimed;
        const acks = [{ stream: "e/a", offset: ends[1] }];
        const report = { wake_id, generation, acks, done: true };
        assertEquals((await api.post("pull", "ack", report, token)).body.next_wake, false);

        // It is elsewhere now, and whoever says again what it wants is called from there.
        const same = await api.send("PUT", "subscriptions/hook", { ...hook, ...lease });
        assertEquals(same.status, 200);
        await streams.append("e/a", 3);
        assert((await receiver.told(3)).callback_url.startsWith(`${origin}/v1/stream/__ds/`));
      });
    });
  } finally {
    stuck.resolve();
    await receiver.close();
  }
});
