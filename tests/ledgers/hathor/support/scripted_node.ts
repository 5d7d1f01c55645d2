import { z } from "zod";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { within } from "../../../support/until.ts";

/** What becomes of a message on its way: others in its place, `cut` where the connection ends amid it. */
export type MessageFault = (message: string, id: number) => readonly string[] | "cut";

const startForm = z.object({
  type: z.literal("START_STREAM"),
  last_ack_event_id: z.int().nullish(),
  window_size: z.int(),
});
const ackForm = z.object({ type: z.literal("ACK"), ack_event_id: z.int(), window_size: z.int() });
const requestForm = z.discriminatedUnion("type", [startForm, ackForm]);

const notFound = () => new Response("no such resource", { status: 404 });

/** A stream of a client: the last that was sent, and what it has acknowledged. */
interface Stream {
  readonly socket: WebSocket;
  sent: number;
  ack: number;
  window: number;
}

/**
 * A node that tells the events that a test gives it, as hathor-core 0.72.0 does: after an ACK it
 * sends again what it has sent since the event that was acknowledged.
 */
export class ScriptedNode {
  /** Events in JSON, each at its id. */
  events: string[];
  peerId = "ab".repeat(32);
  streamId = crypto.randomUUID();
  readonly transactions = new Map<string, string>();
  fault: MessageFault | undefined;
  network: string;
  genesis: string;
  /** Whether it keeps events. */
  hasQueue = true;
  /** Whether its sockets tell nothing, though they stay open. */
  isSilent = false;
  /** What is waited for before it tells a vertex. */
  beforeVertex: ((id: string) => Promise<void>) | undefined;
  connections = 0;
  /** The most events that were on their way at once. */
  widest = 0;
  /** Ids that streams were asked from, and vertices that were asked for. */
  readonly begun: number[] = [];
  readonly asked: string[] = [];
  readonly #streams = new Set<Stream>();
  readonly #closing = new AbortController();
  #server: Deno.HttpServer<Deno.NetAddr>;
  readonly port: number;

  /** @param of what it is of, whatever it says of that */
  constructor(readonly of: Network, events: readonly string[] = []) {
    const network = of;
    this.events = [...events];
    this.network = network.name;
    this.genesis = network.genesis.blockHash;
    this.#server = this.#serve(0);
    this.port = this.#server.addr.port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Tells more. */
  push(...events: readonly string[]): void {
    this.events.push(...events);
    for (const stream of this.#streams) this.#send(stream);
  }

  /** Ends all its sockets at once. */
  drop(): void {
    for (const { socket } of this.#streams) socket.close();
  }

  async close(): Promise<void> {
    this.drop();
    this.#closing.abort();
    await within("the scripted node is closed", this.#server.finished);
  }

  #serve(port: number): Deno.HttpServer<Deno.NetAddr> {
    return Deno.serve(
      { hostname: "127.0.0.1", port, onListen: () => {}, signal: this.#closing.signal },
      (request) => this.#answer(request),
    );
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (!this.hasQueue && pathname.startsWith("/v1a/event")) return notFound();
    switch (pathname) {
      case "/v1a/version":
        return Response.json({ network: this.network, genesis_block_hash: this.genesis });
      case "/v1a/event": {
        const after = Number(searchParams.get("last_ack_event_id") ?? -1);
        const size = Number(searchParams.get("size") ?? 100);
        const events = this.events.slice(after + 1, after + 1 + size);
        const text = `{"events":[${events}],"latest_event_id":${this.events.length - 1}}`;
        return new Response(text);
      }
      case "/v1a/transaction": {
        const id = searchParams.get("id") ?? "";
        this.asked.push(id);
        await this.beforeVertex?.(id);
        const raw = this.transactions.get(id);
        if (raw !== undefined) return Response.json({ success: true, tx: { raw } });
        return Response.json({ success: false, message: "Transaction not found" });
      }
      case "/v1a/event_ws": {
        const { socket, response } = Deno.upgradeWebSocket(request);
        this.#attach(socket);
        return response;
      }
    }
    return notFound();
  }

  #attach(socket: WebSocket): void {
    this.connections++;
    let stream: Stream | undefined;
    socket.onmessage = ({ data }) => {
      const request = requestForm.parse(JSON.parse(String(data)));
      if (request.type === "START_STREAM") {
        const from = request.last_ack_event_id ?? -1;
        this.begun.push(from);
        stream = { socket, sent: from, ack: from, window: request.window_size };
        this.#streams.add(stream);
      } else if (stream !== undefined) {
        stream.sent = stream.ack = request.ack_event_id;
        stream.window = request.window_size;
      }
      if (stream !== undefined) this.#send(stream);
    };
    socket.onclose = () => stream && this.#streams.delete(stream);
  }

  #send(stream: Stream): void {
    while (
      !this.isSilent &&
      stream.sent - stream.ack < stream.window && stream.sent + 1 < this.events.length
    ) {
      const id = ++stream.sent;
      this.widest = Math.max(this.widest, stream.sent - stream.ack);
      const message = `{"type":"EVENT","peer_id":"${this.peerId}","network":"${this.network}",` +
        `"event":${this.events[id]},"latest_event_id":${this.events.length - 1},` +
        `"stream_id":"${this.streamId}"}`;
      const told = this.fault?.(message, id) ?? [message];
      if (told === "cut") {
        stream.socket.close();
        return;
      }
      for (const text of told) {
        if (stream.socket.readyState === WebSocket.OPEN) stream.socket.send(text);
      }
    }
  }
}
