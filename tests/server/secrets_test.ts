import { assertEquals } from "@std/assert";
import { DENOKV_TOKEN, denokvTest, startDenokv } from "../support/denokv.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { KeysApi } from "../support/keys_api.ts";
import { handshake } from "../support/raw_socket.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { until } from "../support/until.ts";

const LISTED = "listed-key-that-nobody-may-see";
const WRONG = "wrong-key-that-nobody-may-see";
const PASSWORD = "password-of-the-store";
const QUERY = "query-of-the-store";

/** Everything a client was answered, heads and bodies. */
class Heard {
  text = "";

  async ask(url: string, init: RequestInit = {}): Promise<number> {
    const response = await fetch(url, init);
    this.text += `${JSON.stringify([...response.headers])}\n${await response.text()}\n`;
    return response.status;
  }

  async shake(origin: string, path: string, headers: Record<string, string> = {}): Promise<number> {
    const answer = await handshake(origin, path, headers);
    answer.connection.close();
    this.text += `${JSON.stringify([...answer.headers])}\n${answer.body}\n`;
    return answer.status;
  }
}

/** Shows a key in every place that takes one, on every route that has something to say of it. */
async function showEverywhere(heard: Heard, server: ServerProcess, key: string): Promise<void> {
  const main = server.origin("main");
  const native = server.origin("hierachain");
  const ways: Record<string, string>[] = [
    { authorization: `Bearer ${key}` },
    { authorization: key },
    { "x-api-key": key },
  ];
  const paths = [
    `${main}/v1/keys`,
    `${main}/v1/keys?token=${key}`,
    `${main}/v1/chains?token=${key}`,
    `${main}/v1/stream/s?token=${key}&offset=x`,
    `${main}/nope?token=${key}`,
    `${main}/metrics?token=${key}`,
    `${native}/api/ledger/chains?token=${key}`,
    `${native}/nope?token=${key}`,
  ];
  for (const headers of ways) {
    for (const path of paths) await heard.ask(path, { headers });
    await heard.ask(`${main}/v1/keys`, { method: "POST", headers, body: key });
    await heard.ask(`${native}/api/ledger/chains/c/create`, { method: "POST", headers });
    const json = { ...headers, "content-type": "application/json" };
    await heard.ask(`${main}/v1/stream/s`, { method: "PUT", headers: json, body: "{" });
  }
  for (
    const [origin, path] of [[native, "/ws"], [main, "/hierachain/ws"], [main, "/v1/stream/s"]]
  ) {
    const query = `${path}?token=${key}`;
    await heard.shake(origin ?? "", query);
    await heard.shake(origin ?? "", query, { origin: "https://evil.example" });
    await heard.shake(origin ?? "", query, { "sec-websocket-version": "7" });
    const protocols = { "sec-websocket-protocol": `bearer.${key}, x` };
    await heard.shake(origin ?? "", path ?? "", protocols);
    await heard.shake(origin ?? "", path ?? "", { "sec-websocket-protocol": `bearer.${key}` });
  }
}

denokvTest(
  "no secret is in a log, a metric, an answer or an error, whatever clients and the store do",
  (program) =>
    withFolder(async (folder) => {
      const denokv = await startDenokv(program, `${folder}/kv.sqlite3`);
      const server = await ServerProcess.start(["--log-level=debug", "--log-format=json"], {
        LEDGER_API_KEYS: LISTED,
        LEDGER_STORE: denokv.url,
      });
      const heard = new Heard();
      let made = { id: "", key: "" };
      try {
        const main = server.origin("main");
        const keys = new KeysApi(main, LISTED);
        // The one answer that may hold a key is the one that it is made with.
        made = await keys.make({ scopes: ["read", "append"] });
        for (const key of [LISTED, WRONG, made.key]) await showEverywhere(heard, server, key);
        const socket = await ClientSocket.open(
          server.origin("hierachain"),
          `/ws?token=${made.key}`,
        );
        socket.send(`{"action":"${made.key.slice(0, 5)}"`);
        await socket.next();
        heard.text += (await keys.revoke(made.id)).text + (await keys.list()).text;
        heard.text += JSON.stringify(await socket.closed) + socket.texts.join();
        const headers = { "x-api-key": LISTED };
        for (const path of ["/v1/settings", "/v1/log"]) {
          assertEquals(await heard.ask(`${main}${path}`, { headers }), 200);
        }
        await denokv.stop();
        await Promise.all([
          heard.ask(`${main}/readyz`),
          heard.ask(`${main}/metrics`).catch(() => {}),
          heard.ask(`${main}/v1/stream/s`, { headers }),
          heard.ask(`${server.origin("hierachain")}/api/ledger/chains`, { headers }),
        ]);
        await until(
          "the log tells that the store is away",
          () => server.lines().some(({ level }) => level === "warning" || level === "error"),
        );
      } finally {
        await denokv.stop();
        const { stdout, stderr } = await server.kill();
        const where = { answers: heard.text, stdout, stderr };
        const secrets = [LISTED, WRONG, DENOKV_TOKEN, made.key.slice(16)];
        for (const [place, text] of Object.entries(where)) {
          for (const secret of secrets) {
            assertEquals([place, secret, text.includes(secret)], [place, secret, false]);
          }
        }
      }
    }),
);

Deno.test("a setting that is wrong is named, and a secret one is not shown", async () => {
  const cases: [string[], Record<string, string>][] = [
    [["--port=x", `--api-keys=${LISTED}`], {}],
    [["--port=x"], { LEDGER_API_KEYS: LISTED, DENO_KV_ACCESS_TOKEN: PASSWORD }],
    [[`--store=http://user:${PASSWORD}@127.0.0.1:1/?q=${QUERY}`], {}],
    [[`--store=http://user:${PASSWORD}@:::/`], {}],
  ];
  for (const [args, env] of cases) {
    const { code, stdout, stderr } = await ServerProcess.run(args, env).ended();
    assertEquals([args, code === 0], [args, false]);
    for (const secret of [LISTED, PASSWORD, QUERY]) {
      assertEquals([args, (stdout + stderr).includes(secret)], [args, false], stdout + stderr);
    }
  }
});
