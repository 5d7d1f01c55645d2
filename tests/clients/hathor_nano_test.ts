import { assertEquals } from "@std/assert";
import { missingNode } from "../support/npm_packages.ts";
import { pythonTest } from "../support/programs.ts";
import { PROGRAM_RUNTIME, ServerProcess, withFolder } from "../support/server.ts";
import { runWithHathorLibrary } from "./hathor_library.ts";

/** What the genesis holds, in the smallest unit. */
const GENESIS = 100_000_000_000;

pythonTest(
  "a wallet of @hathor/wallet-lib brings in a blueprint, makes a contract, deposits and withdraws",
  ["hathorlib"],
  async (python) => {
    await withFolder(async (folder) => {
      const server = await ServerProcess.start(
        ["--store=:memory:", "--hathor-port=0", "--hathor-mine=auto", `--hathor-nano=${python}`],
        {},
        PROGRAM_RUNTIME,
        [`--allow-run=${python}`],
      );
      try {
        const origin = server.origin("hathor");
        const urls = [`${origin}/v1a/`, `${origin}/tx-mining/`];
        const got = await runWithHathorLibrary("hathor_nano.cjs", urls, folder);
        assertEquals(got.executed, ["success", "success", "success", "failure", "success"]);
        // What failed has moved nothing.
        assertEquals(got.state.fields, { gifts: { value: 7 + 3 - 1 } });
        assertEquals(got.state.balances, {
          "00": { value: `${1000 + 500 - 200}`, can_mint: false, can_melt: false },
        });
        assertEquals(got.balance, GENESIS - 1000 - 500 + 200);
        assertEquals(got.state.calls, { "twice(3)": { value: 2 * 9 * 3 } });
        assertEquals(got.then.fields, { gifts: { value: 7 } });
        const methods = ["move", "move", "move", "move", "initialize"];
        const hashes: string[] = got.hashes;
        assertEquals(got.history, hashes.map((hash, index) => [hash, methods[index]]));
        assertEquals([got.info.id, got.info.name], [got.ids.blueprint, "Purse"]);
        assertEquals(got.info.attributes, { gifts: "int" });
        const executions = Object.values<{ logs: { message?: string }[] }[]>(got.logs.logs).flat();
        const messages = executions.map(({ logs }) => logs.map(({ message }) => message));
        assertEquals(messages, [[undefined, "moved", undefined]]);
        assertEquals((await server.stop()).code, 0);
      } finally {
        await server.kill();
      }
    });
  },
  missingNode(),
);
