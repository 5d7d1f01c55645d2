import { getLogger } from "@logtape/logtape";
import { messageOf } from "../kernel/errors.ts";
import { SignatureBatch, type SignatureClaim } from "./signature_batch.ts";

const logger = getLogger(["ledgerline", "signatures"]);

const MODULE = new URL("./signature_worker.ts", import.meta.url);

/** More workers would verify faster than the one thread uses the results. */
const MOST_WORKERS = 4;
/** Signatures that workers may have before them, about 140 bytes each: more than a second's work. */
const MOST_UNREAD = 16_384;

/**
 * Worker threads that verify signatures, started with the first batch. Where there can be none, or
 * after a failure, there are none: they only work ahead, and nothing may wait for them.
 */
export class SignatureWorkers {
  readonly #module: URL;
  /** Undefined until there is something to do. */
  #workers: Worker[] | undefined;
  /** Batches that not all workers have gone through. */
  #unread: SignatureBatch[] = [];

  constructor(module = MODULE) {
    this.#module = module;
  }

  /** How many threads there are now. */
  get count(): number {
    return this.#workers?.length ?? 0;
  }

  /** Whether there are none, and will be none. */
  get isOff(): boolean {
    return this.#workers?.length === 0;
  }

  /** Gives the workers a batch; undefined where there are none, or they have enough to do. */
  send(claims: readonly SignatureClaim[]): SignatureBatch | undefined {
    const workers = this.#workers ??= this.#start();
    this.#unread = this.#unread.filter(({ readers }) => readers < workers.length);
    const unread = this.#unread.reduce((sum, { size }) => sum + size, 0);
    if (workers.length === 0 || unread + claims.length > MOST_UNREAD) return undefined;
    const batch = SignatureBatch.of(claims);
    for (const worker of workers) worker.postMessage(batch.shared);
    this.#unread.push(batch);
    return batch;
  }

  /** Ends the threads for good. */
  stop(): void {
    for (const worker of this.#workers ?? []) worker.terminate();
    this.#workers = [];
    this.#unread = [];
  }

  #start(): Worker[] {
    const workers: Worker[] = [];
    const count = Math.min(MOST_WORKERS, Math.max(1, navigator.hardwareConcurrency - 1));
    try {
      const folder = new URL(".", this.#module);
      if (!mayRead(folder)) throw new Error(`the program may not read ${folder.pathname}`);
      while (workers.length < count) workers.push(this.#startOne());
    } catch (error) {
      if (workers.length === 0) tellOfNone(messageOf(error));
    }
    return workers;
  }

  #startOne(): Worker {
    const worker = new Worker(this.#module, { type: "module", name: "signatures" });
    worker.addEventListener("error", (event) => {
      // Unhandled, it would end the process.
      event.preventDefault();
      if (this.#workers?.includes(worker) !== true) return;
      // Whatever ended this worker would end the others.
      this.stop();
      tellOfNone(event.message);
    });
    return worker;
  }
}

/**
 * Whether a worker's folder may be read. Where that is not settled yet, whoever sits at the terminal
 * would be asked.
 */
export function mayRead(path: URL): boolean {
  if (path.protocol !== "file:") return true;
  return Deno.permissions.querySync({ name: "read", path }).state === "granted";
}

function tellOfNone(error: string): void {
  logger.warn("signatures are verified without threads of their own: {error}", { error });
}
