import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../../kernel/clock.ts";
import { isDamage, messageOf } from "../../../kernel/errors.ts";
import { sweepOn } from "../../../kernel/sweeps.ts";
import type { Log } from "../../../log/log.ts";
import type { Head } from "../../../log/head.ts";
import type { Authority } from "./authority.ts";
import { BLOCK_MS, closeBlock } from "./commands.ts";
import { concernsStore } from "./faults.ts";
import { BUSINESS_LOG, CHAIN_LOGS, chainNameOf } from "./names.ts";
import { CHAIN_STATE, type ChainState } from "./rows.ts";

const logger = getLogger(["ledgerline", "hierachain"]);

/** Chains that a sweep looks at together. */
const TOGETHER = 100;

/** Milliseconds to leave a block to the process that wrote to it. */
const GRACE_MS = 1_000;

interface ChainWithHead {
  readonly name: string;
  readonly head: Head;
}

/**
 * Closes blocks that are due. Each process closes those it wrote to; a sweep finds those that a
 * crashed process over the same store left open. Closing is a command like any other, so that two
 * processes which try at once close the block exactly once.
 */
export class BlockCloser {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #authority: Authority;
  readonly #timers = new Map<string, () => void>();
  readonly #closing = new Set<Promise<void>>();
  readonly #stopped = new AbortController();
  /** The head of each chain when it last had no pending events: until it moves, none are due. */
  readonly #settled = new Map<string, number>();
  #sweeping: Promise<void> | undefined;

  constructor(log: Log, clock: Clock, authority: Authority) {
    this.#log = log;
    this.#clock = clock;
    this.#authority = authority;
  }

  /**
   * Sweeps for open blocks now, and again and again where other processes share the store. Resolves
   * with the names of all chains' logs, once the first sweep has ended.
   */
  async start(): Promise<readonly string[]> {
    const names: string[] = [];
    const first = this.#sweep((name) => names.push(name));
    this.#sweeping = first.then(() =>
      // The only process on a store has a timer for every block that it opened.
      this.#log.store.exclusive
        ? undefined
        : sweepOn(this.#clock, this.#stopped.signal, () => this.#sweep())
    );
    await first;
    return names;
  }

  /**
   * Closes the blocks that wait for their time, since nobody knows when a process comes next that
   * would, and ends.
   */
  async stop(): Promise<void> {
    this.#stopped.abort();
    const open = [...this.#timers.keys()];
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    await this.#sweeping;
    await Promise.all(this.#closing);
    await Promise.all(open.map((chain) => this.#close(chain, "now")));
  }

  /**
   * Closes the block of `chain` at `dueAt`, milliseconds since the epoch. Where the clock was set
   * back, so that this is further off than a block stays open, the block from offset `first` on is
   * closed after {@linkcode BLOCK_MS}: the log's time does not go back, and stands still meanwhile.
   */
  schedule(chain: string, dueAt: number, first?: number): void {
    if (this.#timers.has(chain) || this.#stopped.signal.aborted) return;
    const wait = Math.max(1, dueAt - this.#clock.now());
    const isFar = wait > BLOCK_MS + GRACE_MS;
    const cancel = this.#clock.after(isFar ? BLOCK_MS : wait, () => {
      this.#timers.delete(chain);
      const closing = this.#close(chain, isFar ? first : undefined);
      this.#closing.add(closing);
      void closing.finally(() => this.#closing.delete(closing));
    });
    this.#timers.set(chain, cancel);
  }

  async #close(chain: string, awaited: number | "now" | undefined): Promise<void> {
    const logName = CHAIN_LOGS + chain;
    try {
      const open = this.#log.chain(logName);
      const again = await open.execute(closeBlock(this.#authority, awaited));
      if (again !== undefined) this.schedule(chain, again.dueAt, again.first);
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      if (isDamage(error)) {
        // Trying again is of no use before an operator repairs the chain.
        return logger.error("block of {chain} not closed: {error}", {
          chain,
          error: messageOf(error),
        });
      }
      logger.warn("block of {chain} not closed, trying again: {error}", {
        chain,
        error: messageOf(error),
      });
      this.schedule(chain, this.#clock.now() + BLOCK_MS);
    }
  }

  /** Returns whether any chain has moved since the last sweep. */
  async #sweep(met: (name: string) => void = () => {}): Promise<boolean> {
    let hasMoved = false;
    try {
      let some: ChainWithHead[] = [];
      for await (const chain of this.#log.chains(CHAIN_LOGS)) {
        if (this.#stopped.signal.aborted) return false;
        met(chain.name);
        const isSettled = this.#settled.get(chain.name) === chain.head.next;
        if (isSettled || chain.name === BUSINESS_LOG) continue;
        hasMoved = true;
        if (some.push(chain) < TOGETHER) continue;
        await this.#findOpenBlocks(some);
        some = [];
      }
      await this.#findOpenBlocks(some);
    } catch (error) {
      logger.warn("cannot look for open blocks: {error}", { error: messageOf(error) });
    }
    return hasMoved;
  }

  async #findOpenBlocks(chains: readonly ChainWithHead[]): Promise<void> {
    const states = await this.#log.rowOfEach<ChainState>(chains, CHAIN_STATE);
    for (const { name, head } of chains) {
      if (this.#stopped.signal.aborted) return;
      try {
        const state = states.get(name) ?? await this.#log.chain(name).row<ChainState>(CHAIN_STATE);
        if (state?.pending) {
          this.schedule(chainNameOf(name), state.pending.since + BLOCK_MS + GRACE_MS);
          continue;
        }
      } catch (error) {
        // A damaged chain must not keep the sweep from others; it is tried again once its head moves.
        if (concernsStore(error)) throw error;
        logger.error("cannot look at {chain}: {error}", { chain: name, error: messageOf(error) });
      }
      this.#settled.set(name, head.next);
    }
  }
}
