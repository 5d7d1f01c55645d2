/** Streams whose parts are nobody else's. */
const given = new WeakSet<ReadableStream<Uint8Array>>();

/** Says of a stream that each of its parts has a buffer of its own, which whoever reads it may give back. */
export function givesParts(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  given.add(stream);
  return stream;
}

/** Whether the parts of a stream are the reader's own. */
export function areGiven(stream: ReadableStream<Uint8Array>): boolean {
  return given.has(stream);
}

/** Gives the memory of a part back at once. */
export function giveBack({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
}
