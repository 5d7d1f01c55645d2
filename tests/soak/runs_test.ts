import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { withFolder } from "../support/server.ts";

const TESTS = join(import.meta.dirname ?? ".", "..");

/** Runs a program of the tests where there is no denokv, and gives its code and what it printed. */
async function runWithout(program: string, args: string[], ci: string): Promise<[number, string]> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", join(TESTS, program), ...args],
    cwd: join(TESTS, ".."),
    env: { LEDGER_TEST_DENOKV: "off", CI: ci, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  return [code, new TextDecoder().decode(stdout)];
}

const HINT = "no denokv: cargo install denokv --locked, or name one in LEDGER_TEST_DENOKV";

Deno.test("the soak skips what lacks its program, and says what to install", async () => {
  const [code, text] = await runWithout("soak/main.ts", ["store away"], "");
  assertEquals(code, 0, text);
  assertStringIncludes(text, "skipped  store away");
  assertStringIncludes(text, HINT);
  assertStringIncludes(text, "\n0 passed, 0 failed, 1 skipped\n");
});

Deno.test("the suite says what it skips and why, and fails for it in CI", async () => {
  const file = [join(TESTS, "faults/store_away_test.ts")];
  const [code, text] = await runWithout("run.ts", file, "");
  assertEquals(code, 0, text);
  assertStringIncludes(text, `skipped 1: ${HINT}\n0 passed, 0 failed, 1 skipped\n`);
  const [inCi, told] = await runWithout("run.ts", file, "true");
  assertEquals(inCi, 1, told);
  assertStringIncludes(told, HINT);
  assertStringIncludes(told, "\n0 passed, 1 failed\n");
});

Deno.test("a test that never ends fails by its name, and what one leaves behind keeps nobody waiting", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "endless_test.ts");
    await Deno.writeTextFile(
      file,
      `Deno.test("waits for ever", () => new Promise(() => setInterval(() => {}, 1_000)));
       Deno.test({ name: "leaves a program behind", sanitizeResources: false, fn() {
         new Deno.Command("sleep", { args: ["60"], stdout: "inherit" }).spawn().unref();
       }});
       Deno.test("comes after them", () => {});`,
    );
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", join(TESTS, "run.ts"), file],
      cwd: join(TESTS, ".."),
      env: { LEDGER_TEST_LIMIT_MS: "500", NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const text = new TextDecoder().decode(stdout);
    assertEquals(code, 1, text);
    assertStringIncludes(text, "waits for ever ... FAILED");
    assertStringIncludes(text, "\n2 passed, 1 failed\n");
  });
});
