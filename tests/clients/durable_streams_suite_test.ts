import { assertEquals, assertGreaterOrEqual, fail } from "@std/assert";
import { join } from "node:path";
import { withFolder, withProcess } from "../support/server.ts";

/** The versions of the suite and of all it needs, for npm. */
const PACKAGES = join(import.meta.dirname ?? ".", "durable_streams");

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
      for (const name of ["package.json", "package-lock.json"]) {
        await Deno.copyFile(`${PACKAGES}.${name}`, join(folder, name));
      }
      await run(folder, "npm", [
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
      ]);
      await Deno.writeTextFile(join(folder, "suite.test.mjs"), SUITE);
      await withProcess(["--store=:memory:"], async (server) => {
        const args = [
          "run",
          "suite.test.mjs",
          "--reporter=json",
          "--outputFile=results.json",
        ];
        const env = { CONFORMANCE_TEST_URL: server.origin("main") };
        const printed = await run(folder, "node", [
          "node_modules/vitest/vitest.mjs",
          ...args,
        ], env);
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

/** Runs a program to its end; returns what it printed. */
async function run(
  cwd: string,
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options: Deno.CommandOptions = {
    args: [...args],
    cwd,
    env: { ...env },
    stdin: "null",
  };
  const { code, stdout, stderr } = await new Deno.Command(program, options)
    .output();
  const printed = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
  // A suite with failures ends badly too; its results say which they are.
  if (code !== 0 && program === "npm") {
    fail(`npm ended with ${code}:\n${printed}`);
  }
  return printed;
}

/** A test that needs Node and npm: skipped by name without them, but in CI it fails. */
function nodeTest(name: string, body: () => Promise<void>): void {
  const missing = ["node", "npm"].filter((program) => !isThere(program));
  if (missing.length === 0) {
    Deno.test(name, body);
    return;
  }
  const reason = `${missing.join(" and ")} not found`;
  if (Deno.env.get("CI") === "true") Deno.test(name, () => fail(reason));
  else {Deno.test({
      name: `${name} (skipped: ${reason})`,
      ignore: true,
      fn: () => {},
    });}
}

function isThere(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"], stdin: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}
