import { assertEquals, assertStringIncludes } from "@std/assert";
import { findEngine } from "../../../../src/ledgers/hathor/nano/find_engine.ts";
import { pythonTest } from "../../../support/programs.ts";

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
      why: "the program may not run python3: it needs --allow-run=python3",
    });
  },
});
