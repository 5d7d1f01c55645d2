import { assertEquals } from "@std/assert";
import type { Chain } from "../../src/log/chain.ts";
import type { Projection } from "../../src/log/projection.ts";
import { event, inMemory, TestLog } from "../support/chains.ts";

/** Keeps a row for each event, unless a row says that none is wanted. */
function switched(version: number): Projection {
  return {
    version,
    carried: [["switch"]],
    async apply({ offset }, rows) {
      if (await rows.get<boolean>(["switch"]) !== false) rows.set(["seen", offset], version);
    },
  };
}

async function seen(chain: Chain): Promise<unknown> {
  return [(await chain.rows(["seen"], 10)).length, await chain.row<boolean>(["switch"])];
}

Deno.test("a row that no event makes is carried over by a rebuild and an upgrade, or is another", async () => {
  await inMemory(async (log, store) => {
    const chain = log.chain("carried", switched(1));
    await chain.append([event(0), event(1)]);
    assertEquals(await seen(chain), [2, undefined]);
    await chain.rebuild([{ key: ["switch"], value: false }]);
    assertEquals(await seen(chain), [0, false]);
    await chain.append([event(2)]);
    await chain.rebuild();
    assertEquals(await seen(chain), [0, false]);
    assertEquals(await chain.compareRows(), undefined);
    await chain.rebuild([{ key: ["switch"], value: undefined }]);
    assertEquals(await seen(chain), [3, undefined]);
    await chain.rebuild([{ key: ["switch"], value: false }]);
    const newer = new TestLog(store);
    const upgraded = newer.chain("carried", switched(2));
    assertEquals(await seen(upgraded), [0, false]);
    assertEquals(await upgraded.compareRows(), undefined);
    await newer.close();
  });
});
