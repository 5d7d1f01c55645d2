import { assertEquals } from "@std/assert";
import { nodeTest } from "../support/npm_packages.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { runWithHathorLibrary } from "./hathor_library.ts";
import { assertWalletKnows } from "./hathor_wallet_knows.ts";

nodeTest(
  "a wallet of @hathor/wallet-lib starts on the genesis' words, sends, creates, mints and melts, and " +
    "has the same from each kind of stream",
  async () => {
    await withFolder(async (folder) => {
      const flags = ["--store=:memory:", "--hathor-port=0", "--hathor-mine=auto"];
      const server = await ServerProcess.start(flags);
      try {
        const origin = server.origin("hathor");
        const urls = [`${origin}/v1a/`, `${origin}/tx-mining/`];
        const got = await runWithHathorLibrary("hathor_wallet.cjs", urls, folder);
        assertWalletKnows(got);
        assertEquals((await server.stop()).code, 0);
      } finally {
        await server.kill();
      }
    });
  },
);
