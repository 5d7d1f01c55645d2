import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { nodeTest } from "../support/npm_packages.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { runWithHathorLibrary } from "./hathor_library.ts";

/** A private network of hathor-core 0.69, as the tests of hathor-wallet-headless have it. */
const PRIVATE = `NETWORK_NAME: nano-testnet-bravo
P2PKH_VERSION_BYTE: x49
MULTISIG_VERSION_BYTE: x87
BOOTSTRAP_DNS: []
GENESIS_OUTPUT_SCRIPT: 76a91466665b27f7dbc4c8c089d2f686c170c74d66f0b588ac
GENESIS_BLOCK_TIMESTAMP: 1643902665
GENESIS_BLOCK_NONCE: 2518838
GENESIS_BLOCK_HASH: 0000076d916e83de99f9623db91bffe6649606427b848fa0b8e0cbb72c9e87cc
GENESIS_TX1_NONCE: 0
GENESIS_TX1_HASH: 54165cef1fd4cf2240d702b8383c307c822c16ca407f78014bdefa189a7571c2
GENESIS_TX2_NONCE: 0
GENESIS_TX2_HASH: 039906854ce6309b3180945f2a23deb9edff369753f7082e19053f5ac11bfbae
GENESIS_TOKEN_UNITS: 92233720368547758
GENESIS_TOKENS: 9223372036854775800
MIN_TX_WEIGHT_K: 0
MIN_TX_WEIGHT_COEFFICIENT: 0
MIN_TX_WEIGHT: 1
REWARD_SPEND_MIN_BLOCKS: 1
extends: mainnet.yml
`;

nodeTest(
  "wallets of the library that the headless wallet has create a token of the largest amount, and " +
    "pay, create and mint with several signatures",
  async () => {
    await withFolder(async (folder) => {
      const settings = join(folder, "privnet.yml");
      await Deno.writeTextFile(settings, PRIVATE);
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
