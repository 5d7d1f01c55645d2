import { getLogger } from "@logtape/logtape";
import { type Clock, sleep } from "../kernel/clock.ts";
import {
  ABANDONED_OPERATIONS,
  REOPEN_AFTER,
  REOPEN_MS,
  REOPEN_PAUSE_MS,
  WATCH_ANSWER_MS,
} from "../kernel/limits.ts";
import type { KvClient } from "./client.ts";
import { faultReason } from "./faults.ts";
import type { StoredEntry } from "./store.ts";

const logger = getLogger(["ledgerline", "store"]);

/** An operation that was not answered in time. Whether it was carried out is not known. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";

  constructor() {
    super("timed out");
  }
}

/** A key that is read to see whether a KV answers. Nothing is under it. */
const PROBE: Deno.KvKey = ["probe"];

/** A client, and whoever waits for it. */
interface Client {
  readonly kv: KvClient;
  /** Operations that nobody waits for any more, and that have not ended. */
  abandoned: number;
  /** Ends whatever waits for this client, once it is given up. */
  readonly waiting: Set<() => void>;
}

/**
 * A connection to a KV that may die without a word. Nobody waits for an answer longer than asked;
 * and where `reopen` is given and answers fail to come several times in a row, the KV is opened
 * anew beside the old client, which takes over once it answers. Operations that the old one still
 * has are told as unanswered, and its watches end.
 */
export class StoreConnection {
  #client: Client;
  readonly #clock: Clock;
  readonly #reopen: (() => Promise<KvClient>) | undefined;
  /** Answers that did not come since the last that did. */
  #unanswered = 0;
  #replacing: Promise<void> | undefined;
  #opening: Promise<KvClient> | undefined;
  #isClosed = false;
  #whenFree: (() => void) | undefined;

  constructor(kv: KvClient, clock: Clock, reopen?: () => Promise<KvClient>) {
    this.#client = { kv, abandoned: 0, waiting: new Set() };
    this.#clock = clock;
    this.#reopen = reopen;
  }

  /** Runs an operation. Throws {@linkcode NoAnswerError} after `ms`, or what the KV throws. */
  run<T>(ms: number, operation: (kv: KvClient) => Promise<T>): Promise<T> {
    const client = this.#client;
    // What does not end is kept in memory by the runtime: no more of it.
    if (client.abandoned >= ABANDONED_OPERATIONS) {
      this.#missed(client);
      return Promise.reject(new NoAnswerError());
    }
    return new Promise<T>((resolve, reject) => {
      let isAbandoned = false;
      const abandon = () => {
        isAbandoned = true;
        client.abandoned++;
        client.waiting.delete(abandon);
        cancel();
        reject(new NoAnswerError());
      };
      const cancel = afterParts(this.#clock, ms, () => {
        abandon();
        this.#missed(client);
      });
      client.waiting.add(abandon);
      const ended = () => {
        if (isAbandoned && --client.abandoned === 0) this.#whenFree?.();
        client.waiting.delete(abandon);
        cancel();
        if (client === this.#client) this.#unanswered = 0;
      };
      operation(client.kv).then((value) => {
        ended();
        resolve(value);
      }, (error) => {
        ended();
        reject(error);
      });
    });
  }

  /** Emits as the KV's watch does; ends with the client that it is from. */
  watch(keys: readonly Deno.KvKey[]): ReadableStream<StoredEntry[]> {
    const client = this.#client;
    const reader = client.kv.watch(keys).getReader();
    let cancelAnswer = () => {};
    let leave = () => {};
    const end = () => {
      client.waiting.delete(leave);
      cancelAnswer();
      void reader.cancel().catch(() => {});
    };
    return new ReadableStream<StoredEntry[]>({
      start: (controller) => {
        leave = () => {
          end();
          controller.close();
        };
        client.waiting.add(leave);
        if (this.#reopen === undefined) return;
        // The first answer comes by itself, with the values as they are.
        cancelAnswer = afterParts(this.#clock, WATCH_ANSWER_MS, () => {
          end();
          controller.error(new NoAnswerError());
          this.#missed(client);
        });
      },
      pull: async (controller) => {
        const { done, value } = await reader.read().catch((error) => {
          end();
          throw error;
        });
        cancelAnswer();
        if (!client.waiting.has(leave)) return;
        if (!done) return controller.enqueue(value);
        end();
        controller.close();
      },
      cancel: end,
    }, { highWaterMark: 0 });
  }

  /**
   * Closes the client, and calls `closed` then. Closing a local KV waits for what it has in hand, and
   * the whole program with it: one that has not answered in time is closed when it has.
   */
  close(closed: () => void = () => {}): void {
    this.#isClosed = true;
    const { kv, abandoned } = this.#client;
    const close = () => {
      this.#whenFree = undefined;
      kv.close();
      closed();
    };
    if (abandoned > 0 && this.#reopen === undefined) this.#whenFree = close;
    else close();
  }

  #missed(client: Client): void {
    if (client !== this.#client || this.#reopen === undefined || this.#isClosed) return;
    if (++this.#unanswered < REOPEN_AFTER) return;
    this.#replacing ??= this.#replace(client, this.#reopen).finally(() => {
      this.#replacing = undefined;
      this.#unanswered = 0;
    });
  }

  async #replace(old: Client, reopen: () => Promise<KvClient>): Promise<void> {
    logger.warn("the store does not answer: opening it anew");
    try {
      // One that is not there yet is waited for again the next time, and not asked for twice.
      this.#opening ??= reopen().finally(() => this.#opening = undefined);
      const kv = await within(this.#clock, this.#opening);
      try {
        await within(this.#clock, kv.get(PROBE));
      } catch (error) {
        kv.close();
        throw error;
      }
      if (this.#isClosed) return kv.close();
      this.#client = { kv, abandoned: 0, waiting: new Set() };
      old.kv.close();
      for (const end of [...old.waiting]) end();
      logger.info("the store answers again");
    } catch (error) {
      logger.warn("the store cannot be opened anew: {error}", { error: faultReason(error) });
      await sleep(this.#clock, REOPEN_PAUSE_MS);
    }
  }
}

/** Parts of a wait, see {@linkcode afterParts}. */
const PARTS = 8;

/**
 * Runs `task` after `ms` in which this thread could have taken an answer: while it does something
 * else for long, one part of the wait goes by, and not all. The function returned cancels it.
 */
function afterParts(clock: Clock, ms: number, task: () => void): () => void {
  let cancel = () => {};
  let left = PARTS;
  const next = () => {
    if (left-- === 0) return task();
    cancel = clock.after(ms / PARTS, next);
  };
  next();
  return () => cancel();
}

function within<T>(clock: Clock, operation: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = clock.after(REOPEN_MS, () => reject(new NoAnswerError()));
    operation.then(resolve, reject).finally(cancel);
  });
}
