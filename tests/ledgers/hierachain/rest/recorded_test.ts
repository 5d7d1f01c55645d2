import { assertEquals } from "@std/assert";
import { FakeClock } from "../../../support/fake_clock.ts";
import { withServer } from "../../../support/in_process.ts";
import { assertAnswers, readCases } from "../../../support/recorded_answers.ts";

const START = Date.UTC(2026, 10, 28);
const clock = () => new FakeClock(START);
// What the original does with HTML is asked for.
const flags = ["--hierachain-escape-html=true"];

Deno.test("methods, slashes, queries and names are answered as hierachain 0.2.0 answers them", async () => {
  await withServer(async ({ api, native }) => {
    await api.create("sc");
    await assertAnswers(native, readCases("hierachain_http.json").slice(1));
  }, { clock: clock() });
});

Deno.test("the business routes answer as hierachain 0.2.0 does", async () => {
  await withServer(async ({ native }) => {
    await assertAnswers(native, readCases("hierachain_business.json"));
  }, { clock: clock(), flags });
});

Deno.test("GraphQL answers as hierachain 0.2.0 does", async () => {
  await withServer(async ({ api, native }) => {
    await api.create("sc");
    await assertAnswers(native, readCases("hierachain_graphql.json"));
  }, { clock: clock() });
});

Deno.test("under the prefix of the main port a path with a slash leads to the one without it", async () => {
  await withServer(async ({ main }) => {
    for (const path of ["/api/ledger/chains", "/ws/status", "/docs", "/graphql"]) {
      const asked = `${main}/hierachain${path}`;
      const response = await fetch(`${asked}/?a=b`, { redirect: "manual" });
      await response.body?.cancel();
      assertEquals([response.status, response.headers.get("location")], [307, `${asked}?a=b`]);
    }
  }, { clock: clock() });
});

Deno.test("a whole number of more digits than Python reads, or of very many, is answered as there", async () => {
  await withServer(async ({ api }) => {
    await api.create("sc");
    const ask = (limit: string) => api.get(`/api/ledger/chains/sc/blocks?offset=0&limit=${limit}`);
    const long = await ask("1".repeat(4_301));
    assertEquals([long.status, long.body.detail[0].type], [422, "int_parsing_size"]);
    const large = await ask("9".repeat(4_300));
    assertEquals([large.status, large.body.blocks.length], [200, 1]);
    const last = await api.get("/api/ledger/chains/sc/blocks?limit=x&limit=2");
    assertEquals([last.status, JSON.parse(last.text).limit], [200, 2]);
  }, { clock: clock() });
});
