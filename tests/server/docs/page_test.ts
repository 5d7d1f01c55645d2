import { assertEquals } from "@std/assert";
import { z } from "zod";
import { launch, newPage } from "../../support/browser_page.ts";
import { withServer } from "../../support/in_process.ts";
import { browserTest } from "../../support/programs.ts";

const COLOURS = "(({ color, backgroundColor }) => [color, backgroundColor])" +
  "(getComputedStyle(document.body))";
const colours = z.array(z.string());

browserTest(
  "the page finds and opens routes in a browser that keeps to its policy",
  async (executablePath) => {
    await withServer(async ({ main }) => {
      const browser = await launch(executablePath);
      try {
        for (const colorScheme of ["light", "dark"] as const) {
          const page = await newPage(browser, { colorScheme });
          const said: string[] = [];
          const asked: string[] = [];
          page.on("console", (message) => said.push(message.text()));
          page.on("pageerror", (error) => said.push(error.message));
          page.on("request", (request) => asked.push(new URL(request.url()).pathname));
          await page.goto(`${main}/docs#get/v1/stream/{stream}`);
          const opened = page.locator("details[open]");
          assertEquals(await opened.count(), 1);
          assertEquals(
            await opened.locator("pre").textContent(),
            `curl '${main}/v1/stream/{stream}'`,
          );
          await page.keyboard.press("/");
          await page.keyboard.type("submit block");
          const shown = page.locator("details.op:visible > summary code");
          assertEquals(await shown.allTextContents(), ["/hathor/v1a/submit_block"]);
          const [ink, paper] = colours.parse(await page.evaluate(COLOURS))
            .map((text) => Number(/\d+/.exec(text)?.[0]));
          assertEquals(Number(ink) < Number(paper), colorScheme === "light");
          assertEquals([said, asked.filter((path) => path !== "/favicon.ico")], [[], ["/docs"]]);
          await page.close();
        }
      } finally {
        await browser.close();
      }
    });
  },
);
