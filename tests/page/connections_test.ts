import { withPage } from "../support/browser_page.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { withServer } from "../support/in_process.ts";
import { browserTest } from "../support/programs.ts";
import { until } from "../support/until.ts";

browserTest(
  "whoever is connected is listed, the page too, and cut by two clicks",
  async (browser) => {
    await withServer(async ({ main, native, api }) => {
      await api.create("c");
      const socket = await ClientSocket.open(native, "/ws");
      await socket.subscribe("c");
      await withPage(browser, main, async (shown) => {
        const { page } = shown;
        await shown.go("#/connections");
        const rows = page.locator("tbody tr");
        await until("the page itself", async () => await rows.count() > 1);
        const theirs = rows.filter({ hasText: "hierachain/c", hasNotText: "Mozilla" });
        const isCut = () => socket.ended !== undefined;
        await shown.pressTwice(theirs.locator("button"), theirs.locator("text=Sure?"), isCut);
        await until("it is cut", isCut);
        await until("it is listed no more", async () => await theirs.count() === 0);
      });
    });
  },
);
