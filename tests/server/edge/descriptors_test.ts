import { assertEquals } from "@std/assert";
import { EDGES } from "../../support/edges.ts";
import { ClientSocket } from "../../support/client_socket.ts";
import { PROGRAM_RUNTIME, ServerProcess, withFolder } from "../../support/server.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { until, within } from "../../support/until.ts";

/** Open files that the server may have. */
const FILES = 256;

/** Connections that send nothing. */
const SILENT = 400;

/** Whether a client of its own is answered. */
async function isAlive(origin: string): Promise<boolean> {
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  try {
    const signal = AbortSignal.timeout(2_000);
    const response = await fetch(`${origin}/livez`, { client, signal });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  } finally {
    client.close();
  }
}

// An older runtime that is tested has one alone.
const HERE = PROGRAM_RUNTIME === Deno.execPath() ? EDGES : ["deno"];

for (const edge of HERE) {
  for (const host of ["127.0.0.1", "localhost"]) {
    Deno.test(`${edge} on ${host}: a server whose files run out serves on, and stops well`, async () => {
      await withFolder(async (folder) => {
        const server = await ServerProcess.startWithFiles(FILES, [
          `--store=${folder}/ledger.db`,
          `--edge=${edge}`,
          `--host=${host}`,
          "--port=0",
          "--hierachain-port=0",
        ]);
        try {
          const main = server.origin("main");
          await new StreamsApi(main).create("s");
          const socket = await ClientSocket.open(server.origin("hierachain"));
          const port = Number(new URL(main).port);
          const silent = await Promise.all(
            Array.from({ length: SILENT }, async () => {
              // One that is refused is no trouble to anybody.
              return await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
            }),
          );
          if (edge === "deno") {
            // Nothing ends those that are silent: that the process lives on is all there can be.
            for (const connection of silent) connection?.close();
          }
          await until("an answer", () => isAlive(main));
          // Whoever was there is still there, and appends go on.
          assertEquals(await socket.ask({ type: "ping", timestamp: 7 }), {
            type: "pong",
            timestamp: 7,
          });
          const { status } = await new StreamsApi(main).send("POST", "s", {
            headers: { "content-type": "application/json" },
            body: "1",
          });
          assertEquals(status, 204);
          for (const connection of silent) {
            try {
              connection?.close();
            } catch { /* it is closed */ }
          }
          assertEquals((await server.stop()).code, 0);
          assertEquals((await within("its end", socket.closed)).code, 1001);
        } finally {
          await server.kill();
        }
      });
    });
  }
}
