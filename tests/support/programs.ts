import { fail } from "@std/assert";
import { succeeds, testUnlessMissing } from "./missing.ts";
import { until, within } from "./until.ts";

/** Milliseconds that a program may take from its start to its end: less than a test may. */
const PROGRAM_MS = 300_000;

/** A program of somebody else's, with what it prints. */
export class Program {
  readonly #child: Deno.ChildProcess;
  readonly #gathered: Promise<unknown>;
  #output = "";

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#gathered = Promise.all([this.#gather(child.stdout), this.#gather(child.stderr)]);
  }

  static start(
    command: string,
    args: readonly string[],
    cwd: string,
    env: Readonly<Record<string, string>> = {},
  ): Program {
    return new Program(
      new Deno.Command(command, {
        args: [...args],
        cwd,
        env: { ...env, PYTHONUNBUFFERED: "1", PYTHONIOENCODING: "utf-8" },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    );
  }

  /** Everything printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Waits until something is printed. */
  async printed(text: string): Promise<void> {
    try {
      await until(`"${text}" is printed`, () => this.#output.includes(text));
    } catch (error) {
      fail(`${String(error)}; printed was:\n${this.#output}`);
    }
  }

  /** Waits for the end by itself. */
  async ended(): Promise<number> {
    const { code } = await within("the program ends", this.#child.status, PROGRAM_MS);
    await this.#gathered;
    return code;
  }

  async kill(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.ended();
  }

  async #gather(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) this.#output += decoder.decode(chunk, { stream: true });
  }
}

/** A command that runs JavaScript with the platform's WebSocket: Node where it has one, or Deno. */
export function javascriptCommand(): readonly [string, ...string[]] {
  const probe = "if (typeof WebSocket !== 'function') process.exit(1)";
  for (const flags of [[], ["--experimental-websocket"]]) {
    if (succeeds("node", [...flags, "-e", probe])) return ["node", ...flags];
  }
  return [Deno.execPath(), "run", "--allow-net"];
}

/** A test that needs Python packages: run with the interpreter that `LEDGER_TEST_PYTHON` names. */
export function pythonTest(
  name: string,
  packages: readonly string[],
  body: (python: string) => Promise<void>,
  /** What else is missing. */
  also?: string,
): void {
  const python = Deno.env.get("LEDGER_TEST_PYTHON");
  testUnlessMissing(name, also ?? missingOf(python, packages), () => body(python ?? ""));
}

/** Where browsers of Chromium's family are, in the order in which they are tried. */
const BROWSERS = ["chromium", "chromium-browser", "google-chrome"];

/**
 * A test that needs Chromium: run with the first one there is, or with what `LEDGER_TEST_CHROMIUM`
 * names.
 */
export function browserTest(name: string, body: (browser: string) => Promise<void>): void {
  const named = Deno.env.get("LEDGER_TEST_CHROMIUM");
  const browser = (named === undefined ? BROWSERS : [named])
    .find((command) => succeeds(command, ["--version"]));
  const path = browser === undefined ? undefined : pathOf(browser);
  const missing = "no Chromium: install it, or name one in LEDGER_TEST_CHROMIUM";
  testUnlessMissing(name, path === undefined ? missing : undefined, () => body(path ?? ""));
}

/** Where a command is, which has been run before. */
function pathOf(command: string): string | undefined {
  if (command.includes("/")) return command;
  const folders = (Deno.env.get("PATH") ?? "").split(Deno.build.os === "windows" ? ";" : ":");
  return folders.map((folder) => `${folder}/${command}`).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

function missingOf(python: string | undefined, packages: readonly string[]): string | undefined {
  if (python === undefined || python === "") {
    return "LEDGER_TEST_PYTHON names no Python with tests/clients/requirements.txt installed";
  }
  const missing = packages.filter((name) => {
    const probe =
      `import importlib.util, sys; sys.exit(importlib.util.find_spec("${name}") is None)`;
    return !succeeds(python, ["-c", probe]);
  });
  return missing.length === 0 ? undefined : `${python} lacks ${missing.join(" and ")}`;
}
