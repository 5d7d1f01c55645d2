import { assertEquals } from "@std/assert";
import { withPage } from "../support/browser_page.ts";
import { withServer } from "../support/in_process.ts";
import { browserTest } from "../support/programs.ts";
import { until } from "../support/until.ts";

browserTest("what is typed is found, and keys go where they say", async (browser) => {
  await withServer(async ({ main, api }) => {
    await api.create("supply_chain");
    const { id, offset } = await api.append("supply_chain", { entity_id: "E", event_type: "t" });
    await withPage(browser, main, async (shown) => {
      const { page } = shown;
      const place = () => decodeURIComponent(new URL(page.url()).hash);
      const search = async (text: string) => {
        await page.keyboard.press("/");
        await page.keyboard.type(text);
        await page.keyboard.press("Enter");
      };
      await shown.go("");
      await search("supply");
      await until("its chain", () => place() === "#/chain/hierachain/supply_chain");
      await search(id.toLowerCase());
      await until("its event", () => place() === `#/chain/hierachain/supply_chain?at=${id}`);
      await shown.shows(`Event ${offset}`, "aside");
      await search("0");
      await until("its offset", () => place() === "#/chain/hierachain/supply_chain?at=0");
      await page.keyboard.press("/");
      await page.keyboard.type("nothing of that name");
      await shown.shows("Nothing here goes by that name", "header");
      await page.keyboard.press("Escape");
      await shown.pressUntil(["g", "k"], () => place() === "#/keys");
      await page.keyboard.press("?");
      await shown.shows("Search", "dialog");
      assertEquals(await shown.unaccessible(), []);
      await page.keyboard.press("Escape");
      await shown.pressUntil(["g", "h"], () => place() === "#/");
    });
  });
});

browserTest("a theme is chosen, and kept", async (browser) => {
  await withServer(async ({ main }) => {
    await withPage(browser, main, async ({ page, faults }) => {
      const background = () => page.evaluate("getComputedStyle(document.body).backgroundColor");
      await page.goto(`${main}/`);
      await page.waitForSelector("main h1");
      const light = await background();
      await page.click('[aria-label^="Theme"]');
      await page.click('[aria-label^="Theme"]');
      const dark = await background();
      assertEquals(light === dark, false);
      await page.reload();
      await page.waitForSelector("main h1");
      assertEquals([await background(), faults], [dark, []]);
    });
  });
});

browserTest("a key is made, shown once and revoked", async (browser) => {
  await withServer(async ({ main }) => {
    await withPage(browser, main, async (shown) => {
      const { page } = shown;
      await shown.go("#/keys");
      await page.click("text=Make a key");
      await page.fill('dialog label:has-text("Name") input', "for the page");
      assertEquals(await shown.unaccessible(), []);
      await page.click("text=Make it");
      await shown.shows(/lk_/, "dialog");
      assertEquals(await shown.unaccessible(), []);
      await page.click("text=I have it");
      await shown.shows("for the page", "table");
      assertEquals(await shown.unaccessible(), []);
      const [revoke, sure] = [
        page.locator("td >> text=Revoke"),
        page.locator("td >> text=For good?"),
      ];
      await shown.pressTwice(revoke, sure, async () => await page.locator("dialog").count() > 0);
      // It was the page's own.
      await shown.shows("key", "dialog");
      const others = shown.faults.filter((fault) => !/^40[13] |WebSocket connection/.test(fault));
      assertEquals(others, []);
    }, { areFaultsMeant: true });
  });
});
