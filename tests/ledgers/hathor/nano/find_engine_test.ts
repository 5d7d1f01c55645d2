import { assertEquals, assertStringIncludes } from "@std/assert";
import { findEngine } from "../../../../src/ledgers/hathor/nano/find_engine.ts";
import { join } from "node:path";
import { pythonTest } from "../../../support/programs.ts";
import { ServerProcess, withFolder } from "../../../support/server.ts";

pythonTest("a Python with the engine is found", ["hathorlib"], async (python) => {
  assertEquals(await findEngine({ python }), { python });
});

Deno.test("where there is no engine it is said how to get it", async () => {
  for (const python of ["/bin/false", "/bin/true"]) {
    const found = await findEngine({ python });
    assertStringIncludes("why" in found ? found.why : "", "-m pip install hathorlib==0.15.0");
  }
  const missing = await findEngine({ python: "/nowhere/python3" });
  assertStringIncludes("why" in missing ? missing.why : "", "/nowhere/python3 cannot be run");
});

Deno.test({
  name: "a program that may run nothing says which permission it needs",
  permissions: { run: false },
  async fn() {
    assertEquals(await findEngine("auto"), {
      why: "there is no python3 on the PATH, or the program may not run python3: it needs " +
        "--allow-run=python3, and python3 -m pip install hathorlib==0.15.0",
    });
  },
});

pythonTest("a server looks for the engine once, whatever threads it has", [
  "hathorlib",
], async (python) => {
  await withFolder(async (folder) => {
    const [looked, starts] = [join(folder, "python"), join(folder, "starts")];
    await Deno.writeTextFile(looked, `#!/bin/sh\necho >> '${starts}'\nexec '${python}' "$@"\n`);
    await Deno.chmod(looked, 0o755);
    const server = await ServerProcess.start(
      [`--store=${join(folder, "store")}`, "--threads=3", `--hathor-nano=${looked}`],
      {},
      undefined,
      [`--allow-run=${looked}`],
    );
    try {
      const versions = await Promise.all(Array.from({ length: 9 }, async () => {
        const headers = { connection: "close" };
        return await (await fetch(server.origin("main") + "/hathor/v1a/version", { headers }))
          .json();
      }));
      assertEquals(new Set(versions.map((told) => told.nano_contracts_enabled)), new Set([true]));
      assertEquals(await Deno.readTextFile(starts), "\n");
      assertEquals((await server.stop()).code, 0);
    } finally {
      await server.kill();
    }
  });
});
