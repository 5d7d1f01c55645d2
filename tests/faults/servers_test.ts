import { chainProjection } from "../../src/server/projections.ts";
import { assert, assertEquals } from "@std/assert";
import { stream } from "@durable-streams/client";
import { openStore } from "../../src/kv/open.ts";
import { Log } from "../../src/log/log.ts";
import { amount, figure } from "../support/amounts.ts";
import { DENOKV_TOKEN, type DenokvServer, denokvTest, startDenokv } from "../support/denokv.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { freePort } from "../support/ports.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until, within } from "../support/until.ts";

/** How often each server, and then denokv, is killed. */
const ROUNDS = amount("LEDGER_CLUSTER_ROUNDS", 1);

interface Message {
  readonly writer: number;
  readonly n: number;
}

/** Several server processes over one `denokv`, each of which can be killed and started again. */
class Cluster {
  readonly #program: string;
  readonly #file: string;
  #denokv: DenokvServer;
  readonly #servers: ServerProcess[] = [];
  readonly origins: string[] = [];

  private constructor(program: string, file: string, denokv: DenokvServer) {
    this.#program = program;
    this.#file = file;
    this.#denokv = denokv;
  }

  static async start(program: string, folder: string, count: number): Promise<Cluster> {
    const file = `${folder}/kv.sqlite3`;
    const cluster = new Cluster(program, file, await startDenokv(program, file));
    for (let at = 0; at < count; at++) {
      const port = `--port=${freePort()}`;
      const server = await ServerProcess.start([...cluster.#args, port], cluster.#env);
      cluster.#servers.push(server);
      cluster.origins.push(server.origin("main"));
    }
    return cluster;
  }

  get url(): string {
    return this.#denokv.url;
  }

  get #args(): string[] {
    return [`--store=${this.url}`];
  }

  readonly #env = { DENO_KV_ACCESS_TOKEN: DENOKV_TOKEN };

  hierachain(at: number): string {
    return this.#servers[at]?.origin("hierachain") ?? "";
  }

  /** Kills a server without a word, and starts it again where it was. */
  async restart(at: number): Promise<void> {
    await this.#servers[at]?.kill();
    const port = new URL(this.origins[at] ?? "").port;
    this.#servers[at] = await ServerProcess.start([...this.#args, `--port=${port}`], this.#env);
  }

  /** Kills `denokv`, and starts it again where it was. */
  async restartDenokv(): Promise<void> {
    const { port } = this.#denokv;
    await this.#denokv.stop();
    this.#denokv = await startDenokv(this.#program, this.#file, port);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.kill()));
    await this.#denokv.stop();
  }
}

async function withCluster(
  program: string,
  count: number,
  body: (cluster: Cluster) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const cluster = await Cluster.start(program, folder, count);
    try {
      await body(cluster);
    } finally {
      await cluster.stop();
    }
  });
}

/**
 * Appends messages one by one until told to stop, each again at the next server when one fails; its
 * producer's numbers make that once. Returns how many were acknowledged.
 */
async function write(cluster: Cluster, writer: number, stop: AbortSignal): Promise<number> {
  let at = writer;
  let n = 0;
  while (!stop.aborted) {
    const api = new StreamsApi(cluster.origins[at % cluster.origins.length] ?? "");
    const producer = {
      "producer-id": `writer-${writer}`,
      "producer-epoch": "0",
      "producer-seq": `${n}`,
    };
    try {
      const body = JSON.stringify({ writer, n } satisfies Message);
      const { status, text } = await api.send("POST", "shared", { headers: producer, body });
      if (status === 200 || status === 204) n++;
      else {
        assert(status >= 500, `${status} ${text}`);
        at++;
      }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      at++;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  return n;
}

/** What a follower of one server hears by the official client, which comes back where it was. */
async function listen(
  origin: string,
  live: "sse" | "long-poll",
  heard: Message[],
  signal: AbortSignal,
): Promise<void> {
  let offset = "-1";
  const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  while (!signal.aborted) {
    try {
      const response = await stream<Message>({
        url: `${origin}/v1/stream/shared`,
        live,
        offset,
        signal,
      });
      response.subscribeJson((batch) => {
        heard.push(...batch.items);
        offset = batch.offset;
      });
      // It does not settle when the signal is aborted.
      await Promise.race([response.closed, aborted]);
    } catch (error) {
      // The connection was cut, or the server has lost its store for a while.
      if (!(error instanceof Error)) throw error;
    }
  }
}

for (const count of [2, 4]) {
  denokvTest(
    `${count} servers over one denokv keep one order and every append, whichever of them dies`,
    async (program) => {
      await withCluster(program, count, async (cluster) => {
        const [first = ""] = cluster.origins;
        await new StreamsApi(first).create("shared");
        const heard = cluster.origins.map((): Message[] => []);
        const leave = new AbortController();
        const listeners = cluster.origins.map((origin, at) =>
          listen(origin, at % 2 === 0 ? "sse" : "long-poll", heard[at] ?? [], leave.signal)
        );
        const stop = new AbortController();
        const writers = cluster.origins.map((_, writer) => write(cluster, writer, stop.signal));
        const heardBy = (at: number) => heard[at]?.length ?? 0;
        const more = async (what: string) => {
          const before = cluster.origins.map((_, at) => heardBy(at));
          await until(what, () => before.every((known, at) => heardBy(at) > known + 40));
        };
        await more("everybody hears");
        for (let round = 0; round < ROUNDS; round++) {
          for (const at of cluster.origins.keys()) {
            await cluster.restart(at);
            await more(`everybody hears after server ${at} was killed`);
          }
          await cluster.restartDenokv();
          await more("everybody hears after denokv was killed");
        }
        stop.abort();
        const acknowledged = await within("the writers end", Promise.all(writers));

        const total = acknowledged.reduce((sum, n) => sum + n, 0);
        figure("servers killed", ROUNDS * count);
        figure("times denokv was killed", ROUNDS);
        figure("appends acknowledged", total);
        await until("everything is heard", () => heard.every(({ length }) => length >= total));
        leave.abort();
        await within("the listeners end", Promise.all(listeners));
        const [one = []] = heard;
        for (const other of heard) assertEquals(other, one);
        for (const [writer, n] of acknowledged.entries()) {
          const own = one.filter((message) => message.writer === writer).map(({ n }) => n);
          assertEquals(own, Array.from({ length: n }, (_, at) => at));
        }
        await assertDense(cluster.url, "streams/shared");
      });
    },
  );
}

denokvTest(
  "two servers give every subscriber of a chain the same events and blocks",
  async (program) => {
    await withCluster(program, 2, async (cluster) => {
      const apis = [0, 1].map((at) => new HieraChainApi(cluster.hierachain(at)));
      const [one, other] = apis;
      assert(one !== undefined && other !== undefined);
      await one.create("c");
      const heard: string[][] = [[], []];
      const sockets = [0, 1].map((at) => {
        const socket = new WebSocket(`${cluster.hierachain(at).replace("http", "ws")}/ws`);
        socket.onopen = () =>
          socket.send('{"action":"subscribe","chain_name":"c","from":"earliest"}');
        socket.onmessage = ({ data }) => {
          if (/"type":"new_(event|block)"/.test(data)) heard[at]?.push(data);
        };
        return socket;
      });
      const numbers = Array.from({ length: 100 }, (_, at) => at);
      await Promise.all(apis.flatMap((api, server) =>
        [0, 1, 2, 3].map(async (lane) => {
          for (const n of numbers.filter((n) => n % 4 === lane)) {
            await api.append("c", { entity_id: `${server}-${n}`, event_type: "t", details: { n } });
          }
        })
      ));
      const told = (at: number) =>
        heard[at]?.filter((text) => text.includes('"event_type":"t"')).length;
      await until("both have heard all", () => told(0) === 200 && told(1) === 200);
      for (const socket of sockets) socket.close();
      const common = Math.min(heard[0]?.length ?? 0, heard[1]?.length ?? 0);
      assertEquals(heard[0]?.slice(0, common), heard[1]?.slice(0, common));
      await assertDense(cluster.url, "hierachain/c");
    });
  },
);

async function assertDense(url: string, name: string): Promise<void> {
  const store = await openStore(url);
  const log = new Log(store, { projectionOf: chainProjection });
  try {
    const verified = await log.chain(name).verify();
    assert(verified.ok, JSON.stringify(verified));
  } finally {
    await log.close();
    store.close();
  }
}
