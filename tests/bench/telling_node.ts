import { z } from "zod";
import { vertexText } from "../../src/ledgers/hathor/intake/accept.ts";
import { genesisOf } from "../../src/ledgers/hathor/networks/genesis.ts";
import { EventType } from "../../src/ledgers/hathor/rows/events.ts";
import { isBlock, type Vertex } from "../../src/ledgers/hathor/vertex/vertex.ts";
import { BlockChain, network } from "./hathor_blocks.ts";

/** Events that can be asked for again: more than a window has. */
const KEPT = 32_768;
/** Bytes that a socket may have before it. */
const BUFFERED = 4 * 1024 * 1024;

const requestForm = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("START_STREAM"),
    last_ack_event_id: z.int().nullish(),
    window_size: z.int(),
  }),
  z.object({ type: z.literal("ACK"), ack_event_id: z.int(), window_size: z.int() }),
]);

/** The one stream that is served, and what of it has been acknowledged. */
interface Stream {
  readonly socket: WebSocket;
  sent: number;
  ack: number;
  window: number;
}

/**
 * A node that tells of blocks, one on top of the other and two events for each, which it makes when
 * they are asked for: however many there are, it keeps the last of them alone.
 */
export class TellingNode {
  readonly #chain = new BlockChain(1_790_000_000);
  readonly #events: string[] = [];
  /** Events that were made, those that are kept no more among them. */
  #made = 0;
  /** Events that may be told so far. */
  #told = 0;
  #stream: Stream | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => this.#answer(request),
  );

  constructor() {
    const { block, tx1, tx2 } = genesisOf(network);
    this.#push("LOAD_STARTED", "{}");
    for (const vertex of [block, tx1, tx2]) this.#pushVertex(EventType.newVertex, vertex, 0);
    this.#push("LOAD_FINISHED", "{}");
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Tells events up to `count` of them. */
  tell(count: number): void {
    this.#told = count;
    this.#send();
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stream?.socket.close();
    await this.#server.shutdown();
  }

  #push(type: string, data: string): void {
    const id = this.#made++;
    const timestamp = `${this.#chain.timestamp}.5`;
    this.#events[id % KEPT] =
      `{"id":${id},"timestamp":${timestamp},"type":"${type}","data":${data},"group_id":null}`;
  }

  #pushVertex(type: string, vertex: Vertex, height: number): void {
    const spent = vertex.outputs.map((_, index) => `{"index":${index},"tx_ids":[]}`).join();
    const score = isBlock(vertex) ? `${2_097_152 + 2 * height}` : "0";
    const metadata = `{"hash":"${vertex.hash}","spent_outputs":[${spent}],"conflict_with":[],` +
      '"voided_by":[],"received_by":[],"twins":[],"accumulated_weight":1.0,"score":21.0,' +
      `"accumulated_weight_raw":"2","score_raw":"${score}","first_block":null,` +
      `"height":${height},"validation":"full","nc_execution":null}`;
    const text = vertexText(network, vertex, () => undefined);
    this.#push(type, `${text.slice(0, -1)},"metadata":${metadata}}`);
  }

  #event(id: number): string {
    while (this.#made <= id) {
      const block = this.#chain.next();
      this.#pushVertex(EventType.metadataChanged, block, this.#chain.height);
      this.#pushVertex(EventType.newVertex, block, this.#chain.height);
    }
    if (id < this.#made - KEPT) throw new RangeError(`event ${id} is kept no more`);
    return this.#events[id % KEPT] ?? "";
  }

  #answer(request: Request): Response {
    const { pathname, searchParams } = new URL(request.url);
    switch (pathname) {
      case "/v1a/version":
        return Response.json({
          network: network.name,
          genesis_block_hash: network.genesis.blockHash,
        });
      case "/v1a/event": {
        const after = Number(searchParams.get("last_ack_event_id") ?? -1);
        const isKept = after + 1 >= this.#made - KEPT && after + 1 < this.#told;
        const text = isKept ? this.#event(after + 1) : "";
        return new Response(`{"events":[${text}],"latest_event_id":${this.#told - 1}}`);
      }
      case "/v1a/event_ws": {
        const { socket, response } = Deno.upgradeWebSocket(request);
        this.#attach(socket);
        return response;
      }
    }
    return new Response("no such resource", { status: 404 });
  }

  #attach(socket: WebSocket): void {
    socket.onmessage = ({ data }) => {
      const request = requestForm.parse(JSON.parse(String(data)));
      const from = request.type === "ACK" ? request.ack_event_id : request.last_ack_event_id ?? -1;
      this.#stream = { socket, sent: from, ack: from, window: request.window_size };
      this.#send();
    };
    socket.onclose = () => {
      if (this.#stream?.socket === socket) this.#stream = undefined;
    };
  }

  #send(): void {
    clearTimeout(this.#timer);
    const stream = this.#stream;
    if (stream === undefined || stream.socket.readyState !== WebSocket.OPEN) return;
    while (stream.sent - stream.ack < stream.window && stream.sent + 1 < this.#told) {
      if (stream.socket.bufferedAmount > BUFFERED) {
        this.#timer = setTimeout(() => this.#send(), 1);
        return;
      }
      const event = this.#event(++stream.sent);
      stream.socket.send(
        `{"type":"EVENT","peer_id":"${PEER}","network":"${network.name}","event":${event},` +
          `"latest_event_id":${this.#told - 1},"stream_id":"${STREAM}"}`,
      );
    }
  }
}

const PEER = "ab".repeat(32);
const STREAM = "2f2c9e3a-6a55-4b0e-9d0e-0d6f3f1d8c11";
