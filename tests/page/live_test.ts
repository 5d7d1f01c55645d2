import { assert, assertEquals } from "@std/assert";
import { BrowserPage, newPage, withPage } from "../support/browser_page.ts";
import { withServer } from "../support/in_process.ts";
import { freePort } from "../support/ports.ts";
import { browserTest } from "../support/programs.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";

const FEED = 'ul[aria-label="Events, newest first"]';

/** The numbers of the messages that the feed shows, oldest first. */
async function fed(shown: BrowserPage): Promise<number[]> {
  return await numbersIn(shown, `${FEED} li`);
}

/** The numbers of the messages that rows show, of which the newest is the first: oldest first. */
async function numbersIn({ page }: BrowserPage, selector: string): Promise<number[]> {
  const rows = await page.locator(selector).allInnerTexts();
  return rows.flatMap((row) => /\bn: (\d+)/.exec(row)?.slice(1) ?? []).map(Number).reverse();
}

async function append(streams: StreamsApi, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) await streams.send("POST", "s", { body: JSON.stringify({ n }) });
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

browserTest("the feed shows what comes in its order, is held, and goes on", async (browser) => {
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    await streams.create("s");
    await append(streams, 0, 3);
    await withPage(browser, main, async (shown) => {
      await shown.go("");
      await until("what was there", async () => (await fed(shown)).length === 3);
      await shown.shows("Live", "header");
      await append(streams, 3, 8);
      await until("what comes", async () => (await fed(shown)).length === 8);
      assertEquals(await fed(shown), upTo(8));
      await shown.page.click("text=Pause");
      await append(streams, 8, 12);
      await shown.shows("4 more");
      assertEquals(await fed(shown), upTo(8));
      await shown.page.click("text=Go on");
      assertEquals(await fed(shown), upTo(12));
      // A row leads to its event.
      await shown.page.click(`${FEED} li:first-child a`);
      await shown.shows(/n:\s*11/, "aside");
    });
  });
});

browserTest(
  "a server to which nobody has written yet is written to by one click",
  async (browser) => {
    await withServer(async ({ main }) => {
      await withPage(browser, main, async (shown) => {
        await shown.go("");
        await shown.shows("Nothing here yet");
        // What the server keeps for itself, once somebody reads all, is nobody's.
        await until("all is read", async () => {
          const answer = await fetch(`${main}/v1/chains?prefix=streams/__ds/`);
          return (await answer.text()).includes("order");
        });
        await shown.page.reload();
        await shown.shows("Nothing here yet");
        await shown.page.click("text=Send a first event");
        await shown.shows('hello: "world"', FEED);
        await until(
          "it is said no more",
          async () => !(await shown.text()).includes("Nothing here yet"),
        );
      });
    });
  },
);

browserTest(
  "the page goes on by itself after its server was killed, and misses nothing",
  (browser) =>
    withFolder(async (folder) => {
      const flags = [`--store=${folder}/ledger.db`, "--host=127.0.0.1", `--port=${freePort()}`];
      let server = await ServerProcess.start(flags);
      const main = server.origin("main");
      const streams = new StreamsApi(main);
      try {
        await streams.create("s");
        await append(streams, 0, 2);
        await withPage(browser, main, async (shown, launched) => {
          const chain = new BrowserPage(await newPage(launched), main);
          await shown.go("");
          await chain.go("#/chain/streams/s");
          await until("the feed is live", async () => (await fed(shown)).length === 2);
          await append(streams, 2, 4);
          await until("the feed goes on", async () => (await fed(shown)).length === 4);
          await server.kill();
          await shown.shows("Reconnecting", "header");
          server = await ServerProcess.start(flags);
          await append(streams, 4, 9);
          await until("the feed is back", async () => (await fed(shown)).length >= 9);
          await append(streams, 9, 12);
          await until("the feed goes on", async () => (await fed(shown)).length >= 12);
          assertEquals(await fed(shown), upTo(12));
          await shown.shows("Live", "header");
          await chain.shows(/12 commits|13 commits/);
          // Rows are there before what is in them.
          const rows = () => numbersIn(chain, '[role="row"] .log-data');
          await until("the chain has all", async () => (await rows()).length >= 12);
          assertEquals(await rows(), upTo(12));
          // Nothing but that there was no server, or one that was only just there.
          const other = [...shown.faults, ...chain.faults].filter((fault) =>
            !/ERR_(?:CONNECTION|EMPTY|INCOMPLETE|SOCKET_NOT_CONNECTED)|^503 |WebSocket connection/
              .test(fault)
          );
          assertEquals(other, []);
        }, { areFaultsMeant: true });
      } finally {
        await server.kill();
      }
    }),
);

browserTest(
  "what comes while the feed looks for what was before is shown once",
  async (browser) => {
    await withServer(async ({ main }) => {
      const streams = new StreamsApi(main);
      await streams.create("s");
      await withPage(browser, main, async (shown) => {
        const { page } = shown;
        // The list of chains comes after the event was written, and the socket tells it later still.
        const written = Promise.withResolvers<void>();
        const told = Promise.withResolvers<void>();
        const following = Promise.withResolvers<void>();
        await page.route("**/v1/chains*", async (route) => {
          await written.promise;
          await route.continue();
        });
        await page.routeWebSocket("**/v1/all*", (socket) => {
          const server = socket.connectToServer();
          server.onMessage(async (message) => {
            if (String(message).includes("caught_up")) following.resolve();
            else await told.promise;
            socket.send(message);
          });
        });
        await page.goto(`${main}/`);
        await following.promise;
        await append(streams, 0, 1);
        written.resolve();
        await until("it is found", async () => (await fed(shown)).length === 1);
        told.resolve();
        await append(streams, 1, 2);
        await until("the next has come", async () => (await fed(shown)).includes(1));
        assertEquals(await fed(shown), upTo(2));
      });
    });
  },
);

browserTest("a key is asked for once, and is sent in no address", async (browser) => {
  const key = "a-key-of-the-settings";
  await withServer(async ({ main }) => {
    const headers = { authorization: `Bearer ${key}` };
    const streams = new StreamsApi(main);
    await streams.create("s", headers);
    await withPage(browser, main, async (shown) => {
      const { page } = shown;
      await page.goto(`${main}/`);
      const give = async (text: string) => {
        await page.fill('dialog input[type="password"]', text);
        await page.click("dialog >> text=Use it");
      };
      await shown.shows("A key is needed", "dialog");
      assertEquals(await shown.unaccessible(), []);
      await give("no-key-at-all");
      await shown.shows("Another key", "dialog");
      await give(key);
      await until("it is taken", async () => await page.locator("dialog").count() === 0);
      await shown.shows("Live", "header");
      await streams.send("POST", "s", { headers, body: '{"n":0}' });
      await until("an event over a socket", async () => (await fed(shown)).length === 1);
      await shown.go("#/keys");
      await page.reload();
      await shown.shows("No keys yet");
      assertEquals(await page.locator("dialog").count(), 0);
      assert(shown.asked.some((address) => address.startsWith("ws")), "it has sockets");
      assertEquals(shown.asked.filter((address) => address.includes(key)), []);
      assertEquals(shown.faults.filter((fault) => !/^401 |WebSocket connection/.test(fault)), []);
    }, { areFaultsMeant: true });
  }, { flags: [`--api-keys=${key}`] });
});
