import { assertEquals, assertStringIncludes } from "@std/assert";
import { ServerProcess, withFolder, withProcess } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";

/** Makes a folder one that cannot be written; undefined where this machine cannot. */
async function readOnly(folder: string): Promise<(() => Promise<void>) | undefined> {
  const mount = async (...args: string[]) =>
    (await new Deno.Command("mount", { args, stderr: "null" }).output()).success;
  if (Deno.uid() !== 0) {
    await Deno.chmod(folder, 0o555);
    return () => Deno.chmod(folder, 0o755);
  }
  if (Deno.build.os !== "linux" || !await mount("--bind", folder, folder)) return undefined;
  const end = async () => {
    await new Deno.Command("umount", { args: ["--lazy", folder] }).output();
  };
  if (await mount("-o", "remount,ro,bind", folder)) return end;
  await end();
  return undefined;
}

Deno.test("commands that only read work on a store that cannot be written, and others are refused", async () => {
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    await withProcess([`--store=${store}`], async (server) => {
      const streams = new StreamsApi(server.origin("main"));
      await streams.create("s");
      await streams.append("s", "an event");
      // Killed, so that a part of it is in the write-ahead log alone.
      await server.kill();
    });
    const end = await readOnly(folder);
    if (end === undefined) return;
    try {
      const run = (...args: string[]) => ServerProcess.run([...args, `--store=${store}`]).ended();
      for (
        const [args, said] of [
          [["verify"], "streams/s: ok"],
          [["verify", "--rows"], "streams/s: ok"],
          [["chains"], "streams/s"],
          [["read", "streams/s"], "an event"],
          [["export"], "an event"],
          [["keys", "list"], ""],
        ] as const
      ) {
        const { code, stdout, stderr } = await run(...args);
        assertEquals(code, 0, `${args}: ${stderr}`);
        assertStringIncludes(stdout, said);
      }
      for (const args of [["rebuild", "streams/s"], ["keys", "create", "k"]]) {
        const { code, stderr } = await run(...args);
        assertEquals(code, 1, String(args));
        assertStringIncludes(stderr, `${store} cannot be written`);
      }
      assertEquals((await run("serve", "--port=0")).code, 1);
    } finally {
      await end();
    }
  });
});
