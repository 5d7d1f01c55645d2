import { LedgerError } from "../../kernel/errors.ts";
import { GrowingBytes } from "../../kernel/growing_bytes.ts";
import { Pace } from "../../kernel/turn.ts";
import { PARTS_PER_TURN } from "../../web/body.ts";

/** The most bytes of a line: the largest event with each byte as an escape. */
const LINE_BYTES = 8 * 1024 * 1024;

const LINE_FEED = 0x0a;

/**
 * Whole lines of a body of text, without their line feeds: as many at once as have arrived.
 * Throws `import_invalid` for a line that has no end.
 */
export async function* linesAsTheyCome(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<string[], void, void> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let bytes = new GrowingBytes();
  const pace = new Pace(PARTS_PER_TURN);
  for await (const chunk of body) {
    const turn = pace.spend(1);
    if (turn !== undefined) await turn;
    // Each part is searched once, so that a line in very many parts takes linear time.
    const end = chunk.lastIndexOf(LINE_FEED);
    bytes.add(end < 0 ? chunk : chunk.subarray(0, end));
    if (end >= 0) {
      const lines = decoder.decode(bytes.whole()).split("\n");
      bytes = new GrowingBytes();
      bytes.add(chunk.subarray(end + 1));
      yield lines;
    }
    if (bytes.length > LINE_BYTES) {
      throw new LedgerError("import_invalid", `A line has up to ${LINE_BYTES} bytes`);
    }
  }
  if (bytes.length > 0) yield [decoder.decode(bytes.whole())];
}

/** As {@linkcode linesAsTheyCome}, one by one. */
export async function* linesOfBody(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<string, void, void> {
  for await (const lines of linesAsTheyCome(body)) yield* lines;
}
