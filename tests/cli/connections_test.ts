import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ClientSocket } from "../support/client_socket.ts";
import { run, runWell, spawn } from "../support/command_line.ts";
import { KeysApi } from "../support/keys_api.ts";
import { handshake } from "../support/raw_socket.ts";
import { withProcess } from "../support/server.ts";
import { until, within } from "../support/until.ts";

/** What a terminal would do something at, as a client may send it in a header. */
const ESCAPE = "\x9b31mred\xad";

Deno.test("connections are a table, JSON, and closed by their ids", async () => {
  await withProcess(["--store=:memory:"], async (server) => {
    const main = server.origin("main");
    const env = { LEDGER_URL: main };
    await fetch(`${main}/v1/stream/s`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
    });
    const socket = await ClientSocket.open(main, "/v1/stream/s?offset=now");
    const { connection } = await handshake(main, "/hathor/v1a/ws", { "user-agent": ESCAPE });
    const table = await until("both are there", async () => {
      const table = await runWell(["connections"], { env });
      return table.includes("streams/s") && table.includes("hathor/privatenet") && table;
    });
    const [heading = "", ...rows] = table.trimEnd().split("\n");
    assertEquals(
      heading.trim().replaceAll(/ +/g, " "),
      "ID LEDGER KIND ADDRESS KEY AGE CHAIN LAG BEHIND BUFFERED MSG/S SIZE/S AGENT",
    );
    assertEquals(rows.length, 2);
    // deno-lint-ignore no-control-regex
    assertEquals(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.test(table), false, table);
    const lines = await runWell(["connections", "--json", "--chain=streams/s"], { env });
    const { id, follows, ...one } = JSON.parse(lines);
    assertEquals([one.kind, one.lagEvents, follows[0].chain], ["socket", 0, "streams/s"]);
    const { code, stderr } = await run(["connections", "--close", id], { env });
    assertEquals([code, stderr], [0, `connection ${id} is closed\n`]);
    assertEquals((await within("it is closed", socket.closed)).code, 4001);
    const again = await run(["connections", "--close", id], { env });
    assertEquals([again.code, again.stderr.includes("no connection of that id")], [1, true]);
    const first = await run(["connections", "--limit=1", "--ledger=hathor"], { env });
    assertEquals(first.stdout.trimEnd().split("\n").length, 2);
    connection.close();
  });
});

Deno.test("stats are a table of figures and of connections, once where there is no terminal", async () => {
  await withProcess(["--store=:memory:", "--api-keys=a-listed-key"], async (server) => {
    const main = server.origin("main");
    const env = { LEDGER_URL: main, LEDGER_KEY: "a-listed-key" };
    const socket = await ClientSocket.open(main, "/hathor/v1a/ws?token=a-listed-key");
    const table = await runWell(["stats"], { env });
    assertMatch(
      table,
      /^Ledgerline \S+ {2}http:\S+ {2}up \S+ {2}\d+ connections, 1 sockets, 0 held/,
    );
    for (const name of ["events", "messages out", "loop lag", "hathor/privatenet"]) {
      assertStringIncludes(table, name);
    }
    const lines = await runWell(["stats", "--json", "-n", "2"], { env });
    const frames = lines.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(frames.map(({ connections }) => connections.length), [1, 1]);
    // Whoever is no administrator sees the figures.
    const { key } = await new KeysApi(main, "a-listed-key").make({ scopes: ["read"] });
    const figures = await runWell(["stats"], { env: { ...env, LEDGER_KEY: key } });
    assertStringIncludes(figures, "Connections need the key of an administrator");
    assertEquals((await run(["stats"], { env: { LEDGER_URL: main } })).code, 1);
    await socket.close();
  });
});

Deno.test({
  name: "stats go on until they are ended by a signal",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await withProcess(["--store=:memory:"], async (server) => {
      const child = spawn(["stats", "--json"], { LEDGER_URL: server.origin("main") });
      await child.stdin.close();
      const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      await until("two tables are there", async () => {
        text += (await reader.read()).value ?? "";
        return text.split("\n").length > 2;
      });
      child.kill("SIGINT");
      reader.releaseLock();
      const { code } = await within("it ends", child.status);
      assertEquals(code, 130);
      assert(text.startsWith('{"server":'));
      await Promise.all([child.stdout.cancel().catch(() => {}), child.stderr.cancel()]);
    });
  },
});
