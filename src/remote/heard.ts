import { type Clock, sleep } from "../kernel/clock.ts";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import { answerParts } from "./whole_answer.ts";

/** Milliseconds in which a server of this program that is there says something. */
const SILENCE_MS = 10_000;

/** Ends a connection on which nothing is heard any more. */
export class Heard {
  readonly #clock: Clock;
  readonly #silenceMs: number;
  readonly #ending = new AbortController();
  readonly signal: AbortSignal;
  #late: LedgerError | undefined;

  /** @param silenceMs in which a server that is there says something */
  constructor(clock: Clock, outer: AbortSignal, silenceMs = SILENCE_MS) {
    this.#clock = clock;
    this.#silenceMs = silenceMs;
    this.signal = this.#ending.signal;
    const end = () => this.#ending.abort();
    if (outer.aborted) end();
    else outer.addEventListener("abort", end, { once: true });
  }

  /** Throws `remote_away` where an answer takes too long. */
  async within<T>(answer: Promise<T>): Promise<T> {
    const waiting = new AbortController();
    const ended = new Promise<never>((_, reject) => {
      this.signal.addEventListener(
        "abort",
        () => reject(this.#late ?? new LedgerError("closed", "ended")),
        {
          signal: waiting.signal,
        },
      );
    });
    const late = sleep(this.#clock, this.#silenceMs, waiting.signal).then(() => {
      if (waiting.signal.aborted) return new Promise<never>(() => {});
      const seconds = this.#silenceMs / 1_000;
      this.#late = new LedgerError("remote_away", `nothing was heard for ${seconds} seconds`);
      this.#ending.abort();
      throw this.#late;
    });
    try {
      return await Promise.race([answer, late, ended]);
    } finally {
      waiting.abort();
    }
  }

  /** What comes of an answer, which always ends with an error. */
  async *chunks(answer: Pick<Response, "body">): AsyncGenerator<Uint8Array> {
    try {
      yield* answerParts(answer, (part) => this.within(part));
    } catch (error) {
      if (error instanceof LedgerError) throw error;
      throw new LedgerError("remote_away", messageOf(error), {}, error);
    }
    throw new LedgerError("remote_away", "the connection was ended");
  }
}
