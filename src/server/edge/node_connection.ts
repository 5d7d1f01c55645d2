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
  #passed = 0;
  /** Bytes of answers over HTTP/2 that it has not taken. */
  readonly #unsent: () => number;

  constructor(socket: Socket, isPlain: boolean, unsent: () => number) {
    this.#unsent = unsent;
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
    const { writableLength } = this.#secure ?? this.#socket;
    // What its windows have no room for waits in the streams of HTTP/2.
    return this.isFramed ? this.#unsent() : writableLength;
  }

  get taken(): number {
    // Frames that carry nothing, such as the answers to pings, do not count.
    if (this.isFramed) return this.#passed;
    const { bytesWritten, writableLength } = this.#secure ?? this.#socket;
    return bytesWritten - writableLength;
  }

  /** It has taken a part of an answer, over HTTP/2. */
  passed(): void {
    this.#passed++;
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
