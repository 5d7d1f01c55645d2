import { assertEquals } from "@std/assert";
import type { MinerClient } from "./hathor_api.ts";
import { mined } from "./template_blocks.ts";

/** Has a miner, which has heard nothing yet, mine the first blocks: each is taken, and the next told. */
export async function mineFirst(miner: MinerClient, blocks: number): Promise<void> {
  let [template] = (await miner.next()).params;
  for (let count = 1; count <= blocks; count++) {
    const answer = await miner.ask(`${count}`, "mining.submit", { hexdata: mined(template) });
    assertEquals(answer, { id: `${count}`, error: null, result: true });
    const told = await miner.next();
    assertEquals([told.method, told.params[0].height], ["mining.notify", count + 1]);
    [template] = told.params;
  }
}
