import { assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { run } from "../../../support/command_line.ts";
import { withHathor } from "../support/hathor_api.ts";
import { withFolder } from "../../../support/server.ts";

Deno.test("a network with built-in blueprints is refused by their name where contracts are run", async () => {
  await withFolder(async (folder) => {
    const settings = join(folder, "network.yml");
    const text = `extends: unittests\nBLUEPRINTS:\n  ${"ab".repeat(32)}: Bet\n`;
    await Deno.writeTextFile(settings, text);
    const network = `--hathor-network=${settings}`;
    const store = "--store=:memory:";
    const { code, stderr } = await run(["serve", store, network, "--hathor-nano=/bin/false"]);
    assertStringIncludes(`${code} ${stderr}`, "BLUEPRINTS: hathorlib 0.15.0 has no blueprint Bet");
    await withHathor(async (api) => {
      const { blueprints } = await api.get("/v1a/nano_contract/blueprint/builtin");
      assertStringIncludes(JSON.stringify(blueprints), "[]");
    }, { flags: [network, "--hathor-nano=off"] });
    await Deno.writeTextFile(settings, "extends: unittests\nBLUEPRINTS:\n  ab: Bet\n");
    const refused = await run(["serve", store, network]);
    assertStringIncludes(refused.stderr, "BLUEPRINTS.ab");
  });
});
