import { freePort } from "../../../support/ports.ts";
import { ServerProcess, withFolder } from "../../../support/server.ts";
import { until } from "../../../support/until.ts";

/** A node and a gateway before it, each a process with a store, that are killed and started again. */
export class Pair {
  readonly #folder: string;
  readonly #ports = { node: freePort(), gateway: freePort() };
  readonly #running = new Map<string, ServerProcess>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Where the gateway's own port for Hathor is, whether it is there or not. */
  get origin(): string {
    return `http://127.0.0.1:${this.#ports.gateway}`;
  }

  /** The same of the node. */
  get nodeOrigin(): string {
    return `http://127.0.0.1:${this.#ports.node}`;
  }

  async startNode(): Promise<void> {
    await this.#start("node", "--hathor-mine=auto");
  }

  async startGateway(): Promise<void> {
    await this.#start("gateway", `--hathor-follow=http://127.0.0.1:${this.#ports.node}/v1a/`);
    await this.#follows();
  }

  /** Does one of `kill-node`, `start-node`, `kill-gateway` and `start-gateway`. */
  async tell(what: string): Promise<void> {
    const [does, name = ""] = what.split("-");
    if (does === "kill") return void await this.#running.get(name)?.kill();
    await (name === "node" ? this.startNode() : this.startGateway());
    await this.#follows();
  }

  async end(): Promise<void> {
    await Promise.all(this.#running.values().map((server) => server.kill()));
  }

  async #start(name: "node" | "gateway", flag: string): Promise<void> {
    const store = `--store=${this.#folder}/${name}.db`;
    const port = `--hathor-port=${this.#ports[name]}`;
    this.#running.set(name, await ServerProcess.start([store, port, flag]));
  }

  async #follows(): Promise<void> {
    const main = this.#running.get("gateway")?.origin("main");
    await until("the gateway follows the node", async () => {
      const { remotes } = await (await fetch(`${main}/readyz`)).json();
      return remotes[0]?.state === "following" && remotes[0].lagEvents === 0;
    });
  }
}

export async function withPair(body: (pair: Pair, folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const pair = new Pair(folder);
    try {
      await pair.startNode();
      await pair.startGateway();
      await body(pair, folder);
    } finally {
      await pair.end();
    }
  });
}
