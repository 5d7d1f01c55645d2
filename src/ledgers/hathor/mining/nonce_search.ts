import { getLogger } from "@logtape/logtape";
import { mayRead } from "../../../crypto/signature_workers.ts";
import type { Clock } from "../../../kernel/clock.ts";
import { messageOf } from "../../../kernel/errors.ts";
import { targetOf } from "../rules/work.ts";
import { type FoundNonce, SearchTurns, type Work } from "./search_turns.ts";
import type { WorkerRequest } from "./work_messages.ts";

const logger = getLogger(["ledgerline", "hathor"]);

const MODULE = new URL("./work_worker.ts", import.meta.url);

/** Hashes in one turn of the main thread: about a millisecond. */
const HASHES_PER_TURN = 500;

/** Up to this weight a nonce is found in a turn or two, sooner than a worker would hear of it. */
const LIGHT_WEIGHT = 8;

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
  end(nonce: number | undefined): void;
}

/**
 * Finds nonces in a thread of its own, which begins with the first that takes long. All searches
 * take turns there. Where there can be no thread, or after it has failed, they go on in the main
 * one, in small slices.
 */
export class NonceSearch {
  readonly #module: URL;
  /** Undefined until it is needed, null where there is none and will be none. */
  #worker: Worker | undefined | null;
  readonly #pending = new Map<number, Pending>();
  /** The searches of the main thread. */
  readonly #turns = new SearchTurns();
  #cancelTurn: (() => void) | undefined;
  #lastId = 0;

  /** @param module what the thread runs; null for none */
  constructor(module: URL | null = MODULE) {
    this.#module = module ?? MODULE;
    if (module === null) this.#worker = null;
  }

  /** Whether a thread works for it now. */
  get hasThread(): boolean {
    return this.#worker !== undefined && this.#worker !== null;
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
        end,
      };
      this.#pending.set(id, pending);
      if (isLight) return this.#beginHere(id, pending);
      if (this.#worker === undefined) this.#worker = this.#start();
      if (this.#worker === null) return this.#beginHere(id, pending);
      this.#tell({ type: "begin", id, work: pending.work });
    });
  }

  /** Ends the thread, and all searches with it. */
  stop(): void {
    this.#endWorker();
    this.#cancelTurn?.();
    for (const [id, { end }] of [...this.#pending]) {
      this.#turns.end(id);
      end(undefined);
    }
  }

  #start(): Worker | null {
    try {
      const folder = new URL(".", this.#module);
      if (!mayRead(folder)) throw new Error(`the program may not read ${folder.pathname}`);
      const worker = new Worker(this.#module, { type: "module", name: "mining" });
      // Sent by the thread's module alone.
      worker.addEventListener("message", ({ data }) => this.#take(data as FoundNonce));
      worker.addEventListener("error", (event) => {
        // Otherwise the worker's error would end the process.
        event.preventDefault();
        if (this.#worker !== worker) return;
        tellOfNone(event.message);
        this.#endWorker();
        for (const [id, pending] of this.#pending) {
          if (!pending.isLight) this.#beginHere(id, pending);
        }
      });
      return worker;
    } catch (error) {
      tellOfNone(messageOf(error));
      return null;
    }
  }

  #endWorker(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }

  #tell(request: WorkerRequest): void {
    this.#worker?.postMessage(request);
  }

  #take({ id, nonce }: FoundNonce): void {
    this.#pending.get(id)?.end(nonce);
  }

  #abort(id: number): void {
    this.#turns.end(id);
    this.#tell({ type: "end", id });
    this.#pending.get(id)?.end(undefined);
  }

  #beginHere(id: number, { work, clock }: Pending): void {
    this.#turns.begin(id, work);
    if (this.#cancelTurn === undefined) this.#turnHere(clock);
  }

  /** One turn of the searches of the main thread, and the next when all others have had theirs. */
  #turnHere(clock: Clock): void {
    this.#cancelTurn = undefined;
    const found = this.#turns.try(HASHES_PER_TURN);
    if (found !== undefined) this.#take(found);
    // A timer: between two turns that follow at once the runtime looks at no connection.
    if (!this.#turns.isIdle) this.#cancelTurn = clock.after(1, () => this.#turnHere(clock));
  }
}

function tellOfNone(error: string): void {
  logger.warn("proofs of work are found without a thread of their own: {error}", { error });
}
