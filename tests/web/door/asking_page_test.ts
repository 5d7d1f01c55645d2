import { assert, assertEquals } from "@std/assert";
import { parseHost } from "../../../src/kernel/host.ts";
import { askingPage } from "../../../src/web/door/asking_page.ts";
import { tableOf } from "./read_page.ts";

const LISTED = ["https://listed.example", "app://listed"];

/** Origin, host, what is listed, and whether the page may ask. */
const ORIGINS: readonly (readonly [string, string, readonly string[], boolean])[] = [
  ["https://ledger.example", "ledger.example", [], true],
  ["http://ledger.example:8000", "ledger.example:8000", [], true],
  // A dashboard beside the stream's port.
  ["http://ledger.example", "ledger.example:8000", [], true],
  ["http://LEDGER.example:3000/", "ledger.example.:8000", [], true],
  ["http://sub.ledger.example", "ledger.example", [], false],
  ["https://evil.example", "ledger.example", [], false],
  ["https://listed.example", "ledger.example", LISTED, true],
  ["app://listed", "ledger.example", LISTED, true],
  ["http://listed.example", "ledger.example", LISTED, false],
  ["https://listed.example.evil", "ledger.example", LISTED, false],
  ["https://evil.example", "ledger.example", ["*"], true],
  ["null", "ledger.example", ["*"], true],
  ["null", "localhost:2661", [], false],
  ["null", "null", [], false],
  ["", "localhost:2661", [], false],
  ["not an origin", "localhost:2661", [], false],
  // What Java's WebSockets send.
  ["localhost:9985", "localhost:9985", [], true],
  ["LOCALHOST:9985", "localhost:9985", [], true],
  ["localhost", "localhost:9985", [], false],
  ["evil.example:9985", "localhost:9985", [], false],
  ["file://", "localhost:2661", [], true],
  ["file://", "127.0.0.1:2661", [], true],
  ["file://", "ledger.example", [], false],
  ["file:///home/x", "localhost:2661", [], false],
  ["tauri://localhost", "localhost:2661", [], false],
  ["chrome-extension://localhost", "localhost", [], false],
  ["http://localhost:3000", "localhost:2661", [], true],
  ["http://app.localhost:3000", "localhost:2661", [], true],
  ["http://localhost:3000", "127.0.0.1:2661", [], true],
  ["http://127.0.0.1", "[::1]:2661", [], true],
  ["http://[::1]:5173", "localhost:2661", [], true],
  ["http://127.1.2.3", "localhost", [], true],
  ["http://localhost:3000", "ledger.example", [], false],
  ["https://ledger.example", "localhost:2661", [], false],
  ["http://127.0.0.1.evil.example", "localhost", [], false],
  ["http://localhost.evil.example", "localhost", [], false],
  ["http://localhost@evil.example", "localhost", [], false],
  ["http://evil.example/localhost", "localhost", [], false],
  ["http://evil.example:80#@localhost", "localhost", [], false],
  ["http://1270.0.0.1", "localhost", [], false],
];

for (const [origin, host, allowed, expected] of ORIGINS) {
  const verb = expected ? "may" : "may not";
  Deno.test(`a page of ${origin || "no origin"} ${verb} ask ${host}, with [${allowed}] listed`, () => {
    assertEquals(kindOf("GET", { origin, host }, host, allowed), expected ? "allowed" : "foreign");
  });
}

Deno.test("the page of the web edge says which pages may ask", async () => {
  const rows = await tableOf("Origin");
  assert(rows.length >= 10);
  for (const [origin = "", host = "", mayAsk] of rows) {
    const kind = kindOf("GET", { origin, host }, host);
    assertEquals([origin, host, kind], [origin, host, mayAsk === "yes" ? "allowed" : "foreign"]);
  }
});

/** What else a browser says, and what it says of the page. */
const FETCHES: readonly (readonly [string, string, string | null, string | null, string])[] = [
  ["GET", "localhost", null, null, "none"],
  ["POST", "localhost", null, null, "none"],
  // `fetch` of Node.
  ["POST", "localhost", null, "cors", "none"],
  ["POST", "localhost", null, "no-cors", "foreign"],
  ["POST", "localhost", null, "navigate", "foreign"],
  ["GET", "localhost", "cross-site", "navigate", "foreign"],
  ["GET", "localhost", "cross-site", "no-cors", "foreign"],
  ["POST", "localhost", "cross-site", null, "foreign"],
  ["POST", "localhost", "same-origin", "cors", "none"],
  ["GET", "localhost", "none", "navigate", "none"],
  ["GET", "localhost", "same-site", "no-cors", "none"],
  ["GET", "ledger.example", "same-site", "no-cors", "foreign"],
  ["GET", "localhost", "who-knows", "cors", "foreign"],
];

for (const [method, host, site, mode, kind] of FETCHES) {
  Deno.test(`${method} of ${host} with Sec-Fetch-Site ${site} and mode ${mode}: ${kind} page`, () => {
    const headers = {
      ...(site === null ? {} : { "sec-fetch-site": site }),
      ...(mode === null ? {} : { "sec-fetch-mode": mode }),
    };
    assertEquals(kindOf(method, headers, host), kind);
  });
}

Deno.test("a file is trusted where the server says so alone", () => {
  const headers = { origin: "file://" };
  assertEquals(kindOf("GET", headers, "localhost", [], false), "foreign");
});

function kindOf(
  method: string,
  headers: Readonly<Record<string, string>>,
  host: string,
  allowed: readonly string[] = [],
  areFilesTrusted = true,
): string {
  const named = parseHost(host);
  assert(named !== undefined, host);
  const asked = { method, headers: new Headers({ host, ...headers }) };
  return askingPage(asked, named, { allowed, areFilesTrusted }).kind;
}
