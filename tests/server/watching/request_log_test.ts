/** Requests in the log, and what of them is never there. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { ClientSocket } from "../../support/client_socket.ts";
import { rawRequest } from "../../support/raw_http.ts";
import { handshakeStatus } from "../../support/raw_socket.ts";
import { type LogLine, ServerProcess, withFolder, withProcess } from "../../support/server.ts";
import { until } from "../../support/until.ts";

const LISTED = "a-listed-key-that-nobody-may-see";
const SECRET = "secret-of-a-query";

function refusalsIn(server: ServerProcess): LogLine[] {
  return server.lines().filter(({ component }) => component === "refusals");
}

Deno.test("a refusal is logged under the id that its answer carries, without its query or its path", async () => {
  await withProcess(["--store=:memory:", `--api-keys=${LISTED}`], async (server) => {
    const main = server.origin("main");
    const agent = { "user-agent": "a program", authorization: `Bearer ${SECRET}` };
    const answer = await fetch(`${main}/v1/chains/${SECRET}/events?token=${SECRET}`, {
      headers: agent,
    });
    await answer.body?.cancel();
    const id = answer.headers.get("x-request-id");
    assertMatch(id ?? "", /^[0-9a-f]{6}-[0-9a-z]+$/);
    const line = await until(
      "it is logged",
      () => refusalsIn(server).find(({ request }) => request === id),
    );
    assertEquals([line.status, line.route, line.method, line.ledger, line.agent], [
      401,
      "/v1/chains/:chain/events",
      "GET",
      "server",
      "a program",
    ]);
    const foreign = { origin: "https://evil.example" };
    assertEquals(await handshakeStatus(main, `/v1/stream/s?token=${SECRET}`, foreign), 403);
    await until(
      "the origin is logged",
      () => refusalsIn(server).some(({ status }) => status === 403),
    );
    const good = await fetch(`${main}/livez`);
    await good.body?.cancel();
    assertEquals(good.headers.get("x-request-id"), null);
    // Whoever is refused may come again at once.
    for (let count = 0; count < 200; count++) {
      await rawRequest(main, "GET", "/v1/keys");
    }
    const bySecond = Map.groupBy(
      refusalsIn(server).filter(({ status }) => status !== undefined),
      ({ ts }) => ts.slice(0, 19),
    );
    // A second of the log's may be the end of one and the beginning of another.
    for (const lines of bySecond.values()) assert(lines.length <= 40, `${lines.length}`);
    assertEquals(server.stdout.includes(SECRET), false);
  });
});

Deno.test("accesses and connections are logged where that is asked for, without queries and keys", async () => {
  await withFolder(async (folder) => {
    for (const threads of ["1", "3"]) {
      const server = await ServerProcess.start([
        `--store=${folder}/ledger.db`,
        `--api-keys=${LISTED}`,
        `--threads=${threads}`,
        "--access-log",
      ]);
      try {
        const main = server.origin("main");
        const headers = { authorization: `Bearer ${LISTED}` };
        const path = "/v1/stream/s";
        const answer = await fetch(`${main}${path}?q=${SECRET}`, { method: "PUT", headers });
        const id = answer.headers.get("x-request-id");
        const socket = await ClientSocket.open(main, `${path}?offset=now&token=${LISTED}`);
        await socket.close();
        const accesses = () => server.lines().filter(({ component }) => component === "access");
        const line = await until(
          "it is logged",
          () => accesses().find(({ request }) => request === id),
        );
        assertEquals([line.method, line.path, line.ledger], ["PUT", path, "streams"]);
        const opened = await until(
          "the socket is logged",
          () => accesses().find(({ msg }) => msg === "socket opened"),
        );
        const ended = await until(
          "its end is logged",
          () =>
            accesses().find(({ msg, connection }) =>
              msg.startsWith("socket ended") && connection === opened.connection
            ),
        );
        assertEquals([opened.key, ended.reason], ["settings", "peer"]);
        await until(
          "the handshake is logged",
          () => accesses().some(({ route, status }) => route === "websocket" && status === 101),
        );
        for (const secret of [SECRET, LISTED]) assertEquals(server.stdout.includes(secret), false);
      } finally {
        await server.kill();
      }
    }
  });
});
