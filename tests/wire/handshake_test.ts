import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Edge } from "../../src/server/edge/edge.ts";
import { EDGES, parts, RawConnection } from "../support/edges.ts";
import { frame } from "../support/raw_socket.ts";
import { withEcho } from "./echo.ts";

/** The key of RFC 6455, section 1.3, and what it says is its answer. */
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

const HEADERS: Readonly<Record<string, string>> = {
  host: "localhost",
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-version": "13",
  "sec-websocket-key": KEY,
};

/** What a handshake has that others have not; undefined leaves a header out. */
interface Changed {
  readonly line?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** Handshakes that open a socket. */
const RIGHT: Readonly<Record<string, Changed>> = {
  "as RFC 6455 has it": {},
  "in other cases": { headers: { upgrade: "WebSocket", connection: "keep-alive, UPGRADE" } },
  "with a whole URL": { line: "GET http://localhost/x HTTP/1.1" },
  "with compression offered": {
    headers: { "sec-websocket-extensions": "permessage-deflate; client_max_window_bits" },
  },
  "with extensions that are none": { headers: { "sec-websocket-extensions": ";;,x;=" } },
};

/** Handshakes that are none, and their status. */
const WRONG: Readonly<Record<string, readonly [number, Changed]>> = {
  "no version": [426, { headers: { "sec-websocket-version": undefined } }],
  "an old version": [426, { headers: { "sec-websocket-version": "8" } }],
  "a version to come": [426, { headers: { "sec-websocket-version": "14" } }],
  "no key": [426, { headers: { "sec-websocket-key": undefined } }],
  "an empty key": [400, { headers: { "sec-websocket-key": "" } }],
  "a key of 15 bytes": [400, { headers: { "sec-websocket-key": btoa("x".repeat(15)) } }],
  "a key of 17 bytes": [400, { headers: { "sec-websocket-key": btoa("x".repeat(17)) } }],
  "a key that is no base64": [400, { headers: { "sec-websocket-key": `${"!".repeat(22)}==` } }],
  "no Connection": [400, { headers: { connection: undefined } }],
  "a Connection that is only kept": [400, { headers: { connection: "keep-alive" } }],
  "no Upgrade": [400, { headers: { upgrade: undefined } }],
  "another Upgrade": [400, { headers: { upgrade: "h2c" } }],
  "a body": [400, { headers: { "content-length": "3" } }],
  "a body in chunks": [400, { headers: { "transfer-encoding": "chunked" } }],
  "POST": [404, { line: "POST / HTTP/1.1" }],
  "HEAD": [400, { line: "HEAD / HTTP/1.1" }],
};

/** Where the edges differ: `Deno.serve` tells no version, and refuses any length with `Upgrade`. */
const OF_EDGE: Readonly<Record<Edge, Readonly<Record<string, readonly [number, Changed]>>>> = {
  node: {
    "HTTP/1.0": [400, { line: "GET / HTTP/1.0" }],
    "a length of 0": [101, { headers: { "content-length": "0" } }],
    "a subprotocol that is none": [400, { headers: { "sec-websocket-protocol": "a b" } }],
  },
  deno: {
    "a length of 0": [400, { headers: { "content-length": "0" } }],
  },
};

for (const edge of EDGES) {
  Deno.test(`${edge}: a handshake opens a socket where it is one, and is refused where it is not`, async () => {
    await withEcho(edge, async (origin) => {
      const port = Number(new URL(origin).port);
      for (const [what, changed] of Object.entries(RIGHT)) {
        using connection = await RawConnection.open(port);
        await connection.write(request(changed));
        const { status, all } = parts(await head(connection));
        assertEquals([what, status, all("sec-websocket-accept")], [what, 101, [ACCEPT]]);
        assertMatch(all("upgrade").join(), /^websocket$/i);
        assertMatch(all("connection").join(), /^upgrade$/i);
        // Nothing is agreed on that was not understood.
        assertEquals(all("sec-websocket-extensions"), [], what);
        assertEquals(all("sec-websocket-protocol"), [], what);
        await connection.write(frame(1, new TextEncoder().encode("well")));
        await connection.until("the echo", (text) => text.endsWith("\x81\x04well"));
      }
      for (const [what, [status, changed]] of Object.entries({ ...WRONG, ...OF_EDGE[edge] })) {
        using connection = await RawConnection.open(port);
        await connection.write(request(changed));
        const answer = parts(await head(connection));
        assertEquals([what, answer.status], [what, status]);
        assert(status !== 426 || answer.all("sec-websocket-version").join() === "13", what);
      }
    });
  });
}

function request({ line = "GET /any HTTP/1.1", headers = {} }: Changed): string {
  const lines = Object.entries({ ...HEADERS, ...headers })
    .map(([name, value]) => value === undefined ? "" : `${name}: ${value}\r\n`);
  return `${line}\r\n${lines.join("")}\r\n`;
}

function head(connection: RawConnection): Promise<string> {
  return connection.until("an answer", (text) => text.includes("\r\n\r\n"));
}
