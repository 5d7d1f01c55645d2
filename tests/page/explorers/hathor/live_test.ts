import { assert, assertEquals } from "@std/assert";
import { type BrowserPage, withPage } from "../../../support/browser_page.ts";
import { browserTest } from "../../../support/programs.ts";
import { until } from "../../../support/until.ts";
import { withWorld } from "../world.ts";

/** A vertex of the drawing, by its hash. */
function vertexOf({ page }: BrowserPage, hash: string) {
  return page.locator(`.dag-drawing [data-hash="${hash}"]`);
}

/** How a vertex is drawn: `counts`, `waiting` or `voided`. */
async function stateOf(shown: BrowserPage, hash: string): Promise<string | null> {
  const vertex = vertexOf(shown, hash);
  return await vertex.count() === 0 ? null : await vertex.getAttribute("data-state");
}

browserTest("the graph is drawn as it grows, and a reorganisation is seen", async (browser) => {
  await withWorld(async ({ page, hathor }) => {
    await hathor.mine(6);
    const paid = await hathor.pay(2, 100);
    await withPage(browser, page.slice(0, -1), async (shown) => {
      await shown.go("#/hathor");
      await until("it waits", async () => await stateOf(shown, paid.hash) === "waiting");
      const block = await hathor.mine();
      await until("it is confirmed", async () => await stateOf(shown, paid.hash) === "counts");
      const colour = (hash: string) => vertexOf(shown, hash).getAttribute("data-colour");
      await until("it has the colour of its block", async () => {
        await vertexOf(shown, block.hash).waitFor();
        return await colour(paid.hash) === await colour(block.hash);
      });
      const gone = await hathor.mine(2);
      await until("the next blocks", async () => await stateOf(shown, gone.hash) === "counts");
      const heightOf = async (hash: string) => (await vertexOf(shown, hash).boundingBox())?.y ?? 0;
      const branch = await hathor.reorganise(2);
      const best = branch.at(-1)?.hash ?? "";
      await until("the branch counts", async () => await stateOf(shown, best) === "counts");
      await until(
        "the others are voided",
        async () => await stateOf(shown, gone.hash) === "voided",
      );
      // A drawing later than that it is void.
      await until("that it has changed is shown", async () => {
        return await vertexOf(shown, gone.hash).getAttribute("data-flipped") === "true";
      });
      await shown.shows(/2 blocks gave way/);
      // What gave way has left the line, and what took its place is on it.
      await until("they have moved", async () => await heightOf(gone.hash) < await heightOf(best));
      await until(
        "the branch is on the line",
        async () =>
          Math.abs(await heightOf(hathor.blocks[1]?.hash ?? "") - await heightOf(best)) < 2,
      );
      await shown.shows(gone.hash.slice(0, 10), 'section:has(h2:text-is("Reorganisations"))');
      // The screen of a block that gave way says so by itself.
      await shown.go(`#/hathor/tx/${gone.hash}`);
      await shown.shows("voided");
    });
  });
});

browserTest("the graph is gone through by keys, zoomed and dragged", async (browser) => {
  await withWorld(async ({ page, hathor }) => {
    await hathor.mine(12);
    await withPage(browser, page.slice(0, -1), async (shown) => {
      await shown.go("#/hathor");
      const tip = hathor.tip.hash;
      await until("the tip", async () => await stateOf(shown, tip) === "counts");
      const { keyboard, mouse } = shown.page;
      // One vertex alone is reached by the tabulator: the best block.
      assertEquals(await shown.page.locator('.dag-drawing [tabindex="0"]').count(), 1);
      await vertexOf(shown, tip).focus();
      await shown.shows("Block 12", ".dag-shown");
      await keyboard.press("ArrowLeft");
      await keyboard.press("ArrowLeft");
      await shown.shows("Block 10", ".dag-shown");
      assertEquals(await shown.unaccessible(), []);
      const width = async () => (await vertexOf(shown, tip).boundingBox())?.width ?? 0;
      const before = await width();
      await keyboard.press("+");
      await until("it is closer", async () => await width() > before * 1.1);
      await shown.page.click('button:text-is("All")');
      // A drag moves it, and is no click.
      const frame = await shown.page.locator(".dag").boundingBox();
      assert(frame !== null);
      const place = shown.page.url();
      await mouse.move(frame.x + 300, frame.y + 300);
      await mouse.down();
      await mouse.move(frame.x + 420, frame.y + 310, { steps: 4 });
      await mouse.up();
      const isHeld = () => shown.page.locator(".dag").getAttribute("data-following");
      await until("it was moved", async () => await isHeld() === "false");
      assertEquals(shown.page.url(), place);
      await shown.page.click('button:text-is("Newest")');
      await until("the newest is followed", async () => await isHeld() === "true");
      // Enter goes to the vertex.
      await vertexOf(shown, tip).focus();
      await keyboard.press("Enter");
      await shown.shows(tip);
    });
  });
});

browserTest("lists and balances follow the log by themselves", async (browser) => {
  await withWorld(async ({ page, hathor }) => {
    await hathor.mine(4);
    await withPage(browser, page.slice(0, -1), async (shown) => {
      await shown.go(`#/hathor/address/${hathor.address(7)}`);
      await shown.shows("It has never had anything");
      await hathor.pay(7, 1_234);
      await shown.shows("12.34");
      await shown.shows("waiting");
      await hathor.mine();
      await shown.shows("confirmed");
      await shown.go("#/hathor/blocks");
      const block = await hathor.mine();
      await shown.shows(block.hash.slice(0, 16));
      // Older pages stay as they are.
      await hathor.mine(14);
      const older = shown.page.locator('a:text-is("Older")');
      await until("the next page", async () => {
        // Where it leads changes with each block.
        await older.click({ timeout: 5_000 }).catch(() => {});
        return shown.page.url().includes("after=");
      });
      await shown.settled();
      const text = await shown.text();
      await hathor.mine();
      await shown.page.click('a:text-is("Newest")');
      await shown.shows(hathor.tip.hash.slice(0, 16));
      assertEquals(text.includes(hathor.tip.hash.slice(0, 16)), false);
    });
  });
});

browserTest("what is slow to come is waited for, whatever happens meanwhile", async (browser) => {
  await withWorld(async ({ page, hathor }) => {
    await hathor.mine(3);
    await withPage(browser, page.slice(0, -1), async (shown) => {
      const count = (path: string) => shown.asked.filter((each) => each.includes(path)).length;
      const { promise, resolve: answer } = Promise.withResolvers<void>();
      await shown.page.route("**/get_block_template", async (route) => {
        await promise;
        await route.continue();
      });
      await shown.page.goto(`${shown.origin}/#/hathor/mining`);
      await until("the others are asked for again and again", async () => {
        await hathor.mine();
        return count("getmininginfo") >= 3;
      });
      assertEquals(count("get_block_template"), 1);
      answer();
      await shown.shows("On top of");
    });
  });
});
