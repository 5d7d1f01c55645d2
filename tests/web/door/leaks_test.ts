import { assertEquals } from "@std/assert";
import { KeysApi } from "../../support/keys_api.ts";
import { HANDSHAKE, rawRequest } from "../../support/raw_http.ts";
import { ServerProcess, withFolder } from "../../support/server.ts";

const LISTED = "listed-key-that-nobody-may-see";

/** Ports that are on, so that every ledger is asked in its own way. */
const PORTS = ["hathor-port", "bigchaindb-port", "bigchaindb-stream-port"];

/** Targets with a key in them, some of which are not well escaped and some no targets at all. */
const TARGETS: readonly string[] = [
  "/?token=KEY",
  "/%E0%A4%A?token=KEY",
  "/KEY",
  "/%/KEY/%zz",
  "/x?a='b\")&token=KEY",
  "/x#token=KEY",
  "//KEY@evil.example/x",
  "http://KEY@[::1/x?token=KEY",
  "http://user:KEY@localhost/ws?token=KEY",
  "http://a b/?token=KEY",
  "/ws?token=KEY&chain_name=KEY",
  "/ws/KEY",
  "/v1a/ws?token=KEY",
  "/v1a/push_tx?hex_tx=KEY",
  "/v1a/transaction?id=KEY",
  "/v1/stream/KEY?offset=KEY",
  "/v1/stream/%ff/KEY?live=ws&token=KEY",
  "/v1/stream/__ds/subscriptions/KEY",
  "/v1/chains/KEY/events?from=KEY",
  "/v1/keys/KEY",
  "/metrics?token=KEY",
  "/api/v1/outputs?public_key=KEY",
  "/api/v1/transactions/KEY",
  "/api/v1/streams/valid_transactions?token=KEY&offset=KEY",
  "/api/ledger/chains/KEY/stats",
  "/api/ledger/entities/KEY/trace?chain_name=KEY",
  `/${"x".repeat(20_000)}?token=KEY`,
];

/** Headers with a key in them. */
const HEADERS: readonly Readonly<Record<string, string>>[] = [
  {},
  { authorization: "KEY" },
  { authorization: "Bearer KEY KEY" },
  { authorization: "Basic KEY" },
  { authorization: "bearer\tKEY" },
  { "x-api-key": " KEY, KEY" },
  { cookie: "token=KEY" },
  { host: "KEY" },
  { host: "KEY@[::1" },
  { origin: "https://KEY.example" },
  { referer: "http://localhost/?token=KEY" },
  { "x-forwarded-for": "KEY" },
  { "content-type": "KEY" },
  { ...HANDSHAKE, "sec-websocket-protocol": "bearer.KEY" },
  { ...HANDSHAKE, "sec-websocket-protocol": "bearer.KEY,x/y, bearer.KEY" },
  { ...HANDSHAKE, "sec-websocket-protocol": "KEY", "sec-websocket-key": "KEY" },
  { "x-api-key": "KEY".padEnd(30_000, "x") },
];

Deno.test("no key reaches an output, however it is sent and wherever it does not belong", async () => {
  await withFolder(async (folder) => {
    const server = await ServerProcess.start([
      `--store=${folder}/ledger.db`,
      "--log-level=debug",
      "--log-format=json",
      "--allowed-origins=https://listed.example",
      ...PORTS.map((name) => `--${name}=0`),
    ], { LEDGER_API_KEYS: LISTED });
    let keys: string[] = [];
    const echoed: string[] = [];
    try {
      const made = await new KeysApi(server.origin("main"), LISTED).make({ scopes: ["read"] });
      keys = [LISTED, made.key, "wrong-key-that-nobody-may-see"];
      const origins = server.lines().filter(({ origin }) => origin !== undefined)
        .map(({ origin }) => String(origin));
      const ask = async (origin: string, target: string, headers: Record<string, string>) => {
        const put = (text: string, key: string) => text.replaceAll("KEY", key);
        for (const key of keys) {
          for (const method of ["GET", "POST"]) {
            const given = Object.entries(headers).map(([name, value]) => [name, put(value, key)]);
            const answer = await rawRequest(origin, method, put(target, key), {
              "x-api-key": key,
              ...Object.fromEntries(given),
            }, method === "POST" ? key : "");
            const text = JSON.stringify([...answer.headers]) + answer.body;
            // What is asked for by its name is named in the answer, and so is the host.
            const isNamed = target.includes("KEY") || headers.host !== undefined;
            if (!isNamed && text.includes(key)) echoed.push(`${origin} ${text}`);
          }
        }
      };
      for (const origin of origins) {
        for (const target of TARGETS) await ask(origin, target, {});
        for (const headers of HEADERS) await ask(origin, "/", headers);
        for (const headers of HEADERS) await ask(origin, "/ws?token=KEY", headers);
      }
      assertEquals(echoed, []);
      assertEquals((await rawRequest(server.origin("main"), "GET", "/livez")).status, 200);
    } finally {
      const { stdout, stderr } = await server.kill();
      for (const [place, text] of Object.entries({ stdout, stderr })) {
        for (const key of keys) {
          const secret = key.slice(-24);
          assertEquals([place, secret, text.includes(secret)], [place, secret, false], text);
        }
      }
      assertEquals(stderr, "");
    }
  });
});
