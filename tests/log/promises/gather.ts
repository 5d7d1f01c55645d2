import { assert, assertEquals, assertRejects } from "@std/assert";
import { LedgerError } from "../../../src/kernel/errors.ts";
import { COMMIT_KEY_BYTES, COMMIT_MUTATIONS, SEGMENT_BYTES } from "../../../src/kernel/limits.ts";
import type { Plan } from "../../../src/log/command.ts";
import type { Projection } from "../../../src/log/projection.ts";
import type { Promises } from "../promises.ts";
import { readAll, TestLog, withLog } from "../../support/chains.ts";

/** An item: what is written of it, and how many rows that makes. */
interface Item {
  readonly text: string;
  readonly rows?: number;
  readonly breaks?: boolean;
}

/** Makes the rows that an event asks for, with keys of a length. */
const making: Projection = {
  version: 1,
  apply({ offset, type, data }, rows) {
    if (type !== "item") return;
    const { rows: count, key } = JSON.parse(String(data));
    for (let at = 0; at < count; at++) rows.set([key, offset, at], at);
  },
};

/** A page of items: each is an event, and a last one names how many there are. */
function pages(key = "k"): Plan<Item, { page: number; at: number }, { page: number }> {
  return {
    async begin(tx) {
      return { page: (await tx.get<number>(["pages"]) ?? 0) + tx.next };
    },
    ahead() {},
    async take(tx, { text, rows = 1, breaks = false }, { page }) {
      const { offset } = await tx.emit({
        type: "item",
        data: JSON.stringify({ text, rows, key }),
      });
      if (breaks) throw new TypeError(text);
      return { page, at: offset };
    },
    owed: () => 0,
    async end(tx, _shared, taken) {
      await tx.emit({ type: "page", data: JSON.stringify(taken.map(({ item }) => item.text)) });
    },
  };
}

/** The texts of each page, as its last event tells them; each follows the items that it names. */
function pagesOf(events: readonly { type: string; data: string | Uint8Array }[]): string[][] {
  const told: string[][] = [];
  let items: string[] = [];
  for (const { type, data } of events) {
    const value = JSON.parse(String(data));
    if (type === "item") items.push(value.text);
    if (type !== "page") continue;
    assertEquals(value, items);
    told.push(items);
    items = [];
  }
  assertEquals(items, []);
  return told;
}

const texts = (count: number, more: Partial<Item> = {}): Item[] =>
  Array.from({ length: count }, (_, at) => ({ text: `${at}`, ...more }));

export const gatherPromises: Promises = {
  "items that wait together are one plan's, in order, and each hears its own answer": async (
    place,
  ) => {
    await withLog(place, async (log) => {
      const chain = log.chain("pages", making);
      const plan = pages();
      const items = texts(200);
      const [before, answers] = await Promise.all([
        chain.append([{ type: "t", data: "{}" }]),
        Promise.all(items.map((item) => chain.gather(plan, item))),
      ]);
      assertEquals(before.first, 0);
      assertEquals(answers, items.map((_, at) => ({ page: 1, at: at + 1 })));
      assertEquals(pagesOf(await readAll(chain)), [items.map(({ text }) => text)]);
      assertEquals(await chain.compareRows(), undefined);
    });
  },

  "of items that are more than one commit holds the rest is taken by the next": async (place) => {
    const kinds: [string, Item[]][] = [
      ["r", texts(40, { rows: 100 })],
      ["k".repeat(1_000), texts(COMMIT_KEY_BYTES / 500)],
      ["b", texts(60).map(({ text }) => ({ text: text.padEnd(SEGMENT_BYTES / 2, "x") }))],
      // Two are too many each time, though one is not enough to be full.
      ["o", texts(6, { rows: COMMIT_MUTATIONS * 0.7 })],
    ];
    await withLog(place, async (log) => {
      for (const [key, items] of kinds) {
        const chain = log.chain(`full ${key.charAt(0)}`, making);
        const plan = pages(key);
        const answers = await Promise.all(items.map((item) => chain.gather(plan, item)));
        const told = pagesOf(await readAll(chain));
        assertEquals(told.flat(), items.map(({ text }) => text));
        if (key === "o") assertEquals(told.length, items.length);
        else assert(told.length > 1 && told.length * 3 < items.length, key);
        assertEquals(new Set(answers.map(({ page }) => page)).size, told.length);
        assertEquals(await chain.compareRows(), undefined);
      }
    });
  },

  "an item that throws, or that no commit holds, is refused alone": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("alone", making);
      const plan = pages();
      const items: Item[] = texts(9);
      items[3] = { text: "broken", breaks: true };
      items[6] = { text: "large", rows: COMMIT_MUTATIONS * 2 };
      const ends = await Promise.allSettled(items.map((item) => chain.gather(plan, item)));
      const refused = ends.flatMap((end, at) => end.status === "rejected" ? [at] : []);
      assertEquals(refused, [3, 6]);
      const kept = items.filter((_, at) => !refused.includes(at)).map(({ text }) => text);
      assertEquals(pagesOf(await readAll(chain)).flat(), kept);
      assertEquals(await chain.compareRows(), undefined);
    });
  },

  "a plan that cannot end refuses the item that it cannot end with": async (place) => {
    await withLog(place, async (log) => {
      const chain = log.chain("end", making);
      const plan = pages();
      const failing: typeof plan = {
        ...plan,
        end: (tx, shared, taken) => {
          if (taken.some(({ item }) => item.text === "5")) throw new TypeError("cannot end");
          return plan.end(tx, shared, taken);
        },
      };
      const ends = await Promise.allSettled(texts(8).map((item) => chain.gather(failing, item)));
      assertEquals(ends.map(({ status }) => status === "rejected" ? 1 : 0).join(""), "00000100");
      assertEquals(pagesOf(await readAll(chain)).flat().length, 7);
      const busy: typeof plan = {
        ...plan,
        begin() {
          throw new LedgerError("store_busy", "no");
        },
      };
      await assertRejects(() => chain.gather(busy, { text: "" }), LedgerError, "no");
    });
  },

  "two instances that gather on one chain take every item once": async (place) => {
    await withLog(place, async (log, store) => {
      const other = new TestLog(store);
      const chains = [log, other].map((each) => each.chain("two", making));
      const plan = pages();
      await Promise.all(
        texts(120).map((item, at) => chains[at % 2]?.gather(plan, item)),
      );
      const told = pagesOf(await readAll(log.chain("two", making))).flat();
      assertEquals(told.toSorted(), texts(120).map(({ text }) => text).sort());
      await other.close();
      assertEquals(await log.chain("two", making).compareRows(), undefined);
    });
  },
};
