import { getLogger } from "@logtape/logtape";
import { messageOf } from "../kernel/errors.ts";
import { Pace } from "../kernel/turn.ts";
import { HdPublicKey } from "./hd_public_key.ts";
import { mayRead } from "./signature_workers.ts";

const logger = getLogger(["ledgerline", "keys"]);

const MODULE = new URL("./child_key_worker.ts", import.meta.url);

/** Batches that the thread has at once: it has the next before it is done with one. */
const AT_ONCE = 2;

/** Which keys are wanted: the children of a public key, `count` of them from an index on. */
export interface ChildKeyBatch {
  readonly key: Uint8Array;
  readonly chainCode: Uint8Array;
  readonly first: number;
  readonly count: number;
}

/** A batch that somebody waits for. */
interface Waiting {
  readonly batch: ChildKeyBatch;
  resolve(keys: readonly Uint8Array[]): void;
}

/**
 * A thread that makes child keys, which begins with the first batch. All that is asked waits here
 * but for the next two, so that what nobody wants any more is never begun. Where there can be no
 * thread, or after a failure, keys are made in the main one, a few milliseconds at a time.
 */
export class ChildKeyThread {
  readonly #module: URL;
  /** Undefined until there is something to do, null where there is none and will be none. */
  #worker: Worker | undefined | null;
  /** In the order in which they are answered; the thread has the first {@linkcode AT_ONCE}. */
  #waiting: Waiting[] = [];

  constructor(module = MODULE) {
    this.#module = module;
  }

  /** Batches that wait or are worked on. */
  get length(): number {
    return this.#waiting.length;
  }

  /**
   * The compressed keys of a batch; none of them, at once, when `signal` is aborted or the thread is
   * stopped.
   */
  derive(batch: ChildKeyBatch, signal: AbortSignal): Promise<readonly Uint8Array[]> {
    if (signal.aborted) return Promise.resolve([]);
    if (this.#worker === undefined) this.#worker = this.#start();
    if (this.#worker === null) return deriveHere(batch, signal);
    return new Promise((resolve) => {
      const waiting: Waiting = {
        batch,
        resolve: (keys) => {
          signal.removeEventListener("abort", abort);
          resolve(keys);
        },
      };
      const abort = () => {
        // What the thread has keeps its place, since answers come in order.
        const at = this.#waiting.indexOf(waiting);
        if (at >= AT_ONCE) this.#waiting.splice(at, 1);
        waiting.resolve([]);
      };
      signal.addEventListener("abort", abort);
      if (this.#waiting.push(waiting) <= AT_ONCE) this.#worker?.postMessage(batch);
    });
  }

  /** Ends the thread for good, and all that is asked of it. */
  stop(): void {
    this.#worker?.terminate();
    this.#worker = null;
    for (const { resolve } of this.#waiting.splice(0)) resolve([]);
  }

  #start(): Worker | null {
    try {
      const folder = new URL(".", this.#module);
      if (!mayRead(folder)) throw new Error(`the program may not read ${folder.pathname}`);
      const worker = new Worker(this.#module, { type: "module", name: "keys" });
      // Sent by the thread's module alone.
      worker.addEventListener("message", ({ data }) => this.#take(data as Uint8Array[]));
      worker.addEventListener("error", (event) => {
        // Unhandled, it would end the process.
        event.preventDefault();
        if (this.#worker !== worker) return;
        tellOfNone(event.message);
        worker.terminate();
        this.#worker = null;
        const never = new AbortController().signal;
        for (const { batch, resolve } of this.#waiting.splice(0)) {
          void deriveHere(batch, never).then(resolve);
        }
      });
      return worker;
    } catch (error) {
      tellOfNone(messageOf(error));
      return null;
    }
  }

  #take(keys: readonly Uint8Array[]): void {
    this.#waiting.shift()?.resolve(keys);
    const next = this.#waiting[AT_ONCE - 1];
    if (next !== undefined) this.#worker?.postMessage(next.batch);
  }
}

async function deriveHere(
  { key, chainCode, first, count }: ChildKeyBatch,
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  const parent = new HdPublicKey(key, chainCode);
  const keys: Uint8Array[] = [];
  const pace = new Pace(KEYS_PER_LOOK);
  while (keys.length < count && !signal.aborted) {
    keys.push(parent.childKey(first + keys.length));
    await pace.spend(1);
  }
  return signal.aborted ? [] : keys;
}

/** Keys made between two looks at the clock: about half a millisecond. */
const KEYS_PER_LOOK = 8;

function tellOfNone(error: string): void {
  logger.warn("keys of wallets are made without a thread of their own: {error}", { error });
}
