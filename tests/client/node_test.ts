/** The client's package for npm, as its users have it: installed, compiled against, run by Node. */
import { assertEquals } from "@std/assert";
import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { installPackages, nodeTest } from "../support/npm_packages.ts";
import { freePort } from "../support/ports.ts";
import { javascriptCommand, Program } from "../support/programs.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";

const HERE = import.meta.dirname ?? ".";

/** Arguments of the task that makes the package, without the `deno` that they begin with. */
const PACK = config.tasks["client-package"].command.split(" ").slice(1);

const TSC =
  "node_modules/typescript/bin/tsc --strict --target es2022 --module nodenext --types node";

/** Runs a program to its end, which has to be a good one. */
async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd,
    stdin: "null",
  }).output();
  assertEquals(code, 0, [stdout, stderr].map((said) => new TextDecoder().decode(said)).join(""));
}

nodeTest(
  "the client's package for npm has types, runs under Node, and outlives its server",
  async () => {
    await withFolder(async (folder) => {
      const packed = join(folder, "client.tgz");
      await run(
        Deno.execPath(),
        [...PACK, "--allow-dirty", "--output", packed],
        join(HERE, "../.."),
      );
      await installPackages("stream_client", folder);
      const install = ["--offline", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
      await run("npm", ["install", ...install, packed], folder);
      const program = await Deno.readTextFile(join(HERE, "node_program.ts"));
      const imported = program.replace("../../src/client/mod.ts", "@ledgerline/client");
      await Deno.writeTextFile(join(folder, "program.ts"), imported);
      await run("node", [...TSC.split(" "), "program.ts"], folder);
      for (const socket of ["the platform's", "ws"]) await follows(folder, socket);
    });
  },
);

/** Has the program in a folder follow a stream over the end of its server. */
async function follows(folder: string, socket: string): Promise<void> {
  const flags = [`--store=${join(folder, `${socket}.db`)}`, `--port=${freePort()}`];
  let server = await ServerProcess.start(flags);
  const streams = new StreamsApi(server.origin("main"));
  await streams.create("s");
  const [command, ...args] = javascriptCommand();
  const program = Program.start(command, [...args, "program.js", streams.url("s"), socket], folder);
  try {
    await program.printed("0\n");
    await streams.append("s", [1, 2]);
    await program.printed("2\n");
    await server.kill();
    server = await ServerProcess.start(flags);
    const headers = { "stream-closed": "true" };
    await streams.send("POST", "s", { headers, body: "[3, 4]" });
    assertEquals(await program.ended(), 0, program.output);
    const lines = program.output.split("\n").filter((line) => /^\d+$/.test(line));
    assertEquals(lines, ["0", "1", "2", "3", "4"]);
  } finally {
    await program.kill();
    await server.kill();
  }
}
