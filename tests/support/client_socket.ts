import { until, within } from "./until.ts";

/** A message of the server. */
// What a message holds is for each test to know.
// deno-lint-ignore no-explicit-any
export type Told = any;

/** How a socket ended. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A client on the platform's own WebSocket, with everything it was told in order. */
export class ClientSocket {
  readonly told: Told[] = [];
  /** The same as it came. */
  readonly texts: string[] = [];
  readonly closed: Promise<Closed>;
  /** How it ended; undefined while it is open. */
  ended: Closed | undefined;
  readonly #socket: WebSocket;
  #read = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      this.texts.push(data);
      this.told.push(JSON.parse(data));
    };
    this.closed = new Promise((resolve) => {
      socket.onclose = ({ code, reason }) => resolve(this.ended = { code, reason });
    });
  }

  /** Connects to `/ws` of an origin, or to what else the path says. */
  static async open(origin: string, path = "/ws"): Promise<ClientSocket> {
    const socket = new WebSocket(origin.replace("http", "ws") + path);
    const client = new ClientSocket(socket);
    await within(
      `a socket to ${path}`,
      new Promise<void>((resolve, reject) => {
        socket.onopen = () => resolve();
        socket.onerror = () => reject(new Error(`no socket to ${path}`));
      }),
    );
    socket.onerror = null;
    return client;
  }

  /** Sends text or bytes as they are, and anything else as JSON. */
  send(message: unknown): void {
    const isRaw = typeof message === "string" || message instanceof Uint8Array;
    this.#socket.send(isRaw ? message as string : JSON.stringify(message));
  }

  /** The next message that nobody has read yet. */
  async next(): Promise<Told> {
    await until("another message", () => this.told.length > this.#read);
    return this.told[this.#read++];
  }

  /** Sends a message and gives the next one that comes. */
  ask(message: unknown): Promise<Told> {
    this.send(message);
    return this.next();
  }

  /**
   * Subscribes in the page's dialect. There is no acknowledgement in it, so the answer to a ping
   * behind it tells that it is done.
   */
  async subscribe(chain: string, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
    this.send({ action: "subscribe", chain_name: chain, ...more });
    await this.settle();
  }

  /** Waits until everything sent so far is handled. */
  async settle(): Promise<void> {
    const before = this.pongs().length;
    this.send({ action: "ping" });
    await until("a pong", () => {
      if (this.ended !== undefined) throw new Error(`no pong: ${JSON.stringify(this.ended)}`);
      return this.pongs().length > before;
    });
  }

  pongs(): Told[] {
    return this.told.filter(({ type }) => type === "pong");
  }

  /** What came of one type. */
  of(type: string): Told[] {
    return this.told.filter((message) => message.type === type);
  }

  /** Waits until that many messages of a type are there. */
  async count(type: string, count: number): Promise<Told[]> {
    await until(`${count} of ${type}`, () => this.of(type).length >= count);
    return this.of(type);
  }

  /** Closes, and waits for the end. */
  async close(): Promise<Closed> {
    this.#socket.close();
    return await within("the socket closes", this.closed);
  }
}
