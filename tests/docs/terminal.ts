import { fail } from "@std/assert";
import { join } from "node:path";
import { until } from "../support/until.ts";

/** What a shell prints when a block has ended well: no block prints it. */
const ENDED = "\u0004 the block has ended \u0004";

/** A shell in which blocks are run one after another, as they are pasted into a terminal. */
export class Terminal {
  readonly #child: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #gathered: Promise<void>;
  readonly #folder: string;
  #output = "";
  #hasEnded = false;

  /** `folder` is where it is, and `env` all of its environment. */
  constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#child = new Deno.Command("sh", {
      cwd: folder,
      env: { ...env },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
      // A group of its own, so that whatever a block has started ends with it.
      detached: true,
    }).spawn();
    this.#stdin = this.#child.stdin.getWriter();
    this.#gathered = this.#gather();
  }

  /** Everything printed so far. */
  get output(): string {
    return this.#output;
  }

  /** Pastes a block, and does not wait for its end. */
  async paste(text: string): Promise<void> {
    const path = await Deno.makeTempFile({ dir: this.#folder, prefix: "pasted-" });
    await Deno.writeTextFile(path, text);
    const lines = `exec 2>&1; set -e; . ${path} </dev/null; printf '%s\\n' '${ENDED}'\n`;
    await this.#stdin.write(new TextEncoder().encode(lines));
  }

  /** Runs a block, which has to end well; returns what it printed. */
  async run(text: string): Promise<string> {
    const before = this.#output.length;
    await this.paste(text);
    const printed = () => this.#output.slice(before);
    await until("the block ends", () => this.#hasEnded || printed().includes(ENDED));
    const at = printed().indexOf(ENDED);
    if (at < 0) fail(`the block failed:\n${text}\n${printed()}`);
    return printed().slice(0, at);
  }

  /** Waits until a text is printed. */
  async printed(text: string): Promise<void> {
    await until(`"${text}" is printed`, () => {
      if (this.#hasEnded) fail(`it ended before it printed "${text}":\n${this.#output}`);
      return this.#output.includes(text);
    });
  }

  /** Ends the shell and all that it has started. */
  async close(): Promise<void> {
    try {
      Deno.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // They have ended already.
    }
    await this.#child.status;
    await this.#stdin.abort().catch(() => {});
    // The last of them is gone when nobody can print any more.
    await this.#gathered;
  }

  async #gather(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#child.stdout) {
      this.#output += decoder.decode(chunk, { stream: true });
    }
    this.#hasEnded = true;
  }
}

/** Copies the program, without its tests, and what it has stored, into a folder. */
export async function copyProgram(root: string, folder: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(root)) {
    if (isFile) await Deno.copyFile(join(root, name), join(folder, name));
  }
  await copyFolder(join(root, "src"), join(folder, "src"));
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isFile, isDirectory } of Deno.readDir(from)) {
    if (isFile) await Deno.copyFile(join(from, name), join(to, name));
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
  }
}
