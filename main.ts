import { main } from "./src/cli/main.ts";
import { wakeWhereItSleeps } from "./src/server/waking.ts";

if (import.meta.main) wakeWhereItSleeps();

// A stalled client can keep a socket, and so the process, alive after a graceful stop: leaving is
// said outright.
if (import.meta.main) Deno.exit(await main(Deno.args));
