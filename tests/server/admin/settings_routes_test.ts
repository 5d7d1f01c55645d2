import { assert, assertEquals } from "@std/assert";
import { HieraChainApi } from "../../support/hierachain_api.ts";
import { withFolder, withProcess } from "../../support/server.ts";
import { until } from "../../support/until.ts";

const KEY = "a-key-of-the-settings";
const HOLDER = { authorization: `Bearer ${KEY}` };

interface Setting {
  readonly name: string;
  readonly value: unknown;
  readonly isSecret: boolean;
  readonly origin: string;
  readonly variable: string;
}

Deno.test("an administrator is told the settings in force and where each is from, and no secret", async () => {
  const env = { LEDGER_API_KEYS: KEY, LEDGER_SLOW_CLIENT_SECONDS: "41" };
  const flags = ["--store=:memory:", "--host=127.0.0.1", "--allowed-hosts=a.example,b.example"];
  await withProcess(flags, async (server) => {
    const main = server.origin("main");
    const { status, body, text } = await new HieraChainApi(main, HOLDER).get("/v1/settings");
    assertEquals(status, 200);
    assertEquals(text.includes(KEY), false);
    const settings: Setting[] = body.settings;
    const shown = (name: string) => {
      const { value, origin, isSecret } = settings.find((setting) => setting.name === name) ?? {};
      return [value, origin, isSecret];
    };
    assertEquals(shown("api-keys"), [null, "environment", true]);
    assertEquals(shown("slow-client-seconds"), [41, "environment", false]);
    assertEquals(shown("allowed-hosts"), [["a.example", "b.example"], "flag", false]);
    assertEquals(shown("requests-per-second"), [null, "default", false]);
    assert(settings.some(({ name }) => name === "hathor-network"));
    assertEquals((await new HieraChainApi(main).get("/v1/settings")).status, 401);
  }, env);
});

for (const threads of [1, 2]) {
  Deno.test(`an administrator is told the last lines of the log, with ${threads} threads`, () =>
    withFolder((folder) =>
      withProcess(
        [`--store=${folder}/ledger.db`, "--host=127.0.0.1", `--threads=${threads}`],
        async (server) => {
          const api = new HieraChainApi(server.origin("main"), HOLDER);
          const lines = async () => (await api.get("/v1/log")).body.lines;
          await until(
            "the log is told as it was written",
            async () => JSON.stringify(await lines()) === JSON.stringify(server.lines()),
          );
          for (let key = 0; key < 520; key += 20) {
            await Promise.all(
              Array.from({ length: 20 }, () => api.post("/v1/keys", { name: "n" })),
            );
          }
          const last = await lines();
          assertEquals([last.length, last.at(-1).component], [500, "keys"]);
          assertEquals((await new HieraChainApi(server.origin("main")).get("/v1/log")).status, 401);
        },
        { LEDGER_API_KEYS: KEY },
      )
    ));
}
