const CLOSE = 8;
const PING = 9;
const LONGEST_HEADER = 10;

/** What a scanner tells of a stream of frames. */
export interface FrameHandlers {
  /** The payload of each message, where it is wanted: valid during the call only. */
  readonly message?: (payload: Uint8Array) => void;
  /** Bytes of the longest payload that is looked at. */
  readonly longest?: number;
  readonly ping?: () => void;
  readonly closed?: (code: number) => void;
}

/**
 * Counts the frames of a server by reading nothing but their headers (RFC 6455, unmasked). A
 * scanner that wants payloads copies them; the others skip.
 */
export class FrameScanner {
  readonly #handlers: FrameHandlers;
  readonly #header = new Uint8Array(LONGEST_HEADER);
  #headerHeld = 0;
  #opcode = 0;
  #left = 0;
  #payload: Uint8Array | undefined;
  #payloadHeld = 0;
  /** Messages so far, and bytes of their payloads. */
  messages = 0;
  bytes = 0;

  constructor(handlers: FrameHandlers) {
    this.#handlers = handlers;
  }

  scan(chunk: Uint8Array): void {
    const { length } = chunk;
    for (let at = 0; at < length;) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, length - at);
        if (this.#payload !== undefined) {
          this.#payload.set(chunk.subarray(at, at + taken), this.#payloadHeld);
          this.#payloadHeld += taken;
        }
        at += taken;
        this.#left -= taken;
        if (this.#left === 0) this.#end();
        continue;
      }
      const size = (chunk[at + 1] ?? 127) & 127;
      // Nearly every header is whole, and of the form with two bytes of length.
      if (this.#headerHeld === 0 && size === 126 && at + 4 <= length) {
        this.#begin(chunk[at] ?? 0, (chunk[at + 2] ?? 0) << 8 | (chunk[at + 3] ?? 0));
        at += 4;
        continue;
      }
      this.#header[this.#headerHeld++] = chunk[at++] ?? 0;
      this.#readHeader();
    }
  }

  #readHeader(): void {
    const held = this.#headerHeld;
    if (held < 2) return;
    const size = (this.#header[1] ?? 0) & 127;
    const needed = size === 127 ? 10 : size === 126 ? 4 : 2;
    if (held < needed) return;
    const view = new DataView(this.#header.buffer);
    const length = size === 127
      ? Number(view.getBigUint64(2))
      : size === 126
      ? view.getUint16(2)
      : size;
    this.#headerHeld = 0;
    this.#begin(this.#header[0] ?? 0, length);
  }

  #begin(first: number, length: number): void {
    this.#opcode = first & 15;
    this.#left = length;
    const { message, longest = Infinity } = this.#handlers;
    const isWanted = this.#opcode === CLOSE ||
      (this.#opcode < CLOSE && message !== undefined && length <= longest);
    this.#payload = isWanted ? new Uint8Array(length) : undefined;
    this.#payloadHeld = 0;
    if (this.#opcode < CLOSE) this.bytes += length;
    if (length === 0) this.#end();
  }

  #end(): void {
    const payload = this.#payload;
    this.#payload = undefined;
    if (this.#opcode === PING) return this.#handlers.ping?.();
    if (this.#opcode === CLOSE) {
      return this.#handlers.closed?.((payload?.[0] ?? 0) << 8 | (payload?.[1] ?? 0));
    }
    if (this.#opcode > CLOSE) return;
    this.messages++;
    if (payload !== undefined) this.#handlers.message?.(payload);
  }
}
