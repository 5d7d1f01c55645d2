import { assert, fail } from "@std/assert";
import { join } from "node:path";
import { PORTS_OFF } from "./ports.ts";
import { removeFolder } from "./folder.ts";
import { until, within } from "./until.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");

/** The Deno that runs the program: the one that runs the tests, or an older one that is tested. */
export const PROGRAM_RUNTIME = Deno.env.get("LEDGER_TEST_DENO") ?? Deno.execPath();

/** The environment of the tests with more in it, and without settings and what is for tests alone. */
export function surroundings(more: Readonly<Record<string, string>>): Record<string, string> {
  const given = Object.entries(Deno.env.toObject())
    .filter(([name]) => !name.startsWith("LEDGER_"));
  return { ...Object.fromEntries(given), ...more };
}

/** What the README's start command allows. */
const PERMISSIONS = [
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys=hostname",
];

/** One line of the server's log. */
export interface LogLine {
  readonly ts: string;
  readonly level: string;
  readonly msg: string;
  readonly component: string;
  /** What the message is about. */
  readonly [fact: string]: unknown;
}

/** How a server process ended, and all it said. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program as its users run it: a process of its own, told what to do by flags and variables. */
export class ServerProcess {
  readonly #child: Deno.ChildProcess;
  readonly #stdout: Promise<string>;
  readonly #stderr: Promise<string>;
  #output = "";
  #errors = "";
  #hasEnded = false;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#stdout = gather(child.stdout, (text) => this.#output += text);
    this.#stderr = gather(child.stderr, (text) => this.#errors += text);
    child.status.then(() => this.#hasEnded = true);
  }

  /** Runs the program, and does not wait for anything. */
  static run(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    permissions: readonly string[] = PERMISSIONS,
    runtime = PROGRAM_RUNTIME,
  ): ServerProcess {
    return new ServerProcess(
      new Deno.Command(runtime, {
        args: ["run", ...permissions, join(ROOT, "main.ts"), ...args],
        env: surroundings({ ...PORTS_OFF, ...env }),
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    );
  }

  /** A program that was started some other way; both of its outputs are piped. */
  static of(child: Deno.ChildProcess): ServerProcess {
    return new ServerProcess(child);
  }

  /** As {@linkcode start}, with so many open files as it may have. */
  static async startWithFiles(files: number, args: readonly string[]): Promise<ServerProcess> {
    const program = [PROGRAM_RUNTIME, "run", ...PERMISSIONS, join(ROOT, "main.ts")];
    const server = new ServerProcess(
      new Deno.Command("sh", {
        args: ["-c", `ulimit -n ${files}; exec "$@"`, "sh", ...program, ...args],
        env: surroundings(PORTS_OFF),
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    );
    await server.listening();
    return server;
  }

  /**
   * Runs the program on ports of the system's choice, and waits until it listens.
   *
   * @param more permissions beside those of the README's start command
   */
  static async start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    runtime = PROGRAM_RUNTIME,
    more: readonly string[] = [],
  ): Promise<ServerProcess> {
    const ports = ["--port=0", "--hierachain-port=0"].filter((flag) =>
      !args.some((arg) => arg.startsWith(flag.slice(0, -1)))
    );
    const permissions = [...PERMISSIONS, ...more];
    const server = ServerProcess.run([...ports, ...args], env, permissions, runtime);
    await server.listening();
    return server;
  }

  /** Waits until the log tells that everything is listened on. */
  async listening(): Promise<void> {
    try {
      await until("the server listens", () => {
        if (this.#hasEnded) throw new Error("the server ended before it listened");
        return this.lines().some(({ msg }) => msg === "ready");
      });
    } catch (error) {
      const { stdout, stderr } = await this.kill();
      fail(`${String(error)}\n${stdout}\n${stderr}`);
    }
  }

  /** The log so far; fails on a line that is not JSON. */
  lines(): LogLine[] {
    return linesOf(this.#output);
  }

  get pid(): number {
    return this.#child.pid;
  }

  get stdout(): string {
    return this.#output;
  }

  get stderr(): string {
    return this.#errors;
  }

  /** Where the port of that name is, as the log tells it: the first, where it has several. */
  origin(name: string): string {
    const [origin] = this.origins(name);
    assert(origin !== undefined, `the log tells of no port "${name}"`);
    return origin;
  }

  /** Where all ports of that name are. */
  origins(name: string): string[] {
    return this.lines().filter((line) => line.name === name).map(({ origin }) => String(origin));
  }

  /** Sends a signal. */
  signal(signal: Deno.Signal): void {
    if (!this.#hasEnded) this.#child.kill(signal);
  }

  /** Asks it to stop, and waits for its end. */
  stop(): Promise<Ended> {
    this.signal("SIGTERM");
    return this.ended();
  }

  /** Kills it without a word, and waits for its end. */
  kill(): Promise<Ended> {
    this.signal("SIGKILL");
    return this.ended();
  }

  async ended(): Promise<Ended> {
    const { code } = await within("the server ends", this.#child.status);
    return { code, stdout: await this.#stdout, stderr: await this.#stderr };
  }
}

/** The lines of a log; fails on one that is not JSON. An unfinished line at the end is left out. */
export function linesOf(output: string): LogLine[] {
  return output.split("\n").slice(0, -1).map((line): LogLine => {
    try {
      return JSON.parse(line);
    } catch {
      return fail(`not a line of JSON: ${line}`);
    }
  });
}

/** Runs `body` with a server process on `args`, and ends it. */
export async function withProcess(
  args: readonly string[],
  body: (server: ServerProcess) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const server = await ServerProcess.start(args, env);
  try {
    await body(server);
  } finally {
    await server.kill();
  }
}

/** Runs `body` with an empty folder, and removes it. */
export async function withFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "ledgerline-test-" });
  try {
    return await body(folder);
  } finally {
    await removeFolder(folder);
  }
}

async function gather(
  stream: ReadableStream<Uint8Array>,
  take: (text: string) => void,
): Promise<string> {
  const decoder = new TextDecoder();
  let all = "";
  for await (const chunk of stream) {
    const text = decoder.decode(chunk, { stream: true });
    all += text;
    take(text);
  }
  return all;
}
