import { Buffer } from "node:buffer";
import { FrameScanner } from "./frame_scanner.ts";
import { writeAll } from "./raw_http.ts";

const encoder = new TextEncoder();

/** How the clients of a crowd read. */
export interface CrowdOptions {
  /** Where the sockets are; `/ws` by default. */
  readonly path?: string;
  /** Bytes of each client's buffer. */
  readonly bufferBytes?: number;
  /** False for clients that never read anything. */
  readonly reads?: boolean;
  /** Given each payload, where payloads are looked at. */
  readonly message?: (payload: Uint8Array) => void;
  /** Bytes of the longest payload that is looked at, of any where it is left out. */
  readonly longest?: number;
  /**
   * How many messages each payload of a client holds, where that is not one; made for each client,
   * which may answer.
   */
  readonly counter?: (send: (text: string) => void) => (payload: Uint8Array) => number;
}

/** Clients of one WebSocket server, over plain TCP, counted together. */
export class Crowd {
  readonly #options: CrowdOptions;
  readonly #clients: { connection: Deno.TcpConn; scanner: FrameScanner; done: Promise<void> }[] =
    [];
  #messages = 0;
  #target = Infinity;
  #reached: ((at: number) => void) | undefined;
  #failed: ((error: Error) => void) | undefined;
  #fault: Error | undefined;
  #isClosed = false;

  private constructor(options: CrowdOptions) {
    this.#options = options;
  }

  /** Connects `count` clients, some at a time. */
  static async connect(port: number, count: number, options: CrowdOptions = {}): Promise<Crowd> {
    const crowd = new Crowd(options);
    try {
      for (let at = 0; at < count; at += 64) {
        const some = Math.min(64, count - at);
        await Promise.all(Array.from({ length: some }, () => crowd.#add(port)));
      }
    } catch (error) {
      await crowd.close();
      throw error;
    }
    return crowd;
  }

  get size(): number {
    return this.#clients.length;
  }

  /** Messages that all clients together have got. */
  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#clients.reduce((sum, { scanner }) => sum + scanner.bytes, 0);
  }

  /** Sends the same text from every client. */
  async sendAll(text: string): Promise<void> {
    const frame = maskedFrame(1, text);
    await Promise.all(this.#clients.map(({ connection }) => writeAll(connection, frame)));
  }

  /** Sends each client's own text. */
  async sendEach(textOf: (at: number) => string): Promise<void> {
    await Promise.all(this.#clients.map(({ connection }, at) => (
      writeAll(connection, maskedFrame(1, textOf(at)))
    )));
  }

  /** Resolves with the time at which `messages` had come in all. Throws when that takes too long. */
  async waitFor(messages: number, timeoutMs = 60_000): Promise<number> {
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#messages >= messages) return performance.now();
    this.#target = messages;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      return await new Promise<number>((resolve, reject) => {
        this.#reached = resolve;
        this.#failed = reject;
        timer = setTimeout(() => {
          reject(new Error(`${this.#messages} of ${messages} messages in ${timeoutMs} ms`));
        }, timeoutMs);
      });
    } finally {
      clearTimeout(timer);
      this.#target = Infinity;
      this.#reached = this.#failed = undefined;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { connection } of this.#clients) connection.close();
    await Promise.all(this.#clients.map(({ done }) => done));
  }

  async #add(port: number): Promise<void> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const { message, counter, reads = true, path = "/ws" } = this.#options;
    const rest = await handshake(connection, path);
    const count = counter?.((text) => {
      void writeAll(connection, maskedFrame(1, text)).catch(() => {});
    });
    const counted = count === undefined ? message : (payload: Uint8Array) => {
      // The frame itself has been counted as one.
      this.#messages += count(payload) - 1;
    };
    const scanner: FrameScanner = new FrameScanner({
      ...(counted === undefined ? {} : { message: counted }),
      longest: this.#options.longest ?? Infinity,
      ping: () => void writeAll(connection, maskedFrame(10, "")).catch(() => {}),
      closed: (code) => this.#fail(new Error(`the server closed a socket with ${code}`)),
    });
    scanner.scan(rest);
    this.#messages += scanner.messages;
    const done = reads ? this.#read(connection, scanner) : Promise.resolve();
    this.#clients.push({ connection, scanner, done });
  }

  async #read(connection: Deno.TcpConn, scanner: FrameScanner): Promise<void> {
    const buffer = new Uint8Array(this.#options.bufferBytes ?? 64 * 1024);
    try {
      for (;;) {
        const read = await connection.read(buffer);
        if (read === null) break;
        const before = scanner.messages;
        scanner.scan(buffer.subarray(0, read));
        this.#messages += scanner.messages - before;
        if (this.#messages >= this.#target) this.#reached?.(performance.now());
      }
      this.#fail(new Error("the server ended a connection"));
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #fail(error: Error): void {
    if (this.#isClosed) return;
    this.#fault ??= error;
    this.#failed?.(error);
  }
}

/** Performs the client's side of the handshake; returns what came after it. */
async function handshake(connection: Deno.TcpConn, path: string): Promise<Uint8Array> {
  await writeAll(
    connection,
    encoder.encode(
      `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: Upgrade\r\n` +
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n",
    ),
  );
  // A server may begin to stream in the same breath.
  const buffer = Buffer.alloc(64 * 1024);
  let held = 0;
  for (;;) {
    const read = await connection.read(buffer.subarray(held));
    if (read === null) throw new Error("no WebSocket handshake");
    held += read;
    const end = buffer.subarray(0, held).indexOf("\r\n\r\n");
    if (end < 0 && held < buffer.length) continue;
    if (!buffer.toString("latin1", 0, end).startsWith("HTTP/1.1 101")) {
      throw new Error(`no WebSocket: ${buffer.toString("latin1", 0, end).split("\r\n", 1)[0]}`);
    }
    return buffer.subarray(end + 4, held);
  }
}

/** A client's frame. The mask is zero, which is one, and leaves the payload as it is. */
function maskedFrame(opcode: number, text: string): Uint8Array {
  const payload = encoder.encode(text);
  const isShort = payload.length < 126;
  const head = isShort
    ? [0x80 | opcode, 0x80 | payload.length]
    : [0x80 | opcode, 0xfe, payload.length >> 8, payload.length & 255];
  return new Uint8Array([...head, 0, 0, 0, 0, ...payload]);
}
