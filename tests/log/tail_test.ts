import { assert, assertEquals, assertGreater, assertStrictEquals, assertThrows } from "@std/assert";
import { LedgerError } from "../../src/kernel/errors.ts";
import { OPEN_CHAINS, POLL_MS } from "../../src/kernel/limits.ts";
import { headKey, segmentKey } from "../../src/log/keys.ts";
import type { StoredEntry } from "../../src/kv/store.ts";
import type { Follower } from "../../src/log/follower.ts";
import { event, events, inMemory, TestLog } from "../support/chains.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { turn } from "../support/faulty_store.ts";
import { ScriptedStore, scriptedWatch } from "../support/scripted_store.ts";

/** A log whose watch is the test's, and whose poll is the clock's, beside another log. */
async function deaf(
  body: (parts: {
    log: TestLog;
    other: TestLog;
    script: ScriptedStore;
    clock: FakeClock;
    emit: ReturnType<typeof scriptedWatch>["emit"];
  }) => Promise<void>,
): Promise<void> {
  await inMemory(async (other, real) => {
    const script = new ScriptedStore(real);
    const { stream, emit } = scriptedWatch();
    script.onWatch = () => stream;
    const clock = new FakeClock();
    const log = new TestLog(script, { clock });
    await body({ log, other, script, clock, emit });
    await log.close();
  });
}

/** Takes whatever a follower can have now. */
async function drain(follower: Follower): Promise<void> {
  for (;;) {
    const batch = follower.peek();
    if (batch === undefined) return;
    if (batch instanceof Promise) await batch;
    else follower.offset = batch.next;
  }
}

/** Lets things happen until `condition` holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

Deno.test("a watch that tells late that there is no head does not end the followers", async () => {
  await deaf(async ({ log, emit }) => {
    const chain = log.chain("late");
    const follower = await chain.attach(0, () => {});
    await chain.append([event("a")]);
    emit([{ key: headKey("late"), value: null, versionstamp: null }]);
    for (let turns = 0; turns < 50; turns++) await turn();
    await chain.append([event("b")]);
    await drain(follower);
    assertEquals(follower.offset, 2);
    follower.close();
  });
});

Deno.test("what another instance wrote is found by the poll where the watch is deaf", async () => {
  await deaf(async ({ log, other, clock }) => {
    let woken = 0;
    const follower = await log.chain("deaf").attach(0, () => woken++);
    await other.chain("deaf").append(events(5));
    for (let turns = 0; turns < 20; turns++) await turn();
    assertEquals(woken, 0);
    clock.advance(POLL_MS);
    await until(() => woken > 0);
    await drain(follower);
    assertEquals(follower.offset, 5);
    follower.close();
  });
});

Deno.test("damage at the live end ends each follower there, however far behind it was", async () => {
  await deaf(async ({ log, other, script, clock }) => {
    const chain = log.chain("live");
    const writing = other.chain("live");
    for (let at = 0; at < 20; at++) await writing.append(events(10, at * 10));
    let woken = 0;
    const followers = await Promise.all(
      [0, 57, 200].map((from) => chain.attach(from, () => woken++)),
    );
    for (let at = 20; at < 30; at++) await writing.append(events(10, at * 10));
    const deletes = [segmentKey("live", 250)];
    await script.commit({ checks: [], sets: [], deletes });
    clock.advance(POLL_MS);
    // Woken by what comes before the damage, and by the damage.
    await until(() => woken >= 2 * followers.length);
    for (const follower of followers) {
      await drain(follower).catch(() => {});
      assertEquals(follower.offset, 250);
      const error = assertThrows(() => follower.peek(), LedgerError);
      assertEquals([error.code, error.details.offset], ["damaged", 250]);
      follower.close();
    }
    assertGreater(woken, 0);
  });
});

Deno.test("naming ever more chains that have nothing does not keep them all open", async () => {
  await inMemory(async (log) => {
    const kept = log.chain("kept");
    await kept.append([event("a")]);
    const stop = new AbortController();
    const followed = kept.follow({ from: { at: "earliest" }, signal: stop.signal });
    assertEquals((await followed.next()).value?.kind, "event");
    for (let at = 0; at < OPEN_CHAINS * 2; at++) log.chain(`nothing-${at}`);
    assertEquals(log.openChains, OPEN_CHAINS);
    // One that is followed stays, and goes on.
    assertStrictEquals(log.chain("kept"), kept);
    await kept.append([event("b")]);
    const kinds = [(await followed.next()).value?.kind, (await followed.next()).value?.kind];
    assert(kinds.includes("event"));
    stop.abort();
    await followed.return();
    // One that was closed meanwhile is opened again.
    await log.chain("nothing-0").append([event("c")]);
    assertEquals((await log.chain("nothing-0").head())?.next, 1);
  });
});

Deno.test("a commit while a tail reads its first head is heard of without any watch", async () => {
  await deaf(async ({ log, script }) => {
    const chain = log.chain("raced");
    await chain.append([event("a")]);
    const head = await script.real.get(headKey("raced"));
    const gate = Promise.withResolvers<void>();
    let isAsked = false;
    // The store reads before the commit, and answers after it.
    script.get = async <T>(key: Deno.KvKey) => {
      if (String(key) !== String(headKey("raced"))) return await script.real.get<T>(key);
      script.get = (other) => script.real.get(other);
      isAsked = true;
      await gate.promise;
      // It is the entry of that key.
      return head as StoredEntry<T>;
    };
    let woken = 0;
    const attached = chain.attach(1, () => woken++);
    await until(() => isAsked);
    await chain.append([event("b")]);
    gate.resolve();
    const follower = await attached;
    await drain(follower);
    assertEquals(follower.offset, 2);
    follower.close();
  });
});
