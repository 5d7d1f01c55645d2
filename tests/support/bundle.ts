import { assert } from "@std/assert";
import { join } from "node:path";

const ROOT = join(import.meta.dirname ?? ".", "../..");

/** Bundles a module of this repository, with all that it imports, into one file of JavaScript. */
export async function bundle(
  entry: string,
  output: string,
  platform: "browser" | "deno",
): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", platform, "--output", output, join(ROOT, entry)],
    cwd: ROOT,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
}
