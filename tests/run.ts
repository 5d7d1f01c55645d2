/**
 * Runs all tests, folders side by side, and ends with a line of its own that says how many passed
 * and failed. Arguments are passed on to a single `deno test`: a file or folder, or `--filter`.
 */
import { join, relative } from "node:path";

const ROOT = join(import.meta.dirname ?? ".", "..");
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
const SUMMARY =
  /\| (\d+) passed (?:\([^)]*\) )?\| (\d+) failed(?: \([^)]*\))?(?: \| (\d+) ignored)?/;

/** Folders that take longest, which are begun with. */
const LONGEST = ["faults", "log", "clients", "cli", "ledgers/hathor", "server"];

/** Folders whose tests run at the same time: each starts servers of its own. */
const AT_ONCE = Math.min(4, Math.max(2, navigator.hardwareConcurrency));

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
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
async function run(args: readonly string[], print: (text: Uint8Array) => void): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    // Types are for `deno task check`.
    args: ["test", "--allow-all", "--no-check", ...args],
    cwd: ROOT,
    stdout: "piped",
    stderr: "piped",
    env: Deno.stdout.isTerminal() ? { FORCE_COLOR: "1" } : {},
  }).spawn();
  // The summary is among the last lines; more need not be kept.
  let tail = "";
  const decoder = new TextDecoder();
  const readOut = async () => {
    for await (const chunk of child.stdout) {
      print(chunk);
      tail = (tail + decoder.decode(chunk, { stream: true })).slice(-4_000);
    }
  };
  const readErrors = async () => {
    for await (const chunk of child.stderr) print(chunk);
  };
  const [{ code }] = await Promise.all([child.status, readOut(), readErrors()]);
  const [, passed = "0", failed = "0", skipped = "0"] =
    SUMMARY.exec(tail.replaceAll(COLOURS, "")) ?? [];
  // A run that fell over before any test failed has failed all the same.
  const failures = code !== 0 && failed === "0" ? 1 : Number(failed);
  return { passed: Number(passed), failed: failures, skipped: Number(skipped), code };
}

/** Runs the tests of folders, some at a time; each is shown when it is through. */
async function runFolders(folders: readonly string[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
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
const skipped = sum((each) => each.skipped);
const line = `${sum((each) => each.passed)} passed, ${sum((each) => each.failed)} failed${
  skipped === 0 ? "" : `, ${skipped} skipped`
}`;
write(new TextEncoder().encode(`\n${line}\n`));
Deno.exit(Math.max(...outcomes.map(({ code }) => code)));
