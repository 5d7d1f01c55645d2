import { MESSAGE_CHARS } from "../../../src/streams/socket/frames.ts";
import { eventsMessage } from "../../../src/streams/socket/frames.ts";
import { bodyOf } from "../../../src/streams/socket/frames.ts";
import { framesOf } from "../../../src/streams/socket/frames.ts";
import type { EventEncoding } from "../../../src/streams/socket/frames.ts";
import { assert, assertEquals } from "@std/assert";
import type { EventBatch } from "../../../src/log/event_batch.ts";
import { tokenOf } from "../../../src/streams/chain/token.ts";
import { batchesOf, inMemory } from "../../support/chains.ts";

const LIFE = "0123456789abcdef";

/** Positions pass ten thousand in the middle, and ids the end of a pair of their digits. */
const BASE = 9_000;

/** A chain of 3,000 events, of which every tenth is not for readers of a stream. */
async function withFrames(
  encoding: EventEncoding,
  body: (batches: readonly EventBatch[], frames: ReturnType<typeof framesOf>) => void,
): Promise<void> {
  await inMemory(async (log) => {
    const chain = log.chain("c");
    for (let lot = 0; lot < 3; lot++) {
      await chain.append(Array.from({ length: 1_000 }, (_, at) => ({
        type: at % 10 === 9 ? "used" : "data",
        keys: at % 3 === 0 ? ['a "key"'] : ["b", "c"],
        data: JSON.stringify({ at, text: "x".repeat(at) }),
      })));
    }
    const extent = { chain: "c", start: 0, base: BASE, end: Infinity, life: LIFE };
    body(await batchesOf(chain), framesOf(chain, extent, encoding));
  });
}

for (const form of ["json", "bytes"] as const) {
  Deno.test(`each event of the form ${form} has its own token, id, time and data`, async () => {
    await withFrames(form, (batches, { singles }) => {
      for (const batch of batches) {
        const { texts } = batch.derive(singles);
        for (const [index, event] of [...batch.events()].entries()) {
          const text = texts[index];
          if (event.type === "used") {
            assertEquals(text, undefined);
            continue;
          }
          const { offset, time, id } = event;
          const data = String(event.data);
          const told = {
            offset: tokenOf({ position: BASE + offset + 1, life: LIFE }),
            id,
            time: new Date(time).toISOString(),
            data: form === "bytes" ? btoa(data) : JSON.parse(data),
          };
          assertEquals(JSON.parse(text ?? ""), { type: "events", events: [told] });
        }
      }
    });
  });
}

Deno.test("messages of several events hold the same as those of one, across batches, and are not large", async () => {
  await withFrames("json", (batches, { singles, joined }) => {
    const texts = batches.flatMap((batch) => batch.derive(singles).texts);
    const held = (offset: number) =>
      batches.find(({ first, next }) => first <= offset && offset < next);
    const at = (offset: number, limit = Infinity) => {
      const batch = held(offset);
      assert(batch !== undefined);
      return joined({ batch, offset, limit, held });
    };
    let crossed = 0;
    for (let offset = 0; offset < 3_000;) {
      const { texts: [message], first, next, isJoined } = at(offset);
      assertEquals([first, isJoined], [offset, true]);
      const own = texts.slice(offset, next).flatMap((text) =>
        text === undefined ? [] : bodyOf(text)
      );
      assertEquals(message, own.length === 0 ? undefined : eventsMessage(own.join(",")));
      assert((message ?? "").length < MESSAGE_CHARS + 2_000, `${message?.length} characters`);
      if (held(offset) !== held(next - 1)) crossed++;
      // What is full is the same for whoever comes next, and never goes past a limit.
      if ((message ?? "").length >= MESSAGE_CHARS) assert(at(offset) === at(offset));
      if (next > offset + 5) assert(at(offset, offset + 5).next <= offset + 5);
      if (next > offset + 1) assertEquals(at(offset, next - 1).next <= next - 1, true);
      offset = next;
    }
    assert(crossed > 0);
  });
});

Deno.test("what is live is one message for all who read the same, and made anew when there is more", async () => {
  await withFrames("json", ([first, second], { joined }) => {
    assert(first !== undefined && second !== undefined);
    const offset = first.next - 3;
    const at = (batches: readonly EventBatch[]) =>
      joined({
        batch: first,
        offset,
        limit: Infinity,
        held: (offset) => batches.find(({ first, next }) => first <= offset && offset < next),
      });
    const alone = at([first]);
    assertEquals(alone.next, first.next);
    assert(at([first]) === alone);
    const more = at([first, second]);
    assert(
      more.next > first.next && more.texts[0]?.startsWith(alone.texts[0]?.slice(0, -2) ?? "-"),
    );
    assert(at([first, second]) === more);
  });
});

Deno.test("framers are the same for all who read the same", async () => {
  await inMemory((log) => {
    const chain = log.chain("c");
    const extent = { chain: "c", start: 0, base: 0, end: 7, life: LIFE };
    const frames = framesOf(chain, extent, "json");
    // Where an extent ends does not change what its events are.
    assertEquals(framesOf(chain, { ...extent, end: 9 }, "json") === frames, true);
    assertEquals(framesOf(chain, { ...extent, base: 3 }, "json") === frames, false);
    assertEquals(framesOf(chain, extent, "bytes") === frames, false);
    return Promise.resolve();
  });
});
