import { getLogger } from "@logtape/logtape";
import { type Clock, sleep } from "../../../kernel/clock.ts";
import { isDamage, messageOf } from "../../../kernel/errors.ts";
import type { Log } from "../../../log/log.ts";
import type { Authority } from "./authority.ts";
import { BLOCK_MS, closeBlock } from "./commands.ts";
import { concernsStore } from "./faults.ts";
import { BUSINESS_LOG, CHAIN_LOGS, chainNameOf } from "./names.ts";
import { CHAIN_STATE, type ChainState } from "./rows.ts";

const logger = getLogger(["ledgerline", "hierachain"]);

/** Milliseconds between two sweeps for blocks that another process left open. */
const SWEEP_MS = 2_000;

/** Milliseconds to leave a block to the process that wrote to it. */
const GRACE_MS = 1_000;

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

  /** Sweeps for open blocks now, and periodically where other processes share the store. */
  start(): void {
    this.#sweeping = this.#sweep();
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

  async #sweep(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await this.#findOpenBlocks();
      } catch (error) {
        logger.warn("cannot look for open blocks: {error}", { error: messageOf(error) });
      }
      // The only process on a store has a timer for every block that it opened.
      if (this.#log.store.exclusive) return;
      await sleep(this.#clock, SWEEP_MS, signal);
    }
  }

  async #findOpenBlocks(): Promise<void> {
    for await (const { name, head } of this.#log.chains(CHAIN_LOGS)) {
      if (this.#stopped.signal.aborted) return;
      if (name === BUSINESS_LOG || this.#settled.get(name) === head.next) continue;
      try {
        const state = await this.#log.chain(name).row<ChainState>(
          CHAIN_STATE,
        );
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
