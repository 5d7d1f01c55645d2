/** A copy of a store's file without its `-wal`, which has what was appended last. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { run, runWell } from "../support/command_line.ts";
import { type ServerProcess, withFolder, withProcess } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";

const SAYS = "it was copied while it was open, without its -wal: what was appended last is missing";

async function append(server: ServerProcess, numbers: number): Promise<void> {
  const streams = new StreamsApi(server.origin("main"));
  await streams.send("PUT", "s");
  const all = Array.from({ length: numbers }, (_, at) => at);
  assertEquals((await streams.send("POST", "s", { body: JSON.stringify(all) })).status, 204);
}

async function copy(from: string, to: string, ...beside: readonly string[]): Promise<void> {
  for (const part of ["", ...beside]) await Deno.copyFile(from + part, to + part);
}

async function verify(store: string): Promise<{ code: number; isTold: boolean }> {
  const { code, stdout } = await run(["verify", `--store=${store}`]);
  return { code, isTold: stdout.includes(`${store}: damaged: ${SAYS}`) };
}

Deno.test("verify finds that a copy lacks what was in the -wal of a running server", async () => {
  await withFolder(async (folder) => {
    const store = join(folder, "ledger.db");
    const at = (name: string) => join(folder, `${name}.db`);
    await withProcess([`--store=${store}`], async (server) => {
      await append(server, 20_000);
      await copy(store, at("alone"));
      await copy(store, at("whole"), "-wal");
      await server.kill();
    });
    await copy(store, at("killed"));
    for (const name of ["alone", "killed"]) {
      // Told again, also where another command has had it open meanwhile.
      assertEquals(await verify(at(name)), { code: 3, isTold: true });
      await runWell(["chains", `--store=${at(name)}`]);
      assertEquals(await verify(at(name)), { code: 3, isTold: true });
    }
    assertEquals(await verify(at("whole")), { code: 0, isTold: false });
    assertStringIncludes(
      await runWell(["chains", "streams/", "--json", `--store=${at("whole")}`]),
      '"events":20001',
    );
    // A server says so, and then it is what the store is.
    await withProcess([`--store=${at("alone")}`], async (server) => {
      assertStringIncludes(server.stdout, SAYS);
      await server.stop();
    });
    assertEquals(await verify(at("alone")), { code: 0, isTold: false });
  });
});

Deno.test("a copy of a stopped server's file is whole, and so is a killed one's own", async () => {
  await withFolder(async (folder) => {
    const store = join(folder, "ledger.db");
    await withProcess([`--store=${store}`], async (server) => {
      await append(server, 10);
      await server.stop();
    });
    await copy(store, join(folder, "copy.db"));
    assertEquals(await verify(join(folder, "copy.db")), { code: 0, isTold: false });
    await withProcess([`--store=${store}`], async (server) => {
      await append(server, 10);
      await server.kill();
    });
    // Another program has taken what was beside it into the file.
    (await Deno.openKv(store)).close();
    assertEquals(await verify(store), { code: 0, isTold: false });
  });
});
