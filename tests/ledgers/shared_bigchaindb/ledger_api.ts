import { assert, assertEquals } from "@std/assert";
import type { PyJson, PyObject } from "../../../src/python/json.ts";
import { valueAt } from "../../../src/python/json.ts";
import { writeSpacedAsciiJson } from "../../../src/python/json_write.ts";
import { withServer } from "../../support/in_process.ts";
import { until, within } from "../../support/until.ts";
import { type Person, signed } from "./builder.ts";

/** A ledger of a running server, asked over HTTP. */
export class LedgerApi {
  readonly origin: string;

  /** `origin` is that of its own port, or the main port's with its prefix. */
  constructor(origin: string) {
    this.origin = origin;
  }

  /** Posts a transaction; `commit` is what drivers ask for. */
  async post(json: PyJson, mode = "commit"): Promise<{ status: number; body: string }> {
    const body = writeSpacedAsciiJson(json);
    const response = await fetch(`${this.origin}/api/v1/transactions?mode=${mode}`, {
      method: "POST",
      body,
    });
    return { status: response.status, body: await response.text() };
  }

  /** Posts a transaction that is right. */
  async accept(json: PyObject): Promise<string> {
    const { status, body } = await this.post(json);
    assertEquals([status, body.slice(0, 200)], [202, body.slice(0, 200)], body);
    return idOf(json);
  }

  /** Posts a transaction that is wrong; gives the message. */
  async refuse(json: PyJson, wanted = 400): Promise<string> {
    const { status, body } = await this.post(json);
    assertEquals(status, wanted, body);
    return JSON.parse(body).message;
  }

  async text(path: string, wanted = 200): Promise<string> {
    const response = await fetch(this.origin + path);
    const text = await response.text();
    assertEquals(response.status, wanted, text);
    return text;
  }

  async status(path: string): Promise<number> {
    const response = await fetch(this.origin + path);
    await response.body?.cancel();
    return response.status;
  }

  /** What a GET of data gives. */
  // deno-lint-ignore no-explicit-any -- what an answer holds is for each test to know
  async get(path: string): Promise<any> {
    return JSON.parse(await this.text(path));
  }
}

/** A stream as its clients see it. */
export class StreamClient {
  readonly texts: string[] = [];
  readonly #socket: WebSocket;
  readonly #closed: Promise<void>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.texts.push(data);
    this.#closed = new Promise((resolve) => socket.onclose = () => resolve());
  }

  static async open(origin: string, path: string): Promise<StreamClient> {
    const socket = new WebSocket(`${origin.replace("http", "ws")}/api/v1/streams/${path}`);
    const client = new StreamClient(socket);
    await within(
      `the stream ${path}`,
      new Promise<void>((resolve, reject) => {
        socket.onopen = () => resolve();
        socket.onerror = () => reject(new Error(`no stream ${path}`));
      }),
    );
    socket.onerror = null;
    return client;
  }

  send(message: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(message);
  }

  /** Waits until there are `count` messages. */
  async count(count: number): Promise<string[]> {
    await until(`${count} messages`, () => this.texts.length >= count);
    return this.texts;
  }

  /** The ids of the transactions it was told of, once there are `count` messages. */
  async ids(count: number): Promise<string[]> {
    return (await this.count(count)).map((text) => JSON.parse(text).transaction_id);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await within("the stream closes", this.#closed);
  }
}

/** What a test is given. */
export interface RunningLedger {
  readonly api: LedgerApi;
  /** Origin of the streams' own port. */
  readonly streams: string;
  /** Origin of the main port. */
  readonly main: string;
  stream(path: string): Promise<StreamClient>;
}

/** Runs `body` with a server in memory that has the ledger `name` on ports of its own. */
export async function withLedger(
  name: "bigchaindb" | "planetmint",
  body: (ledger: RunningLedger) => Promise<void>,
  flags: readonly string[] = [],
): Promise<void> {
  const ports = [`--${name}-port=0`, `--${name}-stream-port=0`];
  await withServer(async ({ server, main }) => {
    const [web, streams] = server.ports.filter((port) => port.name === name)
      .map(({ origin }) => origin);
    assert(web !== undefined && streams !== undefined);
    const clients: StreamClient[] = [];
    const stream = async (path: string) => {
      const client = await StreamClient.open(streams, path);
      clients.push(client);
      return client;
    };
    try {
      await body({ api: new LedgerApi(web), streams, main, stream });
    } finally {
      for (const client of clients) await client.close();
    }
  }, { flags: [...ports, ...flags] });
}

/** The same with a server that follows another, which has the ledger on ports of its own as well. */
export async function withFollowedLedger(
  name: "bigchaindb" | "planetmint",
  body: (ledger: RunningLedger) => Promise<void>,
): Promise<void> {
  await withLedger(name, ({ api: node }) =>
    withLedger(name, async (ledger) => {
      // As it is before whoever comes first.
      await until("it follows", async () => await ledger.api.status("/api/v1/blocks/1") === 200);
      await body(ledger);
    }, [`--${name}-follow=${node.origin}`]));
}

export function idOf(json: PyObject): string {
  return String(valueAt(json, "id"));
}

/** A CREATE of BigchainDB. */
export function create(
  by: Person,
  data: PyJson,
  { metadata = null, outputs = [by.output(1)] }: {
    readonly metadata?: PyJson;
    readonly outputs?: readonly PyObject[];
  } = {},
): PyObject {
  const members = { asset: { data }, metadata, version: "2.0" };
  return signed({ operation: "CREATE", members, outputs, inputs: [{ by }] });
}

/** A TRANSFER of one output of BigchainDB. */
export function transfer(
  by: Person,
  of: PyObject,
  outputs: readonly PyObject[],
  { assetId = idOf(of), outputIndex = 0, metadata = null }: {
    readonly assetId?: string;
    readonly outputIndex?: number;
    readonly metadata?: PyJson;
  } = {},
): PyObject {
  const fulfills = { transactionId: idOf(of), outputIndex };
  const members = { asset: { id: assetId }, metadata, version: "2.0" };
  return signed({ operation: "TRANSFER", members, outputs, inputs: [{ by, fulfills }] });
}
