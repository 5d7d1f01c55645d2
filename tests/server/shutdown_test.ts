import { parseSettingFlags } from "../../src/cli/settings/setting_options.ts";
import { configure } from "../../src/kernel/configuration.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startServer } from "../../src/server/server.ts";
import { allSettings } from "../../src/server/settings.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { handshake, handshakeStatus } from "../support/raw_socket.ts";
import { linesOf, ServerProcess, withFolder, withProcess } from "../support/server.ts";
import { until, within } from "../support/until.ts";

const KEY = "hrc_0123abcd_a-key-for-tests-only";

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  Deno.test(`on ${signal} sockets hear 1001, appends in hand are answered, and the process ends well`, async () => {
    await withFolder(async (folder) => {
      const store = `--store=${folder}/ledger.db`;
      const server = await ServerProcess.start([store]);
      const api = new HieraChainApi(server.origin("hierachain"));
      await api.create("c");
      const sockets = await Promise.all([0, 1, 2].map(() => ClientSocket.open(api.origin)));
      for (const socket of sockets) await socket.subscribe("c");
      const told: number[] = [];
      let isStopping = false;
      const writers = [0, 1, 2].map(async (writer) => {
        for (let at = 0;; at++) {
          try {
            const event = { entity_id: `${writer}-${at}`, event_type: "t" };
            told.push((await api.append("c", event)).offset);
          } catch (error) {
            assert(isStopping, String(error));
            return;
          }
        }
      });
      await until("the writers are at work", () => told.length > 30);
      isStopping = true;
      const { code, stdout } = await (server.signal(signal), server.ended());
      await Promise.all(writers);
      assertEquals(code, 0);
      for (const socket of sockets) {
        assertEquals(await within("the end", socket.closed), {
          code: 1001,
          reason: "server is stopping",
        });
      }
      const messages = linesOf(stdout).map(({ msg }) => msg);
      assertEquals(messages.slice(-2), [`${signal}: stopping`, "stopped"]);
      await withProcess([store], async (next) => {
        const again = new HieraChainApi(next.origin("hierachain"));
        for (const offset of told) {
          const { status } = await again.get(`/api/ledger/chains/c/events/${offset}`);
          assertEquals([offset, status], [offset, 200]);
        }
      });
    });
  });
}

Deno.test("while clients take leave the server is alive, not ready, and opens no more sockets", async () => {
  const clock = new FakeClock();
  const args = ["--store=:memory:", "--host=127.0.0.1", "--port=0", "--hierachain-port=off"];
  const server = await startServer(
    configure(allSettings, {
      flags: parseSettingFlags(allSettings, args),
      variable: () => undefined,
    }),
    { clock },
  );
  const origin = server.ports[0]?.origin ?? "";
  const api = new HieraChainApi(origin);
  // A peer that does not answer, and so does not take leave.
  const { connection } = await handshake(origin, "/hierachain/ws");
  await until("the socket is there", async () => {
    const { body } = await api.get("/hierachain/ws/status");
    return body.total_connections === 1;
  });
  const stopping = server.stop();
  const { status, body } = await api.get("/readyz");
  assertEquals([status, body.checks.serving], [503, "the server is stopping"]);
  assertEquals((await api.get("/livez")).status, 200);
  assertEquals(await handshakeStatus(origin, "/hierachain/ws"), 503);
  connection.close();
  assertEquals(await stopping, true);
});

Deno.test("the log is lines of JSON that tell where everything is, and hold no key or token", async () => {
  const secrets = [KEY, "a-wrong-token", "hidden-in-a-query"];
  const server = await ServerProcess.start(["--store=:memory:", "--log-level=debug"], {
    LEDGER_API_KEYS: KEY,
  });
  const origin = server.origin("hierachain");
  const api = new HieraChainApi(origin, { "x-api-key": KEY });
  await api.create("c");
  const socket = await ClientSocket.open(origin, `/ws?token=${KEY}`);
  await socket.subscribe("c");
  await socket.close();
  assertEquals(await handshakeStatus(origin, "/ws?token=a-wrong-token"), 401);
  await api.get("/api/ledger/chains?token=hidden-in-a-query");
  await api.get(`/nope?apikey=${KEY}`);
  await api.post("/api/ledger/chains/c/events", "{");
  const { code, stdout, stderr } = await server.stop();
  assertEquals([code, stderr], [0, ""]);
  for (const line of linesOf(stdout)) {
    assertEquals([typeof line.ts, typeof line.level, typeof line.msg], [
      "string",
      "string",
      "string",
    ]);
  }
  assertStringIncludes(stdout, "store: memory");
  for (const secret of secrets) assert(!stdout.includes(secret), `the log tells ${secret}`);
});

Deno.test("a wrong value of a secret setting is not shown", async () => {
  const args = ["--store=:memory:", `--api-keys=${KEY}`, "--port=x"];
  const { code, stdout, stderr } = await ServerProcess.run(args).ended();
  assertEquals(code, 2);
  assert(!`${stdout}${stderr}`.includes(KEY));
});
