import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { join } from "node:path";
import { installPackages, nodeTest } from "../support/npm_packages.ts";
import { withFolder, withProcess } from "../support/server.ts";

const SUITE = `
import { runConformanceTests } from "@durable-streams/server-conformance-tests";
runConformanceTests({ baseUrl: process.env.CONFORMANCE_TEST_URL, subscriptions: true });
`;

/** Tests of the suite's version 0.3.6, with those of the optional subscriptions. */
const TESTS = 338;

nodeTest(
  "the public conformance suite of Durable Streams passes whole",
  async () => {
    await withFolder(async (folder) => {
      await installPackages("durable_streams", folder);
      await Deno.writeTextFile(join(folder, "suite.test.mjs"), SUITE);
      await withProcess(["--store=:memory:"], async (server) => {
        const args = [
          "run",
          "suite.test.mjs",
          "--reporter=json",
          "--outputFile=results.json",
          // Five seconds, which they have otherwise, are not enough where every core is in use.
          "--testTimeout=60000",
          "--hookTimeout=60000",
        ];
        const env = { CONFORMANCE_TEST_URL: server.origin("main") };
        const printed = await run(folder, ["node_modules/vitest/vitest.mjs", ...args], env);
        const { passed, others } = await resultsIn(
          join(folder, "results.json"),
        );
        assertEquals([others, others.length === 0 ? "" : printed], [[], ""]);
        assertGreaterOrEqual(passed, TESTS);
      });
    });
  },
);

/** How many tests passed, and which did not. */
async function resultsIn(
  path: string,
): Promise<{ passed: number; others: string[] }> {
  const { testResults }: Results = JSON.parse(await Deno.readTextFile(path));
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const others = tests.filter(({ status }) => status !== "passed");
  return {
    passed: tests.filter(({ status }) => status === "passed").length,
    others: others.map(({ fullName, status, failureMessages }) =>
      `${status}: ${fullName}: ${failureMessages.join("\n").slice(0, 500)}`
    ),
  };
}

/** What vitest writes of a run. */
interface Results {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Runs Node to its end; returns what it printed. A suite with failures ends badly, too. */
async function run(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const options: Deno.CommandOptions = { args: [...args], cwd, env: { ...env }, stdin: "null" };
  const { stdout, stderr } = await new Deno.Command("node", options).output();
  return [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
}
