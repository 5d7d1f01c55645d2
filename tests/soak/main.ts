/**
 * Runs the tests of faults with the numbers of a full run, one after another, and says of each
 * whether it passed and what it measured, or why it was skipped. Arguments choose checks by a part
 * of their names; a variable that is set already keeps its value.
 */
import { join } from "node:path";
import { lastLine, outcomeOf, skippedLines } from "../support/outcome.ts";
import { type Check, CHECKS } from "./checks.ts";

const TESTS = join(import.meta.dirname ?? ".", "..");

/** Characters of a failed test's output that are shown. */
const SHOWN = 4_000;

interface Ended {
  readonly state: "passed" | "FAILED" | "skipped";
  /** Why tests of it were not run. */
  readonly skipped: readonly string[];
  readonly seconds: number;
  readonly figures: readonly string[];
  readonly output: string;
}

async function run(check: Check): Promise<Ended> {
  const figures = await Deno.makeTempFile({ prefix: "ledgerline-soak-" });
  const env: Record<string, string> = { NO_COLOR: "1", LEDGER_SOAK_FIGURES: figures };
  const amounts = { LEDGER_PROPERTY_SEED: "random", ...check.amounts };
  for (const [variable, value] of Object.entries(amounts)) {
    if (Deno.env.get(variable) === undefined) env[variable] = String(value);
  }
  const filter = check.filter === undefined ? [] : [`--filter=${check.filter}`];
  const begun = performance.now();
  try {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--allow-all", "--no-check", ...filter, check.file],
      cwd: TESTS,
      env,
      stdin: "null",
    }).output();
    const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
    const { passed, failed, skipped } = outcomeOf(output, code);
    // One whose filter finds no test at all is out of date.
    const unrun = skipped.length > 0 ? "skipped" : "FAILED";
    return {
      state: failed > 0 ? "FAILED" : passed > 0 ? "passed" : unrun,
      skipped,
      seconds: (performance.now() - begun) / 1_000,
      figures: (await Deno.readTextFile(figures)).split("\n").filter((line) => line !== ""),
      output,
    };
  } finally {
    await Deno.remove(figures);
  }
}

async function print(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${text}\n`));
}

const wanted = CHECKS.filter(({ name }) =>
  Deno.args.length === 0 || Deno.args.some((part) => name.includes(part))
);
const counts = { passed: 0, FAILED: 0, skipped: 0 };
for (const check of wanted) {
  const { state, skipped, seconds, figures, output } = await run(check);
  counts[state]++;
  await print(`${state}  ${check.name} (${Math.round(seconds)} s)`);
  for (const line of [...figures, ...skippedLines(skipped)]) await print(`        ${line}`);
  if (state === "FAILED") await print(output.slice(-SHOWN));
}
await print(`\n${lastLine(counts.passed, counts.FAILED, counts.skipped)}`);
Deno.exit(counts.FAILED === 0 ? 0 : 1);
