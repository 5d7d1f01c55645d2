import axe from "axe-core";
import { assertEquals, fail } from "@std/assert";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { PATIENCE_MS, until, within } from "./until.ts";

/** Themes that the page can be seen in. */
export const THEMES = ["light", "dark"] as const;

/** Pixels that the window of a phone is wide. */
export const PHONE = 390;

/** Milliseconds for which a button asks whether it is meant. */
const ASKED_MS = 4_000;

/** The page of a server in a browser, with whatever speaks against it. */
export class BrowserPage {
  readonly page: Page;
  /** Where the server is, without a slash. */
  readonly origin: string;
  /** Errors and warnings of the console, what the policy refused, and requests to others. */
  readonly faults: string[] = [];
  /** The addresses of all requests and sockets. */
  readonly asked: string[] = [];

  constructor(page: Page, origin: string) {
    this.page = page;
    this.origin = origin;
    const host = new URL(origin).host;
    page.on("console", (message) => {
      // A policy that is broken is told as an error.
      if (!["error", "warning"].includes(message.type())) return;
      // The answer itself says more.
      if (!message.text().includes("the server responded with")) this.faults.push(message.text());
    });
    page.on("response", (response) => {
      if (response.status() >= 400) this.faults.push(`${response.status()} ${response.url()}`);
    });
    page.on("pageerror", ({ message }) => this.faults.push(message));
    const take = (address: string) => {
      this.asked.push(address);
      const url = new URL(address);
      if (!["data:", "blob:"].includes(url.protocol) && url.host !== host) {
        this.faults.push(`asked ${address}`);
      }
    };
    page.on("request", (request) => take(request.url()));
    page.on("websocket", (socket) => take(socket.url()));
  }

  /** Goes to a place of the page, such as `#/chains`, and waits until it is drawn. */
  async go(place: string): Promise<void> {
    await this.page.goto(`${this.origin}/${place}`);
    await this.page.waitForSelector("main h1, main .state");
    await this.settled();
  }

  /** Waits until nothing on the page is still to come. */
  async settled(): Promise<void> {
    // Functions that are waited for in the page are evaluated there, which its policy forbids.
    await until("all is there", async () => await this.page.locator("main .loading").count() === 0);
  }

  /** Waits until a text is shown. */
  async shows(wanted: string | RegExp, selector = "main"): Promise<void> {
    const isThere = (text: string) =>
      typeof wanted === "string" ? text.includes(wanted) : wanted.test(text);
    try {
      await until(`the page shows ${wanted}`, async () => isThere(await this.text(selector)));
    } catch (error) {
      fail(`${String(error)}; it shows:\n${await this.text(selector)}`);
    }
  }

  /**
   * Presses a button for what cannot be taken back, and once more where it asks. It asks for a few
   * seconds only: whoever was slower, and sees nothing of it done, begins anew.
   */
  async pressTwice(
    button: Locator,
    again: Locator,
    isDone: () => boolean | Promise<boolean>,
  ): Promise<void> {
    await until("it is pressed twice", async () => {
      if (await again.count() === 0) await button.click({ timeout: ASKED_MS }).catch(() => {});
      return await again.click({ timeout: ASKED_MS }).then(() => true, isDone);
    });
  }

  /**
   * Presses keys one after the other, and anew while nothing has come of it: where a key counts for a
   * moment only, the next may be too late.
   */
  async pressUntil(keys: readonly string[], isDone: () => boolean): Promise<void> {
    await until(`${keys.join(" ")} is pressed`, async () => {
      for (const key of keys) await this.page.keyboard.press(key);
      const deadline = Date.now() + ASKED_MS;
      while (!isDone() && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return isDone();
    });
  }

  /** What is shown, as text. */
  async text(selector = "main"): Promise<string> {
    return await this.page.innerText(selector);
  }

  /** How many pixels what is shown is wider than a window of some width: nothing may scroll it. */
  async tooWide(width: number): Promise<number> {
    const { page } = this;
    const size = page.viewportSize() ?? fail("a page has a size");
    await page.setViewportSize({ ...size, width });
    const wide = await page.evaluate("document.documentElement.scrollWidth");
    await page.setViewportSize(size);
    return Math.max(0, Number(wide) - width);
  }

  /** What axe-core finds wrong with what is shown; each with where it is. */
  async unaccessible(): Promise<string[]> {
    await this.page.evaluate(axe.source);
    // What axe-core gives is JSON.
    const violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] =
      await this.page.evaluate("axe.run().then(({ violations }) => violations)");
    return violations.map(({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("\n")}`
    );
  }
}

/** A browser that waits for as long as tests do. */
export async function launch(browser: string, args: readonly string[] = []): Promise<Browser> {
  return await chromium.launch({
    executablePath: browser,
    args: ["--no-sandbox", ...args],
    timeout: PATIENCE_MS,
  });
}

/** A page of a browser that waits for as long as tests do. */
export async function newPage(
  launched: Browser,
  options: Parameters<Browser["newPage"]>[0] = {},
): Promise<Page> {
  const page = await launched.newPage(options);
  page.setDefaultTimeout(PATIENCE_MS);
  return page;
}

/** Runs `body` with the page of a server; nothing may speak against it in the end. */
export async function withPage(
  browser: string,
  origin: string,
  body: (page: BrowserPage, launched: Browser) => Promise<void>,
  options: { readonly theme?: typeof THEMES[number]; readonly areFaultsMeant?: boolean } = {},
): Promise<void> {
  const launched = await launch(browser);
  try {
    const page = await newPage(launched, {
      colorScheme: options.theme ?? "light",
      viewport: { width: 1280, height: 800 },
    });
    const shown = new BrowserPage(page, origin);
    await body(shown, launched);
    if (options.areFaultsMeant !== true) assertEquals(shown.faults, []);
  } finally {
    await within("the browser closes", launched.close());
  }
}
