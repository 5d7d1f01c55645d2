import { getLogger } from "@logtape/logtape";
import { z } from "zod";
import { AWAY, waitMs } from "../../../kernel/backoff.ts";
import { type Clock, sleep } from "../../../kernel/clock.ts";
import { messageOf } from "../../../kernel/errors.ts";

const logger = getLogger(["ledgerline", "remote"]);

/** What every message of a node's streams has. */
const message = z.looseObject({ height: z.int().nonnegative() });

/** What a doorbell takes from its surroundings. */
export interface DoorbellContext {
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Shown where there is one. */
  readonly key: string | undefined;
}

/**
 * The stream of a node, of which only the heights are heard: that there is news. Where it is not
 * there it is tried again, and where it was there and has ended it is lost. Whoever waits is not kept
 * longer than he says.
 */
export class NodeDoorbell {
  readonly #url: string;
  readonly #context: DoorbellContext;
  #height = 0;
  #isHeard = false;
  /** Whether what was made before it was heard is not known yet. */
  #hasOpened = false;
  #isLost = false;
  #ring: (() => void) | undefined;

  constructor(url: string, context: DoorbellContext) {
    this.#url = url;
    this.#context = context;
  }

  /** Whether it is connected. */
  get isHeard(): boolean {
    return this.#isHeard;
  }

  /** Whether it was connected, and is not any more. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** The height that was heard of last; 0 for none. */
  get height(): number {
    return this.#height;
  }

  /**
   * Waits until it rings for a height from `height` on, or so many milliseconds. It rings when it is
   * connected, too: what was made before that it does not tell.
   */
  async rings(height: number, ms: number): Promise<void> {
    const hasNews = () => this.#isLost || this.#hasOpened || this.#height >= height;
    if (!hasNews()) await this.#rung(hasNews, ms);
    this.#hasOpened = false;
  }

  async #rung(hasNews: () => boolean, ms: number): Promise<void> {
    const { clock, signal } = this.#context;
    const waiting = new AbortController();
    const end = () => waiting.abort();
    signal.addEventListener("abort", end);
    this.#ring = () => {
      if (hasNews()) end();
    };
    await sleep(clock, ms, waiting.signal);
    this.#ring = undefined;
    signal.removeEventListener("abort", end);
  }

  /** Listens until it is lost, or its signal is aborted. */
  async listen(): Promise<void> {
    const { clock, random, signal } = this.#context;
    for (let failures = 0; !signal.aborted && !this.#isLost; failures++) {
      await this.#connection();
      await sleep(clock, waitMs(failures, AWAY, random), signal);
    }
  }

  /** One connection, from its beginning to its end. */
  #connection(): Promise<void> {
    const { signal, key } = this.#context;
    const options = key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } };
    return new Promise((resolve) => {
      let socket: WebSocket;
      try {
        socket = new WebSocket(this.#url, options);
      } catch (error) {
        logger.debug("{url} is no stream: {error}", { url: this.#url, error: messageOf(error) });
        return resolve();
      }
      const end = () => socket.close();
      const ended = () => {
        this.#isLost = this.#isHeard;
        this.#isHeard = false;
        signal.removeEventListener("abort", end);
        this.#ring?.();
        resolve();
      };
      signal.addEventListener("abort", end);
      socket.onopen = () => {
        this.#isHeard = this.#hasOpened = true;
        this.#ring?.();
      };
      socket.onmessage = ({ data }) => this.#heard(data);
      socket.onerror = () => {};
      socket.onclose = ended;
    });
  }

  #heard(data: unknown): void {
    let height: number;
    try {
      ({ height } = message.parse(JSON.parse(String(data))));
    } catch (error) {
      // It only rings: blocks are asked for.
      return logger.debug("{url} says nothing that is known: {error}", {
        url: this.#url,
        error: messageOf(error),
      });
    }
    // A node that has begun anew counts from 1: what it has is asked for.
    this.#height = height;
    this.#ring?.();
  }
}
