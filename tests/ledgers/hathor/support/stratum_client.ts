import { systemClock } from "../../../../src/kernel/clock.ts";
import { WorkHasher } from "../../../../src/ledgers/hathor/mining/work_hasher.ts";
import { StratumServer } from "../../../../src/ledgers/hathor/mining/stratum/stratum_server.ts";
import { NonceSearch } from "../../../../src/ledgers/hathor/mining/nonce_search.ts";
import { TransactionWork } from "../../../../src/ledgers/hathor/mining/transaction_work.ts";
import { TemplateFeed } from "../../../../src/ledgers/hathor/mining/template_feed.ts";
import { inTestMode } from "../../../../src/ledgers/hathor/networks/settings_file.ts";
import { targetOf } from "../../../../src/ledgers/hathor/rules/work.ts";
import { SocketHub } from "../../../../src/sockets/hub.ts";
import type { Access } from "../../../../src/web/access.ts";
import { writeAll } from "../../../support/raw_socket.ts";
import { until } from "../../../support/until.ts";
import { type TestNode, withNode } from "./test_node.ts";
import { networkOf } from "./vectors.ts";

// What a message holds is for each test to know.
// deno-lint-ignore no-explicit-any
type Told = any;

/** A miner on a connection of TCP. */
export class StratumClient {
  readonly #tcp: Deno.TcpConn;
  readonly #told: string[] = [];
  #isOver = false;
  #text = "";
  #written: Promise<void> = Promise.resolve();

  private constructor(tcp: Deno.TcpConn) {
    this.#tcp = tcp;
    void this.#read();
  }

  static async open(port: number): Promise<StratumClient> {
    return new StratumClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** As the server sees it. */
  get address(): string {
    const { hostname, port } = this.#tcp.localAddr;
    return `${hostname}:${port}`;
  }

  send(message: object): void {
    this.write(`${JSON.stringify(message)}\n`);
  }

  write(text: string): void {
    const bytes = new TextEncoder().encode(text);
    // Whoever is cut off cannot write any more.
    this.#written = this.#written.then(() => writeAll(this.#tcp, bytes)).catch(() => {});
  }

  async next(): Promise<Told> {
    return JSON.parse(await this.nextText());
  }

  /** The next line as it is. */
  async nextText(): Promise<string> {
    await until("a miner hears something", () => this.#told.length > 0);
    return this.#told.shift() ?? "";
  }

  /** Resolves when the connection is over. */
  async over(): Promise<void> {
    await until("a connection ends", () => this.#isOver);
    await this.#written;
    this.close();
  }

  close(): void {
    try {
      this.#tcp.close();
    } catch {
      // It is closed already.
    }
  }

  /** The first nonce that is the work of a job, or that is not. */
  nonceFor({ data, weight }: { data: string; weight: number }, isGood = true): string {
    const target = targetOf(weight);
    for (let nonce = 0;; nonce++) {
      const hasher = new WorkHasher(Uint8Array.fromHex(data), target);
      const isFound = hasher.search(nonce, nonce + 1) !== undefined;
      if (isFound === isGood) return `0x${nonce.toString(16)}`;
    }
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(4096);
    const decoder = new TextDecoder();
    try {
      for (;;) {
        const count = await this.#tcp.read(buffer);
        if (count === null) break;
        this.#text += decoder.decode(buffer.subarray(0, count), { stream: true });
        const lines = this.#text.split("\n");
        this.#text = lines.pop() ?? "";
        this.#told.push(...lines);
      }
    } catch {
      // It is closed, by either side.
    }
    this.#isOver = true;
  }
}

/** Keys that do one thing each. */
const KEYS: Access = {
  isRequired: true,
  grantOf: (key) =>
    key === "reads" || key === "appends"
      ? {
        id: key,
        isOver: false,
        allows: (scope) => scope === (key === "reads" ? "read" : "append"),
      }
      : undefined,
};

const OPEN: Access = { isRequired: false, grantOf: () => undefined };

/** A stratum server on a node in test mode, which mines for nobody without an address. */
export async function withStratum(
  body: (world: {
    readonly server: StratumServer;
    readonly work: TransactionWork;
    readonly node: TestNode;
    open(): Promise<StratumClient>;
  }) => Promise<void>,
  { connections = 100, needsKeys = false }: {
    readonly connections?: number;
    readonly needsKeys?: boolean;
  } = {},
): Promise<void> {
  const network = inTestMode(networkOf("privatenet"), { transactions: true, blocks: true });
  await withNode(network, async (node, _log, clock) => {
    const feed = new TemplateFeed(node, clock);
    await feed.start();
    const work = new TransactionWork(clock, new NonceSearch(null));
    const server = new StratumServer({
      queries: node,
      peerId: (await node.identity()).peerId,
      intake: node.intake,
      feed,
      work,
      shared: {
        access: needsKeys ? KEYS : OPEN,
        sockets: new SocketHub(systemClock, { connections }),
      },
      clock,
      ownAddress: () => Promise.resolve(undefined),
    });
    const port = server.listen({ host: "localhost", port: 0 });
    server.start();
    const clients: StratumClient[] = [];
    try {
      await body({
        server,
        work,
        node,
        async open() {
          const client = await StratumClient.open(port);
          clients.push(client);
          return client;
        },
      });
    } finally {
      for (const client of clients) client.close();
      await server.stop();
      feed.stop();
    }
  });
}
