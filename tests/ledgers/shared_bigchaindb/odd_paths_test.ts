import { assert, assertEquals } from "@std/assert";
import { withLedger } from "./ledger_api.ts";

/** Where something of a client's stands in a path. */
const PATHS = [
  "/api/v1/transactions/*",
  "/api/v1/transactions?asset_id=*&asset_ids=*",
  "/api/v1/transactions?asset_id=*&operation=*&last_tx=*",
  "/api/v1/outputs?public_key=*",
  "/api/v1/outputs?public_key=3i6jxHyjg142F9pEsYU3hr3ZieogiFQEiwKtoX6nwNZv&spent=*",
  "/api/v1/assets?search=*&limit=*",
  "/api/v1/metadata?search=*",
  "/api/v1/metadata?search=x&limit=*",
  "/api/v1/assets/*",
  "/api/v1/metadata/*?limit=1",
  "/api/v1/metadata/x?limit=*",
  "/api/v1/blocks/*",
  "/api/v1/blocks?transaction_id=*",
  "/api/v1/*",
  "/api/v1//*",
  "/*",
  "/api/v1/streams/*",
  "/api/v1/streams/valid_transactions?public_key=*&from_height=*",
];

const GIVEN = [
  "a".repeat(3_000),
  "a".repeat(15_000),
  "9".repeat(3_000),
  "0".repeat(64),
  "z".repeat(44),
  "%F0%9F%98%80".repeat(600),
  "x" + "%F0%9F%98%80".repeat(200),
  "%00",
  "%",
  "%ff",
  "%ED%A0%80",
  "%0D%0Aset-cookie:%20a=b",
  "__proto__",
  "-1",
  "1e400",
  "9007199254740993",
  "%22".repeat(500),
  "-%22a%22+".repeat(90),
];

for (const name of ["bigchaindb", "planetmint"] as const) {
  Deno.test(`nothing in a path is a failure of the server of ${name}`, async () => {
    await withLedger(name, async ({ api, streams }) => {
      for (const path of PATHS) {
        for (const given of GIVEN) {
          for (const method of ["GET", "HEAD", "POST", "OPTIONS"]) {
            const origin = path.includes("/streams/v") ? streams : api.origin;
            const url = origin + path.replaceAll("*", given);
            const response = await fetch(url, { method, redirect: "manual" });
            const text = await response.text();
            const { status } = response;
            assert(status < 500, `${method} ${url.slice(0, 150)} is answered ${status} ${text}`);
          }
        }
      }
      const long = `/api/v1/blocks/${"9".repeat(400)}`;
      assertEquals(await api.text(long, 404), '{"message":"Not found","status":404}\n');
    });
  });
}
