import { assertEquals } from "@std/assert";
import { HieraChainApi } from "../../../support/hierachain_api.ts";
import { withServer } from "../../../support/in_process.ts";

const KEY = "hrc_0123abcd_a-key-for-tests-only";
const FLAGS = { flags: [`--api-keys=${KEY},another-key`] };

const MISSING = "API key missing. Please provide a valid API key.";
const INVALID = "Invalid API key. The provided key is not valid or has expired.";

/** Every route that needs a key. */
const GUARDED: readonly (readonly [string, string])[] = [
  ["GET", "/api/ledger/chains"],
  ["POST", "/api/ledger/chains/c/create"],
  ["GET", "/api/ledger/chains/c/stats"],
  ["POST", "/api/ledger/chains/c/submit-proof"],
  ["POST", "/api/ledger/chains/c/events"],
  ["POST", "/api/ledger/chains/c/events/batch"],
  ["GET", "/api/ledger/chains/c/events/1"],
  ["GET", "/api/ledger/chains/c/events/1/proof"],
  ["GET", "/api/ledger/chains/c/blocks"],
  ["GET", "/api/ledger/chains/c/blocks/0"],
  ["GET", "/api/ledger/chains/c/blocks/0/events/0/proof"],
  ["GET", "/api/ledger/entities/e/trace"],
  ["GET", "/api/ledger/network/ping/p"],
  ["POST", "/api/admin/verify-identity"],
];

const EXEMPT = [
  "/",
  "/health",
  "/api/ledger/health",
  "/api/business/health",
  "/api/admin/status",
  "/api/admin/authority",
  "/ws/status",
];

Deno.test("with keys on, every route but the exempt ones says 401 in the original's words", async () => {
  await withServer(async ({ api, main }) => {
    for (const origin of [api.origin, `${main}/hierachain`]) {
      const anonymous = new HieraChainApi(origin);
      for (const [method, path] of GUARDED) {
        for (const [key, message] of [[undefined, MISSING], ["", MISSING], ["x", INVALID]]) {
          const headers: Record<string, string> = key === undefined ? {} : { "x-api-key": key };
          const { status, body } = await anonymous.ask(method ?? "", path ?? "", { headers });
          assertEquals([path, status, body], [path, 401, {
            error: "HTTP error",
            message,
            status_code: 401,
          }]);
        }
      }
      for (const path of EXEMPT) {
        assertEquals([path, (await anonymous.get(path)).status], [path, 200]);
      }
      assertEquals((await anonymous.get("/nope")).status, 404);
    }
  }, FLAGS);
});

Deno.test("any of the keys lets a client in, as X-API-Key in any case or as a bearer token", async () => {
  await withServer(async ({ api }) => {
    const ways: Record<string, string>[] = [
      { "X-API-Key": KEY },
      { "x-api-key": "another-key" },
      { "X-Api-KEY": KEY },
      { authorization: `Bearer ${KEY}` },
    ];
    for (const headers of ways) {
      assertEquals((await api.ask("GET", "/api/ledger/chains", { headers })).status, 200);
    }
    const keyed = new HieraChainApi(api.origin, { "x-api-key": KEY });
    await keyed.create("c");
    await keyed.append("c", { entity_id: "e", event_type: "t" });
    assertEquals((await api.get(`/api/ledger/chains?token=${KEY}`)).status, 401);
  }, FLAGS);
});

Deno.test("a refused write writes nothing", async () => {
  await withServer(async ({ api }) => {
    assertEquals((await api.post("/api/ledger/chains/c/create")).status, 401);
    const keyed = new HieraChainApi(api.origin, { "x-api-key": KEY });
    assertEquals((await keyed.get("/api/ledger/chains")).body.length, 1);
  }, FLAGS);
});
