import { assertEquals } from "@std/assert";
import { withPage } from "../../../support/browser_page.ts";
import { browserTest } from "../../../support/programs.ts";
import { until } from "../../../support/until.ts";
import { withWorld } from "../world.ts";

browserTest(
  "an event is followed from its append into its block, and its proof is checked",
  async (browser) => {
    await withWorld(async ({ page, hierachain }) => {
      await hierachain.create("tea");
      await hierachain.blocks("tea", 2);
      await withPage(browser, page.slice(0, -1), async (shown) => {
        // As text: which numbers are floats is a part of what is hashed.
        const { offset } = await hierachain.append(
          "tea",
          '{"entity_id":"E","event_type":"weighed","details":{"price":1.0,"count":1,"tiny":1e-7,' +
            '"large":1e16,"note":"Xin chào \\"✅\\"\\n","\u{1f600}":1,"\uff61":2}}',
        );
        await shown.go(`#/hierachain/chain/tea/event/${offset}`);
        // It waits for a second, and goes on to where it is by itself.
        await until("its block", () => shown.page.url().includes("/block/2/event/0"));
        await shown.shows(/^proven$/, '.section-head [role="status"]');
        await shown.shows("no proof of this chain covers it yet");
        const tree = shown.page.locator(".proof-box");
        await until("its tree", async () => await tree.count() >= 3);
        const text = shown.page.locator("textarea");
        await text.fill((await text.inputValue()).replace("weighed", "weighted"));
        await shown.shows("not proven");
        await shown.shows("leads to another root");
        assertEquals(await shown.unaccessible(), []);
        await shown.page.click('button:text-is("As it is")');
        await until("it is proven again", async () => !(await shown.text()).includes("not proven"));
      });
    });
  },
);

browserTest("the tree and a trace grow as chains do", async (browser) => {
  await withWorld(async ({ page, hierachain }) => {
    await withPage(browser, page.slice(0, -1), async (shown) => {
      await shown.go("#/hierachain");
      await shown.shows("No chain hangs from the root yet");
      await hierachain.create("farm");
      await shown.shows("farm");
      await hierachain.blocks("farm", 2);
      await hierachain.post("/api/ledger/chains/farm/submit-proof");
      await shown.shows("1 of 1");
      await shown.go("#/hierachain/trace?entity=LEAF");
      await shown.shows("Nothing is known of it");
      await hierachain.append("farm", { entity_id: "LEAF", event_type: "picked" });
      await shown.shows("picked");
      await hierachain.create("shop");
      await hierachain.append("shop", { entity_id: "LEAF", event_type: "brewed" });
      await shown.shows("brewed");
      await until("both", async () => await shown.page.locator(".trace-row").count() === 2);
      await shown.page.click("text=picked");
      await shown.shows("event");
    });
  });
});
