import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { PROGRAM_RUNTIME, surroundings } from "../support/server.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");

Deno.test("a key that comes into a log by a name or a message is left out", async () => {
  const listed = 'a-listed "key"';
  const made = `lk_4b1m00000000_${"S".repeat(43)}`;
  const program = `
    import { getLogger } from "@logtape/logtape";
    import { configureLogging } from "./src/server/logging.ts";
    const logger = getLogger(["ledgerline", "test"]);
    const [listed, made] = ${JSON.stringify([listed, made])};
    for (const format of ["json", "text"]) {
      await configureLogging("info", format, [listed, "k"]);
      logger.info("chain streams/{made} and {listed}", { made, listed, keys: [listed, made] });
    }
  `;
  const { stdout, stderr } = await new Deno.Command(PROGRAM_RUNTIME, {
    args: ["eval", "--ext=ts", program],
    cwd: ROOT,
    env: surroundings({ NO_COLOR: "1" }),
    clearEnv: true,
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertEquals(new TextDecoder().decode(stderr), "");
  assertEquals(text.split("\n").length, 3, text);
  assertStringIncludes(text, "streams/lk_4b1m00000000_…");
  for (const secret of ["SSSS", "a-listed"]) {
    assertEquals([text.includes(secret), text], [false, text]);
  }
});

Deno.test("a log that is no terminal has no colours, and no property takes a record's own place", async () => {
  const program = `
    import { getLogger } from "@logtape/logtape";
    import { configureLogging } from "./src/server/logging.ts";
    const logger = getLogger(["ledgerline", "test"]);
    for (const format of ["json", "text"]) {
      await configureLogging("info", format);
      logger.warn("it is {level}", { level: "low", msg: "theirs", ts: 0, other: 1 });
    }
  `;
  const { stdout } = await new Deno.Command(PROGRAM_RUNTIME, {
    args: ["eval", "--ext=ts", program],
    cwd: ROOT,
    env: surroundings({}),
    clearEnv: true,
  }).output();
  const [json = "", text = ""] = new TextDecoder().decode(stdout).split("\n");
  const { ts: _, ...line } = JSON.parse(json);
  assertEquals(line, {
    level: "warning",
    msg: "it is low",
    component: "test",
    _level: "low",
    _msg: "theirs",
    _ts: 0,
    other: 1,
  });
  assertStringIncludes(text, "it is low");
  assertEquals(text.includes("\x1b"), false, text);
});
