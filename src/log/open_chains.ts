import { OPEN_CHAINS } from "../kernel/limits.ts";
import type { Chain } from "./chain.ts";
import type { Merger } from "./merger.ts";
import type { Tail } from "./tail.ts";
import type { ChainWriter } from "./writer.ts";

/** A chain with all that a process has for it. */
export interface ChainAtWork {
  readonly chain: Chain;
  readonly writer: ChainWriter;
  readonly tail: Tail;
  readonly merger: Merger;
}

/** The chains that are open in a process: those that are at work, and of all others those used last. */
export class OpenChains {
  /** Those used last are at the end. */
  readonly #open = new Map<string, ChainAtWork>();

  get size(): number {
    return this.#open.size;
  }

  get(name: string): ChainAtWork | undefined {
    return this.#open.get(name);
  }

  /** The same, which is the one used last then. */
  use(name: string): ChainAtWork | undefined {
    const known = this.#open.get(name);
    if (known === undefined) return undefined;
    this.#open.delete(name);
    this.#open.set(name, known);
    return known;
  }

  add(name: string, open: ChainAtWork): void {
    this.#open.set(name, open);
    if (this.#open.size > OPEN_CHAINS) this.#closeIdle();
  }

  /** Lets go of some; see {@linkcode Log.retire}. */
  async retire(isWanted: (chain: string) => boolean): Promise<() => Promise<void>> {
    const retired = [...this.#open].filter(([name]) => isWanted(name));
    for (const [name] of retired) this.#open.delete(name);
    await Promise.all(retired.map(async ([, { writer, merger }]) => {
      await writer.close();
      await merger.close();
    }));
    return async () => {
      for (const [, { chain, tail }] of retired) {
        const { head, isIdle } = tail;
        const isKnown = head !== undefined && !isIdle;
        const now = isKnown ? await chain.head().catch(() => head) : head;
        tail.close(now?.epoch !== head?.epoch);
      }
    };
  }

  /** Refuses new commands, waits for those in hand, and ends every follower with `closed`. */
  async close(): Promise<void> {
    const open = [...this.#open.values()];
    await Promise.all(open.map(({ writer }) => writer.close()));
    await Promise.all(open.map(({ merger }) => merger.close()));
    for (const { tail } of open) tail.close();
  }

  /**
   * Closes the chain that has been idle longest. Whoever still holds it can go on: two writers of
   * one chain agree by its head, in one process as in two.
   */
  #closeIdle(): void {
    for (const [name, { writer, tail, merger }] of this.#open) {
      if (!writer.isIdle || !tail.isIdle) continue;
      this.#open.delete(name);
      tail.close();
      void merger.close();
      return;
    }
  }
}
