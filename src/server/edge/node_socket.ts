import type { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { nextTick } from "node:process";
import * as library from "ws";
import { INBOUND_BYTES, SOCKET_HIGH_WATER } from "../../kernel/limits.ts";
import type { SocketEvents } from "../../sockets/exchange.ts";
import type { Frames } from "../../sockets/frames.ts";
import type { Transport } from "../../sockets/transport.ts";
import type { HttpConnection as Connection } from "./connection.ts";
import { frameBytes, textFrame } from "./frame_bytes.ts";

/** What is used here of npm `ws`, which brings no types. */
interface WebSocketOfWs {
  readonly readyState: number;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): void;
  on(event: "error", listener: (error: { readonly code?: string }) => void): void;
  on(event: "close", listener: () => void): void;
  close(code: number, reason: string): void;
  ping(): void;
}

interface ServerOfWs {
  handleUpgrade(
    incoming: IncomingMessage,
    socket: Socket,
    head: Buffer,
    opened: (socket: WebSocketOfWs) => void,
  ): void;
}

const { WebSocketServer } = library as unknown as {
  WebSocketServer: new (options: Readonly<Record<string, unknown>>) => ServerOfWs;
};

/** The state of a socket that can be sent to. */
const OPEN = 1;

/** The subprotocol of the handshake that is under way: it is over before the next begins. */
let spoken: string | undefined;

const server = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  // Those that are a little too long are refused by the session, in its own words.
  maxPayload: 4 * INBOUND_BYTES,
  handleProtocols: () => spoken ?? false,
});

/** What a handshake came on. */
export interface Handshake {
  readonly incoming: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
  readonly connection: Connection;
}

/**
 * Answers a handshake, and tells of the socket. Returns whether it was one; whoever sent something
 * else was told so.
 */
export function openSocket(
  { incoming, socket, head, connection }: Handshake,
  protocol: string | undefined,
  events: SocketEvents,
): boolean {
  let isOpen = false;
  spoken = protocol;
  server.handleUpgrade(incoming, socket, head, (webSocket) => {
    isOpen = true;
    // A part of what was read would keep all of it.
    webSocket.on("message", (data, isBinary) => {
      events.message(isBinary ? new Uint8Array(data) : data.toString());
    });
    // A close follows.
    webSocket.on("error", ({ code }) => {
      if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") events.tooBig();
      connection.leave();
    });
    webSocket.on("close", () => events.closed());
    connection.upgraded(() => {
      if (webSocket.readyState === OPEN) webSocket.ping();
    });
    events.opened(new NodeTransport(socket, webSocket, connection));
  });
  return isOpen;
}

/** {@linkcode Transport} over the connection itself: all that is sent in one turn is one write. */
class NodeTransport implements Transport {
  readonly #socket: Socket;
  readonly #webSocket: WebSocketOfWs;
  readonly #connection: Connection;
  #isCorked = false;

  constructor(socket: Socket, webSocket: WebSocketOfWs, connection: Connection) {
    this.#socket = socket;
    this.#webSocket = webSocket;
    this.#connection = connection;
  }

  get buffered(): number {
    return this.#socket.writableLength;
  }

  sendFrames(frames: Frames, from: number, to: number): number {
    if (this.#webSocket.readyState !== OPEN) return to;
    const { bytes, starts } = frameBytes(frames);
    const room = SOCKET_HIGH_WATER - this.buffered;
    const start = starts[from] ?? 0;
    // The one that fills it is sent, however long.
    let end = from;
    while (end < to && (starts[end] ?? 0) - start < room) end++;
    const last = starts[end] ?? start;
    if (last > start) this.#write(bytes.subarray(start, last));
    return end;
  }

  sendText(text: string): void {
    if (this.#webSocket.readyState === OPEN) this.#write(textFrame(text));
  }

  close(code: number, reason: string): void {
    this.#uncork();
    this.#webSocket.close(code, reason);
    this.#connection.leave();
  }

  cut(): void {
    this.#connection.cut();
  }

  whenDrained(task: () => void): void {
    this.#socket.once("drain", task);
  }

  #write(bytes: Uint8Array): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      nextTick(() => this.#uncork());
    }
    this.#socket.write(bytes);
  }

  #uncork(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#socket.uncork();
  }
}
