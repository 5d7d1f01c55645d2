import { assert, assertEquals } from "@std/assert";
import type { Clock } from "../../../../src/kernel/clock.ts";
import { encodeVertex } from "../../../../src/ledgers/hathor/vertex/encode.ts";
import { withServer } from "../../../support/in_process.ts";
import { until } from "../../../support/until.ts";
import { WsClient } from "../../../support/ws_client.ts";
import { vertexOf } from "./vectors.ts";

// What an answer holds is for each test to know.
// deno-lint-ignore no-explicit-any
type Told = any;

/** The node of a running server, asked over HTTP. */
export class HathorApi {
  readonly origin: string;

  /** `origin` is that of its own port, or the main port's with its prefix. */
  constructor(origin: string) {
    this.origin = origin;
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; text: string; headers: Headers }> {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${this.origin}${path}`, { method, headers, ...sent });
    return { status: response.status, text: await response.text(), headers: response.headers };
  }

  /** The answer to a GET, which has to be one with that status. */
  async get(path: string, status = 200): Promise<Told> {
    const answer = await this.send("GET", path);
    assertEquals(answer.status, status, answer.text);
    return JSON.parse(answer.text);
  }

  async post(path: string, body: unknown, status = 200): Promise<Told> {
    const answer = await this.send("POST", path, body);
    assertEquals(answer.status, status, answer.text);
    return JSON.parse(answer.text);
  }
}

/** Runs `body` with the node of a server in memory. It mines for itself only where told so. */
export async function withHathor(
  body: (api: HathorApi, main: string) => Promise<void>,
  { flags = [], clock }: { readonly flags?: readonly string[]; readonly clock?: Clock } = {},
): Promise<void> {
  const given = ["--hathor-port=0", "--hathor-mine=off", ...flags];
  // A flag that comes later wins.
  const last = new Map(given.map((flag) => [flag.split("=")[0], flag]));
  await withServer(async ({ server, main }) => {
    const origin = server.ports.find(({ name }) => name === "hathor")?.origin;
    assert(origin !== undefined);
    await body(new HathorApi(origin), main);
  }, { flags: [...last.values()], ...clock === undefined ? {} : { clock } });
}

/** A miner's socket, on npm `ws`. */
export class MinerClient {
  readonly #messages: Told[];
  readonly #socket: WsClient;

  private constructor(socket: WsClient, messages: Told[]) {
    this.#socket = socket;
    this.#messages = messages;
  }

  static async open(origin: string, path = "/v1a/mining_ws"): Promise<MinerClient> {
    const messages: Told[] = [];
    const take = (text: string) => {
      messages.push(JSON.parse(text));
    };
    return new MinerClient(await WsClient.open(origin, take, {}, path), messages);
  }

  send(message: unknown): void {
    this.#socket.send(message);
  }

  /** The next message. */
  async next(): Promise<Told> {
    await until("a miner hears something", () => this.#messages.length > 0);
    return this.#messages.shift();
  }

  /** Asks, and gives the answer; nothing else may come before it. */
  async ask(id: string, method: string, params?: unknown): Promise<Told> {
    this.send({ jsonrpc: "2.0", id, method, params });
    const answer = await this.next();
    assertEquals(answer.id, id, JSON.stringify(answer));
    return answer;
  }

  close(): Promise<void> {
    return this.#socket.close();
  }
}

/** Mines a block by the routes that the miners of the original use. */
export async function mineTo(api: HathorApi, address: string): Promise<void> {
  const template = await api.get(`/v1a/get_block_template?address=${address}`);
  const { block_bytes: bytes } = await api.get("/v1a/mining");
  const plain = vertexOf(Uint8Array.fromBase64(bytes).toHex());
  assert(plain.version === 0);
  const outputs = template.outputs.map(({ script }: { script: string }) => ({
    value: BigInt(template.outputs[0].value),
    tokenData: 0,
    script: Uint8Array.fromBase64(script),
  }));
  let nonce = 0n;
  await until("a nonce is found", async () => {
    const block = { ...plain, outputs, timestamp: template.timestamp, nonce: nonce++ };
    const hexdata = encodeVertex(block).toHex();
    const { text } = await api.send("POST", "/v1a/submit_block", { hexdata });
    return JSON.parse(text).result === true;
  });
}
