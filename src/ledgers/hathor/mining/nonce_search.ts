import { getLogger } from "@logtape/logtape";
import { mayRead } from "../../../crypto/signature_workers.ts";
import type { Clock } from "../../../kernel/clock.ts";
import { messageOf } from "../../../kernel/errors.ts";
import { targetOf } from "../rules/work.ts";
import { type FoundNonce, SearchTurns, type Work, type WorkShare } from "./search_turns.ts";
import type { WorkerRequest } from "./work_messages.ts";

const logger = getLogger(["ledgerline", "hathor"]);

const MODULE = new URL("./work_worker.ts", import.meta.url);

/** Hashes in one turn of the main thread: about a millisecond. */
const HASHES_PER_TURN = 5_000;

/** Up to this weight a nonce is found in a turn, sooner than a worker would hear of it. */
const LIGHT_WEIGHT = 8;

/** Each takes some memory, and a job of a wallet is done in a moment by fewer. */
const MOST_WORKERS = 8;

/** How a nonce is searched for. */
export interface SearchOptions {
  /** Says when the next turn of the main thread is. */
  readonly clock: Clock;
  /** Ends the search, as does the end of all nonces. */
  readonly signal: AbortSignal;
  /** The first nonce that is tried, 0 by default; after the last comes the one that is 0. */
  readonly first?: number;
}

/** A search that is going on. */
interface Pending {
  readonly work: Work;
  readonly clock: Clock;
  readonly isLight: boolean;
  /** Threads that have not tried all of their share. */
  shares: number;
  end(nonce: number | undefined): void;
}

/**
 * Finds nonces in threads of its own, which begin with the first that takes long: as many as there
 * are cores beside the main thread's. Each has a share of every search, and all searches take turns
 * there. Where there can be no threads, or after one has failed, they go on in the main one, in
 * small slices.
 */
export class NonceSearch {
  readonly #module: URL;
  /** Undefined until they are needed, none where there are none and will be none. */
  #workers: readonly Worker[] | undefined;
  readonly #pending = new Map<number, Pending>();
  /** The searches of the main thread. */
  readonly #turns = new SearchTurns(HASHES_PER_TURN);
  #cancelTurn: (() => void) | undefined;
  #lastId = 0;

  /** @param module what the threads run; null for none */
  constructor(module: URL | null = MODULE) {
    this.#module = module ?? MODULE;
    if (module === null) this.#workers = [];
  }

  /** How many threads work for it now. */
  get threads(): number {
    return this.#workers?.length ?? 0;
  }

  /**
   * The nonce with which a vertex is the work that its weight asks for; undefined where the search
   * has ended without one.
   *
   * @param header the 64 bytes of `miningHeader`
   */
  find(
    header: Uint8Array,
    weight: number,
    { clock, signal, first = 0 }: SearchOptions,
  ): Promise<number | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      const abort = () => this.#abort(id);
      signal.addEventListener("abort", abort);
      const isLight = weight <= LIGHT_WEIGHT;
      const end = (nonce: number | undefined) => {
        this.#pending.delete(id);
        signal.removeEventListener("abort", abort);
        resolve(nonce);
      };
      const pending = {
        work: { header, target: targetOf(weight), first },
        clock,
        isLight,
        shares: 1,
        end,
      };
      this.#pending.set(id, pending);
      if (isLight) return this.#beginHere(id, pending);
      this.#workers ??= this.#start();
      if (this.threads === 0) return this.#beginHere(id, pending);
      pending.shares = this.threads;
      this.#tell({ type: "begin", id, work: pending.work });
    });
  }

  /** Ends the threads, and all searches with them. */
  stop(): void {
    this.#endWorkers();
    this.#cancelTurn?.();
    for (const [id, { end }] of [...this.#pending]) {
      this.#turns.end(id);
      end(undefined);
    }
  }

  #start(): readonly Worker[] {
    const workers: Worker[] = [];
    try {
      const folder = new URL(".", this.#module);
      if (!mayRead(folder)) throw new Error(`the program may not read ${folder.pathname}`);
      const of = Math.min(MOST_WORKERS, Math.max(1, navigator.hardwareConcurrency - 1));
      while (workers.length < of) workers.push(this.#startOne({ index: workers.length, of }));
      return workers;
    } catch (error) {
      // A share that nobody has would never be tried.
      for (const worker of workers) worker.terminate();
      tellOfNone(messageOf(error));
      return [];
    }
  }

  #startOne(share: WorkShare): Worker {
    const worker = new Worker(this.#module, { type: "module", name: "mining" });
    // Sent by the thread's module alone.
    worker.addEventListener("message", ({ data }) => this.#take(data as FoundNonce));
    worker.addEventListener("error", (event) => {
      // Otherwise the worker's error would end the process.
      event.preventDefault();
      if (this.#workers?.includes(worker) !== true) return;
      tellOfNone(event.message);
      this.#endWorkers();
      for (const [id, pending] of this.#pending) {
        if (!pending.isLight) this.#beginHere(id, pending);
      }
    });
    worker.postMessage({ type: "share", share } satisfies WorkerRequest);
    return worker;
  }

  #endWorkers(): void {
    for (const worker of this.#workers ?? []) worker.terminate();
    this.#workers = [];
  }

  #tell(request: WorkerRequest): void {
    for (const worker of this.#workers ?? []) worker.postMessage(request);
  }

  #take({ id, nonce }: FoundNonce): void {
    const pending = this.#pending.get(id);
    if (pending === undefined || (nonce === undefined && --pending.shares > 0)) return;
    if (!pending.isLight) this.#tell({ type: "end", id });
    pending.end(nonce);
  }

  #abort(id: number): void {
    this.#turns.end(id);
    this.#tell({ type: "end", id });
    this.#pending.get(id)?.end(undefined);
  }

  #beginHere(id: number, pending: Pending): void {
    pending.shares = 1;
    this.#turns.begin(id, pending.work);
    if (this.#cancelTurn === undefined) this.#turnHere(pending.clock);
  }

  /** One turn of the searches of the main thread, and the next when all others have had theirs. */
  #turnHere(clock: Clock): void {
    this.#cancelTurn = undefined;
    const found = this.#turns.try();
    if (found !== undefined) this.#take(found);
    // A timer: between two turns that follow at once the runtime looks at no connection.
    if (!this.#turns.isIdle) this.#cancelTurn = clock.after(1, () => this.#turnHere(clock));
  }
}

function tellOfNone(error: string): void {
  logger.warn("proofs of work are found without threads of their own: {error}", { error });
}
