/**
 * Runs all tests, folders side by side, and ends with a line of its own that says how many passed
 * and failed, after those that were skipped and why. In CI nothing may be skipped but what
 * `Deno.serve` cannot do, where `LEDGER_TEST_EDGE` is `deno`. Arguments are passed on to a single
 * `deno test`: a file or folder, or `--filter`.
 */
import { join, relative } from "node:path";
import { lastLine, OTHER_EDGE, type Outcome, outcomeOf, skippedLines } from "./support/outcome.ts";

const ROOT = join(import.meta.dirname ?? ".", "..");

/** Folders that take longest, which are begun with. */
const LONGEST = ["faults", "log", "clients", "cli", "ledgers/hathor", "server"];

/** Folders whose tests run at the same time: each starts servers of its own. */
const AT_ONCE = Math.min(4, Math.max(2, navigator.hardwareConcurrency));

/** Milliseconds that one run of `deno test` may take: the longest takes about five minutes. */
const RUN_LIMIT_MS = 20 * 60_000;

/** Milliseconds that are waited for what a run said last, once it has ended. */
const LAST_WORDS_MS = 5_000;

/** What gives each test an end. */
const LIMITED = "--preload=tests/support/limited.ts";

interface Ended extends Outcome {
  readonly code: number;
  /** What it printed. */
  readonly output: string;
  readonly ms: number;
}

/** Folders with tests, those of each ledger apart. */
function foldersUnder(folder: string): string[] {
  const found: string[] = [];
  for (const entry of Deno.readDirSync(join(ROOT, folder))) {
    if (!entry.isDirectory) continue;
    const path = join(folder, entry.name);
    if (entry.name === "ledgers") found.push(...foldersUnder(path));
    else if (hasTests(path)) found.push(path);
  }
  return found.sort((a, b) => rankOf(a) - rankOf(b) || (a < b ? -1 : 1));
}

function hasTests(folder: string): boolean {
  return Deno.readDirSync(join(ROOT, folder)).some((entry) => (
    entry.isDirectory ? hasTests(join(folder, entry.name)) : entry.name.endsWith("_test.ts")
  ));
}

function rankOf(folder: string): number {
  const rank = LONGEST.indexOf(relative("tests", folder));
  return rank < 0 ? LONGEST.length : rank;
}

/**
 * Runs `deno test`; what it says goes to `print`. One that is not through in its time is killed, and
 * has failed.
 */
async function run(args: readonly string[], print: (text: Uint8Array) => void): Promise<Ended> {
  const begun = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    // Types are for `deno task check`.
    args: ["test", "--config", "tests/deno.json", "--allow-all", "--no-check", LIMITED, ...args],
    cwd: ROOT,
    stdout: "piped",
    stderr: "piped",
    env: Deno.stdout.isTerminal() ? { FORCE_COLOR: "1" } : {},
  }).spawn();
  let output = "";
  const decoder = new TextDecoder();
  const readOut = async () => {
    for await (const chunk of child.stdout) {
      print(chunk);
      output += decoder.decode(chunk, { stream: true });
    }
  };
  const readErrors = async () => {
    for await (const chunk of child.stderr) print(chunk);
  };
  const reading = Promise.all([readOut(), readErrors()]);
  const limit = setTimeout(() => {
    const said = `\nnot through within ${RUN_LIMIT_MS / 60_000} minutes: killed\n`;
    output += said;
    print(new TextEncoder().encode(said));
    child.kill("SIGKILL");
  }, RUN_LIMIT_MS);
  const { code } = await child.status;
  clearTimeout(limit);
  // A program that a test left behind may hold the outputs open for ever.
  await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS))]);
  return { ...outcomeOf(output, code), code, output, ms: performance.now() - begun };
}

/**
 * Runs the tests of folders, some at a time. One that has passed is a line, with what it skipped;
 * of others everything is shown.
 */
async function runFolders(folders: readonly string[]): Promise<Ended[]> {
  const outcomes: Ended[] = [];
  const left = folders.values();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const folder of left) {
      const shown: Uint8Array[] = [];
      const ended = await run([folder], (text) => shown.push(text));
      outcomes.push(ended);
      if (ended.code !== 0) { for (const text of shown) write(text); }
      const { passed, failed, output, ms } = ended;
      const ignored = output.split("\n").filter((line) => line.includes("... ignored"));
      const line = `${folder}: ${passed} passed, ${failed} failed (${Math.round(ms / 1_000)} s)`;
      write(new TextEncoder().encode([...ignored, line, ""].join("\n")));
    }
  }));
  return outcomes;
}

/** Fetches what the program is made of: tests hold what it prints against what it has to say. */
async function fetchProgram(): Promise<void> {
  await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--quiet", "main.ts"],
    cwd: ROOT,
    stdin: "null",
  }).output();
}

function write(text: Uint8Array): void {
  for (let at = 0; at < text.length;) at += Deno.stdout.writeSync(text.subarray(at));
}

await fetchProgram();
const outcomes = Deno.args.length > 0
  ? [await run(Deno.args, write)]
  : await runFolders(foldersUnder("tests"));
const sum = (of: (outcome: Outcome) => number) => outcomes.map(of).reduce((a, b) => a + b, 0);
const skipped = outcomes.flatMap((each) => each.skipped);
// Said again at the end, where whoever sees no more than the end of a long output finds it.
const errors = Deno.args.length > 0 ? [] : outcomes.flatMap((each) => each.errors || []);
const lines = [
  "",
  ...errors,
  ...skippedLines(skipped),
  lastLine(sum((each) => each.passed), sum((each) => each.failed), skipped.length),
];
write(new TextEncoder().encode(`${lines.join("\n")}\n`));
const isIncomplete = skipped.some((why) => !why.startsWith(OTHER_EDGE)) &&
  Deno.env.get("CI") === "true";
Deno.exit(Math.max(...outcomes.map(({ code }) => code), isIncomplete ? 1 : 0));
