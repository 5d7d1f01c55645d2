import * as library from "ws";
import { within } from "./until.ts";

/** What is used here of npm `ws`, which brings no types. */
interface Library {
  on(event: "open" | "close" | "error", listener: (detail: unknown) => void): void;
  on(event: "message", listener: (data: Uint8Array, isBinary: boolean) => void): void;
  send(data: string | Uint8Array): void;
  close(): void;
  terminate(): void;
}

type Open = new (url: string, options?: { headers?: Record<string, string> }) => Library;

/** A client on npm `ws`, which can drop its connection without a word. */
export class WsClient {
  readonly #socket: Library;
  readonly closed: Promise<void>;
  /** The code that it was closed with; undefined while it is open. */
  code: number | undefined;

  private constructor(socket: Library) {
    this.#socket = socket;
    this.closed = new Promise((resolve) =>
      socket.on("close", (code) => {
        this.code = Number(code);
        resolve();
      })
    );
  }

  static async open(
    origin: string,
    onMessage: (text: string, client: WsClient) => void,
    headers: Record<string, string> = {},
    path = "/ws",
  ): Promise<WsClient> {
    // The module's default export is its WebSocket class.
    const { default: WebSocket } = library as unknown as { default: Open };
    const socket = new WebSocket(`${origin.replace("http", "ws")}${path}`, { headers });
    const client = new WsClient(socket);
    const decoder = new TextDecoder();
    socket.on("message", (data) => onMessage(decoder.decode(data), client));
    await within(
      "a socket of npm ws",
      new Promise<void>((resolve, reject) => {
        socket.on("open", () => resolve());
        socket.on("error", reject);
      }),
    );
    return client;
  }

  send(message: unknown): void {
    this.sendAsIs(JSON.stringify(message));
  }

  /** Sends text, or bytes. */
  sendAsIs(message: string | Uint8Array): void {
    this.#socket.send(message);
  }

  /** Takes leave, and waits for the end. */
  async close(): Promise<void> {
    this.#socket.close();
    await within("the socket closes", this.closed);
  }

  /** Cuts the connection, with no close frame. */
  async cut(): Promise<void> {
    this.#socket.terminate();
    await this.closed;
  }
}
