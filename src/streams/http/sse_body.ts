import { type Clock, sleep } from "../../kernel/clock.ts";
import { SOCKET_STALL_MS } from "../../kernel/limits.ts";
import { quietMs } from "../../kv/deploy.ts";

/** Milliseconds after which an event stream ends, so that a CDN can collapse the next requests. */
const LIFE_MS = 60_000;

const encoder = new TextEncoder();

/** A comment, which no client makes an event of. */
export const SIGN_OF_LIFE = encoder.encode(":\n\n");

/** Milliseconds after which a browser comes back: each stream ends after a while. */
export const RETRY = encoder.encode("retry: 1000\n");

/** What an event stream is made of. */
export interface SseBodyParts {
  readonly clock: Clock;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
  /** Aborted when the client has gone. */
  readonly left: AbortSignal;
  /** Ends it. */
  readonly ended: AbortController;
  /** The next events, when there are some; undefined at the end. */
  readonly next: () => Promise<readonly Uint8Array[] | undefined>;
  /** Called when it is over, perhaps twice. */
  readonly closed: () => void;
}

/** The body of one client's event stream: it is asked for more as the client takes it. */
export class SseBody {
  /** Aborted at its end. */
  readonly signal: AbortSignal;
  readonly #parts: SseBodyParts;
  readonly #closed = new AbortController();
  readonly #quietMs = quietMs(LIFE_MS);

  constructor(parts: SseBodyParts) {
    const { clock, stopping, left, ended } = parts;
    this.#parts = parts;
    this.signal = AbortSignal.any([ended.signal, stopping]);
    left.addEventListener("abort", () => this.close());
    if (left.aborted) this.close();
    void sleep(clock, LIFE_MS, this.signal).then(() => ended.abort());
  }

  stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      start: (controller) => void this.#letGo(controller),
      pull: async (controller) => {
        const frames = await this.#take();
        if (frames === undefined) controller.close();
        for (const frame of frames ?? []) controller.enqueue(frame);
      },
      cancel: () => this.close(),
    }, { highWaterMark: 1 });
  }

  /** Waits for news, or for the end; false where a sign of life is due before. */
  async wait(news: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    if (this.#quietMs >= LIFE_MS) {
      await news(this.signal);
      return true;
    }
    const quiet = new AbortController();
    const cancel = this.#parts.clock.after(this.#quietMs, () => quiet.abort());
    await news(AbortSignal.any([quiet.signal, this.signal]));
    cancel();
    return !quiet.signal.aborted;
  }

  /** Ends it, and gives back what it holds. */
  close(): void {
    this.#closed.abort();
    this.#parts.ended.abort();
    this.#parts.closed();
  }

  /** Cuts off a client that has not taken the rest long after the end: it holds its place until then. */
  async #letGo(controller: ReadableStreamDefaultController): Promise<void> {
    const closed = this.#closed.signal;
    await new Promise((resolve) => {
      if (this.signal.aborted) resolve(undefined);
      this.signal.addEventListener("abort", resolve);
    });
    if (!closed.aborted) await sleep(this.#parts.clock, SOCKET_STALL_MS, closed);
    if (closed.aborted) return;
    controller.error(new Error("the client takes nothing"));
    this.close();
  }

  async #take(): Promise<readonly Uint8Array[] | undefined> {
    try {
      const frames = await this.#parts.next();
      if (frames === undefined) this.close();
      return frames;
    } catch (error) {
      this.close();
      throw error;
    }
  }
}
