import { assertEquals, assertStrictEquals } from "@std/assert";
import { encodedParts, textFrame } from "../../../src/server/edge/frame_bytes.ts";

/** The text of one frame, and how many bytes it takes. */
function read(bytes: Uint8Array): { text: string; size: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  assertEquals(bytes[0], 0x81);
  const short = bytes[1] ?? 0;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  const length = short < 126
    ? short
    : short === 126
    ? view.getUint16(2)
    : Number(view.getBigUint64(2));
  const text = new TextDecoder().decode(bytes.subarray(start, start + length));
  return { text, size: start + length };
}

Deno.test("frames of every length are what RFC 6455 says, alone and behind each other", () => {
  const texts = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000].flatMap((length) => [
    "x".repeat(length),
    "é".repeat(Math.floor(length / 2)),
  ]);
  for (const text of texts) {
    const bytes = textFrame(text);
    assertEquals(read(bytes), { text, size: bytes.length });
  }
  const frames = { texts: [undefined, ...texts, undefined] };
  const parts = encodedParts(frames);
  // Large ones are encoded as they are come to.
  assertEquals(parts.length > 1, true);
  assertEquals(parts.map(({ from }) => from), [0, ...parts.slice(0, -1).map(({ to }) => to)]);
  assertEquals(parts.at(-1)?.to, frames.texts.length);
  for (const { from, to, encoded: { bytes, starts } } of parts) {
    for (const [at, text] of frames.texts.slice(from, to).entries()) {
      const [begin = 0, end = 0] = starts.subarray(at, at + 2);
      if (text === undefined) assertEquals(begin, end);
      else assertEquals(read(bytes.subarray(begin, end)), { text, size: end - begin });
    }
    assertEquals(starts.at(-1), bytes.length);
  }
  const ascii = encodedParts({ texts: ["a", undefined, "b".repeat(300)] })[0]?.encoded;
  assertEquals([...ascii?.starts ?? []], [0, 3, 3, 307]);
  assertEquals(read(ascii?.bytes.subarray(3) ?? new Uint8Array()).text, "b".repeat(300));
  // Made once for all sockets.
  assertStrictEquals(encodedParts(frames)[0]?.encoded, parts[0]?.encoded);
});
