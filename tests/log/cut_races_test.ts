import { assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../src/kernel/errors.ts";
import { POLL_MS } from "../../src/kernel/limits.ts";
import type { Chain } from "../../src/log/chain.ts";
import type { Follower } from "../../src/log/follower.ts";
import { LogReader } from "../../src/log/reader.ts";
import { ChainTools } from "../../src/server/admin/chain_tools.ts";
import { counting, event, inMemory, TestLog } from "../support/chains.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { ScriptedStore, scriptedWatch } from "../support/scripted_store.ts";
import { until, within } from "../support/until.ts";

const cuttable = { ...counting, mayBeCut: true };

/** Whether what is cut off counts for whoever reads: then it hears that it is gone. */
type Counts = () => boolean;
const all: Counts = () => true;
const none: Counts = () => false;

function cutTo(chain: Chain, bytes: number, counts: Counts): Promise<number> {
  const isWanted = () => Promise.resolve(true);
  return chain.cut({ before: -Infinity, bytes, isWanted, counts }, isWanted);
}

async function fill(chain: Chain, count: number, length = 10): Promise<void> {
  for (let at = 0; at < count; at++) await chain.append([event("x".repeat(length))]);
}

/** The offsets that are told up to 50, which is the end of what was written. */
async function drain(follower: Follower): Promise<number[]> {
  const offsets: number[] = [];
  await until("all is told", async () => {
    for (let batch = follower.peek(); batch !== undefined; batch = follower.peek()) {
      if (batch instanceof Promise) {
        await batch;
        continue;
      }
      for (; follower.offset < batch.next; follower.offset++) offsets.push(follower.offset);
    }
    return follower.offset === 50;
  });
  return offsets;
}

/** A follower of whom another process has cut off what comes next, once its poll has found it. */
async function overtaken(
  counts: Counts,
  bytes: number,
  body: (follower: Follower) => Promise<void>,
): Promise<void> {
  await inMemory(async (other, real) => {
    const script = new ScriptedStore(real);
    script.onWatch = () => scriptedWatch().stream;
    const clock = new FakeClock();
    const log = new TestLog(script, { clock });
    const writing = other.chain("c", cuttable);
    await fill(writing, 10);
    let isWoken = false;
    const follower = await log.chain("c", cuttable).attach(10, () => isWoken = true);
    await fill(writing, 40);
    await cutTo(writing, bytes, counts);
    clock.advance(POLL_MS);
    await until("the follower is woken", () => isWoken);
    await body(follower);
    await fill(writing, 1);
    clock.advance(POLL_MS);
    follower.close();
    await log.close();
  });
}

Deno.test("who is overtaken by another process's cut hears that what comes next is gone", async () => {
  await overtaken(all, 100, async (follower) => {
    const error = await assertRejects(() => drain(follower), LedgerError);
    assertEquals([error.code, error.details.first], ["offset_gone", 40]);
  });
});

Deno.test("who is overtaken by a cut of what counts for nobody goes on behind it", async () => {
  await overtaken(none, 100, async (follower) => {
    assertEquals(await drain(follower), [40, 41, 42, 43, 44, 45, 46, 47, 48, 49]);
  });
  await overtaken(none, 0, async (follower) => {
    assertEquals(await drain(follower), []);
    assertEquals(follower.offset, 50);
  });
});

Deno.test("a place that is looked for while the beginning is cut off is found", async () => {
  const clock = new FakeClock();
  await inMemory(async (log, store) => {
    const chain = log.chain("c", cuttable);
    for (let at = 0; at < 40; at++) {
      await fill(chain, 1);
      clock.advance(10);
    }
    const [event] = await chain.read(5, 1);
    const before = await chain.head();
    assertEquals(await cutTo(chain, 100, none), 30);
    const reader = new LogReader(store);
    const locate = (position: Parameters<LogReader["locate"]>[2]) =>
      within("a place", reader.locate("c", before, position));
    assertEquals(await locate({ at: "time", time: event?.time ?? 0 }), 30);
    assertEquals(await locate({ at: "after", id: event?.id ?? "" }), 30);
  }, { clock });
});

Deno.test("who reads backward ends where the beginning was cut off meanwhile", async () => {
  await inMemory(async (log) => {
    const chain = log.chain("c", cuttable);
    await fill(chain, 40);
    const firsts: number[] = [];
    for await (const { first } of chain.batchesBefore(35)) {
      firsts.push(first);
      if (first === 32) await cutTo(chain, 50, none);
      if (firsts.length > 10) break;
    }
    assertEquals(firsts, [34, 33, 32]);
  });
});

Deno.test("who reads megabytes from before a cut hears that they are gone, or of what is left", async () => {
  await inMemory(async (log) => {
    for (const counts of [all, none]) {
      const chain = log.chain(`c ${counts()}`, cuttable);
      await fill(chain, 60, 50_000);
      assertEquals(await cutTo(chain, 1_500_000, counts), 30);
      const read = async () => {
        const firsts: number[] = [];
        for await (const { batches } of chain.stretch(3, 4_000_000)) {
          firsts.push(...batches.map(({ first }) => first));
        }
        return [firsts[0], firsts.length];
      };
      if (counts === none) assertEquals(await read(), [30, 30]);
      else assertEquals((await assertRejects(read, LedgerError)).code, "offset_gone");
    }
  });
});

Deno.test("an export that a cut overtakes ends so, and tells of no damage", async () => {
  await inMemory(async (log) => {
    const chain = log.chain("c", cuttable);
    await fill(chain, 120);
    const damages: unknown[] = [];
    const lines = new ChainTools(log).export("c", () => {}, (what) => damages.push(what));
    await lines.next();
    await cutTo(chain, 100, all);
    const error = await assertRejects(async () => {
      for await (const _ of lines) { /* What is left. */ }
    }, LedgerError);
    assertEquals([error.code, damages], ["store_busy", []]);
  });
});
