import { assert, assertEquals, assertRejects } from "@std/assert";
import type { ToldForm } from "../../../src/web/ledger.ts";
import { layoutOf } from "../../../src/streams/chain/layout.ts";
import { ledgerState } from "../../../src/streams/chain/ledger_state.ts";
import { pageBody } from "../../../src/streams/chain/page.ts";
import { readPage } from "../../../src/streams/chain/reading.ts";
import { Telling } from "../../../src/streams/typed/telling.ts";
import { inMemory } from "../../support/chains.ts";

const EVENTS = 300;
const TEXT = "x".repeat(10_000);

/** A chain of small events, and how one reads a page of what is told of them. */
async function withPages(
  form: ToldForm,
  body: (
    page: (position: number) => Promise<{ texts: string[]; next: number; bytes: number }>,
  ) => Promise<void>,
): Promise<void> {
  await inMemory(async (log) => {
    const chain = log.chain("some/chain");
    for (let lot = 0; lot < 3; lot++) {
      await chain.append(Array.from({ length: EVENTS / 3 }, (_, at) => ({
        type: "t",
        data: JSON.stringify(lot * EVENTS / 3 + at),
      })));
    }
    const head = await chain.head();
    assert(head !== undefined);
    const state = ledgerState(head);
    const told = { chain: chain.name, ledger: "some", life: state.life, types: new Set<string>() };
    const telling = new Telling("envelope", told, form);
    await body(async (position) => {
      const open = (name: string) => log.chain(name);
      const read = await readPage(open, layoutOf(chain.name, state), position);
      const page = await telling.page(read);
      const texts: { data: [number, string] }[] = JSON.parse(
        new TextDecoder().decode(pageBody(page, "array")),
      );
      return {
        texts: texts.map(({ data }) => String(data[0])),
        next: page.next,
        bytes: page.bytes,
      };
    });
  });
}

for (const way of ["at once", "after a while"] as const) {
  Deno.test(`events that are told in far more than they are stored in come by bounded pages, ${way}`, async () => {
    const form: ToldForm = {
      data(batch, index) {
        const text = `[${batch.text(index)},"${TEXT}é"]`;
        return way === "at once" ? text : Promise.resolve(text);
      },
    };
    await withPages(form, async (page) => {
      const all: string[] = [];
      for (let at = 0; at < EVENTS;) {
        const { texts, next, bytes } = await page(at);
        assertEquals(next, at + texts.length);
        assert(bytes < 300 * 1024, `${bytes} bytes`);
        all.push(...texts);
        at = next;
      }
      assertEquals(all, Array.from({ length: EVENTS }, (_, at) => String(at)));
    });
  });
}

Deno.test("what could not be told once is told to whoever asks next", async () => {
  let isAway = true;
  const form: ToldForm = {
    data: async (batch, index) => {
      await Promise.resolve();
      if (isAway && batch.text(index) === "70") throw new Error("the store is away");
      return `[${batch.text(index)}]`;
    },
  };
  await withPages(form, async (page) => {
    await assertRejects(() => page(0), Error, "away");
    isAway = false;
    assertEquals((await page(0)).texts.length, EVENTS);
  });
});
