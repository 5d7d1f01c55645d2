import type { StoredEntry } from "./store.ts";
import { away, KvAwayError } from "./connect_errors.ts";
import { decodeWatch, ReadStatus } from "./connect_messages.ts";

/** Bytes before each message that say how long it is; a message of none says that all is well. */
const LENGTH_BYTES = 4;

/**
 * The entries of `keys`, first as they are and then whenever one of them changes. `open` asks the
 * service, whose answer goes on until the signal ends it; so does leaving the stream.
 */
export function watched(
  keys: readonly Deno.KvKey[],
  open: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>,
): ReadableStream<StoredEntry[]> {
  const left = new AbortController();
  const told = entriesOf(keys, () => open(left.signal));
  return new ReadableStream<StoredEntry[]>({
    async pull(controller) {
      const { done, value } = await told.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => left.abort(),
  }, { highWaterMark: 0 });
}

async function* entriesOf(
  keys: readonly Deno.KvKey[],
  open: () => Promise<ReadableStream<Uint8Array>>,
): AsyncGenerator<StoredEntry[], undefined> {
  let entries = keys.map((key): StoredEntry => ({ key, value: null, versionstamp: null }));
  for await (const message of messagesOf(await open())) {
    const answer = decodeWatch(message);
    if (answer.status !== ReadStatus.success) throw new KvAwayError("it does not let watch now");
    entries = entries.map((before, at) => {
      const told = answer.keys[at];
      if (told?.isChanged !== true) return before;
      return told.entry ?? { key: before.key, value: null, versionstamp: null };
    });
    yield entries;
  }
  return undefined;
}

/** Messages as they come. What is cut off is not told. */
async function* messagesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array(0);
  for await (const chunk of chunksOf(stream)) {
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    const view = new DataView(bytes.buffer);
    let at = 0;
    while (at + LENGTH_BYTES <= bytes.length) {
      const end = at + LENGTH_BYTES + view.getUint32(at, true);
      if (end > bytes.length) break;
      if (end > at + LENGTH_BYTES) yield bytes.subarray(at + LENGTH_BYTES, end);
      at = end;
    }
    rest = bytes.subarray(at);
  }
}

async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* stream;
  } catch (error) {
    throw away(error);
  }
}
