// Opens the store named by the first argument, says how that ended, and holds it until its input
// ends where the second argument is `hold`.
import { LedgerError } from "../../src/kernel/errors.ts";
import { openStore } from "../../src/kv/open.ts";

const [location, mode] = Deno.args;

async function say(outcome: Record<string, unknown>): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(outcome)}\n`));
}

try {
  const store = await openStore(location === "" ? undefined : location);
  await say({ opened: store.description });
  if (mode === "hold") { for await (const _ of Deno.stdin.readable); }
  store.close();
} catch (error) {
  if (!(error instanceof LedgerError)) throw error;
  await say({ code: error.code, message: error.message });
}
// As the program does: an older runtime waits for a lock that nobody wants any more.
Deno.exit(0);
