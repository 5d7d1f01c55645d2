import { writeAll } from "./raw_socket.ts";
import { within } from "./until.ts";

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/**
 * One HTTP/1.1 request over bare TCP, for headers that no library lets a client send. A name with
 * an empty value is sent; one that is undefined is left out, `host` as well.
 */
export async function rawRequest(
  origin: string,
  method: string,
  target: string,
  headers: Readonly<Record<string, string | undefined>> = {},
  body = "",
): Promise<RawAnswer> {
  const { hostname, port, host } = new URL(origin);
  const connection = await Deno.connect({
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port),
  });
  return await requestOver(connection, method, target, { host, ...headers }, body);
}

/** The same over a connection that is there, and that is closed after it. */
export async function requestOver(
  connection: Deno.Conn,
  method: string,
  target: string,
  headers: Readonly<Record<string, string | undefined>>,
  body = "",
): Promise<RawAnswer> {
  const all = {
    connection: "close",
    ...(body === "" ? {} : { "content-length": String(new TextEncoder().encode(body).length) }),
    ...headers,
  };
  const lines = Object.entries(all)
    .map(([name, value]) => value === undefined ? "" : `${name}: ${value}\r\n`).join("");
  try {
    const head = `${method} ${target} HTTP/1.1\r\n${lines}\r\n`;
    await writeAll(connection, new TextEncoder().encode(head + body));
    return parsed(await within(`${method} ${target}`, answerText(connection, method)));
  } finally {
    connection.close();
  }
}

/** One answer, or all there is until the connection ends. */
async function answerText(connection: Deno.Conn, method: string): Promise<string> {
  const decoder = new TextDecoder("latin1");
  const buffer = new Uint8Array(16_384);
  let text = "";
  while (!isWhole(text, method)) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) break;
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return text;
}

function isWhole(text: string, method: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const head = text.slice(0, end);
  if (method === "HEAD" || /^HTTP\/1\.1 (?:101|204|304) /.test(head)) return true;
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) return text.length - end - 4 >= Number(length);
  return /\r\ntransfer-encoding: chunked/i.test(head) && text.endsWith("\r\n0\r\n\r\n");
}

/** An answer of its text. */
export function parsed(text: string): RawAnswer {
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...rest] = text.slice(0, end).split("\r\n");
  const headers = new Headers();
  for (const line of rest) {
    const colon = line.indexOf(":");
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return { status: Number(first.split(" ")[1]), headers, body: text.slice(end + 4) };
}

/** The headers of a WebSocket handshake. */
export const HANDSHAKE: Readonly<Record<string, string>> = {
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  "sec-websocket-version": "13",
};
