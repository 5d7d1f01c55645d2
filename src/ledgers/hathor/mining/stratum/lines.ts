import { GrowingBytes } from "../../../../kernel/growing_bytes.ts";

/** Bytes of one line: the longest proof of merged mining has some ten thousand. */
const LONGEST_LINE = 64 * 1024;

const LINE_FEED = 0x0a;

/**
 * The lines of a connection, without their ends, in UTF-8; undefined in place of one that is too
 * long, after which nothing comes.
 */
export async function* minerLines(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string | undefined, void, void> {
  let line = new GrowingBytes();
  for await (const chunk of stream) {
    for (let start = 0; start < chunk.length;) {
      const found = chunk.indexOf(LINE_FEED, start);
      const end = found < 0 ? chunk.length : found;
      if (line.length + end - start > LONGEST_LINE) return void (yield undefined);
      line.add(chunk.subarray(start, end));
      start = end + 1;
      if (found < 0) continue;
      const text = new TextDecoder().decode(line.whole()).trim();
      line = new GrowingBytes();
      if (text !== "") yield text;
    }
  }
}
