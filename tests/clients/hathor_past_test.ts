import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { startLedgerline } from "../../main.ts";
import { installPackages, nodeTest } from "../support/npm_packages.ts";
import { Program } from "../support/programs.ts";
import { withFolder } from "../support/server.ts";

const SCRIPT = "hathor_past.cjs";

nodeTest(
  "a wallet of @hathor/wallet-lib has the right history after a reorganisation, a double spend, and " +
    "going back to a snapshot",
  async () => {
    await withFolder(async (folder) => {
      await installPackages("hathor", folder);
      await Deno.copyFile(join(import.meta.dirname ?? ".", SCRIPT), join(folder, SCRIPT));
      await using node = await startLedgerline({ settings: { "hathor-mine": "off" } });
      const program = Program.start(Deno.execPath(), [
        "run",
        "--allow-all",
        "--no-lock",
        "--node-modules-dir=manual",
        SCRIPT,
        `${node.urls.hathor}/v1a/`,
        node.url,
      ], folder);
      const code = await program.ended();
      assertEquals([code, code === 0 ? "" : program.output], [0, ""]);
      const got = JSON.parse(program.output.trim().split("\n").at(-1) ?? "");
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
