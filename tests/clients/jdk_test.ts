import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { IS_DENO_SERVE, nodeEdgeTest, succeeds, testUnlessMissing } from "../support/missing.ts";
import { Program } from "../support/programs.ts";
import { withFolder, withProcess } from "../support/server.ts";

const SOURCE = join(import.meta.dirname ?? ".", "JdkClient.java");

/** What the client prints of each. */
const SAID = {
  streams: [
    "PUT 201",
    "POST 204",
    "POST 204",
    'GET 200 [{"n":1},{"n":2}]',
    'heard "n":2',
    'heard "appended"',
    "heard closed 1000",
    "DELETE 204",
    "GET 404",
  ],
  hierachain: [
    "POST 201",
    'heard "pong"',
    "POST 200",
    'heard "new_event"',
    "heard closed 1000",
  ],
} as const;

const NAME = "the JDK's HTTP and WebSocket clients work with default settings, on every port";

if (IS_DENO_SERVE) {
  nodeEdgeTest(NAME, "take a request that has Upgrade and a length", runAll);
} else {
  const missing = succeeds("javac", ["--version"]) ? undefined : "no JDK: install one, 17 or later";
  testUnlessMissing(NAME, missing, runAll);
}

async function runAll(): Promise<void> {
  await withFolder(async (folder) => {
    const compiler = Program.start("javac", ["-d", folder, SOURCE], folder);
    assertEquals([await compiler.ended(), compiler.output], [0, ""]);
    await withProcess(["--store=:memory:", "--streams-port=0"], async (server) => {
      const runs = [
        ["streams", server.origin("main")],
        ["streams", server.origin("streams")],
        ["hierachain", server.origin("hierachain")],
      ] as const;
      for (const [kind, origin] of runs) {
        const client = Program.start("java", ["-cp", folder, "JdkClient", kind, origin], folder);
        const code = await client.ended();
        assertEquals([...client.output.trim().split("\n"), code], [...SAID[kind], 0]);
      }
    });
  });
}
