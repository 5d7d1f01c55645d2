import { chainProjection } from "../../../src/server/projections.ts";
import { assert, assertEquals, assertLessOrEqual, assertRejects } from "@std/assert";
import { SubscriptionRefusal } from "../../../src/streams/subscriptions/errors.ts";
import fc from "fast-check";
import { systemClock } from "../../../src/kernel/clock.ts";
import { SUBSCRIPTIONS_CHAIN, withoutSlashes } from "../../../src/streams/chain/names.ts";
import { StreamService } from "../../../src/streams/chain/service.ts";
import { readConfig } from "../../../src/streams/subscriptions/config.ts";
import { matchesGlob } from "../../../src/streams/chain/glob.ts";
import type { Subscription } from "../../../src/streams/subscriptions/state.ts";
import { StepQueue } from "../../../src/streams/subscriptions/steps.ts";
import { Subscriptions } from "../../../src/streams/subscriptions/subscriptions.ts";
import { subscriptionProjection } from "../../../src/streams/subscriptions/projection.ts";
import { WatcherIndex } from "../../../src/streams/subscriptions/watcher_index.ts";
import { WebhookTargets } from "../../../src/streams/subscriptions/webhook_targets.ts";
import { Log } from "../../../src/log/log.ts";
import { inMemory, TestLog } from "../../support/chains.ts";
import { withServer } from "../../support/in_process.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { SubscriptionsApi } from "../../support/subscriptions_api.ts";
import { until } from "../../support/until.ts";
import { makeStream } from "../chain/stream_world.ts";

const PULL = { type: "pull-wake", wake_stream: "wake", lease_ttl_ms: 600_000 };

Deno.test("a report without a good token is refused before anything of its body comes", async () => {
  await withServer(async ({ main }) => {
    const { hostname, port, host } = new URL(main);
    for (const action of ["ack", "callback", "release"]) {
      for (const token of ["", "authorization: Bearer a.b.c\r\n"]) {
        const connection = await Deno.connect({ hostname, port: Number(port) });
        const head =
          `POST /v1/stream/__ds/subscriptions/x/${action} HTTP/1.1\r\nhost: ${host}\r\n` +
          `${token}content-type: application/json\r\ncontent-length: 200000\r\n\r\n`;
        await connection.write(new TextEncoder().encode(head));
        const buffer = new Uint8Array(64);
        await connection.read(buffer);
        assertEquals(new TextDecoder().decode(buffer).slice(0, 12), "HTTP/1.1 401");
        connection.close();
      }
    }
  });
});

Deno.test("lists, paths, patterns and words of a request are held to their bounds", async () => {
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    const api = new SubscriptionsApi(main);
    await streams.create("wake");
    await streams.create("e");
    await api.create("s", { ...PULL, pattern: "e" });
    const end = await streams.append("e", 1);
    await until("a wake", async () => (await streams.get("wake")).text !== "[]");
    const { body } = await api.post("s", "claim", { worker: "w" });
    const { wake_id, generation, token } = body;
    const slashes = "/".repeat(100_000);
    const ack = { stream: "e", offset: end };
    const reports = [
      { acks: [{ stream: `a${slashes}b`, offset: end }] },
      { acks: [{ stream: `${slashes}e`, offset: end }] },
      { acks: [{ stream: "e", offset: "0".repeat(100_000) }] },
      { acks: Array.from({ length: 201 }, () => ack) },
      { acks: Array.from({ length: 100_000 }, () => 0) },
      { acks: [{ stream: "\ud800", offset: end }] },
      { wake_id: "w".repeat(100_000) },
    ];
    for (const report of reports) {
      const { status, body } = await api.post(
        "s",
        "ack",
        { wake_id, generation, ...report },
        token,
      );
      assertEquals([status, body.error.code], [400, "INVALID_REQUEST"]);
    }
    const configs = [
      { pattern: `a${slashes}b` },
      { pattern: "a*".repeat(17) },
      { pattern: "\ud800" },
      { streams: Array.from({ length: 129 }, (_, at) => `e${at}`) },
      { streams: Array.from({ length: 40_000 }, () => 1) },
      { pattern: "e", wake_stream: slashes },
      { pattern: "e", description: "\udfff" },
      { pattern: "e", description: "x".repeat(1_025) },
      { pattern: "e", lease_ttl_ms: 1e400 },
      { pattern: "e", lease_ttl_ms: -0 },
    ];
    for (const config of configs) {
      const { status, body } = await api.send("PUT", "subscriptions/t", { ...PULL, ...config });
      assertEquals([status, body.error.code], [400, "INVALID_REQUEST"], JSON.stringify(body));
    }
    const claims = [{ worker: "x".repeat(257) }, { worker: "\ud800" }, { worker: "" }, {}];
    for (const claim of claims) assertEquals((await api.post("s", "claim", claim)).status, 400);
    // Repeats are fine, and cost what one costs.
    const repeated = { wake_id, generation, acks: Array.from({ length: 200 }, () => ack) };
    assertEquals((await api.post("s", "ack", repeated, token)).status, 200);
  });
});

Deno.test("slashes at the ends of a path are taken away, and no others", () => {
  fc.assert(fc.property(fc.stringMatching(/^[/ab]*$/), (path) => {
    assertEquals(withoutSlashes(path), path.replace(/^\/+/, "").replace(/\/+$/, ""));
  }));
});

/** Subscriptions over a log, as a server has them. */
async function withSubscriptions(
  body: (
    parts: { log: Log; service: StreamService; subscriptions: Subscriptions; other: TestLog },
  ) => Promise<void>,
): Promise<void> {
  await inMemory(async (log, store) => {
    const service = new StreamService(log, systemClock);
    const subscriptions = await Subscriptions.open({
      log,
      clock: systemClock,
      service,
      targets: new WebhookTargets("127.0.0.1", []),
      publicUrl: undefined,
    });
    await subscriptions.start();
    const other = new TestLog(store, { projectionOf: chainProjection });
    try {
      await body({ log, service, subscriptions, other });
    } finally {
      await subscriptions.stop();
      await other.close();
    }
  }, { projectionOf: chainProjection });
}

const configOf = (pattern: string, wake_stream = "wake") =>
  readConfig({ type: "pull-wake", pattern, wake_stream });

Deno.test("an append that hundreds of subscriptions wait for writes a few events", async () => {
  await withSubscriptions(async ({ log, service, subscriptions }) => {
    const chain = log.chain(SUBSCRIPTIONS_CHAIN);
    await makeStream(service, "wake");
    const count = 200;
    for (let n = 0; n < count; n++) {
      await subscriptions.create(`s${n}`, configOf(n % 2 === 0 ? "e/**" : `e/*${n}*`), "http://a");
    }
    const before = (await chain.head())?.next ?? 0;
    await makeStream(service, "e/1-3-5-7-9", { text: "1" });
    await until("all are woken", async () => {
      const { tail, start } = await service.state("wake");
      return tail - start > count / 2;
    });
    await until("all are noted", async () => {
      const ids = Array.from({ length: count }, (_, n) => `s${n}`);
      const all = await Promise.all(ids.map((id) => subscriptions.management.get(id)));
      return all.every(({ wake }) => wake === null || wake.phase === "sent");
    });
    // Linked, woken, and said to be sent: each in two parts, and a few that come late.
    assertLessOrEqual(((await chain.head())?.next ?? 0) - before, 20);
    assertEquals(await chain.compareRows(), undefined);
  });
});

Deno.test("an event that nobody can read is said so, and stops no subscription", async () => {
  await withSubscriptions(async ({ service, subscriptions, other }) => {
    await makeStream(service, "wake");
    await subscriptions.create("s", configOf("e/*"), "http://a");
    const damaged = [
      { type: "nonsense", keys: ["s"], data: "{}" },
      { type: "linked", keys: ["s"], data: "{" },
      { type: "several", keys: ["s"], data: `{"told":[{"type":"woken"}]}` },
      { type: "several", keys: [], data: `{"told":0}` },
    ];
    // Written by a program of the same version that looks at nothing.
    const blind = { ...subscriptionProjection, apply() {} };
    for (const event of damaged) await other.chain(SUBSCRIPTIONS_CHAIN, blind).append([event]);
    await makeStream(service, "e/a", { text: "1" });
    await until("the wake", async () => {
      const { tail, start } = await service.state("wake");
      return tail > start;
    });
  });
});

Deno.test("a step that is refused is refused alone", async () => {
  await inMemory(async (log) => {
    const steps = new StepQueue(log.chain("c"));
    const ready = (id: string) =>
      steps.take({ id, decide: () => Promise.resolve([{ type: "ready", id }]) });
    const wrong = steps.take({ id: "wrong", decide: () => Promise.reject(new Error("no")) });
    const nothing = steps.take({
      id: "nothing",
      decide: () => Promise.resolve([]),
      answer: (_tx, isTold) => Promise.resolve(isTold),
    });
    const all = [ready("a"), ready("b"), ready("a"), ready("c")];
    await assertRejects(() => wrong, Error, "no");
    await Promise.all(all);
    assertEquals(await nothing, false);
    const events = await log.chain("c").read(0, 10);
    assertEquals(events.map(({ type, keys }) => [type, keys]), [
      ["several", ["a", "b", "c"]],
      ["ready", ["a"]],
    ]);
  });
});

Deno.test("the index finds the patterns that match, whatever they begin with", () => {
  const part = fc.constantFrom("a", "b", "a*", "*", "**", "*b");
  const pattern = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
  const path = fc.array(fc.constantFrom("a", "b", "ab"), { minLength: 1, maxLength: 4 })
    .map((parts) => parts.join("/"));
  fc.assert(fc.property(fc.array(pattern, { maxLength: 6 }), path, (patterns, path) => {
    const index = new WatcherIndex();
    const all = patterns.map((text, life) => subscriptionOf(text, life));
    for (const one of all) index.add(one);
    const matched = () => [...index.matched(path)].sort();
    const expected = all.filter(({ config }) => matchesGlob(config.pattern ?? "", path));
    assertEquals(matched(), expected.map(({ id }) => id).sort());
    for (const one of all.slice(1)) index.remove(one);
    assert(matched().every((id) => id === all[0]?.id));
  }));
});

function subscriptionOf(pattern: string, life: number): Subscription {
  return {
    id: String(life),
    life,
    config: configOf(pattern),
    hash: "",
    origin: "",
    createdAt: 0,
    isReady: true,
    generation: 0,
    failures: 0,
    retryAt: null,
    wake: null,
  };
}

Deno.test("a store has so many subscriptions, and a key a part of them", async () => {
  await withSubscriptions(async ({ subscriptions }) => {
    const make = (n: number, owner?: string) =>
      subscriptions.create(`s${n}`, configOf("e/*"), "http://a", owner);
    for (let n = 0; n < 256; n++) await make(n, "one");
    const refuses = async (n: number, owner?: string) => {
      const { code, status } = await assertRejects(() => make(n, owner), SubscriptionRefusal);
      assertEquals([code, status], ["LIMIT_REACHED", 409]);
    };
    await refuses(256, "one");
    assertEquals((await make(255, "one")).isNew, false);
    for (let n = 256; n < 512; n++) await make(n, "other");
    await refuses(512);
    await subscriptions.management.remove("s0");
    await until("there is room", () => make(512).then(() => true, () => false));
  });
});

Deno.test("those that are asked for at once are held to the same limits", async () => {
  await withSubscriptions(async ({ subscriptions }) => {
    const made = await Promise.allSettled(
      Array.from(
        { length: 300 },
        (_, n) => subscriptions.create(`s${n}`, configOf("e/*"), "http://a", "one"),
      ),
    );
    assertEquals(made.filter(({ status }) => status === "fulfilled").length, 256);
  });
});
