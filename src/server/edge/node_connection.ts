import type { Socket } from "node:net";
import type { Peer } from "./connection.ts";

/** What is said to somebody who is one too many, and to somebody whose request is too slow. */
const REFUSED = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\n" +
  "connection: close\r\ncontent-length: 0\r\n\r\n";
const TOO_SLOW = "HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/** {@linkcode Peer} over a connection that `node:net` has accepted. */
export class NodePeer implements Peer {
  readonly address: string;
  readonly #socket: Socket;
  /** Whether words can be sent before the peer has said anything: not where TLS comes first. */
  readonly #isPlain: boolean;
  /** Over TLS, what speaks it. */
  #secure: Socket | undefined;

  constructor(socket: Socket, isPlain: boolean) {
    this.#socket = socket;
    this.#isPlain = isPlain;
    this.address = socket.remoteAddress ?? "";
  }

  /** Its handshake is done, and `socket` is what can be spoken to. */
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
    return this.#socket.writableLength + (this.#secure?.writableLength ?? 0);
  }

  get taken(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength;
  }

  refuse(): void {
    this.#say(REFUSED);
    // Closed with bytes that nobody has read, it would be reset before the words are taken.
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
    // What the system has for a peer that does not read goes with it.
    this.#socket.resetAndDestroy();
  }

  #say(words: string): void {
    if (this.#isPlain) this.#socket.end(words);
    else this.cut();
  }
}
