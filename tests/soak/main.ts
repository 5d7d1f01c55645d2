/**
 * Runs the tests of faults with the numbers of a full run, one after another, and says of each
 * whether it passed and what it measured. Arguments choose checks by a part of their names; a
 * variable that is set already keeps its value.
 */
import { join } from "node:path";
import { type Check, CHECKS } from "./checks.ts";

const TESTS = join(import.meta.dirname ?? ".", "..");

/** Characters of a failed test's output that are shown. */
const SHOWN = 4_000;

interface Outcome {
  readonly isPassed: boolean;
  readonly seconds: number;
  readonly figures: readonly string[];
  readonly output: string;
}

async function run(check: Check): Promise<Outcome> {
  const figures = await Deno.makeTempFile({ prefix: "ledgerline-soak-" });
  const env: Record<string, string> = { NO_COLOR: "1", LEDGER_SOAK_FIGURES: figures };
  for (const [variable, value] of Object.entries(check.amounts)) {
    if (Deno.env.get(variable) === undefined) env[variable] = String(value);
  }
  const filter = check.filter === undefined ? [] : [`--filter=${check.filter}`];
  const begun = performance.now();
  try {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--allow-all", "--no-check", ...filter, join(TESTS, check.file)],
      cwd: join(TESTS, ".."),
      env,
      stdin: "null",
    }).output();
    const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
    return {
      isPassed: success && !/\b0 passed\b/.test(output),
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
let failed = 0;
for (const check of wanted) {
  const { isPassed, seconds, figures, output } = await run(check);
  if (!isPassed) failed++;
  await print(`${isPassed ? "passed" : "FAILED"}  ${check.name} (${Math.round(seconds)} s)`);
  for (const figure of figures) await print(`        ${figure}`);
  if (!isPassed) await print(output.slice(-SHOWN));
}
await print(`\n${wanted.length - failed} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);
