import { assertEquals } from "@std/assert";
import { PHONE, THEMES, withPage } from "../../support/browser_page.ts";
import { browserTest } from "../../support/programs.ts";
import { BIGCHAIN_FLAGS } from "./bigchain/bigchain_traffic.ts";
import { populate } from "./traffic.ts";
import { screensOf, type Wanted } from "./wanted.ts";
import { withWorld } from "./world.ts";

for (const theme of THEMES) {
  browserTest(
    `each screen of each ledger shows what its log has, in the ${theme} theme`,
    async (browser) => {
      await withWorld(async (world) => {
        const screens = screensOf(await populate(world), world);
        await withPage(browser, world.page.slice(0, -1), async (shown) => {
          for (const [place, wanted] of Object.entries(screens)) {
            await shown.go(place);
            for (const part of wanted) await shown.shows(part);
            assertEquals([place, await shown.unaccessible()], [place, []]);
            assertEquals([place, await shown.tooWide(PHONE)], [place, 0]);
          }
        }, { theme });
      }, BIGCHAIN_FLAGS);
    },
  );
}

/** What is said where nobody has done anything yet. */
const EMPTY: Readonly<Record<string, Wanted>> = {
  "#/hathor": ["Latest blocks", "None so far"],
  "#/hathor/mempool": ["Nothing waits"],
  "#/hathor/tokens": ["No tokens yet"],
  "#/hathor/mining": ["There are too few blocks"],
  "#/hathor/address/WY1URKUnqCTyiixW1Dw29vmeG99hNN4EW6": ["Address", "History"],
  "#/bigchaindb": ["No transactions yet"],
  "#/bigchaindb/rejected": ["None so far"],
  "#/bigchaindb/elections": ["Nothing was put to the vote"],
  "#/bigchaindb/search": ["What are you looking for?"],
  "#/planetmint/search": ["Which CID?"],
  "#/hierachain": ["No chain hangs from the root yet"],
  "#/hierachain/trace?entity=nobody": ["Nothing is known of it"],
};

browserTest("where nothing is, each screen says what would be there", async (browser) => {
  await withWorld(async ({ page }) => {
    await withPage(browser, page.slice(0, -1), async (shown) => {
      for (const [place, wanted] of Object.entries(EMPTY)) {
        await shown.go(place);
        for (const part of wanted) await shown.shows(part);
        assertEquals([place, await shown.unaccessible()], [place, []]);
      }
    });
  });
});

const NOWHERE = "ab".repeat(32);

/** Places that name nothing. */
const MISSING = [
  `#/hathor/tx/${NOWHERE}`,
  "#/hathor/block/999999",
  "#/hathor/address/nobody",
  `#/hathor/token/${NOWHERE}`,
  `#/bigchaindb/tx/${NOWHERE}`,
  "#/bigchaindb/block/999999",
  "#/planetmint/block/999999",
  "#/hierachain/chain/none",
  "#/hierachain/chain/main_chain/block/99",
  "#/hierachain/chain/main_chain/event/999999",
] as const;

browserTest(
  "what is not there is said in the server's words, and may be tried again",
  async (browser) => {
    await withWorld(async ({ page }) => {
      await withPage(browser, page.slice(0, -1), async (shown) => {
        for (const place of MISSING) {
          await shown.go(place);
          await shown.shows("There is nothing here");
          await shown.shows("Try again");
        }
        await shown.go(`#/bigchaindb/asset/${NOWHERE}`);
        await shown.shows("There is no such asset");
        // Browsers tell of each answer that is a 404.
      }, { areFaultsMeant: true });
    });
  },
);
