import { assertEquals } from "@std/assert";
import { withPair } from "../ledgers/hathor/support/gateway_pair.ts";
import { nodeTest } from "../support/npm_packages.ts";
import { runWithHathorLibrary } from "./hathor_library.ts";
import { assertWalletKnows } from "./hathor_wallet_knows.ts";

nodeTest(
  "a wallet of @hathor/wallet-lib at a gateway has what it has at the node, from each kind of stream",
  async () => {
    await withPair(async ({ origin }, folder) => {
      const urls = [`${origin}/v1a/`, `${origin}/tx-mining/`];
      assertWalletKnows(await runWithHathorLibrary("hathor_wallet.cjs", urls, folder));
    });
  },
);

nodeTest(
  "wallets at a gateway know what they have while the node is away, and go on after the node and the " +
    "gateway were killed",
  async () => {
    await withPair(async (pair, folder) => {
      const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
      await using control = Deno.serve(options, async ({ url }) => {
        await pair.tell(new URL(url).pathname.slice(1));
        return new Response();
      });
      const urls = [`${pair.origin}/v1a/`, `${pair.origin}/tx-mining/`];
      const got = await runWithHathorLibrary(
        "hathor_gateway.cjs",
        [...urls, `http://127.0.0.1:${control.addr.port}`],
        folder,
      );
      const [first, second, third] = got.sent;
      const amount = 100_000_000_000;
      assertEquals(got.away.amount, amount);
      assertEquals(got.away.history[0], first);
      assertEquals(got.others, [got.away, got.away]);
      assertEquals(got.refused === "sent", false);
      assertEquals(got.after.amount, amount);
      assertEquals(got.after.history, [third, second, ...got.away.history]);
    });
  },
);
