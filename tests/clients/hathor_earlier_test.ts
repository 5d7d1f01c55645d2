import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { EARLIER_PRIVATE_NETWORK } from "../ledgers/hathor/support/earlier_network.ts";
import { nodeTest } from "../support/npm_packages.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { runWithHathorLibrary } from "./hathor_library.ts";

nodeTest(
  "wallets of the library that the headless wallet has create a token of the largest amount, and " +
    "pay, create and mint with several signatures",
  async () => {
    await withFolder(async (folder) => {
      const settings = join(folder, "privnet.yml");
      await Deno.writeTextFile(settings, EARLIER_PRIVATE_NETWORK);
      const server = await ServerProcess.start([
        "--store=:memory:",
        "--hathor-port=0",
        `--hathor-network=${settings}`,
        "--hathor-test-mode=on",
        "--hathor-mine=on",
      ]);
      try {
        const origin = server.origin("hathor");
        const args = [`${origin}/v1a/`, `${origin}/tx-mining/`, "testnet"];
        const got = await runWithHathorLibrary(
          "hathor_earlier.cjs",
          args,
          folder,
          "hathor_earlier",
        );
        // A hundredth of 2^63 as a double has it, and 60, 5 and 1 of the 1,000 that are shared.
        assertEquals([got.large, got.deposit], [`${2n ** 63n}`, "92233720368547760"]);
        assertEquals(got.shown, [true, 2]);
        assertEquals(got.shared, [["934", "600"], ["934", "600"]]);
        assertEquals((await server.stop()).code, 0);
      } finally {
        await server.kill();
      }
    });
  },
);
