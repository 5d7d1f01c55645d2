/** What is told to others, as whoever watches over the server sees it and is heard of. */
import { assertEquals, assertMatch } from "@std/assert";
import { withServer } from "../../support/in_process.ts";
import { withFolder } from "../../support/server.ts";
import { SubscriptionsApi } from "../../support/subscriptions_api.ts";
import { until } from "../../support/until.ts";
import { WatchApi } from "../../support/watch_api.ts";
import { done, WebhookReceiver } from "../../support/webhook_receiver.ts";

const JSON_TYPE = { "content-type": "application/json" };

/** Two messages: with what made the stream there are three events. */
async function append(main: string, stream: string): Promise<void> {
  const body = "[1,2]";
  await fetch(`${main}/v1/stream/${stream}`, { method: "POST", headers: JSON_TYPE, body });
}

Deno.test("a webhook that fails is shown with its last answer and lag, and is tried again at once when told to", async () => {
  let isGood = false;
  const hook = new WebhookReceiver(() => isGood ? done() : new Response("no", { status: 503 }));
  try {
    await withServer(async ({ main }) => {
      const watch = new WatchApi(main);
      const headers = JSON_TYPE;
      await fetch(`${main}/v1/stream/orders/1`, { method: "PUT", headers });
      const url = `${hook.url}?secret=1`;
      await new SubscriptionsApi(main).webhook("worker", "orders/*", url, 60_000);
      assertEquals((await watch.subscription("worker")).state, "idle");
      await append(main, "orders/1");
      const failing = await until("it has failed often enough to wait for long", async () => {
        const shown = await watch.subscription("worker");
        return shown.failures >= 2 && shown.state === "retrying" && shown;
      });
      assertEquals(failing.target, hook.url);
      assertEquals([failing.lastAnswer.status, failing.lastAnswer.error], [503, null]);
      assertEquals([failing.streams, failing.lagStreams, failing.lagEvents], [1, 1, 3]);
      assertMatch(failing.nextTryAt, /^\d{4}-.*Z$/);
      isGood = true;
      await watch.order("worker", "retry");
      const idle = await until("it is told", async () => {
        const shown = await watch.subscription("worker");
        return shown.state === "idle" && shown;
      });
      assertEquals([idle.failures, idle.nextTryAt, idle.lagEvents], [0, null, 0]);
      assertEquals([idle.lastAnswer.status, idle.wake], [200, null]);
      assertEquals((await watch.ask("POST", "/v1/subscriptions/nobody/retry")).status, 404);
      const text = await (await fetch(`${main}/metrics`)).text();
      assertMatch(text, /ledger_webhook_answers_total\{outcome="refused"\} [2-9]/);
      assertMatch(text, /ledger_webhook_answers_total\{outcome="ok"\} 1/);
      assertMatch(text, /ledger_subscriptions\{type="webhook",state="idle"\} 1/);
    });
  } finally {
    await hook.close();
  }
});

Deno.test("a subscription that is paused wakes nobody, over a restart as well, until it is resumed", async () => {
  const hook = new WebhookReceiver(done);
  try {
    await withFolder(async (folder) => {
      const flags = [`--store=${folder}/ledger.db`];
      await withServer(async ({ main }) => {
        const watch = new WatchApi(main);
        await fetch(`${main}/v1/stream/orders/1`, { method: "PUT", headers: JSON_TYPE });
        await new SubscriptionsApi(main).webhook("worker", "orders/*", hook.url);
        assertEquals((await watch.order("worker", "pause")).state, "paused");
        await append(main, "orders/1");
        await until("its lag is seen", async () => {
          return (await watch.subscription("worker")).lagEvents === 3;
        });
      }, { flags });
      await withServer(async ({ main }) => {
        const watch = new WatchApi(main);
        const paused = await until("it is known again", async () => {
          const shown = await watch.subscription("worker");
          return shown?.lagEvents === 3 && shown;
        });
        assertEquals([paused.state, hook.heard.length], ["paused", 0]);
        // Again is no other order.
        await watch.order("worker", "pause");
        await watch.order("worker", "resume");
        await hook.told(0);
        await until("all is told", async () => {
          return (await watch.subscription("worker")).state === "idle";
        });
      }, { flags });
    });
  } finally {
    await hook.close();
  }
});
