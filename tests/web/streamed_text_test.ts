import { assert, assertEquals, assertRejects } from "@std/assert";
import { joined, streamedText } from "../../src/web/streamed_text.ts";

const PIECE = "x".repeat(10_000);

/** Pieces that count how many of them were made, and whether they were given up. */
class Counted {
  made = 0;
  isOver = false;

  async *pieces(count: number): AsyncGenerator<string, void, void> {
    try {
      for (; this.made < count; this.made++) yield PIECE;
    } finally {
      this.isOver = true;
    }
  }
}

Deno.test("a short answer is its text, with a length that is known", async () => {
  assertEquals(
    await streamedText(joined(new Counted().pieces(3), ",")),
    `${PIECE},${PIECE},${PIECE}`,
  );
});

Deno.test("of a long answer no more is made than its reader takes", async () => {
  const counted = new Counted();
  const body = await streamedText(counted.pieces(1_000));
  assert(body instanceof ReadableStream);
  const atFirst = counted.made;
  assert(atFirst < 20, `${atFirst} pieces were made for nobody`);
  const reader = body.getReader();
  let length = 0;
  for (let read = 0; read < 3; read++) length += (await reader.read()).value?.length ?? 0;
  assert(counted.made * PIECE.length - length < 20 * PIECE.length);
  await reader.cancel();
  assertEquals(counted.isOver, true);
});

Deno.test("a long answer comes whole", async () => {
  const body = await streamedText(new Counted().pieces(100));
  assertEquals(await new Response(body).text(), PIECE.repeat(100));
});

Deno.test("what fails at once is told, and what fails later cuts the answer off", async () => {
  const failing = async function* (after: number) {
    for (let made = 0; made < after; made++) yield PIECE;
    await Promise.resolve();
    throw new Error("gone");
  };
  await assertRejects(() => streamedText(failing(2)), Error, "gone");
  const body = await streamedText(failing(50));
  await assertRejects(() => new Response(body).text(), Error, "gone");
});
