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

interface Ended extends Outcome {
  readonly code: number;
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

/** Runs `deno test`; what it says goes to `print`. */
async function run(args: readonly string[], print: (text: Uint8Array) => void): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    // Types are for `deno task check`.
    args: ["test", "--config", "tests/deno.json", "--allow-all", "--no-check", ...args],
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
  const [{ code }] = await Promise.all([child.status, readOut(), readErrors()]);
  return { ...outcomeOf(output, code), code };
}

/** Runs the tests of folders, some at a time; each is shown when it is through. */
async function runFolders(folders: readonly string[]): Promise<Ended[]> {
  const outcomes: Ended[] = [];
  const left = folders.values();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const folder of left) {
      const shown: Uint8Array[] = [];
      outcomes.push(await run([folder], (text) => shown.push(text)));
      for (const text of shown) write(text);
    }
  }));
  return outcomes;
}

function write(text: Uint8Array): void {
  for (let at = 0; at < text.length;) at += Deno.stdout.writeSync(text.subarray(at));
}

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
