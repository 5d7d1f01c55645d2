import type { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { GrowingBytes } from "../../kernel/growing_bytes.ts";
import type { Body } from "./connection.ts";
import { ReadingTurn } from "./reading_turn.ts";

/** The most bytes that are allocated ahead for an announced body. */
const EXPECTED_BYTES = 64 * 1024;

/**
 * Bytes that wait for a reader before no more are read. They are counted without what is around them:
 * of a body in chunks of a byte, `node:http`'s own 64 KiB are seven reads of the connection, which
 * were parsed in one turn of 40 to 57 ms.
 */
const WAITING_BYTES = 1_024;

/** That of all connections. */
const READING = new ReadingTurn();

/** What is used here of a readable stream's state: the constructor is out of reach. */
interface Waiting {
  readonly _readableState?: { highWaterMark: number };
}

/** A request's body, which is not read before a route asks for it. */
export class IncomingBody implements Body {
  readonly #incoming: IncomingMessage;
  #isRead = false;
  #isCancelled = false;
  /** Bytes of it that have been read. */
  #seen = 0;

  constructor(incoming: IncomingMessage & Waiting) {
    this.#incoming = incoming;
    if (incoming._readableState !== undefined) {
      incoming._readableState.highWaterMark = WAITING_BYTES;
    }
  }

  /** Whether reading has begun. */
  get isRead(): boolean {
    return this.#isRead;
  }

  /** Whether it is being read. */
  get isBeingRead(): boolean {
    return this.#isRead && !this.#isCancelled;
  }

  /** Bytes that are still to come; Infinity for a chunked body. */
  get left(): number {
    return Number(this.#incoming.headers["content-length"] ?? Infinity) - this.#seen;
  }

  get isWhole(): boolean {
    return this.#incoming.complete || hasEnded(this.#incoming);
  }

  get isAtRest(): boolean {
    return !this.#isRead || this.isWhole || this.#incoming.isPaused();
  }

  /** Reads it whole. Throws where the connection ends before. */
  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const incoming = this.#take();
    if (incoming.aborted) return Promise.reject(cutOff());
    const announced = Number(incoming.headers["content-length"] ?? 0);
    let bytes: GrowingBytes | undefined;
    let only: Buffer<ArrayBuffer> | undefined;
    const read = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
    let waiting: typeof read | undefined = read;
    incoming.on("data", (part: Buffer<ArrayBuffer>) => {
      this.#seen += part.length;
      if (this.#seen < announced) this.#giveTurn();
      // Most bodies come in one part, which has a buffer of its own.
      if (part.length === announced && part.buffer.byteLength === announced) only = part;
      else {
        bytes ??= new GrowingBytes(Math.min(announced, EXPECTED_BYTES));
        bytes.add(part);
      }
    });
    // `node:http` lets go of a message late, and with it of these functions: the body is not theirs.
    const letGo = () => void (waiting = only = bytes = undefined);
    incoming.on("end", () => {
      if (incoming.aborted) waiting?.reject(cutOff());
      waiting?.resolve(
        only === undefined ? bytes?.whole() ?? new Uint8Array() : new Uint8Array(only.buffer),
      );
      letGo();
    });
    incoming.on("close", () => {
      waiting?.reject(cutOff());
      letGo();
    });
    return read.promise;
  }

  /** Reads it as it comes, with backpressure. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const incoming = this.#take();
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        if (incoming.aborted) return controller.error(cutOff());
        incoming.on("data", (part: Buffer) => {
          incoming.pause();
          this.#seen += part.length;
          // A copy, because a view of one byte would retain the whole read buffer.
          controller.enqueue(new Uint8Array(part));
        });
        incoming.on("end", () => {
          if (incoming.aborted) controller.error(cutOff());
          else controller.close();
        });
        whenCut(incoming, (error) => controller.error(error));
        incoming.pause();
      },
      pull: () => void incoming.resume(),
      cancel: () => {
        this.#isCancelled = true;
        incoming.removeAllListeners("data").removeAllListeners("end").pause();
      },
    }, { highWaterMark: 0 });
  }

  /** Reads the rest and drops it. */
  discard(): void {
    this.#incoming.removeAllListeners("data").resume();
  }

  /** As {@linkcode discard}; resolves at the body's end, or after `ms` milliseconds. */
  async discarded(ms: number): Promise<void> {
    this.discard();
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#incoming.once("end", done).once("close", done);
    });
  }

  /** Reads no more in this turn of the event loop, where that has read for long enough. */
  #giveTurn(): void {
    const turn = READING.spend();
    if (turn === undefined) return;
    this.#incoming.pause();
    void turn.then(() => this.#incoming.resume());
  }

  /** The message; where its client has gone, which is `aborted` of it, no event follows any more. */
  #take(): IncomingMessage {
    if (this.#isRead) throw new TypeError("Body already consumed.");
    this.#isRead = true;
    return this.#incoming;
  }
}

/** Whether an HTTP/2 request has no body: its headers ended the stream. */
export function hasEnded(incoming: IncomingMessage & { stream?: Http2Stream }): boolean {
  return incoming.stream?.endAfterHeaders === true;
}

/** What is used here of the streams of `node:http2`. */
interface Http2Stream {
  readonly endAfterHeaders?: boolean;
}

function cutOff(): Error {
  return new Error("the connection ended before the request's body");
}

/**
 * Calls `task` where the connection ends before the body has been handed on. `complete` does not tell:
 * of HTTP/2 a stream that was reset is, and of HTTP/1 a body of which no end is told any more.
 */
function whenCut(incoming: IncomingMessage, task: (error: Error) => void): void {
  const cut = () => {
    if (incoming.aborted || !incoming.readableEnded) task(cutOff());
  };
  incoming.on("error", cut);
  incoming.on("close", cut);
}
