import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { launch, newPage } from "../support/browser_page.ts";
import { freePort } from "../support/ports.ts";
import { browserTest } from "../support/programs.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until, within } from "../support/until.ts";

const CLIENT = join(import.meta.dirname ?? ".", "../../src/client");

const KEY = "a-key-for-tests-only";

/** Follows the stream of its URL's fragment, and shows what it heard. */
const PAGE = `<!doctype html><title>stream</title><pre></pre><script type="module">
import { StreamClient } from "/client.js";
const show = (text) => document.querySelector("pre").append(text + "\\n");
const client = new StreamClient(decodeURIComponent(location.hash.slice(1)), { key: "${KEY}" });
await client.append("from the page");
for await (const { data } of client.follow({ onCaughtUp: () => show("caught up") })) show(data);
show("closed");
</script>`;

browserTest("a page follows a stream with a key, and over its server's end", async (browser) => {
  await withFolder(async (folder) => {
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", "--platform", "browser", "mod.ts"],
      cwd: CLIENT,
      stdin: "null",
    }).output();
    assert(success);
    const code = new TextDecoder().decode(stdout);
    const pages = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
      const isCode = new URL(url).pathname === "/client.js";
      const type = isCode ? "text/javascript" : "text/html";
      return new Response(isCode ? code : PAGE, { headers: { "content-type": type } });
    });
    const flags = [`--store=${folder}/ledger.db`, "--host=127.0.0.1", `--port=${freePort()}`];
    const keys = { LEDGER_API_KEYS: KEY };
    let server = await ServerProcess.start(flags, keys);
    const streams = new StreamsApi(server.origin("main"));
    const headers = { authorization: `Bearer ${KEY}` };
    const launched = await launch(browser);
    try {
      await streams.create("s", headers);
      const page = await newPage(launched);
      const fragment = encodeURIComponent(streams.url("s"));
      await page.goto(`http://127.0.0.1:${pages.addr.port}/#${fragment}`);
      const shown = async () => (await page.textContent("pre") ?? "").trim().split("\n");
      await until("the page is live", async () => (await shown()).includes("caught up"));
      await streams.send("POST", "s", { headers, body: '["one", "two"]' });
      await until("two", async () => (await shown()).includes("two"));
      await server.kill();
      server = await ServerProcess.start(flags, keys);
      const closing = { ...headers, "stream-closed": "true" };
      await streams.send("POST", "s", { headers: closing, body: '["three"]' });
      await until("the end", async () => (await shown()).includes("closed"));
      const heard = (await shown()).filter((line) => line !== "caught up");
      assertEquals(heard, ["from the page", "one", "two", "three", "closed"]);
    } finally {
      await within("the browser closes", launched.close());
      await server.kill();
      await pages.shutdown();
    }
  });
});
