/**
 * Runs all tests and ends with a line of its own that says how many passed and failed. Arguments
 * are passed on to `deno test`: a file or folder, or `--filter`.
 */
import { join } from "node:path";

const ROOT = join(import.meta.dirname ?? ".", "..");
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
const SUMMARY =
  /\| (\d+) passed (?:\([^)]*\) )?\| (\d+) failed(?: \([^)]*\))?(?: \| (\d+) ignored)?/;

const paths = Deno.args.length > 0 ? Deno.args : ["tests/"];
const child = new Deno.Command(Deno.execPath(), {
  // Types are for `deno task check`.
  args: ["test", "--allow-all", "--no-check", ...paths],
  cwd: ROOT,
  stdout: "piped",
  stderr: "inherit",
}).spawn();

// The summary is among the last lines; more need not be kept.
let tail = "";
const decoder = new TextDecoder();
for await (const chunk of child.stdout) {
  await Deno.stdout.write(chunk);
  tail = (tail + decoder.decode(chunk, { stream: true })).slice(-4_000);
}
const { code } = await child.status;

const [, passed = "0", failed = "0", skipped] = SUMMARY.exec(tail.replaceAll(COLOURS, "")) ?? [];
// A run that fell over before any test failed has failed all the same.
const failures = code !== 0 && failed === "0" ? "1" : failed;
const line = `${passed} passed, ${failures} failed${
  skipped === undefined ? "" : `, ${skipped} skipped`
}`;
await Deno.stdout.write(new TextEncoder().encode(`\n${line}\n`));
Deno.exit(code);
