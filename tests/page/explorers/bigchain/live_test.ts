import { assertEquals } from "@std/assert";
import { withPage } from "../../../support/browser_page.ts";
import { browserTest } from "../../../support/programs.ts";
import { until } from "../../../support/until.ts";
import { Person } from "../../../ledgers/shared_bigchaindb/builder.ts";
import { create, transfer } from "../../../ledgers/shared_bigchaindb/ledger_api.ts";
import { withWorld } from "../world.ts";

const alice = new Person("alice");
const bob = new Person("bob");

browserTest("an asset's life goes on while it is looked at", async (browser) => {
  await withWorld(async ({ page, bigchaindb }) => {
    const made = create(alice, { tea: "green" });
    const asset = await bigchaindb.accept(made);
    await withPage(browser, page.slice(0, -1), async (shown) => {
      await shown.go(`#/bigchaindb/asset/${asset}`);
      await shown.shows(/tea:\s*"green"/);
      await shown.shows("0 transactions since it began");
      const onward = transfer(alice, made, [bob.output(1)]);
      const id = await bigchaindb.accept(onward);
      await shown.shows("1 transaction since it began");
      await until("its rows", async () => await shown.page.locator(".life-row").count() === 2);
      await shown.shows(bob.publicKey.slice(0, 10));
      // What was unspent is spent now.
      await shown.go(`#/bigchaindb/tx/${asset}`);
      await shown.shows(`spent by ${id.slice(0, 8)}`);
      await shown.page.click(`a[title="${id}"]`);
      await until("the transfer", () => shown.page.url().endsWith(id));
      await shown.shows("unspent");
    });
  });
});

browserTest("what is refused is shown with its reason as it happens", async (browser) => {
  await withWorld(async ({ page, bigchaindb }) => {
    const made = create(alice, { tea: "black" });
    await bigchaindb.accept(made);
    await bigchaindb.accept(transfer(alice, made, [bob.output(1)]));
    await withPage(browser, page.slice(0, -1), async (shown) => {
      await shown.go("#/bigchaindb/rejected");
      await shown.shows("None so far");
      await bigchaindb.refuse(transfer(alice, made, [alice.output(1)]));
      await shown.shows("DoubleSpend");
    });
  });
});

browserTest("long lists have pages, each with an address of its own", async (browser) => {
  await withWorld(async ({ page, bigchaindb }) => {
    for (let number = 0; number < 28; number++) {
      await bigchaindb.accept(create(alice, { number }));
    }
    await withPage(browser, page.slice(0, -1), async (shown) => {
      await shown.go("#/bigchaindb/transactions");
      await shown.shows("{number: 27}");
      await shown.page.click('a:text-is("Older")');
      await shown.shows("{number: 0}");
      assertEquals((await shown.text()).includes("{number: 27}"), false);
      await shown.page.reload();
      await shown.shows("{number: 2}");
      await shown.page.click('a:text-is("Newest")');
      await shown.shows("{number: 27}");
      await shown.go("#/bigchaindb");
      await shown.page.click('a:text-is("Older")');
      await shown.shows(/\b2\b/);
    });
  });
});
