import { assertEquals, assertGreaterOrEqual, assertRejects } from "@std/assert";
import { LedgerError } from "../../../src/kernel/errors.ts";
import { COMMIT_BYTES, EVENT_BYTES, SEGMENT_BYTES } from "../../../src/kernel/limits.ts";
import { headKey, segmentRange } from "../../../src/log/keys.ts";
import type { Projection } from "../../../src/log/projection.ts";
import type { Promises } from "../promises.ts";
import { event, readAll, withLog } from "../../support/chains.ts";

const SIZES = [
  ...[0, 1, 2, 1_000],
  ...[-180, -115, -1, 0, 1, 2].map((by) => SEGMENT_BYTES + by),
  ...[-115, 0, 1].map((by) => 2 * SEGMENT_BYTES + by),
  ...[300_000, EVENT_BYTES],
];

/** Writes as many rows, with keys and values as long, as the event says. */
const writing: Projection = {
  version: 1,
  apply({ type, data, offset }, rows) {
    if (type !== "rows") return;
    const [count, keyLength, length, text] = JSON.parse(String(data));
    for (let row = 0; row < count; row++) {
      rows.set([String(text).repeat(keyLength), offset, row], String(text).repeat(length));
    }
  },
};

export const limitPromises: Promises = {
  "binary events of every size are read back byte for byte": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("binary");
      const sent = SIZES.map((size) => patterned(size));
      for (const data of sent) await chain.append([{ type: "b", data }]);
      // Together as well, as far as one command may.
      await chain.append(sent.slice(0, 8).map((data) => ({ type: "b", data })));
      const all = await readAll(chain);
      const expected = [...sent, ...sent.slice(0, 8)];
      assertEquals(all.length, expected.length);
      for (const [at, data] of expected.entries()) {
        const stored = all[at]?.data;
        assertEquals(stored instanceof Uint8Array && isSame(stored, data), true, `event ${at}`);
      }
      assertEquals((await chain.verify()).ok, true);
    });
  },

  "text events of every size and script are read back as they were": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("text");
      const sent = [
        ...SIZES.map((size) => "x".repeat(size)),
        ...[
          "\ufeffa byte order mark",
          "\ufeff",
          "",
          "žluťoučký kůň",
          "\u0000",
          "💚".repeat(15_000),
        ],
        "€".repeat(SEGMENT_BYTES / 3),
      ];
      for (const data of sent) await chain.append([event(data)]);
      await chain.append(sent.slice(-7).map((data) => event(data)));
      const all = await readAll(chain);
      assertEquals(all.map(({ data }) => data), [...sent, ...sent.slice(-7)]);
    });
  },

  "text and bytes of one group, and of one append, stay what they are": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("mixed");
      const bytes = new Uint8Array([255, 0, 1]);
      await Promise.all([
        chain.append([event("a"), { type: "b", data: bytes }, event("ž")]),
        chain.append([{ type: "b", data: new Uint8Array() }]),
        chain.append([event("")]),
      ]);
      const all = await readAll(chain);
      assertEquals(all.map(({ data }) => data), ["a", bytes, "ž", new Uint8Array(), ""]);
      assertEquals((await chain.verify()).ok, true);
    });
  },

  "types, keys and data of any script come back, and rows agree with a rebuild": async (place) => {
    const naming: Projection = {
      version: 1,
      apply({ type, keys, data }, rows) {
        for (const key of [type, ...keys]) rows.set([key], String(data));
      },
    };
    await withLog(place, async (log) => {
      const chain = log.chain("labels", naming);
      const keys = ["\ufeff", "é", "\u0000", "💚", "\ud800 half a pair", "k".repeat(1024)];
      await chain.append([event("\udc00 the other half", "", keys), event("x", "", ["", "k"])]);
      const all = await readAll(chain);
      assertEquals(all[0]?.keys, keys.map((key) => key.toWellFormed()));
      assertEquals(all[0]?.data, "\ufffd the other half");
      assertEquals(await chain.compareRows(), undefined);
    });
  },

  "an event over the limit is refused and nothing is written": async (place) => {
    await withLog(place, async (log, store) => {
      const chain = log.chain("over");
      const tooLarge: [string, () => Promise<unknown>][] = [
        ["bytes", () => chain.append([{ type: "b", data: new Uint8Array(EVENT_BYTES + 1) }])],
        ["text", () => chain.append([event("x".repeat(EVENT_BYTES + 1))])],
        ["bytes of text", () => chain.append([event("€".repeat(EVENT_BYTES / 3 + 1))])],
        ["a type", () => chain.append([event("", "é".repeat(513))])],
        ["a key", () => chain.append([event("", "t", ["k".repeat(1025)])])],
        ["keys", () => chain.append([event("", "t", Array(513).fill("k"))])],
        ["an append", () => chain.append([event("x".repeat(400_000)), event("y".repeat(400_000))])],
        [
          "a producer",
          () => chain.append([event("")], { producer: { id: "p".repeat(1025), epoch: 0, seq: 0 } }),
        ],
      ];
      for (const [what, append] of tooLarge) {
        const error = await assertRejects(append, LedgerError);
        assertEquals(error.code, "too_large", what);
      }
      assertEquals((await store.get(headKey("over"))).value, null);
      assertEquals(await store.list(segmentRange("over", 0), 10), []);
    });
  },

  "a command whose rows pass a limit is refused, and its neighbours are not touched": async (
    place,
  ) => {
    await withLog(place, async (log) => {
      const chain = log.chain("rows", writing);
      const tooMany: [what: string, shape: unknown[]][] = [
        ["rows", [1_000, 1, 1, "r"]],
        ["bytes of keys", [200, 1_500, 1, "k"]],
        ["bytes in one row", [1, 1, 70_000, "v"]],
        ["bytes of text in one row", [1, 1, 30_000, "€"]],
        ["bytes of all rows", [30, 1, 50_000, "v"]],
        ["bytes of one key", [1, 2_100, 1, "k"]],
        ["bytes of one key when escaped", [1, 1_020, 1, "\u0000"]],
      ];
      for (const [what, shape] of tooMany) {
        const results = await Promise.allSettled([
          ...[1, 2, 3].map((n) => chain.append([event(n)])),
          chain.append([event(JSON.stringify(shape), "rows")]),
          ...[4, 5].map((n) => chain.append([event(n)])),
        ]);
        const ends = results.map((end) =>
          end.status === "fulfilled" ? "in" : end.reason.code ?? end.reason
        );
        assertEquals(ends, ["in", "in", "in", "too_large", "in", "in"], what);
      }
      assertEquals((await readAll(chain)).length, tooMany.length * 5);
      assertEquals(await chain.compareRows(), undefined);
    });
  },

  "around the most that a store takes at once, which counts every key twice, a command is in or refused, and its neighbours are in":
    async (
      place,
    ) => {
      await withLog(place, async (log) => {
        const chain = log.chain("border", writing);
        const ends: string[] = [];
        // 74 KB of keys, and values from well under what fits beside them to well over it.
        for (let length = 8_000; length <= 10_500; length += 250) {
          const shape = JSON.stringify([74, 940, length, "k"]);
          const results = await Promise.allSettled([
            chain.append([event(length)]),
            chain.append([event(shape, "rows")]),
            chain.append([event(length)]),
          ]);
          const [before, rows, after] = results.map((end) =>
            end.status === "fulfilled" ? "in" : String(end.reason.code ?? end.reason)
          );
          assertEquals([before, after], ["in", "in"], String(length));
          ends.push(String(rows));
        }
        const first = ends.indexOf("too_large");
        assertEquals(ends, ends.map((_, at) => at < first ? "in" : "too_large"));
        // As much as the limit says, less what two steps are.
        assertGreaterOrEqual(8_000 + (first + 1) * 250, (COMMIT_BYTES - 2 * 75_000) / 74 - 250);
        assertEquals(await chain.compareRows(), undefined);
      });
    },

  "many chains that write at once, each as much as one may, share no more than a store takes":
    async (place) => {
      await withLog(place, async (log) => {
        // Of rows, of keys, of bytes, and small ones between them.
        const shapes = [[900, 1, 1, "r"], [36, 1_900, 1, "k"], [11, 1, 55_000, "v"]];
        const writes = Array.from({ length: 60 }, (_, at) => ({
          chain: log.chain(`all${at}`, writing),
          shape: JSON.stringify(shapes[at % 6] ?? [1, 1, 1, "s"]),
        }));
        for (let times = 0; times < 2; times++) {
          await Promise.all(writes.map(({ chain, shape }) => chain.append([event(shape, "rows")])));
        }
        for (const [at, { chain, shape }] of writes.entries()) {
          assertEquals((await readAll(chain)).map(({ data }) => data), [shape, shape]);
          if (at % 10 < 3) assertEquals(await chain.compareRows(), undefined);
        }
      });
    },

  "as many rows as one commit may hold are written, and made anew by a rebuild": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("many", writing);
      const shapes = [[900, 1, 1, "r"], [11, 1, 60_000, "v"], [36, 1_900, 1, "k"]];
      shapes.push([4, 1, 20_000, "€"], [36, 1_900, 1, "l"], [11, 1, 60_000, "w"]);
      for (let times = 0; times < 5; times++) shapes.push([36, 1_900, 1, "k"]);
      for (const shape of shapes) await chain.append([event(JSON.stringify(shape), "rows")]);
      assertEquals(await chain.compareRows(), undefined);
      assertEquals(await chain.rebuild(), { events: shapes.length });
      assertEquals(await chain.compareRows(), undefined);
    });
  },
};

function patterned(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at++) bytes[at] = (at * 31 + size) & 0xff;
  return bytes;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
