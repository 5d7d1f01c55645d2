import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import { launch, newPage } from "../../support/browser_page.ts";
import { withServer } from "../../support/in_process.ts";
import { browserTest } from "../../support/programs.ts";
import { rawRequest } from "../../support/raw_http.ts";
import { within } from "../../support/until.ts";

/** What a page tries: each way to read, to write and to open a socket, as what came of it. */
const TRIES = `async (server) => {
  const outcome = (work) => work.then((value) => "got " + value, () => "refused");
  const text = async (path, init = {}) => {
    const response = await fetch(server + path, init);
    if (!response.ok) throw new Error(response.status);
    return await response.text();
  };
  const json = { "content-type": "application/json" };
  // What comes of this is told to nobody: it is seen at the server.
  await outcome(fetch(server + "/v1/stream/s", { method: "POST", mode: "no-cors", body: "[9]" }));
  return {
    read: await outcome(text("/v1/stream/s")),
    append: await outcome(text("/v1/stream/s", { method: "POST", headers: json, body: "[2]" })),
    create: await outcome(text("/v1/stream/new", { method: "PUT", headers: json })),
    remove: await outcome(text("/v1/stream/new", { method: "DELETE" })),
    script: await outcome(new Promise((resolve, reject) => {
      const script = document.createElement("script");
      Object.assign(script, { onload: resolve, onerror: reject, src: server + "/v1/stream/script" });
      document.body.append(script);
    })),
    socket: await outcome(new Promise((resolve, reject) => {
      const socket = new WebSocket(server.replace("http", "ws") + "/v1/stream/s");
      Object.assign(socket, { onopen: () => resolve("a socket"), onerror: reject });
    })),
    key: await outcome(text("/v1/keys", {
      method: "POST",
      headers: json,
      body: '{"name":"mine","scopes":["admin"]}',
    })),
  };
}`;

function tried(page: Page, server: string): Promise<unknown> {
  return page.evaluate(`(${TRIES})(${JSON.stringify(server)})`);
}

const REFUSED = {
  read: "refused",
  append: "refused",
  create: "refused",
  remove: "refused",
  key: "refused",
  script: "refused",
  socket: "refused",
};

browserTest(
  "in a browser, no page of somebody else gets anything from a server without keys",
  async (browser) => {
    const pages = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response("<!doctype html><body>", { headers: { "content-type": "text/html" } }),
    );
    const launched = await launch(browser, ["--host-resolver-rules=MAP *.example 127.0.0.1"]);
    try {
      await withServer(async ({ main }) => {
        const { port } = new URL(main);
        const json = { "content-type": "application/json" };
        await rawRequest(main, "PUT", "/v1/stream/s", json, "[1]");
        const script = { "content-type": "text/javascript" };
        await rawRequest(main, "PUT", "/v1/stream/script", script, "window.told = 1");
        const page = await newPage(launched);
        await page.goto(`http://evil.example:${pages.addr.port}/`);
        for (const host of ["127.0.0.1", "localhost"]) {
          assertEquals(await tried(page, `http://${host}:${port}`), REFUSED);
        }
        assertEquals(await page.evaluate("window.told"), undefined);
        // A name that was pointed here after its page was there.
        assertEquals(await tried(page, `http://evil.example:${port}`), REFUSED);
        const led = await page.goto(`http://evil.example:${port}/v1/stream/s`);
        assertEquals(led?.status(), 403);
        // A page that was planted here runs nothing, and has no origin that counts.
        const html = "<!doctype html><title>planted</title><script>document.title = 'ran'</script>";
        for (const [name, type] of [["page", "text/html"], ["text", "text/plain"]]) {
          await rawRequest(main, "PUT", `/v1/stream/${name}`, { "content-type": type }, html);
        }
        await page.goto(`http://evil.example:${pages.addr.port}/`);
        const download = page.waitForEvent("download");
        await page.goto(`${main}/v1/stream/page`).catch(() => {});
        await within("the planted page is kept as a file", download);
        await page.goto(`${main}/v1/stream/text`);
        assertStringIncludes(await page.textContent("body") ?? "", "<title>planted");
        assertEquals(await page.evaluate("self.origin"), "null");
        // Nothing of all that was written, not even by what is sent without being asked for.
        assertEquals((await rawRequest(main, "GET", "/v1/stream/s")).body, "[1]");
        assertEquals((await rawRequest(main, "GET", "/v1/stream/new")).status, 404);
        // A developer's own page, on another port of this machine, may do it all.
        await page.goto(`http://localhost:${pages.addr.port}/`);
        const own = JSON.stringify(await tried(page, main));
        assertMatch(own, /"read":"got \[1\]","append":"got ","create":"got ","remove":"got "/);
        assertMatch(own, /"socket":"got a socket","key":"got \{/);
      });
    } finally {
      await within("the browser closes", launched.close());
      await pages.shutdown();
    }
  },
);
