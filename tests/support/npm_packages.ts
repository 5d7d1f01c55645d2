import { fail } from "@std/assert";
import { join } from "node:path";
import { succeeds, testUnlessMissing } from "./missing.ts";

const CLIENTS = join(import.meta.dirname ?? ".", "../clients");

/** A test that needs Node and npm. */
export function nodeTest(name: string, body: () => Promise<void>): void {
  testUnlessMissing(name, missingNode(), body);
}

/** What is missing of Node and npm. */
export function missingNode(): string | undefined {
  const missing = ["node", "npm"].filter((program) => !succeeds(program, ["--version"]));
  return missing.length === 0 ? undefined : `no ${missing.join(" and no ")}: install Node`;
}

/** Installs what `tests/clients/<name>.package-lock.json` lists into a folder. */
export async function installPackages(name: string, folder: string): Promise<void> {
  for (const file of ["package.json", "package-lock.json"]) {
    await Deno.copyFile(join(CLIENTS, `${name}.${file}`), join(folder, file));
  }
  // However long the registry takes.
  const { success, stdout, stderr } = await new Deno.Command("npm", {
    args: ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
    cwd: folder,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) fail(`npm ended badly:\n${decoder.decode(stdout)}\n${decoder.decode(stderr)}`);
}
