/** The program as JSR would have it. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";

const ROOT = join(import.meta.dirname ?? ".", "../..");

Deno.test("the program could be published as it is, without its tests", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty", "--no-check"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assertEquals(code, 0, said);
  const files = [...said.matchAll(/file:\/\/(\S+) \(/g)].map(([, path = ""]) => path);
  const outside = files.map((path) => path.slice(ROOT.length + 1)).filter((path) =>
    !path.startsWith("src/")
  );
  const alone = ["CHANGELOG.md", "LICENSE", "README.md", "deno.json", "main.ts"];
  assertEquals(outside.sort(), alone);
  assertStringIncludes(said, "/src/cli/main.ts (");
});
