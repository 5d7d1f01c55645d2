import { z } from "zod";
import { getLogger } from "@logtape/logtape";
import { BoundedCache } from "../../crypto/bounded_cache.ts";
import { type Clock, sleep } from "../../kernel/clock.ts";
import { isDamage, LedgerError, messageOf } from "../../kernel/errors.ts";
import { firstOf } from "../../log/base.ts";
import type { Head } from "../../log/head.ts";
import type { Log } from "../../log/log.ts";
import { isReservedChain, STREAMS_PREFIX } from "./names.ts";
import type { StreamService } from "./service.ts";

const logger = getLogger(["ledgerline", "streams"]);

/** How much of a stream that goes on is kept. */
export interface Retention {
  /** Milliseconds for which events are kept at the least; Infinity for ever. */
  readonly ageMs: number;
  /** Bytes of data that a stream may have; Infinity for any. */
  readonly bytes: number;
}

const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  kb: 2 ** 10,
  mb: 2 ** 20,
  gb: 2 ** 30,
  tb: 2 ** 40,
};

/** An age, a size, or both, as `7d`, `10gb` and `7d,10gb`; or `off`. */
export const retentionSetting: z.ZodType<string, string> = z.string().toLowerCase().regex(
  /^(?:off|[1-9]\d{0,8}[smhdw](?:,[1-9]\d{0,8}[kmgt]b)?|[1-9]\d{0,8}[kmgt]b)$/,
  "an age such as 7d (s, m, h, d, w), a size such as 10gb (kb, mb, gb, tb), both as 7d,10gb, or off",
);

/** What such a setting says; undefined where streams keep all. */
export function readRetention(text: string): Retention | undefined {
  if (text === "off") return undefined;
  const kept = { ageMs: Infinity, bytes: Infinity };
  for (const part of text.split(",")) {
    const unit = part.replace(/^\d+/, "");
    kept[unit.length === 1 ? "ageMs" : "bytes"] = parseInt(part) * (UNITS[unit] ?? NaN);
  }
  return kept;
}

/**
 * What more than that a stream may have before it is cut, so that it is not cut for every event: a
 * sixteenth. As often as an age grows by it, all streams are looked at, within these bounds.
 */
const SLACK = 1 / 16;
const LOOK_MS = { least: 1_000, most: 60 * 60 * 1_000 };

/** Milliseconds between two cuts of streams that have become too large here, at the least. */
const LARGE_MS = 1_000;

/** Milliseconds after the start of a server in which nothing is looked for: others start as well. */
const FIRST_LOOK_MS = 60_000;

/** Milliseconds between steps, in which appends have the store to themselves. */
const PAUSE_MS = 20;

/** Streams of which it is known when their first event was made. */
const KNOWN = 65_536;

/** Cuts off the beginnings of streams that go on: of the events, those that are too old or too many. */
export class StreamRetention {
  readonly #log: Log;
  readonly #service: StreamService;
  readonly #clock: Clock;
  readonly #kept: Retention;
  readonly #stopping = new AbortController();
  /** Streams that were heard to be too large, with their heads. */
  readonly #large = new Map<string, Head>();
  #leave = () => {};
  #wake = () => {};
  /** Where streams begin, and when that was made. */
  readonly #firsts = new BoundedCache<string, { readonly place: string; readonly time: number }>(
    KNOWN,
  );
  #running: Promise<void> = Promise.resolve();

  constructor(log: Log, service: StreamService, clock: Clock, kept: Retention) {
    this.#log = log;
    this.#service = service;
    this.#clock = clock;
    this.#kept = kept;
  }

  start(): void {
    if (this.#kept.bytes < Infinity) {
      this.#leave = this.#log.everyCommit((chain, head) => {
        if (!chain.startsWith(STREAMS_PREFIX) || !this.#isLarge(head)) return;
        this.#large.set(chain, head);
        this.#wake();
      });
    }
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#leave();
    this.#stopping.abort();
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const pause = Math.max(LOOK_MS.least, Math.min(LOOK_MS.most, this.#kept.ageMs * SLACK));
    let look = this.#clock.now() + Math.min(pause, FIRST_LOOK_MS);
    while (!signal.aborted) {
      await this.#news(look - this.#clock.now());
      for (const [chain, head] of this.#large) {
        if (signal.aborted) return;
        this.#large.delete(chain);
        if (!isReservedChain(chain)) await this.#look(chain, head);
      }
      if (signal.aborted || this.#clock.now() < look) continue;
      await this.#lookAtAll();
      look = this.#clock.now() + pause;
    }
  }

  /** Waits so long, or until a stream is too large and a while is over. */
  async #news(ms: number): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    const pause = Math.max(0, Math.min(ms, LARGE_MS));
    await sleep(this.#clock, pause, this.#stopping.signal);
    if (this.#large.size === 0 && !this.#stopping.signal.aborted) {
      await sleep(this.#clock, Math.max(0, ms - pause), woken.signal);
    }
    this.#wake = () => {};
  }

  #isLarge(head: Head): boolean {
    return head.bytes - (head.base?.bytes ?? 0) > this.#kept.bytes * (1 + SLACK);
  }

  async #lookAtAll(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      for await (const { name, head } of this.#log.chains(STREAMS_PREFIX)) {
        if (signal.aborted) return;
        if (isReservedChain(name)) continue;
        await this.#look(name, head);
      }
    } catch (error) {
      if (signal.aborted) return;
      logger.warn("cannot look for what streams keep no more: {error}", {
        error: messageOf(error),
      });
    }
  }

  async #look(chain: string, head: Head): Promise<void> {
    const { signal } = this.#stopping;
    const { ageMs, bytes } = this.#kept;
    try {
      if (!await this.#isDue(chain, head)) return;
      await this.#service.cut(chain.slice(STREAMS_PREFIX.length), {
        before: this.#clock.now() - ageMs,
        bytes,
      }, async () => {
        await sleep(this.#clock, PAUSE_MS, signal);
        return !signal.aborted;
      });
    } catch (error) {
      // Of a copy the forks are let go where it is copied from.
      if (error instanceof LedgerError && (error.code === "closed" || error.code === "mirrored")) {
        return;
      }
      // A damaged stream stays, so that it can be told what is wrong with it.
      if (isDamage(error)) return;
      logger.warn("the beginning of {chain} is not cut off: {error}", {
        chain,
        error: messageOf(error),
      });
    }
  }

  async #isDue(chain: string, head: Head): Promise<boolean> {
    const { ageMs } = this.#kept;
    const first = firstOf(head);
    if (first === head.next) return false;
    if (this.#isLarge(head)) return true;
    if (ageMs === Infinity) return false;
    const place = `${head.epoch} ${first}`;
    let known = this.#firsts.find(chain);
    if (known?.place !== place) {
      const time = await this.#log.timeOfFirst(chain, head);
      if (time === undefined) return false;
      known = { place, time };
      this.#firsts.set(chain, known);
    }
    return this.#clock.now() - known.time > ageMs * (1 + SLACK);
  }
}
