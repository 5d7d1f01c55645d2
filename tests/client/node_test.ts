import { assertEquals } from "@std/assert";
import { bundle } from "../support/bundle.ts";
import { javascriptCommand, Program } from "../support/programs.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";

for (const socket of ["the platform's WebSocket", "ws"]) {
  Deno.test(`the client runs under Node with ${socket}, and outlives its server`, async () => {
    await withFolder(async (folder) => {
      const path = `${folder}/program.mjs`;
      await bundle("tests/client/node_program.ts", path, "deno");
      const store = `--store=${folder}/ledger.db`;
      let server = await ServerProcess.start([store]);
      const port = `--port=${new URL(server.origin("main")).port}`;
      const streams = new StreamsApi(server.origin("main"));
      await streams.create("s");
      const [command, ...args] = javascriptCommand();
      const program = Program.start(command, [...args, path, streams.url("s"), socket], folder);
      try {
        await program.printed("0\n");
        await streams.append("s", [1, 2]);
        await program.printed("2\n");
        await server.kill();
        server = await ServerProcess.start([store, port]);
        const headers = { "stream-closed": "true" };
        await streams.send("POST", "s", { headers, body: "[3, 4]" });
        assertEquals(await program.ended(), 0, program.output);
        const lines = program.output.split("\n").filter((line) => /^\d+$/.test(line));
        assertEquals(lines, ["0", "1", "2", "3", "4"]);
      } finally {
        await program.kill();
        await server.kill();
      }
    });
  });
}
