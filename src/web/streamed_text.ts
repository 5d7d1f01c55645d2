/** Characters that are gathered before they are handed to the connection. */
const CHUNK_CHARS = 64 * 1024;

/**
 * The body of an answer that may be long: its text where it is short, and else a stream that makes
 * the rest as fast as the client takes it, so that an answer of any length needs the memory of a few
 * of its pieces. What is thrown before the first of them is thrown here; later it cuts the answer off.
 */
export async function streamedText(
  pieces: AsyncIterable<string> | Iterable<string>,
): Promise<string | ReadableStream<Uint8Array>> {
  const source = Symbol.asyncIterator in pieces
    ? pieces[Symbol.asyncIterator]()
    : pieces[Symbol.iterator]();
  let ready: Chunk | undefined = await nextChunk(source);
  if (ready.isLast) return ready.text;
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { text, isLast } = ready ?? await nextChunk(source);
      ready = undefined;
      if (text !== "") controller.enqueue(encoder.encode(text));
      if (isLast) controller.close();
    },
    async cancel() {
      await source.return?.();
    },
  }, { highWaterMark: 0 });
}

interface Chunk {
  readonly text: string;
  readonly isLast: boolean;
}

async function nextChunk(source: AsyncIterator<string> | Iterator<string>): Promise<Chunk> {
  const parts: string[] = [];
  for (let chars = 0; chars < CHUNK_CHARS;) {
    const { value, done } = await source.next();
    if (done === true) return { text: parts.join(""), isLast: true };
    parts.push(value);
    chars += value.length;
  }
  return { text: parts.join(""), isLast: false };
}

/** The pieces of a list: `between` stands before each but the first. */
export async function* joined(
  items: AsyncIterable<string>,
  between: string,
): AsyncGenerator<string, void, void> {
  let isFirst = true;
  for await (const item of items) {
    yield isFirst ? item : between + item;
    isFirst = false;
  }
}
