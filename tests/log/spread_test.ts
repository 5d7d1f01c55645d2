import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import { LedgerError } from "../../src/kernel/errors.ts";
import { SPREAD_STALE_MS } from "../../src/kernel/limits.ts";
import type { Mutation, Store } from "../../src/kv/store.ts";
import { append } from "../../src/log/append.ts";
import type { Chain } from "../../src/log/chain.ts";
import { headKey, partsRange } from "../../src/log/keys.ts";
import { Log } from "../../src/log/log.ts";
import { sweepAhead } from "../../src/log/spread_commit.ts";
import { event, inMemory, readAll } from "../support/chains.ts";
import { FaultyStore } from "../support/faulty_store.ts";
import { Prng } from "../support/prng.ts";
import { ScriptedStore } from "../support/scripted_store.ts";
import { wide } from "./promises/large.ts";

/** More rows, and more bytes of events, than two operations hold. */
const LARGE_EVENTS = [
  event("1000 200"),
  ...Array.from({ length: 14 }, () => event(`1 1 ${"z".repeat(60_000)}`)),
  event("1200 10"),
];

/** What a process of its own finds, which knows nothing of another. */
async function withOther<T>(store: Store, body: (chain: Chain) => Promise<T>): Promise<T> {
  const log = new Log(store, { projectionOf: () => wide });
  try {
    return await body(log.chain("c"));
  } finally {
    await log.close();
  }
}

/** A chain with a small event in it, on a store whose commits a test changes. */
async function begun(real: Store) {
  const store = new ScriptedStore(real);
  const log = new Log(store, { projectionOf: () => wide });
  const chain = log.chain("c");
  await chain.append([event("3 1")]);
  return { store, log, chain };
}

function large(chain: Chain) {
  return chain.execute(append(LARGE_EVENTS), undefined, { isLarge: true });
}

/** Whether a large commit is in: whole, or nothing of it. Throws where it is neither. */
async function isIn(chain: Chain): Promise<boolean> {
  const rows = await chain.rows<{ offset: number }>(["row"], 10_000);
  const count = await chain.row<number>(["count"]);
  const events = await readAll(chain);
  const isWhole = events.length > 1;
  assertEquals(events.length, isWhole ? LARGE_EVENTS.length + 1 : 1);
  assertEquals(rows.length, isWhole ? 1_200 : 3);
  assertEquals(count, rows.length);
  assertEquals(new Set(rows.map(({ value }) => value.offset)), new Set([events.length - 1]));
  return isWhole;
}

async function assertSound(chain: Chain): Promise<void> {
  assertEquals((await chain.verify()).ok, true);
  assertEquals(await chain.compareRows(), undefined);
}

async function leftAhead(store: Store): Promise<number> {
  const { start, end } = partsRange();
  return (await store.list({ start, end }, 1_000)).length;
}

/** How many operations a large commit takes, and which of them names its parts. */
async function operations(): Promise<{ count: number; decides: number }> {
  const commits: Mutation[] = [];
  await inMemory(async (_, real) => {
    const { store, log, chain } = await begun(real);
    store.onCommit = (apply, mutation) => {
      commits.push(mutation);
      return apply();
    };
    await large(chain);
    await log.close();
  });
  return { count: commits.length, decides: commits.findIndex(({ checks }) => checks.length > 0) };
}

Deno.test("a large commit that is cut off at any of its operations is in whole, or not at all", async () => {
  const { count, decides } = await operations();
  assertGreater(decides, 1);
  assertGreater(count, decides + 3);
  // Cut off before an operation, and behind one whose answer is lost.
  for (const isBehind of [false, true]) {
    for (let cut = 0; cut < count; cut++) {
      await inMemory(async (_, real) => {
        const { store, log, chain } = await begun(real);
        let sent = 0;
        store.onCommit = async (apply) => {
          if (sent++ < cut) return await apply();
          if (isBehind && sent === cut + 1) await apply();
          throw new LedgerError("store_unavailable", "the process has ended");
        };
        await large(chain).catch(() => {});
        await log.close();
        const isDecided = isBehind ? cut >= decides : cut > decides;
        await withOther(real, async (other) => {
          assertEquals(await isIn(other), isDecided, `cut off at ${cut}`);
          await assertSound(other);
          await other.append([event("behind", "none")]);
          await assertSound(other);
        });
        await sweepAhead(real, Date.now() + 2 * SPREAD_STALE_MS);
        assertEquals(await leftAhead(real), 0);
      });
    }
  }
});

Deno.test("whoever meets a large commit under way reads it whole, and may write behind it", async () => {
  const { count, decides } = await operations();
  for (let at = 0; at < count; at++) {
    await inMemory(async (_, real) => {
      const { store, log, chain } = await begun(real);
      let sent = 0;
      await withOther(real, async (other) => {
        assertEquals(await isIn(other), false);
        store.onCommit = async (apply) => {
          // Each row is asked for, and the list, before anything else is.
          if (sent++ === at) {
            const offset = (row: number) => other.row<{ offset: number }>(["row", row]);
            const first = await offset(0);
            assertEquals((await offset(2))?.offset, first?.offset);
            assertEquals(await isIn(other), at > decides);
            if (at > decides) await other.append([event("behind", "none")]);
          }
          return await apply();
        };
        assertEquals((await large(chain)).next, 1 + LARGE_EVENTS.length);
        assert(sent >= at);
        assertEquals((await readAll(chain)).length, LARGE_EVENTS.length + (at > decides ? 2 : 1));
        await assertSound(other);
      });
      await log.close();
      assertEquals(await leftAhead(real), 0);
    });
  }
});

Deno.test("large commits of two processes over a bad connection are in once each, in some order", async () => {
  for (const seed of [1, 2, 3, 4]) {
    await inMemory(async (_, real) => {
      const faults = { read: 0.02, lost: 0.1, replyLost: 0.1, late: 0.05, turns: 3 };
      const calm = { drop: 0, twice: 0, delay: 0, end: 0 };
      const stores = [1, 2].map((n) =>
        new FaultyStore(real, new Prng(seed * 10 + n), { ...faults, ...calm })
      );
      const logs = stores.map((store) => new Log(store, { projectionOf: () => wide }));
      const told = new Map<string, unknown>();
      const unknown = new Set<string>();
      await Promise.all(logs.map(async (log, writer) => {
        for (let at = 0; at < 3; at++) {
          const name = `${writer} ${at}`;
          const events = [event(`${1_000 + at} 1 ${name}`), event(name, "none")];
          try {
            const command = append(events);
            const end = await log.chain("c").execute(command, undefined, { isLarge: true });
            told.set(name, end.next - 1);
          } catch (error) {
            assert(error instanceof LedgerError && error.code === "store_unavailable", `${error}`);
            unknown.add(name);
          }
        }
      }));
      await Promise.all(stores.map((store) => store.calm()));
      for (const log of logs) await log.close();
      await withOther(real, async (chain) => {
        await chain.append([event("after", "none")]);
        await assertSound(chain);
        const all = await readAll(chain);
        for (const [name, offset] of told) {
          assertEquals(all.filter(({ data }) => data === name).map((one) => one.offset), [offset]);
        }
        for (const name of unknown) {
          assert(all.filter(({ data }) => data === name).length <= 1);
        }
      });
      await sweepAhead(real, Date.now() + 2 * SPREAD_STALE_MS);
      assertEquals(await leftAhead(real), 0);
    });
  }
});

Deno.test("parts that are young, or that a head names, are not swept; a commit whose parts were is made again", async () => {
  await inMemory(async (_, real) => {
    const { store, log, chain } = await begun(real);
    let swept = 0;
    store.onCommit = async (apply, { checks }) => {
      const { length } = checks;
      assertEquals(await sweepAhead(real, Date.now()), 0);
      // Before it is decided, once, and after it, when the head names them.
      if (length === 2 && swept === 0) {
        swept = await sweepAhead(real, Date.now() + 2 * SPREAD_STALE_MS);
        assertGreater(swept, 1);
      } else if (length === 1) {
        assertEquals(await sweepAhead(real, Date.now() + 2 * SPREAD_STALE_MS), 0);
      }
      return await apply();
    };
    await large(chain);
    assertEquals(await isIn(chain), true);
    await assertSound(chain);
    await log.close();
  });
});

Deno.test("where a part that the head names is lost, the chain says so and is not written over", async () => {
  await inMemory(async (_, real) => {
    const { store, log, chain } = await begun(real);
    let isDecided = false;
    store.onCommit = async (apply, { checks }) => {
      if (isDecided) throw new LedgerError("store_unavailable", "the process has ended");
      isDecided = checks.length === 2;
      return await apply();
    };
    await assertRejects(() => large(chain), LedgerError);
    await log.close();
    const [part] = await real.list(partsRange(), 1);
    assert(part !== undefined);
    const before = await real.get(headKey("c"));
    await real.commit({ checks: [], sets: [], deletes: [part.key] });
    await withOther(real, async (other) => {
      const error = await assertRejects(() => other.append([event("1 1")]), LedgerError);
      assertEquals(error.code, "damaged");
      assertEquals(await real.get(headKey("c")), before);
    });
  });
});
