import { assert, assertEquals } from "@std/assert";
import { HANDSHAKE, parsed, type RawAnswer, requestOver } from "../support/raw_http.ts";
import type { Listening } from "./instance.ts";
import { KEY, KEYED, type Platform, platformTest } from "./platform.ts";

const LISTENING: readonly Listening[] = ["unix", "tcp"];

/** The names of an app: of its own, and of this machine, where it is looked at. */
const HOST = "an-app.example";

/** What is asked beside a target. */
interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request as it is, over a connection of its own, with a key. */
async function ask(
  platform: Platform,
  target: string,
  { method = "GET", headers = {}, body = "" }: Asked = {},
): Promise<RawAnswer> {
  const all = {
    host: HOST,
    "content-length": `${body.length}`,
    "content-type": "application/json",
    ...KEYED,
    ...headers,
  };
  return await requestOver(await platform.direct(), method, target, all, body);
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
        const made = await ask(platform, form(path), { method: "PUT" });
        const location = made.headers.get("location");
        assertEquals([made.status, location], [201, `https://${HOST}${path}`], form(path));
        const roots = [
          "/bigchaindb/api/v1/",
          "/planetmint/api/v1/",
          "/bigchaindb/",
          "/planetmint/",
        ];
        for (const root of roots) {
          const { status, body } = await ask(platform, form(root));
          assertEquals(status, 200, body);
          assert(body.includes(`wss://${HOST}/`), body);
          assert(!/ws:\/\/|null\//.test(body), body);
        }
        const subscription = await ask(platform, form(`/v1/stream/__ds/subscriptions/w${at}`), {
          method: "PUT",
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
      const { status, headers } = parsed(new TextDecoder().decode(stdout));
      assertEquals([status, headers.get("location")], [201, `https://${HOST}/v1/stream/h2`]);
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
          const { status, body } = await ask(platform, target, { headers });
          assertEquals([target, status], [target, 200], body);
        }
        for (const target of ["/hierachain/ws", "/hathor/v1a/ws/", "/v1/stream/ws"]) {
          const { status } = await ask(platform, target, { headers: { ...headers, ...HANDSHAKE } });
          assert(status < 500, `${target}: ${status}`);
        }
      }
      for (const host of ["", "a b", "[::1", "%2Ftmp"]) {
        assertEquals((await ask(platform, "/livez", { headers: { host } })).status, 400, host);
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
        return (await ask(platform, "/v1/chains", { headers })).status;
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
