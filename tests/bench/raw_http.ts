import { Buffer } from "node:buffer";

/** Where what is dropped is read into, of all connections. */
const DROPPED = new Uint8Array(1024 * 1024);

/** An HTTP/1.1 connection that is kept open: one request at a time, its answer read and dropped. */
export class HttpConnection {
  readonly #connection: Deno.TcpConn;
  readonly #buffer = Buffer.alloc(64 * 1024);

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async connect(port: number): Promise<HttpConnection> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay(true);
    return new HttpConnection(connection);
  }

  /** Sends prepared bytes and waits for the whole answer; returns its head. Throws unless it is a 2xx. */
  async exchange(request: Uint8Array): Promise<string> {
    await writeAll(this.#connection, request);
    const buffer = this.#buffer;
    let held = 0;
    for (;;) {
      const read = await this.#connection.read(buffer.subarray(held));
      if (read === null) throw new Error("the server closed a connection");
      held += read;
      const end = buffer.subarray(0, held).indexOf("\r\n\r\n");
      if (end < 0) continue;
      const head = buffer.toString("latin1", 0, end);
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      let left = end + 4 + length - held;
      if (head.charCodeAt(9) !== 0x32) {
        throw new Error(
          `the server answered ${head.slice(9, 12)}: ${buffer.toString("latin1", end, held)}`,
        );
      }
      while (left > 0) {
        const more = await this.#connection.read(DROPPED);
        if (more === null) throw new Error("the server closed a connection");
        left -= more;
      }
      return head;
    }
  }

  close(): void {
    this.#connection.close();
  }
}

/** How long a load goes on: a number of requests or of seconds, whichever is over first. */
export interface Bounds {
  readonly requests?: number;
  readonly seconds?: number;
}

/**
 * Sends requests over `connections` connections, each sending its next one when the last has been
 * answered. Returns how many were answered per second.
 */
export async function closedLoop(
  port: number,
  connections: number,
  requests: readonly Uint8Array[],
  { requests: count = Infinity, seconds = Infinity }: Bounds,
): Promise<number> {
  const open = await Promise.all(
    Array.from({ length: connections }, () => HttpConnection.connect(port)),
  );
  let sent = 0;
  let answered = 0;
  const started = performance.now();
  const until = started + seconds * 1_000;
  try {
    await Promise.all(open.map(async (connection) => {
      while (sent < count && performance.now() < until) {
        const request = requests[sent++ % requests.length];
        if (request === undefined) return;
        await connection.exchange(request);
        answered++;
      }
    }));
  } finally {
    for (const connection of open) connection.close();
  }
  return answered / (performance.now() - started) * 1_000;
}

export async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
