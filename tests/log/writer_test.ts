import { assertEquals, assertRejects } from "@std/assert";
import { type Clock, systemClock } from "../../src/kernel/clock.ts";
import { LedgerError } from "../../src/kernel/errors.ts";
import { COMMIT_PATIENCE_MS } from "../../src/kernel/limits.ts";
import { type CommitResult, UnknownOutcomeError } from "../../src/kv/store.ts";
import { counting, event, inMemory, readAll, TestLog } from "../support/chains.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { ScriptedStore } from "../support/scripted_store.ts";

/** Time stands still, and nobody waits long. */
const hasty: Clock = {
  now: () => Date.UTC(2026, 0, 1),
  after: (_ms, task) => systemClock.after(0, task),
};

const lost = () => new UnknownOutcomeError("connection reset");

/** A log over a scripted store, and one over the real one beside it. */
async function scripted(
  body: (script: ScriptedStore, log: TestLog, other: TestLog) => Promise<void>,
  clock: Clock = hasty,
): Promise<void> {
  await inMemory(async (other, real) => {
    const script = new ScriptedStore(real);
    const log = new TestLog(script, { clock });
    await body(script, log, other);
    await log.close();
  });
}

Deno.test("a thousand commits whose reply is lost are in once, at the offsets told", async () => {
  await scripted(async (script, log, other) => {
    let isLost = false;
    script.onCommit = async (apply) => {
      const result = await apply();
      isLost = !isLost;
      if (isLost) throw lost();
      return result;
    };
    const chain = log.chain("lost", counting);
    for (let at = 0; at < 1_000; at++) {
      const told = await chain.append([event(at), event(`${at}+`)]);
      assertEquals(told, { first: at * 2, next: at * 2 + 2, isRepeat: false });
    }
    const all = await readAll(chain);
    assertEquals(
      all.map(({ data }) => data).join(),
      [...Array(1_000).keys()]
        .map((at) => `${at},${at}+`).join(),
    );
    assertEquals(await other.chain("lost", counting).compareRows(), undefined);
    assertEquals((await chain.verify()).ok, true);
  });
});

Deno.test("commits that are lost on the way are sent again", async () => {
  await scripted(async (script, log) => {
    let tries = 0;
    script.onCommit = (apply) => ++tries % 4 === 0 ? apply() : Promise.reject(lost());
    const chain = log.chain("sent");
    for (let at = 0; at < 50; at++) assertEquals((await chain.append([event(at)])).first, at);
    assertEquals((await readAll(chain)).length, 50);
  });
});

Deno.test("a commit that the store's client sent twice by itself is in once", async () => {
  await scripted(async (script, log, other) => {
    script.onCommit = async (apply) => {
      await apply();
      return await apply();
    };
    const chain = log.chain("twice", counting);
    for (let at = 0; at < 20; at++) assertEquals((await chain.append([event(at)])).first, at);
    assertEquals((await readAll(chain)).length, 20);
    assertEquals(await other.chain("twice", counting).compareRows(), undefined);
  });
});

Deno.test("a lost reply is found in the log though others have written since", async () => {
  await scripted(async (script, log, other) => {
    const chain = log.chain("since", counting);
    const others = other.chain("since", counting);
    for (let at = 0; at < 20; at++) {
      let isFirst = true;
      script.onCommit = async (apply) => {
        const result = await apply();
        if (!isFirst) return result;
        isFirst = false;
        await others.append([event(`b${at}`)]);
        throw lost();
      };
      assertEquals((await chain.append([event(`a${at}`)])).first, at * 2);
    }
    assertEquals((await readAll(chain)).length, 40);
    assertEquals(await chain.row(["count", "t"]), 40);
    assertEquals(await chain.compareRows(), undefined);
  });
});

Deno.test("a lost commit that another writer was faster than is run again", async () => {
  await scripted(async (script, log, other) => {
    let isFirst = true;
    script.onCommit = async (apply) => {
      if (!isFirst) return await apply();
      isFirst = false;
      await other.chain("faster").append([event("b")]);
      throw lost();
    };
    const told = await log.chain("faster").append([event("a")]);
    assertEquals(told.first, 1);
    assertEquals((await readAll(log.chain("faster"))).map(({ data }) => data), ["b", "a"]);
  });
});

Deno.test("a lost reply and a rebuild leave the writer with the rows in force", async () => {
  await scripted(async (script, log, other) => {
    const chain = log.chain("rebuilt", counting);
    // By the other, so that this writer has not read the row of "u" before the rebuild.
    await other.chain("rebuilt", counting).append([event("a"), event("b", "u")]);
    let isFirst = true;
    script.onCommit = async (apply) => {
      const result = await apply();
      if (!isFirst) return result;
      isFirst = false;
      await other.chain("rebuilt", counting).rebuild();
      throw lost();
    };
    await chain.append([event("c")]);
    await chain.append([event("d", "u")]);
    assertEquals(await chain.row(["count", "u"]), 2);
    assertEquals(await chain.compareRows(), undefined);
  });
});

Deno.test("a full store after a lost reply does not say that nothing was written", async () => {
  await scripted(async (script, log) => {
    const chain = log.chain("full");
    let tries = 0;
    script.onCommit = async (apply) => {
      if (++tries > 1) throw new LedgerError("store_full", "The store has no room left");
      await apply();
      throw lost();
    };
    const error = await assertRejects(() => chain.append([event("a")]), LedgerError);
    assertEquals(error.code, "store_unavailable");
    const refused = await assertRejects(() => chain.append([event("b")]), LedgerError);
    assertEquals(refused.code, "store_full");
    assertEquals((await readAll(chain)).length, 1);
  });
});

Deno.test("a commit given up on that is applied later is not taken for the next one", async () => {
  const clock = new FakeClock();
  await scripted(async (script, log) => {
    const chain = log.chain("later");
    // The head is an hour ahead of the clock, so that ids and times follow from it alone.
    clock.advance(3_600_000);
    await chain.append([event("first")]);
    clock.advance(-3_600_000);
    let late: (() => Promise<CommitResult>) | undefined;
    script.onCommit = (apply) => {
      late = apply;
      return Promise.reject(lost());
    };
    const big = "x".repeat(50_000);
    const givenUp = assertRejects(() => chain.append([event(big), event(`${big}1`)]), LedgerError);
    await advanceUntil(clock, givenUp);
    assertEquals((await givenUp).code, "store_unavailable");
    script.onCommit = async (apply) => {
      script.onCommit = (again) => again();
      await late?.();
      await apply();
      throw lost();
    };
    const appending = chain.append([event(big), event(`${big}2`)]);
    await advanceUntil(clock, appending);
    assertEquals(await appending, { first: 3, next: 5, isRepeat: false });
    const ends = (await readAll(chain)).map(({ data }) => data.slice(-1)[0]);
    assertEquals(ends, ["t", "x", "1", "x", "2"]);
  }, clock);
});

/** Moves time on until `promise` is settled. */
async function advanceUntil(clock: FakeClock, promise: Promise<unknown>): Promise<void> {
  let isSettled = false;
  promise.finally(() => isSettled = true).catch(() => {});
  while (!isSettled) {
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    if (clock.waiting > 0) clock.advance(COMMIT_PATIENCE_MS / 20);
  }
}

Deno.test("a commit whose answers never came is looked for in the log before it is told", async () => {
  let now = 0;
  // Each look at it finds the patience over.
  const late: Clock = { now: () => now += 60_000, after: hasty.after };
  await scripted(async (script, log) => {
    for (const isIn of [true, false]) {
      script.onCommit = async (apply) => {
        if (isIn) await apply();
        throw lost();
      };
      const appending = log.chain("looked").append([event(String(isIn))]);
      if (isIn) assertEquals((await appending).first, 0);
      else {assertEquals(
          (await assertRejects(() => appending, LedgerError)).code,
          "store_unavailable",
        );}
    }
    assertEquals((await readAll(log.chain("looked"))).map(({ data }) => data), ["true"]);
  }, late);
});

Deno.test("of a group that the store finds too large only the command that is so is refused", async () => {
  await scripted(async (script, log) => {
    script.onCommit = (apply, { sets }) => {
      const isLarge = sets.some(({ value }) =>
        value instanceof Uint8Array && new TextDecoder().decode(value).includes("large")
      );
      return isLarge ? Promise.reject(new LedgerError("too_large", "no")) : apply();
    };
    const chain = log.chain("halved");
    const words = ["a", "b", "c", "large", "d", "e", "f", "g"];
    const ends = await Promise.allSettled(words.map((word) => chain.append([event(word)])));
    assertEquals(
      ends.map((end) => end.status === "fulfilled" ? "in" : end.reason.code),
      words.map((word) => word === "large" ? "too_large" : "in"),
    );
    assertEquals(
      (await readAll(chain)).map(({ data }) => data),
      words.filter((word) => word !== "large"),
    );
  });
});

Deno.test("where the store does not answer a command, those behind it are told at once as well", async () => {
  await scripted(async (_script, log) => {
    let asked = 0;
    const unanswered = () => {
      asked++;
      throw new LedgerError("store_unavailable", "The store does not answer");
    };
    const ends = await Promise.allSettled(
      Array.from({ length: 50 }, () => log.chain("queue").execute(unanswered)),
    );
    assertEquals(new Set(ends.map(({ status }) => status)), new Set(["rejected"]));
    assertEquals(asked, 1);
  });
});
