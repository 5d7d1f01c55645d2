import { fail } from "@std/assert";
import { join } from "node:path";

const CLIENTS = join(import.meta.dirname ?? ".", "../clients");

/**
 * A test that needs Node and npm: shown as skipped without them. In CI it fails instead.
 */
export function nodeTest(name: string, body: () => Promise<void>): void {
  const missing = ["node", "npm"].filter((program) => !isThere(program));
  if (missing.length === 0) return Deno.test(name, body);
  const reason = `${missing.join(" and ")} not found`;
  if (Deno.env.get("CI") === "true") Deno.test(name, () => fail(reason));
  else Deno.test({ name: `${name} (skipped: ${reason})`, ignore: true, fn: () => {} });
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

function isThere(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"], stdin: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}
