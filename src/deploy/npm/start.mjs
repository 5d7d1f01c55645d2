#!/usr/bin/env node
// Starts the program, which is in one bundle beside this file, on the Deno that is installed with it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants, platform } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const FLAGS = []; // by the package's making
const VARIABLES = {}; // by the package's making

/** Where Deno is; it is fetched now where scripts of packages are not run at an install. */
function runtime() {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve("deno/package.json"));
  const file = join(folder, platform() === "win32" ? "deno.exe" : "deno");
  return existsSync(file) ? file : require("deno/install_api.cjs").runInstall();
}

const program = join(dirname(fileURLToPath(import.meta.url)), "main.js");
const child = spawn(runtime(), ["run", ...FLAGS, program, ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...VARIABLES, ...process.env },
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", ({ message }) => {
  process.stderr.write(`ledgerline: Deno cannot be started: ${message}\n`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
