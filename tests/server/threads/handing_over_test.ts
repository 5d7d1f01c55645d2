/** What is handed over to the thread that writes holds up nobody else, and what it does is heard of. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { KeysApi } from "../../support/keys_api.ts";
import { rawRequest } from "../../support/raw_http.ts";
import { within } from "../../support/until.ts";
import { inThreads, onEveryThread } from "../../support/threads/in_threads.ts";

const JSON_TYPE = { "content-type": "application/json" };

Deno.test("clients that send large bodies slowly keep nobody on any thread from appending", async () => {
  await inThreads(async ({ main }) => {
    await rawRequest(main, "PUT", "/v1/stream/s", JSON_TYPE);
    const { hostname, port } = new URL(main);
    const slow = await Promise.all(Array.from({ length: 60 }, async () => {
      const connection = await Deno.connect({ hostname, port: Number(port) });
      const head = `POST /v1/stream/s HTTP/1.1\r\nhost: ${hostname}:${port}\r\n` +
        `content-type: application/json\r\ncontent-length: ${1024 * 1024}\r\n\r\n[1`;
      await connection.write(new TextEncoder().encode(head));
      return connection;
    }));
    const statuses = await within(
      "appends are answered",
      onEveryThread(async () =>
        (await rawRequest(main, "POST", "/v1/stream/s", JSON_TYPE, "1")).status
      ),
      20_000,
    );
    assertEquals(new Set(statuses), new Set([204]));
    for (const connection of slow) connection.close();
  });
});

Deno.test("keys that are imported count at once on every thread", async () => {
  const secret = "a-key-for-tests-only";
  let lines = "";
  await inThreads(async ({ main }) => {
    const keys = new KeysApi(main, secret);
    await keys.make({ scopes: ["read"] });
    const headers = { authorization: `Bearer ${secret}` };
    const exported = await fetch(`${main}/v1/chains/ledgerline%2Fkeys/export`, { headers });
    lines = await exported.text();
    assertEquals(exported.status, 200, lines);
  }, [`--api-keys=${secret}`]);
  await inThreads(async ({ main }) => {
    const open = await onEveryThread(async () =>
      (await rawRequest(main, "GET", "/v1/chains")).status
    );
    assertEquals(new Set(open), new Set([200]));
    const type = { "content-type": "application/x-ndjson" };
    const imported = await rawRequest(main, "POST", "/v1/chains/import", type, lines);
    assertStringIncludes(imported.body, '"events":');
    const closed = await onEveryThread(async () =>
      (await rawRequest(main, "GET", "/v1/chains")).status
    );
    assertEquals(new Set(closed), new Set([401]));
  });
});
