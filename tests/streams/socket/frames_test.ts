import { assert, assertEquals } from "@std/assert";
import type { EventBatch } from "../../../src/log/event_batch.ts";
import type { Chain } from "../../../src/log/chain.ts";
import {
  bodyOf,
  type Form,
  framesOf,
  MESSAGE_CHARS,
  messageOf,
} from "../../../src/streams/socket/frames.ts";
import { Window } from "../../../src/streams/socket/window.ts";
import { tokenOf } from "../../../src/streams/chain/token.ts";
import { inMemory } from "../../support/chains.ts";

const LIFE = "0123456789abcdef";

/** Positions pass ten thousand in the middle, and ids the end of a pair of their digits. */
const BASE = 9_000;

async function batchesOf(chain: Chain): Promise<EventBatch[]> {
  const follower = await chain.attach(0, () => {});
  const batches: EventBatch[] = [];
  for (;;) {
    const batch = follower.peek();
    if (batch === undefined) break;
    if (batch instanceof Promise) {
      await batch;
      continue;
    }
    batches.push(batch);
    follower.offset = batch.next;
  }
  follower.close();
  return batches;
}

/** A chain of 3,000 events, of which every tenth is not for readers of a stream. */
async function withFrames(
  form: Form,
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
    body(await batchesOf(chain), framesOf(chain, extent, form));
  });
}

for (const form of ["json", "ledger", "bytes"] as const) {
  Deno.test(`each event of the form ${form} has its own token, id, time and data`, async () => {
    await withFrames(form, (batches, { singles }) => {
      for (const batch of batches) {
        const { texts } = batch.derive(singles);
        for (const [index, event] of [...batch.events()].entries()) {
          const text = texts[index];
          if (form !== "ledger" && event.type === "used") {
            assertEquals(text, undefined);
            continue;
          }
          const { type, keys, offset, time, id } = event;
          const data = String(event.data);
          const told = {
            offset: tokenOf({ position: BASE + offset + 1, life: LIFE }),
            id,
            time: new Date(time).toISOString(),
            ...(form === "ledger" ? { type, keys } : {}),
            data: form === "bytes" ? btoa(data) : JSON.parse(data),
          };
          assertEquals(JSON.parse(text ?? ""), { type: "events", events: [told] });
        }
      }
    });
  });
}

Deno.test("messages of several events hold the same as those of one, and are not large", async () => {
  await withFrames("json", (batches, { singles, groups }) => {
    for (const batch of batches) {
      const { texts } = batch.derive(singles);
      const { frames, ends } = batch.derive(groups);
      let from = 0;
      for (const [at, end] of ends.entries()) {
        const own = texts.slice(from, end).flatMap((text) =>
          text === undefined ? [] : bodyOf(text)
        );
        const message = frames.texts[at] ?? "";
        assertEquals(message, messageOf(own.join(",")));
        assert(message.length < MESSAGE_CHARS + 2_000, `${message.length} characters`);
        from = end;
      }
      assert(texts.slice(from).every((text) => text === undefined));
    }
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

Deno.test("a window counts what is out, and takes acknowledgements in any steps", () => {
  const window = new Window(3);
  for (const position of [2, 5, 9]) window.add(position);
  assertEquals(window.room, 0);
  window.acknowledge(1);
  assertEquals(window.room, 0);
  window.acknowledge(7);
  assertEquals(window.room, 2);
  window.acknowledge(2);
  assertEquals(window.room, 2);
  for (let position = 10; position < 10_000; position++) {
    window.acknowledge(position - 1);
    window.add(position);
  }
  assertEquals(window.room, 2);
});
