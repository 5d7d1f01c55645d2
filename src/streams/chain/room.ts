import { getLogger } from "@logtape/logtape";
import { type Clock, sleep } from "../../kernel/clock.ts";
import { isDamage, LedgerError, messageOf } from "../../kernel/errors.ts";
import type { Head } from "../../log/head.ts";
import type { Log } from "../../log/log.ts";
import { isReservedChain, STREAMS_PREFIX } from "./names.ts";
import type { StreamService } from "./service.ts";
import { presenceOf, STREAM_ROW, type StreamRow } from "./state.ts";

const logger = getLogger(["ledgerline", "streams"]);

/** Milliseconds for which a stream that is over is left as it is, for those who read of it still. */
export const OVER_MS = 60_000;

/** Milliseconds between two looks at all streams, for those that have expired and nobody asks for. */
const LOOK_MS = 60 * 60 * 1_000;

/** Streams that are looked at together, and milliseconds between two of these steps. */
const STEP = 256;
const STEP_MS = 100;

/**
 * Gives the room of streams back that were deleted or have expired: a while after they ended, and,
 * as a server may not live to do it, whenever all streams are looked at.
 */
export class StreamRoom {
  readonly #log: Log;
  readonly #service: StreamService;
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  /** When each stream that has ended here is to be looked at, in the order in which they ended. */
  readonly #ended = new Map<string, number>();
  #wake = () => {};
  #running: Promise<void> = Promise.resolve();

  constructor(log: Log, service: StreamService, clock: Clock) {
    this.#log = log;
    this.#service = service;
    this.#clock = clock;
  }

  start(): void {
    this.#service.onEnd = (name) => {
      this.#ended.delete(name);
      this.#ended.set(name, this.#clock.now() + OVER_MS);
      this.#wake();
    };
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#service.onEnd = () => {};
    this.#stopping.abort();
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    // Where others share the store, each would look as soon as it starts.
    let look = this.#clock.now() + (this.#log.store.exclusive ? OVER_MS : LOOK_MS);
    while (!signal.aborted) {
      const [first = Infinity] = this.#ended.values();
      await this.#waitUntil(Math.min(look, first));
      for (const [name, at] of this.#ended) {
        if (signal.aborted || at > this.#clock.now()) break;
        this.#ended.delete(name);
        await this.#giveBack(name);
      }
      if (signal.aborted || look > this.#clock.now()) continue;
      await this.#lookAtAll();
      look = this.#clock.now() + LOOK_MS;
    }
  }

  /** Waits until a time, or until it is woken. */
  async #waitUntil(at: number): Promise<void> {
    const wait = at - this.#clock.now();
    if (wait <= 0) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await sleep(this.#clock, wait, woken.signal);
    this.#wake = () => {};
  }

  async #lookAtAll(): Promise<void> {
    const { signal } = this.#stopping;
    let some: { readonly name: string; readonly head: Head }[] = [];
    try {
      for await (const { name, head } of this.#log.chains(STREAMS_PREFIX)) {
        if (signal.aborted) return;
        if (isReservedChain(name)) continue;
        some.push({ name, head });
        if (some.length < STEP) continue;
        await this.#look(some);
        some = [];
        await sleep(this.#clock, STEP_MS, signal);
      }
      await this.#look(some);
    } catch (error) {
      if (signal.aborted) return;
      logger.warn("cannot look for streams that are over: {error}", { error: messageOf(error) });
    }
  }

  async #look(some: readonly { readonly name: string; readonly head: Head }[]): Promise<void> {
    const states = await this.#log.rowOfEach<StreamRow>(some, STREAM_ROW);
    for (const [name, state] of states) {
      if (this.#stopping.signal.aborted) return;
      // Of one that is kept for its forks these may be over, too.
      const isLive = presenceOf(state, this.#clock.now()) === "live";
      if (!isLive) await this.#giveBack(name.slice(STREAMS_PREFIX.length));
    }
  }

  async #giveBack(name: string): Promise<void> {
    try {
      await this.#service.giveBack(name, OVER_MS);
    } catch (error) {
      if (error instanceof LedgerError && error.code === "closed") return;
      // A damaged stream stays, so that it can be told what is wrong with it.
      if (isDamage(error)) return;
      logger.warn("the room of {name} is not given back: {error}", {
        name,
        error: messageOf(error),
      });
    }
  }
}
