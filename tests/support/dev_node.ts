import { startLedgerline } from "../../main.ts";
import type { Ledgerline } from "../../src/dev/start.ts";
import { removeFolder } from "./folder.ts";
import { TEST_THREADS } from "./ports.ts";

/** A server for developers in this process, with as many threads as tests have. */
export async function startNode(
  settings: Readonly<Record<string, string>> = {},
): Promise<Ledgerline> {
  const isOwn = settings.store !== undefined && settings.store !== ":memory:";
  if (TEST_THREADS === "1" || settings.threads !== undefined) {
    return await startLedgerline({ settings });
  }
  if (isOwn) return await startLedgerline({ settings: { threads: TEST_THREADS, ...settings } });
  // A store in memory is one thread's alone.
  const folder = await Deno.makeTempDir({ prefix: "ledgerline-test-" });
  const store = `${folder}/l.db`;
  const node = await startLedgerline({ settings: { threads: TEST_THREADS, ...settings, store } });
  let stopped: Promise<void> | undefined;
  const stop = () => stopped ??= node.stop().then(() => removeFolder(folder));
  return { ...node, stop, [Symbol.asyncDispose]: stop };
}
