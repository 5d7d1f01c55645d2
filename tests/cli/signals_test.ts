import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { openStore } from "../../src/kv/open.ts";
import { handshake } from "../support/raw_socket.ts";
import { ServerProcess, withFolder, withProcess } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";

const CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

for (const [signal, expected] of Object.entries(CODES)) {
  Deno.test(`on ${signal} a command that holds a store gives it back in order`, async () => {
    await withFolder(async (folder) => {
      const store = `${folder}/ledger.db`;
      await withProcess([`--store=${store}`], async (server) => {
        const streams = new StreamsApi(server.origin("main"));
        await streams.create("s");
        await streams.append("s", "there");
        assertEquals((await server.stop()).code, 0);
      });
      const command = ServerProcess.run([
        "tail",
        "streams/s",
        "--from=earliest",
        `--store=${store}`,
      ]);
      await until("it has told what is there", () => command.stdout.includes("there"));
      // A name of `signal` is one of the three.
      command.signal(signal as keyof typeof CODES);
      const { code } = await command.ended();
      assertEquals(code, expected);
      // SQLite's log was written back, which is the last that an orderly end does.
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
      assertEquals(names, ["ledger.db", "ledger.db.life", "ledger.db.lock"]);
      (await openStore(store)).close();
    });
  });
}

Deno.test("a server that has said that it is ready stops in order, however soon it is asked to", async () => {
  const flags = ["--store=:memory:", "--port=0", "--hierachain-port=0"];
  const preload = `--preload=${join(import.meta.dirname ?? ".", "stop_when_ready.ts")}`;
  const server = ServerProcess.run(flags, {}, ["--allow-all", preload]);
  const { code, stdout } = await server.ended();
  assertEquals(code, 0, stdout);
  assert(stdout.includes('"stopped'), stdout);
});

Deno.test("a second signal ends a server that is stopping at once", async () => {
  const server = await ServerProcess.start(["--store=:memory:"]);
  // A peer that does not take leave keeps it for a second, and a request that has not come for more.
  const { hostname, port, host } = new URL(server.origin("main"));
  const asking = await Deno.connect({ hostname, port: Number(port) });
  const head = `POST /v1/stream/s HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 9\r\n\r\n`;
  await asking.write(new TextEncoder().encode(head));
  const { connection } = await handshake(server.origin("main"), "/hierachain/ws");
  server.signal("SIGHUP");
  await until("it is stopping", () => server.stdout.includes("stopping"));
  server.signal("SIGTERM");
  const { code, stdout } = await server.ended();
  assertEquals(code, 143);
  assert(!stdout.includes('"stopped'));
  asking.close();
  connection.close();
});
