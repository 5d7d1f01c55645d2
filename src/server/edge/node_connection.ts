import type { Socket } from "node:net";
import type { Peer } from "./connection.ts";

/** The answers to a connection over the limit, and to a request that is too slow. */
const REFUSED = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\n" +
  "connection: close\r\ncontent-length: 0\r\n\r\n";
const TOO_SLOW = "HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/** {@linkcode Peer} over a connection that `node:net` has accepted. */
export class NodePeer implements Peer {
  readonly address: string;
  readonly #socket: Socket;
  /** Whether it can be answered before its handshake: not under TLS. */
  readonly #isPlain: boolean;
  /** The TLS socket over it, once there is one. */
  #secure: Socket | undefined;
  #passed = 0;
  /** Its requests, with the bytes of each answer that flow control of HTTP/2 holds back. */
  requests: { readonly exchanges: Iterable<{ readonly unsent: number }> } | undefined;

  constructor(socket: Socket, isPlain: boolean) {
    this.#socket = socket;
    this.#isPlain = isPlain;
    this.address = socket.remoteAddress ?? "";
  }

  /** The TLS handshake is done; `socket` is the TLS socket. */
  secured(socket: Socket): void {
    this.#secure = socket;
  }

  get isFramed(): boolean {
    return this.#secure !== undefined && "alpnProtocol" in this.#secure &&
      this.#secure.alpnProtocol === "h2";
  }

  get received(): number {
    return this.#socket.bytesRead;
  }

  get pending(): number {
    const { writableLength } = this.#secure ?? this.#socket;
    // Flow control of HTTP/2 holds data in its streams, not in the socket's buffer.
    if (!this.isFramed) return writableLength;
    let unsent = 0;
    for (const exchange of this.requests?.exchanges ?? []) unsent += exchange.unsent;
    return unsent;
  }

  get taken(): number {
    // Frames without data, such as ping acknowledgements, are no progress.
    if (this.isFramed) return this.#passed;
    const { bytesWritten, writableLength } = this.#secure ?? this.#socket;
    return bytesWritten - writableLength;
  }

  /** The peer has taken a part of an answer, over HTTP/2. */
  passed(): void {
    this.#passed++;
  }

  refuse(): void {
    this.#say(REFUSED);
    // Closing with unread bytes would reset it before the answer is read.
    this.#socket.resume();
  }

  timeOut(): void {
    if (this.received === 0) this.end();
    else this.#say(TOO_SLOW);
  }

  end(): void {
    (this.#secure ?? this.#socket).end();
  }

  cut(): void {
    // A reset drops what the kernel has buffered for a peer that does not read.
    this.#socket.resetAndDestroy();
  }

  #say(words: string): void {
    if (this.#isPlain) this.#socket.end(words);
    else this.cut();
  }
}
