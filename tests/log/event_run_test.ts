import fc from "fast-check";
import { assertEquals } from "@std/assert";
import { emitAll } from "../../src/log/append.ts";
import { prepareCommit } from "../../src/log/commit.ts";
import { encodeEvent, type NewEvent, type Producer } from "../../src/log/event.ts";
import { type Encoded, EventRun } from "../../src/log/event_run.ts";
import { counting, event, inMemory, readAll } from "../support/chains.ts";

const TYPE = "m";
const encoder = new TextEncoder();

function runOf(texts: readonly string[], from = 0): EventRun {
  const parts = texts.map((text) => encoder.encode(text));
  let end = 0;
  const ends = Uint32Array.from(parts, ({ length }) => end += length);
  return new EventRun(TYPE, encoder.encode(texts.join("")), ends, from);
}

function eventsOf(texts: readonly string[]): NewEvent[] {
  return texts.map((text) => ({ type: TYPE, data: encoder.encode(text), isText: true }));
}

function prepared(events: readonly Encoded[]) {
  return prepareCommit({
    chain: "c",
    base: undefined,
    versions: { layout: 1, rows: 0, events: 0 },
    newEpoch: () => "e",
    time: 5,
    firstId: "01ARYZ6S41TSV4RRFFQ69G5FAV",
    lastId: "01ARYZ6S41TSV4RRFFQ69G5FAV",
    nonce: new Uint8Array(8),
    events,
    rows: [],
  });
}

// A few of them fill several values, and some a value each.
const anyTexts = fc.array(
  fc.tuple(fc.constantFrom("", "a", "é漢\u{1f600}"), fc.constantFrom(0, 1, 40, 9_000, 30_000)).map((
    [text, times],
  ) => text.repeat(times)),
  { minLength: 1, maxLength: 30 },
).filter((texts) => encoder.encode(texts.join("")).length < 700_000);

Deno.test("a run of events is written as the same events one by one", async () => {
  await fc.assert(
    fc.asyncProperty(anyTexts, fc.nat(3), fc.nat(3), async (texts, before, after) => {
      const some = (count: number) =>
        Array.from({ length: count }, (_, at) => encodeEvent(event(at, "other", ["key"])));
      const each = eventsOf(texts).map((one) => encodeEvent(one));
      const one = await prepared([...some(before), ...each, ...some(after)]);
      const run = await prepared([...some(before), runOf(texts), ...some(after)]);
      assertEquals(run.head, one.head);
      assertEquals(run.sets.map(({ value }) => value), one.sets.map(({ value }) => value));
      assertEquals(
        run.records.flatMap((record) => [...record.batch().events()]),
        one.records.flatMap((record) => [...record.batch().events()]),
      );
    }),
    { numRuns: 40 },
  );
});

Deno.test("a run that may change rows is emitted one by one, and its last event has the mark", async () => {
  const texts = ["0", "1", "2"];
  const producer: Producer = { id: "p", epoch: 0, seq: 0 };
  for (const passes of [true, false, undefined]) {
    await inMemory(async (log) => {
      let seen = 0;
      const chain = log.chain("runs", {
        ...counting,
        apply: (placed, rows) => {
          seen++;
          return counting.apply(placed, rows);
        },
        ...passes === undefined ? {} : { passesOver: () => Promise.resolve(passes) },
      });
      await chain.execute(async (tx) => {
        await emitAll(tx, [event("first"), runOf(["before", ...texts], 1)], producer);
        assertEquals(tx.next, 4);
      });
      // The first, and the last, whose mark is the log's own row.
      assertEquals(seen, passes === true ? 2 : 4);
      const all = await readAll(chain);
      assertEquals(all.map(({ data }) => data), ["first", ...texts]);
      assertEquals(all.map((one) => one.producer), [undefined, undefined, undefined, producer]);
      assertEquals((await chain.verify()).ok, true);
    });
  }
});

Deno.test("a command that throws takes its runs back", async () => {
  await inMemory(async (log) => {
    const chain = log.chain("taken", { ...counting, passesOver: () => true });
    const fails = chain.execute(async (tx) => {
      await emitAll(tx, [runOf(["a", "b"])]);
      throw new Error("no");
    }).catch(({ message }: Error) => message);
    const { next } = await chain.append([event("c")]);
    assertEquals([await fails, next], ["no", 1]);
    assertEquals((await readAll(chain)).map(({ data }) => data), ["c"]);
  });
});
