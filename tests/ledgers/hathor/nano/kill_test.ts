import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { run, spawn } from "../../../support/command_line.ts";
import { pythonTest } from "../../../support/programs.ts";
import { withFolder } from "../../../support/server.ts";
import { until, within } from "../../../support/until.ts";
import { enginesOf, isEngine } from "../support/engines.ts";
import { withHathor } from "../support/hathor_api.ts";
import { nanoScenarios } from "../support/nano_vectors.ts";
import { vertexOf } from "../support/vectors.ts";

pythonTest(
  "a program that is killed while contracts are executed leaves no engine, and goes on after",
  [
    "hathorlib",
  ],
  async (python) => {
    const { tokens } = nanoScenarios();
    assert(tokens !== undefined);
    await withFolder(async (folder) => {
      const [store, settings] = [join(folder, "node.db"), join(folder, "network.yml")];
      const file = join(folder, "vertices.hex");
      await Deno.writeTextFile(settings, "extends: unittests\nREWARD_SPEND_MIN_BLOCKS: 1\n");
      await Deno.writeTextFile(file, tokens.steps.map(({ hex }) => `${hex}\n`).join(""));
      const network = `--hathor-network=${settings}`;
      const args = [
        ...["import-vertices", file, "--store", store],
        ...[network, `--hathor-nano=${python}`],
      ];
      const more = [`--allow-run=${python}`];
      const child = spawn(args, {}, more);
      await child.stdin.close();
      const drained = Promise.all([child.stdout.text(), child.stderr.text()]);
      let engines: string[] = [];
      await until("a block is about to be executed, after a blueprint was checked", async () => {
        engines = await enginesOf(child.pid);
        return engines.length > 1;
      });
      child.kill("SIGKILL");
      await within("the end", Promise.all([drained, child.status]));
      await until("no engine is left", async () => (
        (await Promise.all(engines.map(isEngine))).every((is) => !is)
      ));

      const again = await run(args, { more });
      assertEquals(again.code, 0, again.stderr);
      const verified = await run(["verify", "--rows", "--store", store]);
      assertEquals(verified.code, 0, verified.stderr);
      const { hex = "", root } = tokens.steps.at(-1) ?? {};
      await withHathor(async (api) => {
        const { meta } = await api.get(`/v1a/transaction?id=${vertexOf(hex).hash}`);
        assertEquals(meta.nc_block_root_id, root);
      }, { flags: [`--store=${store}`, network, "--hathor-nano=off"] });
    });
  },
);
