import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { LedgerError } from "../../../src/kernel/errors.ts";
import { HieraChainApi } from "../../support/hierachain_api.ts";
import { withServer } from "../../support/in_process.ts";
import { KeysApi } from "../../support/keys_api.ts";
import { withFolder } from "../../support/server.ts";

Deno.test("without keys only this machine is listened to, unless the settings say otherwise", async () => {
  for (const host of ["0.0.0.0", "::", "ledger.example"]) {
    const error = await assertRejects(
      () => withServer(() => Promise.resolve(), { flags: [`--host=${host}`] }),
      LedgerError,
    );
    assertEquals([host, error.code], [host, "config_invalid"]);
    assertStringIncludes(error.message, "--allow-anonymous");
  }
  await withServer(async ({ main }) => {
    const origin = main.replace("0.0.0.0", "127.0.0.1");
    assertEquals(
      (await new HieraChainApi(origin).get("/hierachain/api/ledger/chains")).status,
      200,
    );
    // Everybody may come in, and nobody may make keys.
    for (const answer of [await new KeysApi(origin).list(), await new KeysApi(origin).ask({})]) {
      assertEquals([answer.status, answer.body.code], [403, "forbidden"]);
    }
  }, { flags: ["--host=0.0.0.0", "--allow-anonymous=true"] });
});

Deno.test("a key of the settings or of the store is enough to be reached from anywhere", async () => {
  const askAnonymously = async ({ main }: { main: string }) => {
    const origin = main.replace("0.0.0.0", "127.0.0.1");
    assertEquals((await new KeysApi(origin).list()).status, 401);
  };
  await withServer(askAnonymously, { flags: ["--host=0.0.0.0", "--api-keys=k"] });
  await withFolder(async (folder) => {
    const store = `--store=${folder}/ledger.db`;
    await withServer(async ({ main }) => {
      const { id, key } = await new KeysApi(main).make({ scopes: ["admin"] });
      await new KeysApi(main, key).revoke(id);
    }, { flags: [store] });
    // Even a revoked one: then nobody comes in at all.
    await withServer(askAnonymously, { flags: ["--host=0.0.0.0", store] });
  });
});
