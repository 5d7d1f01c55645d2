const NEWLINE = 10;
const SPACE = 32;
const ZERO = 48;

const decoder = new TextDecoder();

/**
 * Reads what a NATS server sends, which goes on over the borders of messages: counts events and the
 * answers to pings, and answers what asks whether the client keeps pace.
 */
export class NatsReader {
  readonly #send: (text: string) => void;
  /** Bytes of a payload that are still to come, and of a line that is not whole. */
  #skip = 0;
  #line = new Uint8Array();

  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  /** Returns how many events ended their line, and pings of ours were answered. */
  feed(chunk: Uint8Array): number {
    let count = 0;
    for (let at = 0; at < chunk.length;) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, chunk.length - at);
        this.#skip -= skipped;
        at += skipped;
        continue;
      }
      const end = chunk.indexOf(NEWLINE, at);
      const part = chunk.subarray(at, end < 0 ? chunk.length : end + 1);
      const line = this.#line.length === 0 ? part : joined(this.#line, part);
      this.#line = end < 0 ? line.slice() : new Uint8Array();
      if (end >= 0) count += this.#read(line);
      at += part.length;
    }
    return count;
  }

  #read(line: Uint8Array): number {
    switch (line[0]) {
      case 0x4d: // MSG subject sid [reply] bytes
        this.#skip = lastNumber(line) + 2;
        return 1;
      case 0x48: { // HMSG subject sid [reply] header-bytes bytes
        this.#skip = lastNumber(line) + 2;
        const words = decoder.decode(line).trim().split(" ");
        const isEmpty = words.at(-1) === words.at(-2);
        if (isEmpty && words.length === 6) this.#send(`PUB ${words[3]} 0\r\n\r\n`);
        return isEmpty ? 0 : 1;
      }
      case 0x50: // PING, PONG
        if (line[1] === 0x4f) return 1;
        this.#send("PONG\r\n");
        return 0;
      case 0x2d: // -ERR
        throw new Error(`NATS: ${decoder.decode(line).trim()}`);
      default:
        return 0;
    }
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

/** The number that a line ends with, before its CR and LF. */
function lastNumber(line: Uint8Array): number {
  let value = 0;
  for (let at = line.length - 3, unit = 1; line[at] !== SPACE && at >= 0; at--, unit *= 10) {
    value += ((line[at] ?? ZERO) - ZERO) * unit;
  }
  return value;
}
