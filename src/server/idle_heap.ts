import { getHeapStatistics, setFlagsFromString } from "node:v8";
import type { Clock } from "../kernel/clock.ts";

/** Milliseconds between two looks. */
const LOOK_MS = 1_000;

/** Bytes allocated from look to look up to which it is quiet: the scrubber needs half as much. */
const QUIET_BYTES = 2 * 1024 * 1024;

/** Quiet looks after one another that make it idle. */
const QUIET_LOOKS = 3;

/** Looks between two collections at least. */
const BETWEEN_LOOKS = 30;

/** Bytes that the heap has beyond what it had after the last collection, to be worth another. */
const WORTH_BYTES = 12 * 1024 * 1024;

/**
 * Bytes in use up to which the heap is collected: all threads stand still for a millisecond or so for
 * each MB of them. A larger one is left to the runtime, which does it piece by piece, and later.
 */
const MOST_BYTES = 48 * 1024 * 1024;

/** The heap of a thread, in bytes. */
export interface ThreadHeap {
  /** What was ever allocated in it. */
  allocated(): number;
  /** What it has taken from the system. */
  size(): number;
  /** What is in use, garbage included. */
  used(): number;
  /** Collects all of it at once, and gives what is free back to the system. */
  collect(): void;
}

/**
 * Gives memory back while little happens. Under load V8's young generation grows to several times what
 * lives in it, and stays so: where little is allocated, nothing is collected. The start, and clients
 * that came together, leave as much.
 */
export class IdleHeap {
  readonly #clock: Clock;
  readonly #heap: ThreadHeap;
  #allocated: number;
  /** What it had taken after the last collection. */
  #kept = 0;
  #quiet = 0;
  #since = BETWEEN_LOOKS;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, heap: ThreadHeap) {
    this.#clock = clock;
    this.#heap = heap;
    this.#allocated = heap.allocated();
    this.#wait();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #wait(): void {
    this.#cancel = this.#clock.after(LOOK_MS, () => {
      this.#look();
      this.#wait();
    });
  }

  #look(): void {
    const heap = this.#heap;
    const allocated = heap.allocated();
    const isQuiet = allocated - this.#allocated <= QUIET_BYTES;
    this.#allocated = allocated;
    this.#quiet = isQuiet ? this.#quiet + 1 : 0;
    this.#since++;
    if (this.#quiet < QUIET_LOOKS || this.#since < BETWEEN_LOOKS) return;
    if (heap.size() - this.#kept < WORTH_BYTES || heap.used() > MOST_BYTES) return;
    heap.collect();
    this.#kept = heap.size();
    this.#since = 0;
  }
}

/** Gives memory of this thread back while little happens, until what is returned is called. */
export async function restHeap(clock: Clock): Promise<() => void> {
  const heap = await heapOfThread();
  const idle = heap && new IdleHeap(clock, heap);
  return () => idle?.stop();
}

/** The heap of this thread; undefined where the runtime lets nobody collect it (Deno before 2.9). */
export async function heapOfThread(): Promise<ThreadHeap | undefined> {
  // What the types do not know yet, and older runtimes do not have.
  const { total_allocated_bytes: known } = statistics();
  if (known === undefined) return undefined;
  const collect = await collector().catch(() => undefined);
  if (collect === undefined) return undefined;
  return {
    allocated: () => statistics().total_allocated_bytes ?? 0,
    size: () => statistics().total_heap_size,
    used: () => statistics().used_heap_size,
    collect,
  };
}

async function collector(): Promise<(() => void) | undefined> {
  const { runInNewContext } = await import("node:vm");
  // It is there in contexts that are made after this.
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("globalThis.gc");
  return typeof collect === "function" ? () => void collect() : undefined;
}

function statistics(): ReturnType<typeof getHeapStatistics> & { total_allocated_bytes?: number } {
  return getHeapStatistics();
}
