import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { LINGER_MS, POLL_MS, SELDOM_POLL_MS } from "../../src/kernel/limits.ts";
import { headKey } from "../../src/log/keys.ts";
import type { Follower } from "../../src/log/follower.ts";
import type { Store } from "../../src/kv/store.ts";
import { event, inMemory, TestLog } from "../support/chains.ts";
import { changedStore } from "../support/changed_store.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { turn } from "../support/faulty_store.ts";
import { scriptedWatch } from "../support/scripted_store.ts";

/** A store that is told of: what was read of heads, and what is watched. */
class Told {
  readonly store: Store;
  /** Looks at heads, by how many each asked for; a range counts as one. */
  readonly looks: string[] = [];
  /** The chains of each watch that was begun, and what ends or tells of it. */
  readonly watches: {
    readonly chains: readonly string[];
    readonly emit: ReturnType<typeof scriptedWatch>["emit"];
    isOpen: boolean;
  }[] = [];
  /** Whether watches tell not even the heads as they are when they begin. */
  isDeaf = false;
  /** What is asked of the store and not answered yet. */
  #asked = 0;

  constructor(real: Store) {
    const isHead = ([kind]: Deno.KvKey) => kind === "head";
    this.store = changedStore(real, {
      get: (key) => {
        if (isHead(key)) this.looks.push(`get ${String(key[1])}`);
        return this.#during(real.get(key));
      },
      getMany: (keys) => {
        if (keys.some(isHead)) this.looks.push(`many ${keys.length}`);
        return this.#during(real.getMany(keys));
      },
      list: (range, limit, reverse) => {
        if (isHead(range.start)) this.looks.push("list");
        return this.#during(real.list(range, limit, reverse));
      },
      watch: (keys) => {
        const { stream, emit } = scriptedWatch();
        const watch = { chains: keys.map(([, chain]) => String(chain)), emit, isOpen: true };
        this.watches.push(watch);
        if (!this.isDeaf) {
          void this.#during(real.getMany(keys)).then((entries) => watch.isOpen && emit(entries));
        }
        const reader = stream.getReader();
        return new ReadableStream({
          async pull(controller) {
            const { done, value } = await reader.read();
            if (!done) controller.enqueue(value);
          },
          cancel: () => {
            watch.isOpen = false;
          },
        }, { highWaterMark: 0 });
      },
    });
  }

  get open(): readonly (readonly string[])[] {
    return this.watches.filter(({ isOpen }) => isOpen).map(({ chains }) => chains);
  }

  /** Lets all that can happen now happen. */
  async settled(): Promise<void> {
    for (let turns = 0; turns < 5; turns++) {
      await turn();
      if (this.#asked > 0) turns = 0;
    }
  }

  async #during<T>(operation: Promise<T>): Promise<T> {
    this.#asked++;
    try {
      return await operation;
    } finally {
      this.#asked--;
    }
  }

  /** Takes what was read since the last time. */
  take(): string[] {
    return this.looks.splice(0);
  }
}

interface Parts {
  readonly log: TestLog;
  /** Another process over the same store. */
  readonly other: TestLog;
  readonly told: Told;
  readonly clock: FakeClock;
  /** Lets time pass, and what happens in it happen. */
  readonly passes: (ms: number, step?: number) => Promise<void>;
}

function withTold(sentence: string, body: (parts: Parts) => Promise<void>): void {
  Deno.test(sentence, async () => {
    await inMemory(async (other, real) => {
      const told = new Told(real);
      const clock = new FakeClock();
      const log = new TestLog(told.store, { clock });
      const passes = async (ms: number, step = POLL_MS) => {
        for (let at = 0; at < ms; at += step) {
          clock.advance(step);
          await told.settled();
        }
      };
      await body({ log, other, told, clock, passes });
      await log.close();
    });
  });
}

const HOUR = 60 * 60 * 1_000;

withTold(
  "where watches tell, heads are looked at once a minute, however many chains, and not at all where nobody follows",
  async ({ log, told, passes }) => {
    await passes(HOUR, SELDOM_POLL_MS);
    assertEquals(told.take(), []);
    const names = Array.from({ length: 40 }, (_, at) => `c${at}`);
    for (const name of names) await log.chain(name).append([event(name)]);
    const followers = await Promise.all(
      names.map((name) => log.chain(name).attach(0, () => {})),
    );
    await told.settled();
    assertEquals(told.open.map(({ length }) => length), [10, 10, 10, 10]);
    told.take();
    await passes(SELDOM_POLL_MS - POLL_MS);
    assertEquals(told.take(), []);
    await passes(10 * SELDOM_POLL_MS, SELDOM_POLL_MS);
    assertEquals(told.take(), Array(10).fill("list"));
    for (const follower of followers) follower.close();
    await passes(LINGER_MS);
    assertEquals(told.open, []);
    await passes(HOUR, SELDOM_POLL_MS);
    assertEquals(told.take(), []);
  },
);

withTold("a chain that comes or goes moves the others of one watch at the most", async (parts) => {
  const { log, told, passes } = parts;
  const followers = new Map<string, Follower>();
  for (let at = 0; at < 25; at++) {
    followers.set(`c${at}`, await log.chain(`c${at}`).attach(0, () => {}));
  }
  await told.settled();
  assertEquals(told.open.map(({ length }) => length), [10, 10, 5]);
  const begun = told.watches.length;
  followers.set("c25", await log.chain("c25").attach(0, () => {}));
  await told.settled();
  assertEquals(told.watches.slice(begun).map(({ chains }) => chains.length), [6]);
  // Of those that leave the watch goes on, until far more are open than are needed.
  for (let at = 0; at < 24; at++) followers.get(`c${at}`)?.close();
  await passes(LINGER_MS);
  const left = new Set(told.open.flat());
  assert(left.has("c24") && left.has("c25"));
  assertLess(told.open.length, 3);
  for (const follower of followers.values()) follower.close();
});

withTold(
  "a watch that falls silent is found out by the next look, and begun anew; looks are seldom again when it tells",
  async ({ log, other, told, passes }) => {
    const chain = log.chain("c");
    await chain.append([event("a")]);
    let woken = 0;
    const follower = await chain.attach(1, () => woken++);
    await told.settled();
    await other.chain("c").append([event("b")]);
    await passes(SELDOM_POLL_MS - POLL_MS);
    assertEquals(woken, 0);
    await passes(POLL_MS);
    assertGreater(woken, 0);
    assertEquals(told.watches.length, 1);
    // It may have been about to tell. If not, it is begun anew.
    await passes(POLL_MS);
    assertEquals(told.watches.length, 2);
    assertEquals(told.open, [["c"]]);
    // Soon at first, and ever more seldom while nothing is missed.
    told.take();
    await passes(4 * SELDOM_POLL_MS);
    const looks = told.take().length;
    assert(looks > 4 && looks < 14, String(looks));
    await passes(4 * SELDOM_POLL_MS);
    assertEquals(told.take().length, 4);
    follower.close();
  },
);

withTold("while a watch is lost heads are looked at twice a second", async (parts) => {
  const { log, other, told, passes } = parts;
  told.isDeaf = true;
  const chain = log.chain("c");
  await chain.append([event("a")]);
  let woken = 0;
  const follower = await chain.attach(1, () => woken++);
  await told.settled();
  told.take();
  await passes(10 * POLL_MS);
  assertEquals(told.take().length, 10);
  await other.chain("c").append([event("b")]);
  await passes(POLL_MS);
  assertGreater(woken, 0);
  // It tells after all.
  told.watches.at(-1)?.emit([await told.store.get(headKey("c"))]);
  await told.settled();
  told.take();
  await passes(4 * SELDOM_POLL_MS);
  assertLess(told.take().length, 14);
  follower.close();
});

withTold(
  "who follows a chain that has just fallen silent is told all the same",
  async ({ log, other, told, clock, passes }) => {
    const chain = log.chain("c");
    await chain.append([event("a")]);
    (await chain.attach(1, () => {})).close();
    clock.advance(LINGER_MS - 1);
    // It has asked where to begin, and follows only when all have left.
    const stop = new AbortController();
    const followed = chain.follow({ from: { at: "time", time: 0 }, signal: stop.signal });
    const first = followed.next();
    clock.advance(LINGER_MS);
    clock.advance(LINGER_MS);
    assertEquals((await first).value?.kind, "event");
    assertEquals((await followed.next()).value?.kind, "caught_up");
    await passes(2 * LINGER_MS);
    const next = followed.next();
    await other.chain("c").append([event("b")]);
    await passes(SELDOM_POLL_MS);
    assertEquals((await next).value?.kind, "event");
    assertEquals(told.open, [["c"]]);
    stop.abort();
    await followed.return();
  },
);

withTold(
  "a chain that was silent tells what came meanwhile to whoever follows next",
  async (parts) => {
    const { log, other, told, passes } = parts;
    const chain = log.chain("c");
    (await chain.attach(0, () => {})).close();
    await passes(LINGER_MS);
    assertEquals(told.open, []);
    await chain.append([event("own")]);
    await other.chain("c").append([event("other")]);
    let woken = 0;
    const follower = await chain.attach(0, () => woken++);
    for (const data of ["own", "other"]) {
      let batch = follower.peek();
      if (batch instanceof Promise) {
        await batch;
        batch = follower.peek();
      }
      assert(batch !== undefined && !(batch instanceof Promise));
      assertEquals(batch.text(0), data);
      follower.offset = batch.next;
    }
    await other.chain("c").append([event("live")]);
    told.watches.at(-1)?.emit([await told.store.get(headKey("c"))]);
    await told.settled();
    assertGreater(woken, 0);
    follower.close();
  },
);
