import { assert } from "@std/assert";

/** The answer to a handshake, with the connection it came on. */
export interface Handshake {
  readonly status: number;
  readonly headers: Headers;
  /** Whatever followed the headers already. */
  readonly body: string;
  readonly connection: Deno.TcpConn;
}

const encoder = new TextEncoder();

/**
 * A WebSocket handshake over bare TCP, for what no library lets a client do: odd headers, and
 * never reading. The caller closes the connection.
 */
export async function handshake(
  origin: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Handshake> {
  const { hostname, port, host } = new URL(origin);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const all = {
    host,
    upgrade: "websocket",
    connection: "Upgrade",
    "sec-websocket-key": btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)))),
    "sec-websocket-version": "13",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  await writeAll(connection, encoder.encode(`GET ${path} HTTP/1.1\r\n${lines}\r\n`));
  let text = "";
  const buffer = new Uint8Array(8_192);
  while (!text.includes("\r\n\r\n")) {
    const count = await connection.read(buffer);
    if (count === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  const [head = "", body = ""] = text.split("\r\n\r\n");
  const [first = "", ...rest] = head.split("\r\n");
  const found = new Headers();
  for (const line of rest) {
    const colon = line.indexOf(":");
    found.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return { status: Number(first.split(" ")[1]), headers: found, body, connection };
}

/** Only the status of a handshake. */
export async function handshakeStatus(
  origin: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { status, connection } = await handshake(origin, path, headers);
  connection.close();
  return status;
}

/** Sends one whole text message as a client does, masked. */
export async function sendText(connection: Deno.TcpConn, text: string): Promise<void> {
  await writeAll(connection, frame(1, encoder.encode(text)));
}

/** A masked frame with everything in it: 1 is text, 2 is binary. */
export function frame(opcode: number, payload: Uint8Array): Uint8Array {
  assert(payload.length < 65_536);
  const isShort = payload.length < 126;
  const start = isShort ? 6 : 8;
  const bytes = new Uint8Array(start + payload.length);
  bytes[0] = 0x80 | opcode;
  if (isShort) bytes[1] = 0x80 | payload.length;
  else {
    bytes[1] = 0x80 | 126;
    new DataView(bytes.buffer).setUint16(2, payload.length);
  }
  // A mask of zeros leaves the payload as it is.
  bytes.set(payload, start);
  return bytes;
}

export async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
