import { assertEquals } from "@std/assert";
import { withPage } from "../../support/browser_page.ts";
import { browserTest } from "../../support/programs.ts";
import { until } from "../../support/until.ts";
import { BIGCHAIN_FLAGS } from "./bigchain/bigchain_traffic.ts";
import { populate } from "./traffic.ts";
import { withWorld } from "./world.ts";

browserTest("whatever a ledger gives a name to is found by it", async (browser) => {
  await withWorld(async (world) => {
    const { hathor, bigchaindb, planetmint, hierachain } = await populate(world);
    const chains: { name: string; latest_block_hash: string }[] =
      (await world.hierachain.get("/api/ledger/chains")).body;
    const last = chains.find(({ name }) => name === "retail");
    const wanted: readonly (readonly [text: string, place: string])[] = [
      [hathor.payment, `#/hathor/tx/${hathor.payment}`],
      [hathor.payment.toUpperCase(), `#/hathor/tx/${hathor.payment}`],
      [hathor.address, `#/hathor/address/${hathor.address}`],
      ["13", `#/hathor/tx/${world.hathor.blocks[13]?.hash}`],
      [bigchaindb.asset, `#/bigchaindb/asset/${bigchaindb.asset}`],
      [bigchaindb.transfer, `#/bigchaindb/tx/${bigchaindb.transfer}`],
      [bigchaindb.key, `#/bigchaindb/key/${bigchaindb.key}`],
      ["Lisa", "#/bigchaindb/search?q=Lisa"],
      [planetmint.transfer, `#/planetmint/tx/${planetmint.transfer}`],
      [hierachain.entity, `#/hierachain/trace?entity=${hierachain.entity}`],
      [last?.latest_block_hash ?? "", "#/hierachain/chain/retail/block/"],
    ];
    await withPage(browser, world.page.slice(0, -1), async (shown) => {
      const { page } = shown;
      for (const [text, place] of wanted) {
        await shown.go("#/settings");
        await page.keyboard.press("/");
        await page.keyboard.type(text);
        await page.keyboard.press("Enter");
        await until(`${text} leads to ${place}`, () => new URL(page.url()).hash.startsWith(place));
      }
      // A token has two faces: the transaction that created it, and itself.
      await shown.go("#/");
      await page.keyboard.press("/");
      await page.keyboard.type(hathor.token);
      await shown.shows("Test Coin (TST)", ".search-found");
      await page.keyboard.press("Escape");
      // Each ledger has a letter.
      for (
        const [letter, place] of [["a", "hathor"], ["b", "bigchaindb"], ["p", "planetmint"], [
          "i",
          "hierachain",
        ]]
      ) {
        const isThere = () => new URL(page.url()).hash === `#/${place}`;
        await shown.pressUntil(["g", letter ?? ""], isThere);
        // A socket that is left before it is open would be told of.
        await page.waitForSelector(`.tabs[aria-label="${place}" i]`);
        await shown.settled();
      }
      // Where a ledger answers that it has no such thing, a browser tells of it.
      const others = shown.faults.filter((fault) => !fault.includes("404"));
      assertEquals(others, []);
    }, { areFaultsMeant: true });
  }, BIGCHAIN_FLAGS);
});
