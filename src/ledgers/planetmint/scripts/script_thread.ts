import { getLogger } from "@logtape/logtape";
import { mayRead } from "../../../crypto/signature_workers.ts";
import type { Clock } from "../../../kernel/clock.ts";
import { LedgerError } from "../../../kernel/errors.ts";

const logger = getLogger(["ledgerline", "planetmint"]);

const MODULE = new URL("./script_worker.ts", import.meta.url);

/** Milliseconds that a script may take: one that prints takes 15, one that signs 25. */
const SCRIPT_MS = 5_000;

/** Milliseconds that the thread may take to begin: half a second where nothing else runs. */
const START_MS = 30_000;

/** Milliseconds without a script after which the thread ends: it holds 60 MB. */
const IDLE_MS = 60_000;

/** Scripts that may wait; who posts more hears 503. */
const MOST_WAITING = 64;

/** A script as it is run. */
export interface ScriptRun {
  /** Zencode. */
  readonly code: string;
  /** What it is given, in JSON. */
  readonly data: string;
}

interface Waiting {
  readonly run: ScriptRun;
  resolve(printed: string | undefined): void;
  reject(error: unknown): void;
}

/**
 * A thread that runs scripts one after another, each within bounds of time and memory. It begins with
 * the first script, and again after one that it had to be ended for.
 */
export class ScriptThread {
  readonly #clock: Clock;
  readonly #module: URL;
  readonly #scriptMs: number;
  #worker: Worker | undefined;
  /** Whether the worker has begun, and what it was sent is the first that waits. */
  #isReady = false;
  #isStopped = false;
  #waiting: Waiting[] = [];
  #cancelTimer = () => {};

  constructor(clock: Clock, module = MODULE, scriptMs = SCRIPT_MS) {
    this.#clock = clock;
    this.#module = module;
    this.#scriptMs = scriptMs;
  }

  /**
   * What a script prints; undefined where it fails, or takes more time or memory than it may.
   *
   * @throws {LedgerError} store_busy: too many wait, or the thread cannot begin; closed
   */
  run(run: ScriptRun): Promise<string | undefined> {
    if (this.#isStopped) return Promise.reject(closed());
    if (this.#waiting.length >= MOST_WAITING) return Promise.reject(busy("too many scripts wait"));
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ run, resolve, reject }) > 1) return;
      if (this.#worker === undefined) this.#start();
      else this.#send();
    });
  }

  /** Ends the thread for good, and all that is asked of it. */
  stop(): void {
    this.#isStopped = true;
    this.#end();
    for (const { reject } of this.#waiting.splice(0)) reject(closed());
  }

  #start(): void {
    if (!mayRead(this.#module)) return this.#fail("its module may not be read");
    const worker = this.#worker = new Worker(this.#module, { type: "module", name: "scripts" });
    this.#within(START_MS, () => this.#fail("it does not begin"));
    worker.addEventListener("message", ({ data }) => {
      // Sent by the thread's module alone: first that it has begun, then what each script printed.
      const printed = data as string | null;
      if (this.#isReady) this.#waiting.shift()?.resolve(printed ?? undefined);
      this.#isReady = true;
      this.#send();
    });
    worker.addEventListener("error", (event) => {
      // Unhandled, it would end the process.
      event.preventDefault();
      if (this.#worker === worker) this.#fail(event.message);
    });
  }

  /** Sends the first that waits, if the thread has begun. */
  #send(): void {
    if (!this.#isReady) return;
    const [next] = this.#waiting;
    if (next === undefined) return this.#within(IDLE_MS, () => this.#end());
    this.#within(this.#scriptMs, () => {
      logger.warn("a script took more than {ms} ms", { ms: this.#scriptMs });
      this.#end();
      this.#waiting.shift()?.resolve(undefined);
      if (this.#waiting.length > 0) this.#start();
    });
    this.#worker?.postMessage(next.run);
  }

  /** Ends a thread that is broken: by the script that it runs, or before it has begun. */
  #fail(reason: string): void {
    const wasReady = this.#isReady;
    this.#end();
    logger.warn("the thread of scripts ends: {reason}", { reason });
    if (wasReady) this.#waiting.shift()?.resolve(undefined);
    else for (const { reject } of this.#waiting.splice(0)) reject(busy("scripts cannot be run"));
    if (this.#waiting.length > 0) this.#start();
  }

  #end(): void {
    this.#cancelTimer();
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#isReady = false;
  }

  #within(ms: number, task: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#clock.after(ms, task);
  }
}

function busy(reason: string): LedgerError {
  return new LedgerError("store_busy", `The script is not run: ${reason}`);
}

function closed(): LedgerError {
  return new LedgerError("closed", "The server is stopping");
}
