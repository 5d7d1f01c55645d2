import { assert, assertEquals } from "@std/assert";
import { FakeClock } from "../../support/fake_clock.ts";
import { withServer } from "../../support/in_process.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { SubscriptionsApi } from "../../support/subscriptions_api.ts";
import { until, within } from "../../support/until.ts";
import {
  done,
  newsIn,
  type Notification,
  WebhookReceiver,
} from "../../support/webhook_receiver.ts";

const JSON_TYPE = { "content-type": "application/json" };

/** What lies between the offsets that a notification tells of. */
async function read(streams: StreamsApi, told: Notification): Promise<unknown[]> {
  const parts = await Promise.all(
    newsIn(told).map(async ({ path, from, to }) => {
      const { text, next } = await streams.get(`${path}?offset=${from}`);
      assert(next >= to);
      return JSON.parse(text);
    }),
  );
  return parts.flat();
}

Deno.test("a webhook that fails is asked again, later and later, and misses nothing", async () => {
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    const api = new SubscriptionsApi(main);
    const times: number[] = [];
    let end: string | undefined;
    const receiver = new WebhookReceiver((told, before) => {
      times.push(Date.now());
      // It fails until it is told of what comes when it has failed.
      const isToldAll = end !== undefined && newsIn(told).some(({ to }) => to === end);
      return before < 2 || !isToldAll ? new Response("no", { status: 500 }) : done();
    });
    try {
      await streams.create("e/a");
      await streams.append("e/a", "before");
      await api.webhook("s", "e/*", receiver.url, 60_000);
      await streams.append("e/a", 1);
      await receiver.told(0);
      await until(
        "it is told to have failed",
        async () => (await api.get("s")).status === "failed",
      );
      end = await streams.append("e/a", 2);
      await until("all is acked", async () => await api.acked("s", "e/a") === end);
      const last = await receiver.told(receiver.heard.length - 1);
      assertEquals(await read(streams, last), [1, 2]);
      assertEquals((await api.get("s")).status, "active");
      // The same wake was told of each time, so a receiver can tell that it is the same.
      assertEquals(new Set(receiver.heard.map(({ wake_id }) => wake_id)).size, 1);
      const [first = 0, second = 0, third = 0] = times;
      assert(second - first >= 790 && third - second >= 1_590, `${times}`);
    } finally {
      await receiver.close();
    }
  });
});

Deno.test("wakes follow one another without a gap, however appends fall between them", async () => {
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    const api = new SubscriptionsApi(main);
    const receiver = new WebhookReceiver(done);
    try {
      await api.webhook("s", "e/**", receiver.url, 600_000);
      const names = ["e/a", "e/b", "e/deep/c"];
      const ends = new Map<string, string>();
      for (const name of names) await streams.create(name);
      await Promise.all(names.map(async (name) => {
        for (let n = 0; n < 30; n++) ends.set(name, await streams.append(name, n));
      }));
      const reached = new Map<string, string>();
      let read = 0;
      await until("every end is told of", () => {
        for (; read < receiver.heard.length; read++) {
          const told = receiver.heard[read];
          if (told === undefined) break;
          for (const { path, from, to } of newsIn(told)) {
            assertEquals(from, reached.get(path) ?? "0000000000000000_0000000000000000");
            assert(to > from);
            reached.set(path, to);
          }
        }
        return names.every((name) => reached.get(name) === ends.get(name));
      });
      const generations = receiver.heard.map(({ generation }) => generation);
      assertEquals(generations, generations.map((_, at) => at + 1));
    } finally {
      await receiver.close();
    }
  });
});

Deno.test("a webhook that never answers keeps no other waiting, nor the server from stopping", async () => {
  const stuck = Promise.withResolvers<void>();
  const slow = new WebhookReceiver(() => stuck.promise.then(done));
  const quick = new WebhookReceiver(done);
  try {
    const serving = withServer(async ({ main }) => {
      const streams = new StreamsApi(main);
      const api = new SubscriptionsApi(main);
      // More than one host may have in flight at once.
      await Promise.all(
        Array.from({ length: 40 }, (_, n) => api.webhook(`slow${n}`, "e/*", slow.url, 600_000)),
      );
      await api.webhook("quick", "e/*", quick.url);
      await streams.create("e/a");
      for (let n = 0; n < 5; n++) {
        const end = await streams.append("e/a", n);
        await until("the quick one is done", async () => await api.acked("quick", "e/a") === end);
      }
      await until("as many as may are asked", () => slow.heard.length >= 16);
      assertEquals(slow.heard.length, 16);
    });
    await within("the server has stopped", serving);
  } finally {
    stuck.resolve();
    await Promise.all([slow.close(), quick.close()]);
  }
});

Deno.test("a webhook that says nothing is woken again when its lease is over, and fenced before", async () => {
  const clock = new FakeClock();
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    const api = new SubscriptionsApi(main);
    const receiver = new WebhookReceiver(() => new Response());
    try {
      await streams.create("e/a");
      await api.webhook("s", "e/*", receiver.url, 60_000);
      const end = await streams.append("e/a", 1);
      const first = await receiver.told(0);
      clock.advance(60_000);
      const second = await until("it is woken again", () => {
        // What was begun only now is due at once.
        clock.advance(1);
        return receiver.heard[1];
      });
      assertEquals([first.generation, second.generation], [1, 2]);
      const report = ({ wake_id, generation }: Notification, isDone: boolean) => ({
        wake_id,
        generation,
        acks: [{ stream: "e/a", offset: end }],
        done: isDone,
      });
      const stale = await api.post("s", "callback", report(first, true), first.callback_token);
      assertEquals([stale.status, stale.body.error.code], [409, "FENCED"]);
      const mixed = await api.post("s", "callback", report(second, true), first.callback_token);
      assertEquals([mixed.status, mixed.body.error.code], [409, "FENCED"]);
      const forged = `${second.callback_token.slice(0, -2)}xx`;
      const wrong = await api.post("s", "callback", report(second, true), forged);
      assertEquals([wrong.status, wrong.body.error.code], [401, "TOKEN_INVALID"]);
      assertEquals((await api.post("s", "callback", report(second, true))).status, 401);
      const right = await api.post("s", "callback", report(second, false), second.callback_token);
      assertEquals(right.body, { ok: true, next_wake: false });
      await streams.append("e/a", 2);
      const last = await api.post("s", "callback", report(second, true), second.callback_token);
      assertEquals(last.body, { ok: true, next_wake: true });
      assertEquals((await receiver.told(2)).streams[0]?.acked_offset, end);
      assertEquals((await api.send("DELETE", "subscriptions/s")).status, 204);
      const third = await receiver.told(2);
      const gone = await api.post("s", "callback", report(third, true), third.callback_token);
      assertEquals([gone.status, gone.body.error.code], [404, "SUBSCRIPTION_NOT_FOUND"]);
    } finally {
      await receiver.close();
    }
  }, { clock });
});

Deno.test("a redirect is a failure, and is not followed", async () => {
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    const api = new SubscriptionsApi(main);
    const other = new WebhookReceiver(done);
    const receiver = new WebhookReceiver(() => Response.redirect(other.url, 307));
    try {
      await api.webhook("s", "e/*", receiver.url, 60_000);
      await streams.send("PUT", "e/a", { headers: JSON_TYPE, body: "[1]" });
      await until("it failed", async () => (await api.get("s")).status === "failed");
      assertEquals(other.heard.length, 0);
    } finally {
      await Promise.all([receiver.close(), other.close()]);
    }
  });
});
