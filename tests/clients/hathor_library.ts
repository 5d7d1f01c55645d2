import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { installPackages } from "../support/npm_packages.ts";
import { Program } from "../support/programs.ts";

/**
 * Runs a script of this folder with @hathor/wallet-lib, of which `packages` has a version, and which
 * is installed into `folder`. Returns what it printed last, in JSON.
 */
export async function runWithHathorLibrary(
  script: string,
  args: readonly string[],
  folder: string,
  packages = "hathor",
  // What it tells is for each test to know.
  // deno-lint-ignore no-explicit-any
): Promise<any> {
  await installPackages(packages, folder);
  for (const file of [script, "hathor_begin.cjs"]) {
    await Deno.copyFile(join(import.meta.dirname ?? ".", file), join(folder, file));
  }
  // The library asks for a Node that is newer than those the other clients need.
  const flags = ["--allow-all", "--no-lock", "--node-modules-dir=manual"];
  const program = Program.start(Deno.execPath(), ["run", ...flags, script, ...args], folder);
  const code = await program.ended();
  assertEquals([code, code === 0 ? "" : program.output], [0, ""]);
  return JSON.parse(program.output.trim().split("\n").at(-1) ?? "");
}
