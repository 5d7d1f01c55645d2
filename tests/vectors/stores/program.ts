import { join } from "node:path";
import { until } from "./talk.ts";

/** The program of a commit, as a process. */
export class ServerProcess {
  readonly origin: string;
  readonly #tree: string;
  readonly #child: Deno.ChildProcess;

  private constructor(tree: string, child: Deno.ChildProcess, origin: string) {
    this.#tree = tree;
    this.#child = child;
    this.origin = origin;
  }

  /** Starts it on a store, with the main port alone, and waits until it is ready. */
  static async start(
    tree: string,
    store: string,
    flags: readonly string[],
  ): Promise<ServerProcess> {
    const off = ["hierachain", "hathor", "bigchaindb", "planetmint"].map((one) =>
      `--${one}-port=off`
    );
    const streams = ["bigchaindb", "planetmint"].map((one) => `--${one}-stream-port=off`);
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        join(tree, "main.ts"),
        `--store=${store}`,
        "--port=0",
        ...off,
        ...streams,
        ...flags,
      ],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let output = "";
    const reading = child.stdout.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write: (text) => void (output += text) }));
    reading.catch(() => {});
    const origin = await until("the program listens", () => {
      const line = output.split("\n").find((text) => text.includes('"name":"main"'));
      return Promise.resolve(line === undefined ? undefined : String(JSON.parse(line).origin));
    });
    const server = new ServerProcess(tree, child, origin);
    await until("it is ready", async () => {
      const response = await fetch(`${origin}/readyz`);
      await response.body?.cancel();
      return response.ok;
    });
    return server;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
  }

  /** What a command of the same program prints. */
  async command(...args: string[]): Promise<Uint8Array> {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", join(this.#tree, "main.ts"), ...args],
      stderr: "inherit",
    }).output();
    if (code !== 0) throw new Error(`${args.join(" ")} ends with ${code}`);
    return stdout;
  }
}
