import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { encodedParts } from "../../src/server/edge/frame_bytes.ts";
import { saysAt } from "../../src/sockets/frames.ts";
import { TextBytes } from "../../src/sockets/text_bytes.ts";

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
    const frames = written.frames(0, 1, true);
    written.begin();
    written.addText("b".repeat(400));
    written.clear();
    written.begin();
    written.addText("c");
    assertEquals(written.text(), "c");
    assertEquals(written.frames(1, 2).texts, ["c"]);
    assertEquals([frames.isJoined, frames.texts.length], [true, 1]);
    assertEquals(frames.texts[0] === text, true, `${size} bytes`);
  }
});
