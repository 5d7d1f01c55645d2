import { assert, assertEquals } from "@std/assert";
import { HANDSHAKE } from "../support/raw_http.ts";
import { writeAll } from "../support/raw_socket.ts";
import { within } from "../support/until.ts";
import type { Listening } from "./instance.ts";
import { KEY, KEYED, type Platform, platformTest } from "./platform.ts";

const LISTENING: readonly Listening[] = ["unix", "tcp"];

/** The names of an app: of its own, and of this machine, where it is looked at. */
const HOST = "an-app.example";

interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

interface Asked {
  readonly method?: string;
  readonly target: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request as it is, over a connection of its own. */
async function ask(platform: Platform, asked: Asked): Promise<Answer> {
  const { method = "GET", target, host = HOST, headers = {}, body = "" } = asked;
  const all = {
    host,
    connection: "close",
    "content-length": `${body.length}`,
    "content-type": "application/json",
    ...KEYED,
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const connection = await platform.direct();
  try {
    const head = `${method} ${target} HTTP/1.1\r\n${lines}\r\n${body}`;
    await writeAll(connection, new TextEncoder().encode(head));
    return answerOf(await within(`the answer to ${target}`, textOf(connection, "upgrade" in all)));
  } finally {
    connection.close();
  }
}

/** All that comes, but for a handshake's answer: a connection that may be a socket stays. */
async function textOf(connection: Deno.Conn, isHandshake: boolean): Promise<string> {
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  for (;;) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) return text;
    text += new TextDecoder().decode(buffer.subarray(0, count));
    if (isHandshake && text.includes("\r\n\r\n")) return text;
  }
}

function answerOf(text: string): Answer {
  const end = text.indexOf("\r\n\r\n");
  return {
    status: Number(text.split(" ")[1]),
    head: text.slice(0, end),
    body: text.slice(end + 4),
  };
}

function locationIn({ head }: Answer): string | undefined {
  return /^location: (.*)$/im.exec(head)?.[1]?.trim();
}

for (const listening of LISTENING) {
  platformTest(
    `over ${listening} every form of a request has links of the outside`,
    { listening },
    async (platform) => {
      const forms = [
        (path: string) => path,
        (path: string) => `http://${HOST}${path}`,
        (path: string) => `https://${HOST}${path}`,
        // Nobody's scheme, which is a client's to choose.
        (path: string) => `ftp://${HOST}${path}`,
      ];
      for (const [at, form] of forms.entries()) {
        const path = `/v1/stream/s${at}`;
        const made = await ask(platform, { method: "PUT", target: form(path) });
        assertEquals([made.status, locationIn(made)], [201, `https://${HOST}${path}`], form(path));
        const roots = [
          "/bigchaindb/api/v1/",
          "/planetmint/api/v1/",
          "/bigchaindb/",
          "/planetmint/",
        ];
        for (const root of roots) {
          const { status, body } = await ask(platform, { target: form(root) });
          assertEquals(status, 200, body);
          assert(body.includes(`wss://${HOST}/`), body);
          assert(!/ws:\/\/|null\//.test(body), body);
        }
        const subscription = await ask(platform, {
          method: "PUT",
          target: form(`/v1/stream/__ds/subscriptions/w${at}`),
          body: `{"type":"webhook","pattern":"**","webhook":{"url":"https://hooks.example/h"}}`,
        });
        assertEquals(subscription.status, 201, subscription.body);
        assert(subscription.body.includes(`"https://${HOST}/v1/stream/__ds/jwks.json"`));
      }
    },
  );

  platformTest(
    `over ${listening} HTTP/2 without TLS has them too, from the address that is told`,
    { listening, variables: { LEDGER_API_KEYS: KEY, LEDGER_REQUESTS_PER_SECOND: "1000" } },
    async (platform) => {
      const { road } = await platform.awake();
      const { stdout } = await new Deno.Command("curl", {
        args: [
          ...["--silent", "--include", "--http2-prior-knowledge", "--request", "PUT", ...road],
          ...["--header", `Authorization: Bearer ${KEY}`],
          ...["--header", "Content-Type: application/json"],
          ...["--header", "X-Deno-Client-Address: 203.0.113.7:4711"],
          `http://${HOST}/v1/stream/h2`,
        ],
      }).output();
      const answer = answerOf(new TextDecoder().decode(stdout));
      assertEquals([answer.status, locationIn(answer)], [201, `https://${HOST}/v1/stream/h2`]);
    },
  );

  platformTest(
    `over ${listening} no request is answered with 500, whoever it says that it is`,
    {
      listening,
      variables: {
        LEDGER_API_KEYS: KEY,
        LEDGER_REQUESTS_PER_SECOND: "1000",
        LEDGER_MAX_CONNECTIONS_PER_ADDRESS: "3",
      },
    },
    async (platform) => {
      const clients = [
        {},
        { "x-deno-client-address": "203.0.113.7:4711" },
        { "x-deno-client-address": "[2001:db8::7]:4711" },
        { "x-deno-client-address": "::ffff:203.0.113.7" },
        { "x-deno-client-address": "nobody" },
        { "x-deno-client-address": "" },
        { "x-forwarded-for": "203.0.113.7" },
      ];
      for (const headers of clients) {
        for (const target of ["/livez", "/metrics", "/", "/hathor/v1a/version", "/v1/chains"]) {
          const { status, body } = await ask(platform, { target, headers });
          assertEquals([target, status], [target, 200], body);
        }
        for (const target of ["/hierachain/ws", "/hathor/v1a/ws/", "/v1/stream/ws"]) {
          const { status } = await ask(platform, { target, headers: { ...headers, ...HANDSHAKE } });
          assert(status < 500, `${target}: ${status}`);
        }
      }
      for (const host of ["", "a b", "[::1", "%2Ftmp"]) {
        assertEquals((await ask(platform, { target: "/livez", host })).status, 400, host);
      }
    },
  );

  platformTest(
    `over ${listening} limits count by the address that the platform tells`,
    {
      listening,
      variables: { LEDGER_API_KEYS: KEY, LEDGER_REQUESTS_PER_SECOND: "1" },
    },
    async (platform) => {
      const statusOf = async (address: string) => {
        const headers = { "x-deno-client-address": address };
        return (await ask(platform, { target: "/v1/chains", headers })).status;
      };
      // However long the first takes, the two after it have but one second's between them.
      const one: number[] = [];
      while (!one.includes(429)) one.push(await statusOf("203.0.113.7:1"));
      assertEquals(one[0], 200);
      assertEquals(await statusOf("203.0.113.8:1"), 200);
      assertEquals(await statusOf("[2001:db8::7]:1"), 200);
    },
  );
}
