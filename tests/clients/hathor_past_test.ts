import { assertEquals } from "@std/assert";
import { startLedgerline } from "../../main.ts";
import { nodeTest } from "../support/npm_packages.ts";
import { withFolder } from "../support/server.ts";
import { runWithHathorLibrary } from "./hathor_library.ts";

nodeTest(
  "a wallet of @hathor/wallet-lib has the right history after a reorganisation, a double spend, and " +
    "going back to a snapshot",
  async () => {
    await withFolder(async (folder) => {
      await using node = await startLedgerline({ settings: { "hathor-mine": "off" } });
      const urls = [`${node.urls.hathor}/v1a/`, node.url];
      const got = await runWithHathorLibrary("hathor_past.cjs", urls, folder);
      const [first, second, third, fourth] = got.ids;
      const paid = [first, 1_000, false];
      assertEquals(got.confirmed, [[paid], true]);
      // It waits for a block again.
      assertEquals(got.reorganised, [[paid], true, null]);
      const voided = [second, 500, true];
      // The wallet has them by their second, which several may share.
      const rows = ([found]: [string, number, boolean][][]) => new Set(found);
      assertEquals(rows(got.spentTwice), new Set([voided, paid]));
      assertEquals(rows(got.paidAgain), new Set([[third, 50, false], voided, paid]));
      assertEquals(got.wentBack, [[paid], true]);
      assertEquals(rows(got.goesOn), new Set([[fourth, 7, false], paid]));
    });
  },
);
