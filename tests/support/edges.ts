import { Buffer } from "node:buffer";
import { type Clock, systemClock } from "../../src/kernel/clock.ts";
import { connectionLimits, type LimitSettings } from "../../src/server/edge/connection_limits.ts";
import { Connections } from "../../src/server/edge/connections.ts";
import type { Edge, OpenPort } from "../../src/server/edge/edge.ts";
import type { Handler } from "../../src/web/handler.ts";
import { listen, opensWith } from "../../src/server/listeners.ts";
import type { Certificate } from "../../src/server/edge/tls.ts";
import { within } from "./until.ts";

export const EDGES: readonly Edge[] = ["node", "deno"];

/** A port that a test listens on, with a handler of its own. */
export interface EdgeUnderTest {
  readonly port: number;
  readonly listener: OpenPort;
  readonly connections: Connections;
}

/** Runs `body` with a port behind an edge, and ends all of its connections. */
export async function withEdge(
  edge: Edge,
  handler: Handler,
  body: (under: EdgeUnderTest) => Promise<void>,
  { limits = {}, certificate, clock = systemClock }: {
    readonly limits?: Partial<LimitSettings>;
    readonly clock?: Clock;
    readonly certificate?: Certificate;
  } = {},
): Promise<void> {
  const connections = new Connections(
    clock,
    connectionLimits({
      most: 1_000,
      perAddress: undefined,
      trustedProxies: [],
      stallMs: 30_000,
      descriptors: undefined,
      ...limits,
    }),
  );
  const address = { host: "127.0.0.1", port: 0, certificate };
  const listener = await listen(address, opensWith({ edge, connections }), handler);
  try {
    await body({ port: listener.port, listener, connections });
  } finally {
    const gone = listener.shutdown();
    listener.cut();
    await within("the port is closed", gone);
  }
}

const encoder = new TextEncoder();

/** Bytes of Latin-1, as heads are written. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** A connection on which a test writes and reads what it likes. */
export class RawConnection {
  readonly tcp: Deno.TcpConn;
  /** Everything that has come, as Latin-1. */
  text = "";
  readonly #buffer = Buffer.alloc(64 * 1024);

  private constructor(tcp: Deno.TcpConn) {
    this.tcp = tcp;
  }

  static async open(port: number): Promise<RawConnection> {
    return new RawConnection(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  async write(what: string | Uint8Array): Promise<void> {
    const bytes = typeof what === "string" ? encoder.encode(what) : what;
    for (let at = 0; at < bytes.length;) at += await this.tcp.write(bytes.subarray(at));
  }

  /** Reads on; returns how the connection ended, if it has. */
  async more(): Promise<"end" | "reset" | undefined> {
    try {
      const count = await this.tcp.read(this.#buffer);
      if (count === null) return "end";
      this.text += this.#buffer.toString("latin1", 0, count);
      return undefined;
    } catch {
      return "reset";
    }
  }

  /** Reads until `isEnough`; fails where the connection ends before. */
  async until(what: string, isEnough: (text: string) => boolean): Promise<string> {
    const reading = async () => {
      while (!isEnough(this.text)) {
        const ended = await this.more();
        if (ended !== undefined) throw new Error(`${ended} before ${what}: ${this.text}`);
      }
      return this.text;
    };
    return await within(what, reading());
  }

  /** Reads to the end, and says what that was. */
  async ended(): Promise<"end" | "reset"> {
    const reading = async () => {
      for (;;) {
        const ended = await this.more();
        if (ended !== undefined) return ended;
      }
    };
    return await within("the end of the connection", reading());
  }

  close(): void {
    try {
      this.tcp.close();
    } catch { /* it is closed */ }
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Sends one request on a connection of its own, and gives the whole of what comes for it. */
export async function exchange(port: number, request: string | Uint8Array): Promise<string> {
  const connection = await RawConnection.open(port);
  try {
    await connection.write(request);
    const isHead = String(request).startsWith("HEAD");
    return await connection.until(
      "an answer",
      isHead ? (text) => text.includes("\r\n\r\n") : isWhole,
    );
  } catch (error) {
    // Some are the end of their connection.
    if (connection.text !== "") return connection.text;
    throw error;
  } finally {
    connection.close();
  }
}

/** Whether a text is an answer of HTTP/1 with all of its body. */
export function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const head = text.slice(0, end).toLowerCase();
  if (head.startsWith("http/1.1 100")) return isWhole(text.slice(end + 4));
  const length = /content-length: (\d+)/.exec(head)?.[1];
  if (length !== undefined) return text.length >= end + 4 + Number(length);
  if (head.includes("transfer-encoding: chunked")) return text.endsWith("0\r\n\r\n");
  return true;
}

/** The status line's rest, a header's values, and the body of an answer. */
export function parts(text: string): {
  readonly status: number;
  readonly reason: string;
  readonly body: string;
  all(name: string): string[];
} {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const [, status = "", ...reason] = first.split(" ");
  return {
    status: Number(status),
    reason: reason.join(" "),
    body: rest.join("\r\n\r\n"),
    all: (name) =>
      lines.filter((line) => line.toLowerCase().startsWith(`${name}: `))
        .map((line) => line.slice(name.length + 2)),
  };
}
