import { assert, assertEquals } from "@std/assert";
import { openStore } from "../../src/kv/open.ts";
import { Log } from "../../src/log/log.ts";
import { chainProjection } from "../../src/server/projections.ts";

/** Walks every chain of a store: none is damaged, and the rows of each are what its log says. */
export async function assertWhole(location: string): Promise<void> {
  const store = await openStore(location);
  const log = new Log(store, { projectionOf: chainProjection });
  try {
    for await (const { name } of log.chains()) {
      const chain = log.chain(name);
      const verified = await chain.verify();
      assert(verified.ok, `${name}: ${JSON.stringify(verified)}`);
      assertEquals(await chain.compareRows(), undefined, name);
    }
  } finally {
    await log.close();
    store.close();
  }
}
