import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { LedgerError } from "../../src/kernel/errors.ts";
import { append } from "../../src/log/append.ts";
import type { Chain } from "../../src/log/chain.ts";
import {
  chainLine,
  eventLine,
  type LineEvent,
  parseChainLine,
  parseEventLine,
} from "../../src/log/event_line.ts";
import type { NewEvent } from "../../src/log/event.ts";
import { fetchHead } from "../../src/log/head.ts";
import type { Imported } from "../../src/log/import.ts";
import { partsRange } from "../../src/log/keys.ts";
import type { Projection } from "../../src/log/projection.ts";
import { counting, event, events, inMemory, TestLog } from "../support/chains.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { wide } from "./promises/large.ts";

async function exported(chain: Chain): Promise<string[]> {
  const head = await chain.head();
  assert(head !== undefined);
  const lines = [chainLine({ chain: chain.name, epoch: head.epoch, next: head.next })];
  for await (const batch of chain.batches(0)) {
    for (let index = 0; index < batch.count; index++) lines.push(eventLine(batch, index));
  }
  return lines;
}

async function imported(log: TestLog, lines: readonly string[]): Promise<Imported> {
  const [first = "", ...rest] = lines;
  const line = parseChainLine(first);
  return await log.chain(line.chain, counting).import(line, parsed(rest));
}

async function* parsed(lines: readonly string[]): AsyncGenerator<LineEvent> {
  for (const line of lines) yield parseEventLine(line);
}

async function refused(promise: Promise<unknown>, code: string, text: string): Promise<void> {
  const error = await assertRejects(() => promise, LedgerError, text);
  assertEquals(error.code, code);
}

/** A chain with commits of one, of many, of text, bytes, keys and producers, and of many segments. */
async function fill(chain: Chain): Promise<void> {
  await chain.append(events(3));
  for (let at = 0; at < 500; at++) await chain.append([event(at, "single", [`k${at % 7}`])]);
  await chain.append([event('{"a": 1.0,\n"b":2}', "lines"), event("not json"), event(" 1 ")]);
  await chain.append([{ type: "bytes", data: new Uint8Array([0, 255, 10, 13]) }]);
  await chain.append([event("x".repeat(200_000)), event("y".repeat(200_000), "drop", ["k1"])]);
  await chain.append(events(700), { producer: { id: "p", epoch: 2, seq: 0 } });
  await chain.append([event('{"data":1,"x":",\\"data\\":"}', ',"data":', [',"data":'])]);
}

Deno.test("commits that are more than one operation holds are exported and imported", async () => {
  await inMemory(async (log) => {
    const chain = log.chain("a", wide);
    const commits = [
      [event("3000 10"), event("40 50000")],
      [event(`2 1 ${"x".repeat(1_900_000)}`)],
      Array.from({ length: 20 }, () => event(`1 1 ${"y".repeat(60_000)}`)),
    ];
    for (const each of commits) await chain.execute(append(each), undefined, { isLarge: true });
    await chain.append([event("small", "none")]);
    const lines = await exported(chain);
    await inMemory(async (other) => {
      const copy = other.chain("a", wide);
      const [first = "", ...rest] = lines;
      await copy.import(parseChainLine(first), parsed(rest));
      assertEquals(await exported(copy), lines);
      assertEquals((await copy.verify()).ok, true);
      assertEquals(await copy.compareRows(), undefined);
      await copy.append([event("more", "none")]);
    });
  });
});

/** Rows for each event, as many as it says, with as many characters in their keys. */
const keyed: Projection = {
  version: 1,
  apply({ data, offset }, rows) {
    const [count = 0, chars = 0] = String(data).split(" ").map(Number);
    for (let at = 0; at < count; at++) rows.set(["k".repeat(chars), offset, at], 1);
    return Promise.resolve();
  },
};

Deno.test("a row that no store takes ends an import before anything of its commit is written", async () => {
  await inMemory(async (log) => {
    const chain = log.chain("a");
    await chain.append([event("1 10")]);
    await chain.append([event("500 3000")]);
    const [first = "", ...rest] = await exported(chain);
    await inMemory(async (other, store) => {
      const copy = other.chain("a", keyed);
      await refused(copy.import(parseChainLine(first), parsed(rest)), "too_large", "one key");
      const { start, end } = partsRange();
      assertEquals(await store.list({ start, end }, 10), []);
      assertEquals((await fetchHead(store, "a")).head?.next, 1);
    });
  });
});

Deno.test("an import notes where its last commit of several operations ends, whatever follows that", async () => {
  await inMemory(async (log) => {
    const chain = log.chain("a");
    // Its rows wait for more, and are too many bytes of keys for one operation.
    await chain.append([event("250 500")]);
    await chain.append([event("200 10")]);
    const [first = "", ...rest] = await exported(chain);
    await inMemory(async (other) => {
      const copy = other.chain("a", keyed);
      await copy.import(parseChainLine(first), parsed(rest));
      assertEquals((await copy.head())?.spread, 1);
      assertEquals(await copy.compareRows(), undefined);
    });
  });
});

Deno.test("an import gives the same lines, rows and verdict as the chain it was exported from", async () => {
  await inMemory(async (log) => {
    const chain = log.chain("a", counting);
    await fill(chain);
    const lines = await exported(chain);
    await inMemory(async (other) => {
      assertEquals(await imported(other, lines), { events: lines.length - 1, known: 0 });
      const copy = other.chain("a", counting);
      assertEquals(await exported(copy), lines);
      assertEquals(await copy.compareRows(), undefined);
      assertEquals((await copy.verify()).ok, true);
      assertEquals(await copy.rows(["count"], 100), await chain.rows(["count"], 100));
      const again = await copy.append(events(700), { producer: { id: "p", epoch: 2, seq: 0 } });
      assert(again.isRepeat);
      await copy.append(events(2));
      assertEquals((await copy.verify()).ok, true);
    });
  });
});

Deno.test("an import that was cut off goes on where it stopped", async () => {
  await inMemory(async (log) => {
    await fill(log.chain("a", counting));
    const lines = await exported(log.chain("a"));
    await inMemory(async (other) => {
      const part = lines.slice(0, 701);
      await refused(imported(other, part), "import_invalid", "should be");
      const known = (await other.chain("a").head())?.next ?? 0;
      assert(known > 0);
      const whole = await imported(other, lines);
      assertEquals(whole, { events: lines.length - 1 - known, known });
      assertEquals(await imported(other, lines), { events: 0, known: lines.length - 1 });
      assertEquals(await exported(other.chain("a")), lines);
    });
  });
});

Deno.test("an import into a chain that is another is refused, and leaves it as it is", async () => {
  await inMemory(async (log) => {
    await log.chain("a").append(events(3));
    const lines = await exported(log.chain("a"));
    await inMemory(async (other) => {
      await other.chain("a").append(events(2));
      const before = await exported(other.chain("a"));
      await refused(imported(other, lines), "chain_exists", "a is there already");
      assertEquals(await exported(other.chain("a")), before);
    });
  });
});

Deno.test("events that do not follow each other are refused", async () => {
  const clock = new FakeClock(1_700_000_000_000);
  await inMemory(async (log) => {
    const chain = log.chain("a");
    await chain.append(events(2));
    clock.advance(1_000);
    await chain.append(events(2));
    const lines = await exported(chain);
    const without = (at: number) => [...lines.slice(0, at), ...lines.slice(at + 1)];
    const changed = (at: number, from: RegExp | string, to: string) =>
      lines.map((line, index) => index === at ? line.replace(from, to) : line);
    const cases: [string[], string][] = [
      [without(2), "stands where 1 is expected"],
      [lines.slice(0, -1), "end at 3"],
      [changed(3, /"time":\d+/, '"time":5'), "older"],
      [changed(2, /"time":\d+/, '"time":5'), "not of the commit"],
      [changed(2, /"id":"\w+"/, '"id":"7ZZZZZZZZZZZZZZZZZZZZZZZZZ"'), "not of the commit"],
      [changed(2, '"data":1', '"text":"1","base64":"AA=="'), "data once"],
      [changed(2, '"data":1}', '"data":1'), "data once"],
      [changed(2, '"type"', '"kind"'), "type"],
      [changed(2, "{", "("), "not a line"],
    ];
    for (const [bad, text] of cases) {
      await inMemory(async (other) => {
        await refused(imported(other, bad), "import_invalid", text);
        assertEquals((await other.chain("a").verify()).ok, true);
      });
    }
  }, { clock });
});

Deno.test("an event of which no rows can be made ends an import, and names its chain and offset", async () => {
  await inMemory(async (log) => {
    await log.chain("a").append(events(3));
    const [first = "", ...rest] = await exported(log.chain("a"));
    await inMemory(async (other) => {
      const apply = ({ data }: { readonly data: unknown }) => {
        if (data === "1") throw new TypeError("not what it should be");
      };
      const chain = other.chain("a", { version: 1, apply });
      await refused(
        chain.import(parseChainLine(first), parsed(rest)),
        "damaged",
        "The log of a is damaged at offset 1: no rows can be made of the event",
      );
    });
  });
});

Deno.test("any event comes back from its line as it went in", async () => {
  const anyEvent: fc.Arbitrary<NewEvent> = fc.record({
    type: fc.string({ unit: "grapheme", maxLength: 20 }),
    keys: fc.array(fc.string({ unit: "binary", maxLength: 9 }), { maxLength: 3 }),
    data: fc.oneof(fc.json(), fc.string({ unit: "binary" }), fc.uint8Array()),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 9 }), async (some) => {
      await inMemory(async (log) => {
        await log.chain("a").append(some);
        const read = await log.chain("a").read(0, 100);
        const lines = (await exported(log.chain("a"))).slice(1);
        assert(lines.every((line) => !line.includes("\n")));
        const back = lines.map(parseEventLine).map(({ more: _, ...rest }) => rest);
        assertEquals(back, read.map(({ producer: _, ...rest }) => rest));
      });
    }),
    { numRuns: 50 },
  );
});
