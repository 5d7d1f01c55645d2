import { assert, assertEquals } from "@std/assert";
import { Log } from "../../src/log/log.ts";
import { openStore } from "../../src/kv/open.ts";
import { chainProjection } from "../../src/server/projections.ts";
import { LEDGERS } from "../../src/ledgers/registry.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { until } from "../support/until.ts";
import { done, WebhookReceiver } from "../support/webhook_receiver.ts";
import { KEY, KEYED, type Platform, platformTest } from "./platform.ts";

/** The types of the events of a chain, as they lie in the database. */
async function typesIn(platform: Platform, chain: string): Promise<string[]> {
  const store = await openStore(platform.database.url);
  const projectionOf = (name: string) => chainProjection(name, LEDGERS);
  const log = new Log(store, { projectionOf, clock: systemClock });
  try {
    const events = await log.chain(chain).readBackward(Infinity, 100);
    return events.map(({ type }) => type).reverse();
  } finally {
    await log.close();
    store.close();
  }
}

async function ask(platform: Platform, method: string, path: string, body?: unknown) {
  const answer = await fetch(platform.origin + path, {
    method,
    headers: { ...KEYED, "content-type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
  await answer.body?.cancel();
  return answer.status;
}

platformTest("an instance that is stopped closes its open block", {}, async (platform) => {
  const api = new HieraChainApi(`${platform.origin}/hierachain`, KEYED);
  await api.create("quiet");
  await api.append("quiet", { entity_id: "e", event_type: "made", details: {} });
  assertEquals(await platform.sleep(), [{ code: 0, isKilled: false }]);
  const types = await typesIn(platform, "hierachain/quiet");
  assertEquals(types.at(-1), "block", types.join());
});

platformTest("what a killed instance left open is closed by the next", {}, async (platform) => {
  const api = new HieraChainApi(`${platform.origin}/hierachain`, KEYED);
  await api.create("cut");
  await api.append("cut", { entity_id: "e", event_type: "made", details: {} });
  await platform.evict();
  assertEquals(await ask(platform, "GET", "/livez"), 200);
  await until("the block is closed", async () => {
    return (await typesIn(platform, "hierachain/cut")).at(-1) === "block";
  });
});

platformTest(
  "an instance is stopped when nobody asks, and the next request starts another",
  { sleeps: true },
  async (platform) => {
    assertEquals(await ask(platform, "PUT", "/v1/stream/s"), 201);
    await until("it is stopped", () => platform.ends.length === 1);
    assertEquals(platform.ends, [{ code: 0, isKilled: false }]);
    const { calls } = platform.database.counts;
    assertEquals(await ask(platform, "GET", "/v1/stream/s"), 200);
    assertEquals(platform.started.length, 2);
    assert(platform.database.counts.calls > calls);
  },
);

/**
 * Runs `body` when a webhook has refused the first that it was told, so that it is due again, and all
 * sleep.
 */
async function withRefusedWebhook(
  platform: Platform,
  body: (receiver: WebhookReceiver) => Promise<void>,
): Promise<void> {
  const receiver = new WebhookReceiver((_, before) =>
    before === 0 ? new Response(null, { status: 503 }) : done()
  );
  try {
    const path = "/v1/stream/__ds/subscriptions/w";
    const config = { type: "webhook", pattern: "**", webhook: { url: receiver.url } };
    assertEquals(await ask(platform, "PUT", path, { ...config, lease_ttl_ms: 1_000 }), 201);
    assertEquals(await ask(platform, "PUT", "/v1/stream/s"), 201);
    assertEquals(await ask(platform, "POST", "/v1/stream/s", 1), 204);
    await receiver.told(0);
    await platform.sleep();
    await body(receiver);
  } finally {
    await receiver.close();
  }
}

const WEBHOOKS = {
  variables: { LEDGER_API_KEYS: KEY, LEDGER_STREAMS_WEBHOOK_HOSTS: "127.0.0.1" },
};

platformTest(
  "a webhook that is due while all sleep is told by whoever wakes next",
  WEBHOOKS,
  async (platform) => {
    await withRefusedWebhook(platform, async (receiver) => {
      assertEquals(await ask(platform, "GET", "/livez"), 200);
      await receiver.told(1);
    });
  },
);

platformTest(
  "the cron job starts what is due, and looks by one read where nothing is",
  WEBHOOKS,
  async (platform) => {
    await withRefusedWebhook(platform, async (receiver) => {
      await until("it is due, and told", async () => {
        await platform.cron();
        return receiver.heard.length > 1;
      });
      const costOfLook = async () => {
        // Once an hour it starts whatever is noted.
        await until("another minute than that", () => {
          return [0, 15_000].every((ms) => new Date(Date.now() + ms).getUTCMinutes() !== 0);
        });
        const { calls } = platform.database.counts;
        await platform.cron();
        return platform.database.counts.calls - calls;
      };
      // What the webhook has answered may not be noted yet when all are stopped.
      await until("nothing is due any more", async () => {
        await platform.sleep();
        return await costOfLook() === 1;
      });
      const { calls } = platform.database.counts;
      assertEquals(await costOfLook(), 1);
      assertEquals(await platform.sleep(), [{ code: 0, isKilled: false }]);
      assertEquals(platform.database.counts.calls - calls, 1);
    });
  },
);

platformTest(
  "the cron job does what is due where it is why there is an instance",
  { variables: { ...WEBHOOKS.variables, CRON_AT_ONCE: "true" } },
  async (platform) => {
    await withRefusedWebhook(platform, async (receiver) => {
      await until("it is due, and told", async () => {
        await (await platform.awake()).cronDone();
        if (receiver.heard.length === 1) await platform.sleep();
        return receiver.heard.length > 1;
      });
    });
  },
);

platformTest("the cron job of an instance that runs reads nothing", {}, async (platform) => {
  assertEquals(await ask(platform, "PUT", "/v1/stream/s"), 201);
  const [instance] = platform.started;
  await until("it runs", () => instance?.lines.some(({ msg }) => msg === "ready"));
  const keys: string[] = [];
  platform.database.onCall = (call) => void keys.push(...call.keys);
  await platform.cron();
  assert(!keys.includes("due"), keys.join());
  const schedules = instance?.lines.filter(({ cron }) => cron !== undefined) ?? [];
  assertEquals(schedules[0]?.schedule, "* * * * *");
});
