import type { Clock } from "../kernel/clock.ts";
import type { StoredEntry } from "./store.ts";
import { away, KvAwayError } from "./connect_errors.ts";
import { decodeWatch, ReadStatus } from "./connect_messages.ts";

/** Milliseconds of silence after which a watch is lost: a service says each 5 s that all is well. */
const SILENCE_MS = 20_000;

/** Bytes before each message that say how long it is; a message of none says that all is well. */
const LENGTH_BYTES = 4;

/**
 * The entries of `keys`, first as they are and then whenever one of them changes. `open` asks the
 * service, whose answer goes on until `left` is aborted: whoever leaves the stream does so.
 */
export function watched(
  keys: readonly Deno.KvKey[],
  left: AbortController,
  open: () => Promise<ReadableStream<Uint8Array>>,
  clock: Clock,
): ReadableStream<StoredEntry[]> {
  const told = entriesOf(keys, async () => {
    const reader = (await open()).getReader();
    // The signal of a request does not always end an answer that has gone on for long (2.9.6).
    const cancel = () => void reader.cancel().catch(() => {});
    if (left.signal.aborted) cancel();
    else left.signal.addEventListener("abort", cancel);
    return reader;
  }, clock);
  return new ReadableStream<StoredEntry[]>({
    async pull(controller) {
      let isOver = true;
      try {
        const { done, value } = await told.next();
        isOver = done === true;
        if (value === undefined) controller.close();
        else controller.enqueue(value);
      } finally {
        if (isOver) left.abort();
      }
    },
    cancel: () => left.abort(),
  }, { highWaterMark: 0 });
}

async function* entriesOf(
  keys: readonly Deno.KvKey[],
  open: () => Promise<ReadableStreamDefaultReader<Uint8Array>>,
  clock: Clock,
): AsyncGenerator<StoredEntry[], undefined> {
  let entries = keys.map((key): StoredEntry => ({ key, value: null, versionstamp: null }));
  for await (const message of messagesOf(await open(), clock)) {
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
async function* messagesOf(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  clock: Clock,
): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array(0);
  for (;;) {
    const { done, value: chunk } = await heard(reader, clock).catch((error) =>
      Promise.reject(away(error))
    );
    if (done) return;
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

/** What comes next. Throws where nothing does for too long. */
async function heard<T>(
  reader: ReadableStreamDefaultReader<T>,
  clock: Clock,
): Promise<ReadableStreamReadResult<T>> {
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(SILENCE_MS, () => {
      reject(new KvAwayError("the watch is silent"));
      reader.cancel().catch(() => {});
    });
  });
  try {
    return await Promise.race([reader.read(), late]);
  } finally {
    cancel();
  }
}
