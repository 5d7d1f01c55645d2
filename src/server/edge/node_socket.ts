import type { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { nextTick } from "node:process";
import * as library from "ws";
import { LARGE_INBOUND_BYTES, SOCKET_HIGH_WATER } from "../../kernel/limits.ts";
import type { SocketEvents } from "../../sockets/exchange.ts";
import type { Frames } from "../../sockets/frames.ts";
import type { Transport } from "../../sockets/transport.ts";
import type { HttpConnection } from "./connection.ts";
import { encodedParts, textFrame } from "./frame_bytes.ts";

/** Bytes that a socket writes at once in one turn at the most. */
const TURN_BYTES = 4 * SOCKET_HIGH_WATER;

/** What is used here of npm `ws`, which brings no types. */
interface WebSocketOfWs {
  readonly readyState: number;
  on(event: "message", listener: typeof onMessage): void;
  on(event: "error", listener: typeof onError): void;
  on(event: "close", listener: typeof onClose): void;
  close(code: number, reason: string): void;
  ping(): void;
}

/** A socket of `ws` whose listeners, the same for all, find what it is for by it. */
interface HeardSocket extends WebSocketOfWs {
  heard: NodeTransport | undefined;
}

interface ServerOfWs {
  handleUpgrade(
    incoming: IncomingMessage,
    socket: Socket,
    head: Buffer,
    opened: (socket: HeardSocket) => void,
  ): void;
}

// Its types are those above: the module itself has none.
const { WebSocketServer, WebSocket } = library as unknown as {
  WebSocketServer: new (options: Readonly<Record<string, unknown>>) => ServerOfWs;
  WebSocket: new () => WebSocketOfWs;
};

/** The state of a socket that can be sent to. */
const OPEN = 1;

/** The subprotocol of the handshake that is under way: it is over before the next begins. */
let spoken: string | undefined;

const server = new WebSocketServer({
  noServer: true,
  WebSocket: class extends WebSocket implements HeardSocket {
    heard: NodeTransport | undefined;
  },
  clientTracking: false,
  perMessageDeflate: false,
  // Those that are a little too long are refused by the session, in its own words.
  maxPayload: LARGE_INBOUND_BYTES,
  handleProtocols: () => spoken ?? false,
});

/** What a handshake came on. */
export interface Handshake {
  readonly incoming: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
  readonly connection: HttpConnection;
}

/**
 * Answers a handshake, and tells of the socket. Returns whether it was one; whoever sent something
 * else was told so.
 */
export function takeOverSocket(
  { incoming, socket, head, connection }: Handshake,
  protocol: string | undefined,
  events: SocketEvents,
): boolean {
  let isOpen = false;
  spoken = protocol;
  server.handleUpgrade(incoming, socket, head, (webSocket) => {
    isOpen = true;
    const transport = new NodeTransport(socket, webSocket, connection, events);
    webSocket.heard = transport;
    webSocket.on("message", onMessage);
    webSocket.on("error", onError);
    webSocket.on("close", onClose);
    connection.upgraded(transport);
    events.opened(transport);
  });
  return isOpen;
}

function onMessage(this: HeardSocket, data: Buffer, isBinary: boolean): void {
  // A part of what was read would keep all of it.
  this.heard?.events.message(isBinary ? new Uint8Array(data) : data.toString());
}

/** A close follows. */
function onError(this: HeardSocket, { code }: { readonly code?: string }): void {
  if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") this.heard?.events.tooBig();
  this.heard?.connection.leave();
}

function onClose(this: HeardSocket): void {
  this.heard?.events.closed();
}

/** {@linkcode Transport} over the connection itself: all that is sent in one turn is one write. */
class NodeTransport implements Transport {
  readonly #socket: Socket;
  readonly #webSocket: WebSocketOfWs;
  readonly connection: HttpConnection;
  readonly events: SocketEvents;
  messages = 0;
  bytes = 0;
  #isCorked = false;
  /** Bytes that were written at once in this turn. */
  #turnBytes = 0;
  #drained: (() => void) | undefined;

  constructor(
    socket: Socket,
    webSocket: WebSocketOfWs,
    connection: HttpConnection,
    events: SocketEvents,
  ) {
    this.#socket = socket;
    this.#webSocket = webSocket;
    this.connection = connection;
    this.events = events;
  }

  /**
   * What waits for more of its turn is written first where it would be too much: of a peer that takes
   * what it is sent the system has taken all of it then, and nobody has to wait for that. After some of
   * those the others have their turn.
   */
  get buffered(): number {
    const { writableLength } = this.#socket;
    if (writableLength < SOCKET_HIGH_WATER || this.#turnBytes >= TURN_BYTES) return writableLength;
    this.#turnBytes += writableLength;
    this.#uncork();
    return this.#socket.writableLength;
  }

  sendFrames(frames: Frames, from: number, to: number): number {
    if (this.#webSocket.readyState !== OPEN) return to;
    let room = SOCKET_HIGH_WATER - this.buffered;
    let at = from;
    for (const part of encodedParts(frames)) {
      if (part.to <= at) continue;
      if (at >= to) break;
      const { bytes, starts } = part.encoded;
      const most = Math.min(to, part.to);
      while (at < most && (room > 0 || (room = SOCKET_HIGH_WATER - this.buffered) > 0)) {
        const start = starts[at - part.from] ?? 0;
        // The one that fills it is sent, however long.
        let last = start;
        while (at < most && last - start < room) {
          const next = starts[++at - part.from] ?? last;
          // One that says nothing is no message.
          if (next > last) this.messages++;
          last = next;
        }
        if (last > start) this.#write(bytes.subarray(start, last));
        room -= last - start;
      }
      if (at < most) break;
    }
    return at;
  }

  sendAll({ texts }: Frames): void {
    // They are seldom the same for two sockets, so their bytes are not kept.
    for (const text of texts) {
      if (text === undefined || this.#webSocket.readyState !== OPEN) continue;
      this.messages++;
      this.#write(textFrame(text));
    }
  }

  flush(): void {
    this.#uncork();
  }

  whenDrained(task: () => void): void {
    // Most sockets are never full.
    if (this.#drained === undefined) this.#socket.once("drain", () => this.#tellDrained());
    this.#drained = task;
  }

  ping(): void {
    if (this.#webSocket.readyState === OPEN) this.#webSocket.ping();
  }

  close(code: number, reason: string): void {
    this.#uncork();
    this.#webSocket.close(code, reason);
    this.connection.leave();
  }

  cut(): void {
    this.connection.cut();
  }

  #tellDrained(): void {
    const task = this.#drained;
    this.#drained = undefined;
    task?.();
  }

  #write(bytes: Uint8Array): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      nextTick(() => {
        this.#turnBytes = 0;
        this.#uncork();
      });
    }
    this.bytes += bytes.length;
    this.#socket.write(bytes);
  }

  #uncork(): void {
    if (!this.#isCorked) return;
    this.#isCorked = false;
    this.#socket.uncork();
  }
}
