import { type Clock, sleep } from "../kernel/clock.ts";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import { Heard } from "./heard.ts";
import { ANSWER_BYTES } from "./node_answers.ts";
import type { RemoteServer } from "./remote_server.ts";
import { answerParts } from "./whole_answer.ts";

/** What may be asked of a remote at a time for clients here. */
export interface AskingBounds {
  /** Requests that it answers at a time, and others that wait for that. */
  readonly atOnce: number;
  readonly waiting: number;
  /**
   * Milliseconds until it begins to answer, between two parts of an answer, and until whoever asked
   * takes the next. A block that a BigchainDB node is asked to wait for may take long: Tendermint
   * gives up after ten seconds.
   */
  readonly silenceMs: number;
  /** Bytes of an answer. */
  readonly bytes: number;
}

const BOUNDS: AskingBounds = {
  atOnce: 256,
  waiting: 1_024,
  silenceMs: 60_000,
  bytes: ANSWER_BYTES,
};

/**
 * Asks a remote for clients: so many at a time, each within a time, and for no more than so many
 * bytes. Whoever goes away is not asked for any more.
 */
export class ClientAsking implements Pick<RemoteServer, "ask" | "send"> {
  readonly #server: Pick<RemoteServer, "ask" | "send">;
  readonly #clock: Clock;
  readonly #bounds: AskingBounds;
  readonly #line = new Set<() => void>();
  #asked = 0;

  constructor(
    server: Pick<RemoteServer, "ask" | "send">,
    clock: Clock,
    bounds: Partial<AskingBounds> = {},
  ) {
    this.#server = server;
    this.#clock = clock;
    this.#bounds = { ...BOUNDS, ...bounds };
  }

  /**
   * As {@linkcode RemoteServer.ask}. Throws `remote_busy`, of which nothing was sent, `remote_away`,
   * of which it is not known, `remote_invalid`, and `closed` where whoever asked is gone.
   */
  ask(path: string, init: RequestInit = {}): Promise<Response> {
    return this.#bounded(init, (own) => this.#server.ask(path, own));
  }

  /** As {@linkcode RemoteServer.send}, and throws the same. */
  send(path: string, init: RequestInit): Promise<Response> {
    return this.#bounded(init, (own) => this.#server.send(path, own));
  }

  async #bounded(
    init: RequestInit,
    ask: (init: RequestInit) => Promise<Response>,
  ): Promise<Response> {
    const outer = init.signal ?? undefined;
    await this.#place(outer);
    if (outer?.aborted === true) {
      this.#leave();
      throw new LedgerError("closed", "Whoever asked has left");
    }
    const ending = new AbortController();
    const heard = new Heard(this.#clock, ending.signal, this.#bounds.silenceMs);
    // Whatever ends it, its place is another's.
    const end = () => {
      if (ending.signal.aborted) return;
      outer?.removeEventListener("abort", end);
      ending.abort();
      this.#leave();
    };
    outer?.addEventListener("abort", end);
    try {
      const answer = await heard.within(ask({ ...init, signal: heard.signal }));
      const { status, statusText, headers, body } = answer;
      if (body === null) {
        end();
        return answer;
      }
      return new Response(this.#bodyOf(answer, heard, end), { status, statusText, headers });
    } catch (error) {
      end();
      throw error;
    }
  }

  /** What comes of an answer, as it is taken. */
  #bodyOf(answer: Response, heard: Heard, end: () => void): ReadableStream<Uint8Array> {
    const parts = answerParts(answer, (part) => heard.within(part));
    let left = this.#bounds.bytes;
    let taken = () => {};
    heard.signal.addEventListener("abort", () => taken());
    const waitForTaker = (taker: ReadableStreamDefaultController<Uint8Array>) => {
      if (heard.signal.aborted) return;
      taken = this.#clock.after(this.#bounds.silenceMs, () => {
        end();
        taker.error(new LedgerError("closed", "Whoever asked takes no more of the answer"));
      });
    };
    return new ReadableStream({
      start: waitForTaker,
      pull: async (taker) => {
        taken();
        try {
          const { done, value } = await parts.next();
          if (done !== true && value.length <= left) {
            left -= value.length;
            taker.enqueue(value);
            return waitForTaker(taker);
          }
          end();
          if (done === true) taker.close();
          else taker.error(tooLong(this.#bounds.bytes));
        } catch (error) {
          end();
          const isOurs = error instanceof LedgerError;
          taker.error(isOurs ? error : new LedgerError("remote_away", messageOf(error), {}, error));
        }
      },
      cancel: end,
    }, { highWaterMark: 0 });
  }

  /** Waits for a place, no longer than for an answer. Throws `remote_busy`. */
  async #place(signal: AbortSignal | undefined): Promise<void> {
    const { atOnce, waiting, silenceMs } = this.#bounds;
    if (this.#asked < atOnce) return void this.#asked++;
    if (this.#line.size >= waiting) throw busy();
    const entered = new AbortController();
    const enter = () => entered.abort();
    const ended = signal === undefined ? [] : [signal];
    this.#line.add(enter);
    await sleep(this.#clock, silenceMs, AbortSignal.any([entered.signal, ...ended]));
    // Whoever was given a place has it, though he may be gone.
    if (this.#line.delete(enter)) throw busy();
  }

  /** Gives a place to whoever has waited for longest. */
  #leave(): void {
    const [next] = this.#line;
    if (next === undefined) return void this.#asked--;
    this.#line.delete(next);
    next();
  }
}

function tooLong(bytes: number): LedgerError {
  return new LedgerError("remote_invalid", `an answer of more than ${bytes} bytes`);
}

function busy(): LedgerError {
  return new LedgerError(
    "remote_busy",
    "The server that is followed is asked too much at once: nothing was sent to it",
  );
}
