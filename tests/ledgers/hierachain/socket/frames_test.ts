import { assert, assertEquals } from "@std/assert";
import {
  BLOCK_TYPE,
  EVENT_TYPE,
  SIGNED,
  typeKey,
} from "../../../../src/ledgers/hierachain/event/event_types.ts";
import { framersOf } from "../../../../src/ledgers/hierachain/socket/frames.ts";
import { batchesOf, inMemory } from "../../../support/chains.ts";

const BLOCK = '{"index":7,"hash":"ab","first":0,"count":0,"own":[]}';

/** What is stored of the event at an index, and what is told of it. */
function sample(at: number) {
  if (at % 101 === 100) return { type: BLOCK_TYPE, data: BLOCK };
  const isSigned = at % 10 === 3;
  // Most are of the same type, some of many, and some of one that no key can be.
  const event = at % 13 === 5 ? `type ${at} "é"` : at % 29 === 7 ? "long ".repeat(90) : "common";
  const keys = isSigned ? [typeKey(event), SIGNED] : [typeKey(event)];
  const data = JSON.stringify({ entity_id: `PROD-${at}`, event, note: "ü".repeat(at % 40) });
  return { type: EVENT_TYPE, keys, data };
}

Deno.test("each message of the page has the place, the type and the data of its event, or block", async () => {
  await inMemory(async (log) => {
    const chain = log.chain("hierachain/supply");
    const count = 11_020;
    for (let from = 0; from < count; from += 1_102) {
      await chain.append(Array.from({ length: 1_102 }, (_, at) => sample(from + at)));
    }
    const { page, replay } = framersOf(chain);
    let seen = 0;
    for (const batch of await batchesOf(chain)) {
      const [bare, placed] = [await page(batch), await replay(batch)];
      assertEquals([placed.first, placed.next], [batch.first, batch.next]);
      for (const { offset, id, type, keys, data } of batch.events()) {
        const index = offset - batch.first;
        const { event } = JSON.parse(String(data));
        const told = type === BLOCK_TYPE
          ? { block_hash: "ab", height: 7, index: 7, hash: "ab" }
          : { ...(keys[1] === SIGNED ? {} : { event_type: event }), ...JSON.parse(String(data)) };
        const head = {
          type: type === BLOCK_TYPE ? "new_block" : "new_event",
          chain_name: "supply",
        };
        const whole = JSON.stringify({ ...head, offset, id, data: told });
        assert(placed.texts[index] === whole, `${placed.texts[index]} is not ${whole}`);
        assert(bare.texts[index] === JSON.stringify({ ...head, data: told }));
        seen++;
      }
    }
    assertEquals(seen, count);
  });
});
