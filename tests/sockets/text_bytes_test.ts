import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { encodedParts } from "../../src/server/edge/frame_bytes.ts";
import { saysAt } from "../../src/sockets/frames.ts";
import { TextBytes } from "../../src/sockets/text_bytes.ts";
import { ulidAfter } from "../../src/kernel/ids.ts";
import { MIDDLES_BYTES, WOVEN_EVENTS } from "../../src/sockets/weave_program.ts";
import { batchesOf, event, inMemory } from "../support/chains.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** All frames of some messages as they go over the wire, and where each begins. */
function wireOf(frames: Parameters<typeof encodedParts>[0]): { hex: string; starts: number[] } {
  const starts = [0];
  let hex = "";
  for (const { encoded } of encodedParts(frames)) {
    for (const start of encoded.starts.subarray(1)) starts.push(hex.length / 2 + start);
    hex += encoded.bytes.toHex();
  }
  return { hex, starts };
}

const LENGTHS = [0, 1, 125, 126, 127, 511, 512, 513, 65_535, 65_536, 70_000];

Deno.test("messages made of bytes go over the wire as those of the same texts", () => {
  const text = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.string({ unit: "grapheme", maxLength: 200 }),
    fc.constantFrom(...LENGTHS.map((length) => "x".repeat(length))),
    fc.constantFrom(63, 70, 32_767, 32_768, 40_000).map((length) => "é".repeat(length)),
  );
  const written = new TextBytes();
  const messages = fc.array(fc.oneof(text, fc.constant(undefined)), { maxLength: 8 });
  fc.assert(
    fc.property(messages, fc.boolean(), (texts, isHalved) => {
      for (const text of texts) {
        written.begin();
        if (text === undefined) written.takeBack();
        else if (isHalved) {
          // Between two characters, of which some are two units.
          const half = [...text].slice(0, 3).join("");
          written.addText(half);
          written.add(encode(text.slice(half.length)));
        } else written.addText(text);
      }
      const frames = written.frames(7, 7 + texts.length);
      assertEquals([frames.first, frames.next], [7, 7 + texts.length]);
      assertEquals(
        texts.map((_, index) => saysAt(frames, index)),
        texts.map((text) => text !== undefined),
      );
      const [made, expected] = [wireOf(frames), wireOf({ texts })];
      assertEquals(made.starts, expected.starts);
      assert(made.hex === expected.hex);
      assert(frames.texts.every((text, index) => text === texts[index]));
    }),
    { numRuns: 60 },
  );
});

Deno.test("what was given away is not written to again, and what has failed leaves nothing", () => {
  const written = new TextBytes();
  for (const size of [10, 40 * 1_024, 47 * 1_024, 300 * 1_024]) {
    const text = "a".repeat(size);
    written.begin();
    written.add(encode(text));
    const frames = written.frames(0, 1, []);
    written.begin();
    written.addText("b".repeat(400));
    written.clear();
    written.begin();
    written.addText("c");
    assertEquals(written.frames(1, 2).texts, ["c"]);
    assertEquals([frames.isJoined, frames.texts.length], [true, 1]);
    assertEquals(frames.texts[0] === text, true, `${size} bytes`);
  }
});

Deno.test("woven events count up their numbers and ids, each with its own middle before its data", async () => {
  await inMemory(async (log) => {
    const chain = log.chain("c");
    const texts = (count: number, most: number) =>
      Array.from({ length: count }, (_, at) => `{é${"x".repeat(at * 7 % most)}`);
    const datas = [...texts(500, 400), ...texts(2 * WOVEN_EVENTS + 3, 3), ...texts(4, 90_000)];
    await chain.append(datas.map((data) => event(data)));
    let seen = 0;
    for (const batch of await batchesOf(chain)) {
      const middles = [
        undefined,
        () => "",
        (index: number) => `"${index % 3}",`,
        (index: number) => index % 7 === 0 ? "é".repeat(300) : `${index}`,
        (index: number) => String(index).padEnd(MIDDLES_BYTES / 16, "m"),
      ];
      for (const [at, middle] of middles.entries()) {
        const [from, to] = [Math.min(1, batch.count - 1), batch.count];
        const skip = at % 2;
        const id = `01ARZ3NDEKTSV4RRFFQ69G${at}YZY`;
        const headOf = (index: number) =>
          `{"é":"${String(980 + index).padStart(5, "0")}","id":"${ulidAfter(id, index)}",`;
        const head = headOf(0);
        const how = {
          head,
          number: 6 + 5,
          id: head.length - 2,
          skip,
          ...(middle && { middle }),
        };
        const expected = Array.from(
          { length: to - from },
          (_, index) =>
            `${headOf(index)}${middle?.(from + index) ?? ""}${
              batch.text(from + index).slice(skip)
            }}`,
        );
        written.weave(batch, from, to, { ...how, isSeparate: true });
        const apart = written.frames(batch.first + from, batch.next);
        assert(apart.texts.length === expected.length);
        assert(apart.texts.every((text, index) => text === expected[index]));
        written.begin();
        written.addText("<");
        const begin = written.length;
        written.weave(batch, from, to, how);
        written.put(begin, "[");
        const [joined] = written.frames(0, 1, []).texts;
        assert(joined === `<[${expected.join("").slice(1)}`);
      }
      seen += batch.count;
    }
    assertEquals(seen, datas.length);
  });
});

Deno.test("what is woven without numbers is as it was given", async () => {
  await inMemory(async (log) => {
    const chain = log.chain("c");
    await chain.append(Array.from({ length: 40 }, (_, at) => event(`"${at}"`)));
    for (const batch of await batchesOf(chain)) {
      written.weave(batch, 0, batch.count, { head: "{09Z:", isSeparate: true });
      const { texts } = written.frames(batch.first, batch.next);
      assertEquals(texts, batch.types.map((_, index) => `{09Z:"${batch.first + index}"}`));
    }
  });
});

const written = new TextBytes();
