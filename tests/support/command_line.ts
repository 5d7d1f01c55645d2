import { join } from "node:path";
import { PROGRAM_RUNTIME, surroundings } from "./server.ts";
import { PORTS_OFF } from "./ports.ts";
import { within } from "./until.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");

/** How a command ended, and all it said. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command is given beside its arguments. */
export interface Given {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Permissions beside the usual ones. */
  readonly more?: readonly string[];
}

/** Starts the program with arguments, as a user does. */
export function spawn(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  more: readonly string[] = [],
): Deno.ChildProcess {
  return new Deno.Command(PROGRAM_RUNTIME, {
    args: [
      "run",
      "--allow-net",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      ...more,
      join(ROOT, "main.ts"),
      ...args,
    ],
    env: surroundings({ ...PORTS_OFF, ...env }),
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs the program with arguments, and waits for its end. */
export async function run(args: readonly string[], given: Given = {}): Promise<Ended> {
  const child = spawn(args, given.env, given.more);
  const writer = child.stdin.getWriter();
  if (given.stdin !== undefined) await writer.write(new TextEncoder().encode(given.stdin));
  await writer.close();
  const { code, stdout, stderr } = await within(`${args[0]} ends`, child.output());
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Runs the program, which has to end well, and gives what it printed. */
export async function runWell(args: readonly string[], given: Given = {}): Promise<string> {
  const { code, stdout, stderr } = await run(args, given);
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${stderr}`);
  return stdout;
}
