import { assert, assertEquals } from "@std/assert";
import { ChainGlances } from "../../../src/server/watching/chain_glances.ts";
import { counting, event, inMemory } from "../../support/chains.ts";

Deno.test("types are counted up to the head that is told, whatever has come meanwhile", async () => {
  await inMemory(async (log) => {
    const chain = log.chain("c", counting);
    for (let at = 0; at < 3; at++) await chain.append([event("x")]);
    const before = await chain.head();
    await chain.append([event("x")]);
    const after = await chain.head();
    assert(before !== undefined && after !== undefined);
    const glances = new ChainGlances();
    assertEquals((await glances.types(chain, before)).counted, 3);
    assertEquals((await glances.types(chain, after)).counted, 4);
  });
});
