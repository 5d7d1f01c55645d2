import { assertEquals } from "@std/assert";
import { isOriginAllowed } from "../../src/stream/origin.ts";

const LISTED = ["https://listed.example"];

/** Origin, host, what is listed, and whether the socket may be opened. */
const CASES: readonly (readonly [string | null, string | null, readonly string[], boolean])[] = [
  [null, "ledger.example", [], true],
  [null, null, [], true],
  ["https://ledger.example", "ledger.example", [], true],
  ["http://ledger.example:8000", "ledger.example:8000", [], true],
  ["http://ledger.example", "ledger.example:8000", [], false],
  ["http://sub.ledger.example", "ledger.example", [], false],
  ["https://evil.example", "ledger.example", [], false],
  ["https://evil.example", null, [], false],
  ["https://listed.example", "ledger.example", LISTED, true],
  ["https://listed.example", null, LISTED, true],
  ["http://listed.example", "ledger.example", LISTED, false],
  ["https://listed.example.evil", "ledger.example", LISTED, false],
  ["https://evil.example", "ledger.example", ["*"], true],
  ["null", "ledger.example", ["*"], true],
  ["null", "localhost:2661", [], false],
  ["", "localhost:2661", [], false],
  ["not an origin", "localhost:2661", [], false],
  ["file://", "localhost:2661", [], false],
  ["http://localhost:3000", "localhost:2661", [], true],
  ["http://localhost:3000", "127.0.0.1:2661", [], true],
  ["http://127.0.0.1", "[::1]:2661", [], true],
  ["http://[::1]:5173", "localhost:2661", [], true],
  ["http://127.1.2.3", "localhost", [], true],
  ["http://localhost:3000", "ledger.example", [], false],
  ["https://ledger.example", "localhost:2661", [], false],
  ["http://127.0.0.1.evil.example", "localhost", [], false],
  ["http://localhost.evil.example", "localhost", [], false],
  ["http://1270.0.0.1", "localhost", [], false],
  ["http://evil.example", "bad host", [], false],
];

for (const [origin, host, allowed, expected] of CASES) {
  const verb = expected ? "may" : "may not";
  Deno.test(`a page of ${origin ?? "no origin"} ${verb} open a socket of ${host ?? "no host"}, with [${allowed}] listed`, () => {
    assertEquals(isOriginAllowed(origin, host, allowed), expected);
  });
}
