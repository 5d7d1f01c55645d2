import { main } from "./src/cli/main.ts";
import type { Ledgerline, StartOptions } from "./src/dev/start.ts";
import { wakeWhereItSleeps } from "./src/server/waking.ts";

export type { Ledgerline, StartOptions };

/**
 * Starts a server in this process and resolves when it is ready: in memory and on free ports of this
 * machine, unless settings say otherwise. Throws an error with a `code` where it cannot run.
 */
export async function startLedgerline(options: StartOptions = {}): Promise<Ledgerline> {
  // The command line has no use for it.
  const { startInProcess } = await import("./src/dev/start.ts");
  return await startInProcess(options);
}

if (import.meta.main) wakeWhereItSleeps();

// A stalled client can keep a socket, and so the process, alive after a graceful stop: leaving is
// said outright.
if (import.meta.main) Deno.exit(await main(Deno.args));
