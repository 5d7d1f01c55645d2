import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { succeeds, testUnlessMissing } from "../support/missing.ts";
import { Program } from "../support/programs.ts";
import { withFolder, withProcess } from "../support/server.ts";

const SOURCE = join(import.meta.dirname ?? ".", "go");

testUnlessMissing(
  "the official Go client tells the events of a ledger's chain apart, in pages, by long polls and by SSE",
  succeeds("go", ["version"]) ? undefined : "no Go: install it, 1.19 or later",
  async () => {
    await withFolder(async (folder) => {
      const file = join(folder, "client");
      // However long it takes: the first time the libraries are compiled as well.
      const { success, stderr } = await new Deno.Command("go", {
        args: ["build", "-o", file, "."],
        cwd: SOURCE,
        stdin: "null",
      }).output();
      assert(success, new TextDecoder().decode(stderr));
      await withProcess(["--store=:memory:"], async (server) => {
        const api = new HieraChainApi(server.origin("hierachain"));
        for (const live of ["", "long-poll", "sse"]) {
          const chain = `chain-${live}`;
          await api.create(chain);
          await api.append(chain, { entity_id: "E", event_type: "made" });
          const url = `${server.origin("main")}/v1/stream/hierachain/${chain}`;
          const client = Program.start(file, [url, live], folder);
          await client.printed("event E");
          await api.append(chain, { entity_id: "F", event_type: "sold" });
          if (live === "") await client.ended();
          else {
            await client.printed("event F");
            await client.kill();
          }
          // The first event of a chain is its own.
          const wanted = [
            "block 0",
            `event ${chain}`,
            "event E",
            live === "" ? "the end" : "event F",
          ];
          // Whether a block is closed meanwhile depends on how long it all takes.
          const told = client.output.trim().split("\n").filter((line) =>
            !/^block [1-9]/.test(line)
          );
          assertEquals(told, wanted);
        }
      });
    });
  },
);
