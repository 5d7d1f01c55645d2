/** The package for npm, in an empty folder, by Node alone. */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { nodeTest } from "../support/npm_packages.ts";
import { PORTS_OFF } from "../support/ports.ts";
import { ServerProcess, surroundings, withFolder } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");

/** Runs a program in a folder, which has to end well; what it printed. */
async function ends(cwd: string, program: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    env: surroundings({ NO_COLOR: "1" }),
    clearEnv: true,
    stdin: "null",
  }).output();
  const [out = "", errors = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert(success, `${program} ${args.join(" ")}: ${out}${errors}`);
  return out;
}

/** Packs the package, and installs it into a folder of its own. Returns that. */
async function install(folder: string): Promise<string> {
  const [made, used] = [join(folder, "made"), join(folder, "used")];
  await ends(ROOT, Deno.execPath(), ["task", "--quiet", "npm-package", made]);
  await Deno.mkdir(used);
  const packed = (await ends(made, "npm", ["pack", "--silent", "--pack-destination", used])).trim();
  await ends(used, "npm", ["install", "--no-audit", "--no-fund", `./${packed}`]);
  return used;
}

nodeTest(
  "npx ledgerline is the program in an empty folder, with its threads and its stop",
  async () => {
    await withFolder(async (folder) => {
      const used = await install(folder);
      const version = await ends(used, "npx", ["ledgerline", "--version"]);
      assert(version.includes(config.version), version);

      const command = new Deno.Command(join(used, "node_modules/.bin/ledgerline"), {
        args: ["--port=0", "--hierachain-port=0", "--log-format=json"],
        cwd: used,
        env: surroundings({ ...PORTS_OFF }),
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      });
      const server = ServerProcess.of(command.spawn());
      try {
        await server.listening();
        const main = server.origin("main");
        const streams = new StreamsApi(main);
        await streams.create("s");
        await streams.append("s", 1);
        assertEquals((await streams.get("s?offset=-1")).text, "[1]");
        const chains = await ends(used, "npx", ["ledgerline", "chains", `--url=${main}`]);
        assert(chains.includes("streams/s"), chains);
      } finally {
        assertEquals((await server.stop()).code, 0);
      }
      assert((await Deno.stat(join(used, "ledgerline-data/ledger.db"))).isFile);

      const bundles = join(used, "node_modules/ledgerline");
      const threads = config.tasks.compile.command.match(/\w+_worker(?=\.ts)/g) ?? [];
      assertEquals(threads.length, 6);
      for (const thread of threads) {
        // It loads on the package's own files; one says to whoever made it that it is ready.
        const load = `globalThis.postMessage ??= () => {}; await import("./${thread}.js")`;
        await ends(bundles, Deno.execPath(), ["eval", "--no-config", "--no-npm", load]);
      }
    });
  },
);
