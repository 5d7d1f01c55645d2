import { assertEquals } from "@std/assert";
import { join } from "node:path";

const HELPER = join(import.meta.dirname ?? ".", "../kv/lock_helper.ts");

/** Another program that has SQLite's write lock on a file. */
export class LockHolder {
  readonly #child: Deno.ChildProcess;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
  }

  static async on(path: string): Promise<LockHolder> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--allow-all", HELPER, path],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    assertEquals(new TextDecoder().decode(value), "held\n");
    await reader.cancel();
    return new LockHolder(child);
  }

  /** Gives the lock back, and waits for the program's end. */
  async release(): Promise<void> {
    await this.#child.stdin.close();
    await this.#child.status;
  }
}
