import { BoundedCache } from "../../../crypto/bounded_cache.ts";

/** Hashes of the last vertices that went to the intake: nobody has to ask the store for them. */
const KEPT_HASHES = 50_000;

/** How a line is counted whose vertex is there. */
type Counted = "taken" | "known";

/** A vertex's way to the intake: each time that it goes it is another object. */
export interface Flight {
  /** Of the vertex, from 1. */
  readonly line: number;
  readonly as: Counted;
}

/** Vertices of an import that are being taken in, and what the last of them have come to. */
export class ImportFlights {
  readonly #flying = new Map<string, Promise<void>>();
  /** Those that the intake's answer says are there. */
  readonly #there = new BoundedCache<string, true>(KEPT_HASHES);
  readonly #last = new BoundedCache<string, Flight>(KEPT_HASHES);
  /** Of those that are being taken in, what a reorganisation has removed before they heard so. */
  readonly #removed = new Set<string>();
  /** What was removed while others are looked up, and no line led to it. */
  readonly #gone = new Set<string>();
  #landing: PromiseWithResolvers<void> | undefined;

  get size(): number {
    return this.#flying.size;
  }

  isFlying(hash: string): boolean {
    return this.#flying.has(hash);
  }

  /** Whether a vertex is being taken in, or is there. */
  isComing(hash: string): boolean {
    return this.#flying.has(hash) || this.#there.find(hash) === true;
  }

  /** The flight that a vertex is on, or was on last. */
  lastOf(hash: string): Flight | undefined {
    return this.#last.find(hash);
  }

  /** A vertex goes; `landed` never rejects, and says {@linkcode end} before it resolves. */
  begin(hash: string, line: number, landed: Promise<void>): void {
    this.#last.set(hash, { line, as: "taken" });
    this.#flying.set(hash, landed);
  }

  /** A vertex that went is there, as the intake says; `as` is how its line is counted. */
  arrive(hash: string, as: Counted): void {
    this.#there.set(hash, true);
    const last = this.#last.find(hash);
    if (last !== undefined && last.as !== as) this.#last.set(hash, { ...last, as });
  }

  /** A vertex was there, or is coming, when its line was read: a removal leads to this line. */
  note(hash: string, line: number): void {
    this.#last.get(hash, () => ({ line, as: "known" }));
  }

  /** Vertices are looked up in the store from now on. */
  beginLook(): void {
    this.#gone.clear();
  }

  /** Whether a vertex was removed since then, with no line that it would have been tried again by. */
  isGone(hash: string): boolean {
    return this.#gone.has(hash);
  }

  /** A flight is over. Whether what it took in has been removed again meanwhile. */
  end(hash: string): boolean {
    this.#flying.delete(hash);
    this.#landing?.resolve();
    return this.#removed.delete(hash);
  }

  /**
   * A reorganisation has removed a vertex. The flight that it came by; undefined where that is still
   * under way, which {@linkcode end} tells of then, or is not known.
   */
  remove(hash: string): Flight | undefined {
    if (this.#flying.has(hash)) {
      this.#removed.add(hash);
      return undefined;
    }
    this.#there.delete(hash);
    const last = this.#last.find(hash);
    if (last === undefined) this.#gone.add(hash);
    return last;
  }

  /** Resolves once one more flight is over; at once where there is none. */
  async oneEnded(): Promise<void> {
    if (this.#flying.size === 0) return;
    this.#landing = Promise.withResolvers();
    await this.#landing.promise;
  }

  async allEnded(): Promise<void> {
    await Promise.all(this.#flying.values());
  }
}
