import type { Chain } from "../../../../log/chain.ts";
import type { Follower } from "../../../../log/follower.ts";

/**
 * The id of a chain's newest event, as far as this process knows: one cursor at the end of the log
 * for all streams of events, while there are any.
 */
export class LatestEvent {
  readonly #chain: Chain;
  #users = 0;
  #opening: Promise<void> | undefined;
  #follower: Follower | undefined;
  #id = -1;

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  get id(): number {
    return this.#id;
  }

  /** Begins to look, for one stream more; every one that has joined must leave. */
  async join(): Promise<void> {
    this.#users++;
    this.#opening ??= this.#open();
    try {
      await this.#opening;
    } catch (error) {
      // Whoever comes next tries again.
      this.leave();
      this.#opening = undefined;
      throw error;
    }
  }

  leave(): void {
    if (--this.#users > 0) return;
    this.#follower?.close();
    this.#follower = this.#opening = undefined;
  }

  async #open(): Promise<void> {
    const next = (await this.#chain.head())?.next ?? 0;
    this.#id = next - 1;
    const follower = await this.#chain.attach(next, () => this.#look());
    if (this.#users === 0 || this.#follower !== undefined) return follower.close();
    this.#follower = follower;
    this.#look();
  }

  #look(): void {
    const follower = this.#follower;
    if (follower === undefined) return;
    try {
      for (;;) {
        const batch = follower.peek();
        if (batch === undefined) return;
        if (batch instanceof Promise) {
          batch.then(() => this.#look(), () => {});
          return;
        }
        follower.offset = batch.next;
        this.#id = batch.next - 1;
      }
    } catch {
      // Whatever the chain fails with, its streams hear of it from their own cursors.
    }
  }
}
