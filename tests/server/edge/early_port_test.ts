import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { PROGRAM_RUNTIME, surroundings } from "../../support/server.ts";

const ROOT = join(import.meta.dirname ?? ".", "../../..");

Deno.test("a request that fails on a port that was listened on early is logged as on any other", async () => {
  const program = `
    import { configureLogging } from "./src/server/logging.ts";
    import { listenEarly } from "./src/server/edge/early_port.ts";
    await configureLogging("info", "json");
    const port = listenEarly("127.0.0.1", 0);
    const server = port.take(() => {
      throw new Error("it fails");
    });
    const answer = await fetch("http://127.0.0.1:" + server.addr.port);
    console.error(answer.status, await answer.text());
    await server.shutdown();
  `;
  const { stdout, stderr } = await new Deno.Command(PROGRAM_RUNTIME, {
    args: ["eval", "--ext=ts", program],
    cwd: ROOT,
    env: surroundings({}),
    clearEnv: true,
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "500 Internal Server Error\n\n");
  const { level, msg, component } = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals([level, msg, component], ["error", "a request failed: it fails", "edge"]);
});
