import { getLogger } from "@logtape/logtape";
import { LedgerError } from "../kernel/errors.ts";
import { COMMIT_TRIES } from "../kernel/limits.ts";
import type { Store } from "../kv/store.ts";
import { fetchHead, type Head, type VersionedHead } from "./head.ts";
import { segmentRange } from "./keys.ts";
import { firstGeneration } from "./gone.ts";
import { rebuildRows } from "./rebuild.ts";
import type { Projection } from "./projection.ts";
import { BEHIND, damaged, NO_HEAD } from "./segments.ts";
import { areRowsOlder, refuseNewer, type Versions, versionsOf } from "./versions.ts";

const logger = getLogger(["ledgerline", "log"]);

/**
 * Sees to it that a chain's rows are of this program's version before they are read or written. A
 * server upgrades all chains as it starts; here the rest is found, such as a chain that an older
 * server over the same store has made since.
 */
export class RowUpgrade {
  readonly versions: Versions;
  readonly #store: Store;
  readonly #chain: string;
  readonly #projection: Projection;
  #running: Promise<void> | undefined;
  /** A log that cannot be read whole has no rows; it is not read again for every question. */
  #failure: LedgerError | undefined;
  #first = 0;
  #seen: { readonly head: Head | undefined } | undefined;

  constructor(store: Store, chain: string, projection: Projection) {
    this.#store = store;
    this.#chain = chain;
    this.#projection = projection;
    this.versions = versionsOf(projection);
  }

  /** The generation with which a chain begins that has no head. */
  get first(): number {
    return this.#first;
  }

  /** The head that rows were last read or written under, which may be an older one by now. */
  get seen(): Head | undefined {
    return this.#seen?.head;
  }

  /**
   * Whether the rows under this head may be used. Throws `store_refused` where they are of a later
   * version of the program.
   */
  isCurrent(head: Head | undefined): boolean {
    this.#seen = { head };
    if (head === undefined) return true;
    refuseNewer(this.#chain, head.versions, this.versions);
    return !areRowsOlder(head.versions, this.versions);
  }

  /**
   * The head that a commit may stand on: rows of two versions never meet. Throws as {@linkcode run}
   * does, and `damaged` where there are events behind the head, or events and no head: a head that
   * was lost, or put back to an older one. They were told to be durable and are not written over.
   */
  async base(): Promise<VersionedHead> {
    // Together, where the end is likely to be known.
    const likely = this.#seen === undefined ? undefined : this.#seen.head?.next ?? 0;
    const behind = async (end: number | undefined) =>
      end === undefined ? [] : await this.#store.list(segmentRange(this.#chain, end), 1);
    let [base, [stray]] = await Promise.all([this.#head(), behind(likely)]);
    const end = base.head?.next ?? 0;
    if (end !== likely || base.head === undefined) {
      [[stray], this.#first] = await Promise.all([
        end === likely ? [stray] : behind(end),
        base.head === undefined ? firstGeneration(this.#store, this.#chain) : this.#first,
      ]);
    }
    if (stray !== undefined) {
      // Others may have gone on by now.
      const { versionstamp } = base;
      base = await this.#head();
      if (base.versionstamp === versionstamp) {
        throw damaged(this.#chain, end, end === 0 ? NO_HEAD : BEHIND);
      }
    }
    while (!this.isCurrent(base.head)) {
      await this.run();
      base = await this.#head();
    }
    return base;
  }

  async #head(): Promise<VersionedHead> {
    return await fetchHead(this.#store, this.#chain);
  }

  /** Makes the rows anew; whoever asks meanwhile waits for the same. Throws as `rebuildRows` does. */
  run(progress?: (done: number, total: number) => void): Promise<void> {
    this.#running ??= this.#run(progress).finally(() => this.#running = undefined);
    return this.#running;
  }

  async #run(progress?: (done: number, total: number) => void): Promise<void> {
    for (let attempt = 0; attempt < COMMIT_TRIES; attempt++) {
      const { head } = await this.#head();
      if (head === undefined || this.isCurrent(head)) return;
      if (this.#failure !== undefined) throw this.#failure;
      const { rows, layout } = head.versions;
      logger.info("upgrading {chain}: rows {from} to {to}, {events} events", {
        chain: this.#chain,
        from: `${rows}.${layout}`,
        to: `${this.versions.rows}.${this.versions.layout}`,
        events: head.next,
      });
      try {
        await rebuildRows(this.#store, this.#chain, this.#projection, undefined, progress);
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error;
        if (error.code === "damaged") this.#failure = error;
        // Another process has done it, or an older one moves the chain on.
        if (error.code !== "store_busy") throw error;
      }
    }
    throw new LedgerError("store_busy", `Other writers keep moving ${this.#chain}: try again`);
  }
}
