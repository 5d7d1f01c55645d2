import { within } from "../until.ts";

/** A request as a stranger writes it: nothing in it has to be right. */
export interface WireRequest {
  readonly method: string;
  /** The path with its query, as it goes over the wire. */
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | Uint8Array;
}

/** What came back: no status where the connection ended without one. */
export interface WireAnswer {
  readonly status: number | undefined;
  /** The beginning of the answer, headers and all. */
  readonly text: string;
}

/** The status of an answer, which may come after a 100 to a client that waits for one. */
const STATUS = /^(?:HTTP\/1\.1 100[^\r]*\r\n\r\n)?HTTP\/1\.1 ((?!100)\d{3})/;

/** Characters of an answer that are read where it tells of a fault. */
const READ_CHARS = 4_096;

const encoder = new TextEncoder();

/** The request in bytes. What has no length of its own is given one. */
export function bytesOf({ method, path, headers, body }: WireRequest): Uint8Array {
  const content = typeof body === "string" ? encoder.encode(body) : body;
  const hasLength = headers.some(([name]) =>
    /^(?:content-length|transfer-encoding)$/i.test(name.trim())
  );
  const length: [string, string][] = hasLength || (content.length === 0 && method === "GET")
    ? []
    : [["content-length", String(content.length)]];
  const lines = [["host", "127.0.0.1"], ["connection", "close"], ...length, ...headers]
    .map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = encoder.encode(`${method} ${path} HTTP/1.1\r\n${lines}\r\n`);
  const all = new Uint8Array(head.length + content.length);
  all.set(head);
  all.set(content, head.length);
  return all;
}

/**
 * Sends a request on a connection of its own, and leaves when its status is there, or with
 * `isWhole` when the server has sent everything.
 */
export async function exchange(
  origin: string,
  request: WireRequest,
  isWhole = false,
): Promise<WireAnswer> {
  const { hostname, port } = new URL(origin);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  try {
    // A server may answer, and close, before it has read everything.
    const sending = send(connection, bytesOf(request)).catch(() => {});
    const text = await within(
      `an answer to ${request.method} ${request.path.slice(0, 200)}`,
      read(connection, isWhole),
    );
    const status = STATUS.exec(text)?.[1];
    connection.close();
    await sending;
    return { status: status === undefined ? undefined : Number(status), text };
  } catch (error) {
    try {
      connection.close();
    } catch {
      // It is closed.
    }
    throw error;
  }
}

async function send(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** The status line, and what follows it where that is a 5xx; everything is read where it is to be. */
async function read(connection: Deno.TcpConn, isWhole: boolean): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1_024);
  let text = "";
  const isEnough = () => {
    const status = STATUS.exec(text)?.[1];
    return status !== undefined && (!status.startsWith("5") || text.length >= READ_CHARS);
  };
  while (isWhole || !isEnough()) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) break;
    if (text.length < READ_CHARS) {
      text += decoder.decode(buffer.subarray(0, count), { stream: true });
    }
  }
  return text;
}

/** Answers with which the originals' own servers fail, told as theirs. */
const ORIGINALS: readonly string[] = [
  "Processing Failed",
  "Failed to submit proof",
  "Error reading request body: http: request body too large",
  "I don't know how to treat a ",
  "full validation failed: ",
];

/** How Hathor's node refuses what miners and makers of transactions ask for, with 500. */
const HATHOR_REFUSAL = /\r\n\r\n\{"error":"(?!Internal error")/;

/** Statuses that say no fault of the server: no such method, full, or come back. */
const NO_FAULTS: ReadonlySet<number> = new Set([501, 503, 507]);

/** Whether an answer tells of a fault of the server. */
export function isFault({ status, text }: WireAnswer): boolean {
  if (status === undefined || status < 500 || NO_FAULTS.has(status)) return false;
  return !HATHOR_REFUSAL.test(text) && !ORIGINALS.some((words) => text.includes(words));
}

/** The request with a key. */
export function keyed(request: WireRequest, key: string): WireRequest {
  return { ...request, headers: [...request.headers, ["authorization", `Bearer ${key}`]] };
}
