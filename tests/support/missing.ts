import { fail } from "@std/assert";
import { OTHER_EDGE } from "./outcome.ts";
import { TEST_EDGE } from "./ports.ts";
import { PROGRAM_RUNTIME } from "./server.ts";

/** Whether the program is run on `Deno.serve`: it was asked for, or is all that an old runtime has. */
export const IS_DENO_SERVE = TEST_EDGE === "deno" || PROGRAM_RUNTIME !== Deno.execPath();

/**
 * A test that needs something that a machine may lack. `missing` says what that is and how to have
 * it, and is undefined where all is there. The test is shown as skipped then, with what is missing;
 * CI skips nothing, and fails instead.
 */
export function testUnlessMissing(
  name: string,
  missing: string | undefined,
  body: () => void | Promise<void>,
): void {
  if (missing === undefined) Deno.test(name, () => body());
  else if (Deno.env.get("CI") === "true") Deno.test(name, () => fail(missing));
  else Deno.test({ name: `${name} (skipped: ${missing})`, ignore: true, fn: () => {} });
}

/**
 * A test of what `Deno.serve` cannot do. Where the tests are run on it, this one is shown as skipped,
 * with what that is.
 */
export function nodeEdgeTest(name: string, cannot: string, body: () => Promise<void>): void {
  if (!IS_DENO_SERVE) Deno.test(name, () => body());
  else Deno.test({ name: withoutEdge(name, cannot), ignore: true, fn: () => {} });
}

/** The name of what is skipped on `Deno.serve`. */
export function withoutEdge(name: string, cannot: string): string {
  return `${name} (skipped: ${OTHER_EDGE} ${cannot})`;
}

/** Whether a command is there and ends well. */
export function succeeds(command: string, args: readonly string[]): boolean {
  try {
    return new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false;
  }
}
