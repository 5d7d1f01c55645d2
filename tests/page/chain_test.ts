import { assertEquals } from "@std/assert";
import { type BrowserPage, withPage } from "../support/browser_page.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { withServer } from "../support/in_process.ts";
import { browserTest } from "../support/programs.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";

/** Messages of the stream, behind the event that it was made: the offset of the last one. */
const MESSAGES = 5_000;

const ROWS = '.virtual [role="row"]';

/** The offsets of the rows that are drawn. */
async function offsets({ page }: BrowserPage): Promise<number[]> {
  const cells = await page.locator(`${ROWS} .number`).allInnerTexts();
  return cells.map((cell) => Number(cell.replaceAll(",", "")));
}

async function withStream(body: (main: string, streams: StreamsApi) => Promise<void>) {
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    await streams.create("s");
    for (let from = 0; from < MESSAGES; from += 500) {
      const messages = Array.from({ length: 500 }, (_, at) => ({ n: from + at }));
      await streams.send("POST", "s", { body: JSON.stringify(messages) });
    }
    await body(main, streams);
  });
}

browserTest(
  "a chain is scrolled from its last event to its first, a screenful drawn at a time",
  async (browser) => {
    await withStream(async (main, streams) => {
      await withPage(browser, main, async (shown) => {
        await shown.go("#/chain/streams/s");
        // Rows whose events are still being read have no offset.
        const drawn = await until("the last events", async () => {
          const seen = await offsets(shown);
          return seen[0] === MESSAGES && !seen.some(Number.isNaN) ? seen : undefined;
        });
        assertEquals(drawn, Array.from(drawn, (_, row) => MESSAGES - row));
        // It is live: a row more at the top.
        await streams.send("POST", "s", { body: '{"n":"more"}' });
        await until("one more", async () => (await offsets(shown))[0] === MESSAGES + 1);
        // Scrolled down it is held, and tells how many there are more.
        await shown.page.evaluate("document.querySelector('.virtual').scrollTop = 1e9");
        await until("the first event", async () => (await offsets(shown)).at(-1) === 0);
        // That it is held is told a drawing later.
        await shown.shows("Go live");
        await streams.send("POST", "s", { body: '[{"n":1},{"n":2}]' });
        await shown.shows("2 new");
        assertEquals((await offsets(shown)).at(-1), 0);
        await shown.page.click("text=Go live");
        await until("live again", async () => (await offsets(shown))[0] === MESSAGES + 3);
      });
    });
  },
);

browserTest(
  "a chain is gone to by offset, ULID and time, and one event is shown whole",
  async (browser) => {
    await withStream(async (main) => {
      const api = new HieraChainApi(main);
      const read = async (from: string) => {
        const { text } = await api.get(`/v1/chains/streams%2Fs/events?limit=1&from=${from}`);
        return JSON.parse(text.trim());
      };
      const { id, time } = await read("1234");
      await withPage(browser, main, async (shown) => {
        const jump = async (place: string) => {
          await shown.page.fill('label:has-text("Jump to") input', place);
          await shown.page.press('label:has-text("Jump to") input', "Enter");
        };
        await shown.go("#/chain/streams/s");
        await jump("17");
        await shown.shows("Event 17", "aside");
        await until("its row", async () => (await offsets(shown)).includes(17));
        await jump(id);
        await shown.shows("Event 1,234", "aside");
        await until("its row", async () => (await offsets(shown)).includes(1234));
        await shown.shows(id, "aside");
        await shown.shows(/part of a commit of .* events and more/, "aside");
        await jump(new Date(time).toISOString());
        await shown.shows(/Event \S+/, "aside");
        // It is a place that can be come back to, and gone on from.
        await shown.page.reload();
        await shown.page.click('[aria-label="Newer event"]');
        await shown.page.locator(".virtual").focus();
        await shown.page.keyboard.press("ArrowDown");
        await jump("4999999");
        await shown.shows("no such event", "aside");
      });
    });
  },
);

browserTest(
  "what is typed stays as it is where another event is shown meanwhile",
  async (browser) => {
    await withStream(async (main) => {
      await withPage(browser, main, async (shown) => {
        const field = 'label:has-text("Jump to") input';
        await shown.go("#/chain/streams/s?at=12");
        await shown.shows("Event 12", "aside");
        await shown.page.fill(field, "1234");
        await shown.page.evaluate("location.hash = '#/chain/streams/s?at=17'");
        await shown.shows("Event 17", "aside");
        assertEquals(await shown.page.inputValue(field), "1234");
        await shown.page.press(field, "Enter");
        await shown.shows("Event 1,234", "aside");
      });
    });
  },
);

browserTest(
  "a chain is shown by type and key, verified with a bar, and kept as a file",
  async (browser) => {
    await withServer(async ({ main, api }) => {
      await api.create("c");
      for (const event_type of ["made", "sold", "made"]) {
        await api.append("c", { entity_id: "E", event_type });
      }
      await withPage(browser, main, async (shown) => {
        const { page } = shown;
        await shown.go("#/chain/hierachain/c?keys=made");
        await until("two rows", async () => await page.locator(ROWS).count() === 2);
        await api.append("c", { entity_id: "E", event_type: "sold" });
        await api.append("c", { entity_id: "E", event_type: "made" });
        await until("three rows", async () => await page.locator(ROWS).count() === 3);
        await page.fill('label:has-text("Types") input', "nothing-of-that-kind");
        await page.press('label:has-text("Types") input', "Enter");
        await shown.shows("Nothing matches");
        await page.click("text=Verify");
        await shown.shows("as it was written", "dialog");
        assertEquals(await shown.unaccessible(), []);
        await page.keyboard.press("Escape");
        const [file] = await Promise.all([
          page.waitForEvent("download"),
          page.click("text=Export"),
        ]);
        assertEquals(file.suggestedFilename(), "hierachain-c.ndjson");
        const lines = (await Deno.readTextFile(await file.path())).trim().split("\n");
        assertEquals(JSON.parse(lines[0] ?? "").chain, "hierachain/c");
      });
    });
  },
);
