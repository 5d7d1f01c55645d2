import { fail } from "@std/assert";
import { join } from "node:path";
import { tmpdir } from "node:os";

/** HieraChain's native port, which its published samples have in their text. */
export const PORT = 2661;

/** Runs `body` alone among the tests of all processes on this machine that need port 2661. */
export async function withPort2661(body: () => Promise<void>): Promise<void> {
  const path = join(tmpdir(), "ledgerline-test-2661.lock");
  const file = await Deno.open(path, { create: true, write: true });
  try {
    await file.lock(true);
    await body();
  } finally {
    file.close();
  }
}

/** Fails in plain words where another program has the port. */
export function assertPort2661Free(): void {
  try {
    Deno.listen({ hostname: "127.0.0.1", port: PORT }).close();
  } catch {
    fail(`port ${PORT} is taken by another program: stop it to run this test`);
  }
}
