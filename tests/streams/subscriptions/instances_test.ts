import { chainProjection } from "../../../src/server/projections.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { openStore } from "../../../src/kv/open.ts";
import type { Store } from "../../../src/kv/store.ts";
import { StreamService } from "../../../src/streams/chain/service.ts";
import type { Config } from "../../../src/streams/subscriptions/state.ts";
import { SUBSCRIPTIONS_CHAIN } from "../../../src/streams/chain/names.ts";
import { Subscriptions } from "../../../src/streams/subscriptions/subscriptions.ts";
import { WebhookTargets } from "../../../src/streams/subscriptions/webhook_targets.ts";
import { Log } from "../../../src/log/log.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { until } from "../../support/until.ts";
import { done, newsIn, WebhookReceiver } from "../../support/webhook_receiver.ts";
import { appendJson, makeStream } from "../chain/stream_world.ts";

/** What ties an instance to the store. */
interface Link {
  isCut: boolean;
  /** Commits that it may make still. */
  commits: number;
}

/** One of several servers over a store: what it says to the store counts until it is killed. */
class Instance {
  readonly service: StreamService;
  readonly subscriptions: Subscriptions;
  readonly #log: Log;
  readonly #link: Link;

  private constructor(log: Log, link: Link, subscriptions: Subscriptions) {
    this.#log = log;
    this.#link = link;
    this.subscriptions = subscriptions;
    this.service = subscriptions.service;
  }

  static async open(store: Store, clock: FakeClock): Promise<Instance> {
    const link: Link = { isCut: false, commits: Infinity };
    const log = new Log(sharedStore(store, link), { projectionOf: chainProjection, clock });
    const subscriptions = await Subscriptions.open({
      log,
      clock,
      service: new StreamService(log, clock),
      targets: new WebhookTargets("localhost", []),
      publicUrl: "http://localhost:1",
    });
    return new Instance(log, link, subscriptions);
  }

  /** From now on it does nothing that anybody else could see in the store. */
  kill(): void {
    this.#link.isCut = true;
  }

  /** Kills it after that many more commits. */
  killAfter(commits: number): void {
    this.#link.commits = commits;
  }

  async create(name: string): Promise<void> {
    await makeStream(this.service, name);
  }

  async append(name: string, value: unknown): Promise<void> {
    await appendJson(this.service, name, value);
  }

  async acked(id: string, path: string): Promise<string | undefined> {
    const { management } = this.subscriptions;
    const links = await management.links(await management.get(id));
    return links.find((listed) => listed.path === path)?.link.acked;
  }

  /** The first row of the subscriptions that is not what their log says. */
  differing() {
    return this.#log.chain(SUBSCRIPTIONS_CHAIN).compareRows();
  }

  async close(): Promise<void> {
    await this.subscriptions.stop();
    await this.#log.close();
  }
}

function sharedStore(store: Store, link: Link): Store {
  const alive = <T>(operation: () => Promise<T>): Promise<T> =>
    link.isCut ? Promise.reject(new Error("killed")) : operation();
  return {
    description: store.description,
    exclusive: false,
    get: (key) => alive(() => store.get(key)),
    getMany: (keys) => alive(() => store.getMany(keys)),
    list: (range, limit, reverse) => alive(() => store.list(range, limit, reverse)),
    listThen: (...asked) => alive(() => store.listThen(...asked)),
    commit: (mutation) => {
      if (link.commits-- <= 0) link.isCut = true;
      return alive(() => store.commit(mutation));
    },
    watch: (keys) => store.watch(keys),
    close() {},
  };
}

function webhook(url: string): Config {
  return {
    type: "webhook",
    pattern: "e/*",
    streams: [],
    url,
    wakeStream: null,
    lease: 10_000,
    description: null,
  };
}

const PULL: Config = { ...webhook(""), type: "pull-wake", url: null, wakeStream: "wake" };

/** Runs `body` with two instances over one store, and a clock that runs fast. */
async function withTwo(body: (one: Instance, other: Instance) => Promise<void>): Promise<void> {
  const store = await openStore(":memory:");
  const clock = new FakeClock();
  const running = setInterval(() => clock.advance(20), 1);
  const [one, other] = [await Instance.open(store, clock), await Instance.open(store, clock)];
  try {
    await body(one, other);
  } finally {
    await Promise.all([one.close(), other.close()]);
    clearInterval(running);
    store.close();
  }
}

Deno.test("what a killed process was telling of is told by another", async () => {
  await withTwo(async (one, other) => {
    const stuck = Promise.withResolvers<void>();
    const receiver = new WebhookReceiver(async (_, before) => {
      if (before === 0) await stuck.promise;
      return done();
    });
    try {
      await one.subscriptions.start();
      await other.subscriptions.start();
      await one.create("e/a");
      await one.subscriptions.create("s", webhook(receiver.url), "http://localhost:1");
      await one.append("e/a", 1);
      await until("the first is asked", () => receiver.heard.length === 1);
      one.kill();
      await until("another asks", () => receiver.heard.length === 2);
      const [first, second] = receiver.heard;
      assertEquals([first?.generation, second?.generation], [1, 2]);
      const [news] = second === undefined ? [] : newsIn(second);
      assertEquals(news?.path, "e/a");
      await until("it is acked", async () => await other.acked("s", "e/a") === news?.to);
    } finally {
      stuck.resolve();
      await receiver.close();
    }
  });
});

Deno.test("what a process appended and did not live to tell of is told by another", async () => {
  await withTwo(async (one, other) => {
    const receiver = new WebhookReceiver(done);
    try {
      // The first never watches: it is as if it died each time right after its commit.
      await other.subscriptions.start();
      await one.create("e/a");
      await other.subscriptions.create("s", webhook(receiver.url), "http://localhost:1");
      await one.append("e/a", 1);
      await until("it is told of", () => receiver.heard.length === 1);
      await one.create("e/b");
      await one.append("e/b", 1);
      one.kill();
      await until("the new stream is told of", () => receiver.heard.length === 2);
      assertEquals(receiver.heard.map((told) => newsIn(told)[0]?.path), ["e/a", "e/b"]);
    } finally {
      await receiver.close();
    }
  });
});

Deno.test("two processes tell of each wake once, and know each other's tokens", async () => {
  await withTwo(async (one, other) => {
    const receiver = new WebhookReceiver(done);
    try {
      await one.subscriptions.start();
      await other.subscriptions.start();
      for (const name of ["wake", "e/a", "e/b"]) await one.create(name);
      await one.subscriptions.create("s", webhook(receiver.url), "http://localhost:1");
      await other.subscriptions.create("p", PULL, "http://localhost:1");
      for (let n = 0; n < 20; n++) {
        await Promise.all([one.append("e/a", n), other.append("e/b", n)]);
      }
      const ends = await Promise.all(["e/a", "e/b"].map(async (name) => {
        const { base, tail, start } = await one.service.state(name);
        return String(base + tail - start).padStart(16, "0");
      }));
      await until("all is acked", async () => {
        const acked = [await one.acked("s", "e/a"), await other.acked("s", "e/b")];
        return acked.every((token, at) => token?.startsWith(ends[at] ?? ""));
      });
      const generations = receiver.heard.map(({ generation }) => generation);
      assertEquals(generations, generations.map((_, at) => at + 1));

      const { subscription, token, streams } = await one.subscriptions.claim("p", "worker");
      const done = {
        wake_id: subscription.wake?.id ?? "",
        generation: subscription.generation,
        acks: streams.map(({ path, tail_offset }) => ({ stream: path, offset: tail_offset })),
        done: true,
      };
      const proof = other.subscriptions.proof("p", token);
      await until(
        "the other takes the ack",
        () => other.subscriptions.ack("p", proof, done).then(() => true),
      );
      assertEquals(
        await one.acked("p", "e/a"),
        streams.find(({ path }) => path === "e/a")?.tail_offset,
      );
      await other.subscriptions.management.remove("s");
      await Promise.all([one.subscriptions.stop(), other.subscriptions.stop()]);
      assertEquals(await one.differing(), undefined);
    } finally {
      await receiver.close();
    }
  });
});

Deno.test("a subscription whose making was cut short wakes nobody until it is asked for again", async () => {
  await withTwo(async (one, other) => {
    const receiver = new WebhookReceiver(done);
    try {
      await other.subscriptions.start();
      const names = Array.from({ length: 450 }, (_, n) => `e/${n}`);
      await Promise.all(names.map((name) => one.create(name)));
      const config = webhook(receiver.url);
      const origin = "http://localhost:1";
      one.killAfter(2);
      await assertRejects(() => one.subscriptions.create("s", config, origin));
      const { management } = other.subscriptions;
      const half = await management.get("s");
      assertEquals([half.isReady, (await management.links(half)).length], [false, 400]);
      await other.append("e/0", "before");
      const { subscription, isNew } = await other.subscriptions.create("s", config, origin);
      assertEquals([subscription.isReady, isNew], [true, false]);
      assertEquals((await management.links(subscription)).length, 450);
      await other.append("e/449", "after");
      await until("both are told of", () => {
        const told = receiver.heard.flatMap((one) => newsIn(one).map(({ path }) => path));
        return told.includes("e/0") && told.includes("e/449");
      });
    } finally {
      await receiver.close();
    }
  });
});
