/** What the runtime is told to trace (`OTEL_DENO`), it tells without queries. */
import { assert, assertEquals } from "@std/assert";
import { ClientSocket } from "../support/client_socket.ts";
import { ServerProcess, withFolder } from "../support/server.ts";

const SECRET = `lk_0123456789ab_${"S".repeat(43)}`;

/** Spans as the runtime prints them, without colours. */
const OTEL = { OTEL_DENO: "true", OTEL_EXPORTER_OTLP_PROTOCOL: "console", NO_COLOR: "1" };

for (const edge of ["node", "deno"]) {
  Deno.test(`traces by the edge ${edge} tell of requests, appends and commits, and of no key in a query`, async () => {
    for (const threads of ["1", "3"]) {
      await withFolder(async (folder) => {
        const flags = [`--store=${folder}/ledger.db`, `--edge=${edge}`, `--threads=${threads}`];
        const server = await ServerProcess.start(flags, OTEL);
        const main = server.origin("main");
        const query = `token=${SECRET}`;
        const ask = async (path: string, init: RequestInit = {}) =>
          await (await fetch(main + path, init)).body?.cancel();
        await ask(`/v1/stream/s?${query}`, { method: "PUT" });
        await ask(`/v1/stream/s?offset=-1&${query}`);
        await ask(`/v1/keys?${query}`);
        const socket = await ClientSocket.open(main, `/v1/stream/s?offset=now&${query}`);
        await socket.close();
        const { stdout, stderr } = await server.stop();
        const told = stdout + stderr;
        assertEquals(told.includes("SSSS"), false, told);
        for (const span of ["ledger.append", "ledger.commit", "ledger.upgrade", "url.path"]) {
          assert(told.includes(span), `${span} is not told of with ${threads} threads:\n${told}`);
        }
      });
    }
  });
}
