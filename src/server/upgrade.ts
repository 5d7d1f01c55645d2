import { getLogger } from "@logtape/logtape";
import { LedgerError, messageOf } from "../kernel/errors.ts";
import { traced } from "../kernel/traces.ts";
import type { Log } from "../log/log.ts";
import { areRowsOlder, refuseNewer, versionsOf } from "../log/versions.ts";

const logger = getLogger(["ledgerline", "server"]);

/** Milliseconds between lines of progress in the log. */
const TELL_MS = 5_000;

/** Codes of errors that are the store's and not the chain's. */
const OF_THE_STORE: ReadonlySet<string> = new Set(["store_unavailable", "store_full"]);

/** A chain to be upgraded. */
export interface Outdated {
  readonly name: string;
  readonly events: number;
}

/**
 * The chains whose rows are of an older version than this program's. Throws `store_refused` where
 * one was written by a later version of the program: nothing of such a store may be told or changed.
 */
export async function outdatedChains(
  log: Log,
): Promise<Outdated[]> {
  const outdated: Outdated[] = [];
  for await (const { name, head, failure } of log.heads()) {
    if (failure?.code === "store_refused") throw failure;
    if (head === undefined) continue;
    const own = versionsOf(log.projectionOf(name));
    refuseNewer(name, head.versions, own);
    if (areRowsOlder(head.versions, own)) outdated.push({ name, events: head.next });
  }
  return outdated;
}

/** Makes the rows of chains anew, one after another, before anything is served from them. */
export class Upgrade {
  readonly #log: Log;
  readonly #chains: readonly Outdated[];
  #state: string;
  #toldAt: number;

  constructor(log: Log, chains: readonly Outdated[]) {
    this.#log = log;
    this.#chains = chains;
    this.#state = `upgrading ${chains.length} chains`;
    this.#toldAt = log.clock.now();
  }

  /** How far it has come, for readiness. It needs no key, so no chain is named. */
  get state(): string {
    return this.#state;
  }

  /**
   * Runs it. A chain that cannot be read whole keeps its rows, and answers `damaged`. Throws where
   * the store does not answer or is full, since that would fail every other chain as well.
   */
  async run(): Promise<void> {
    let done = 0;
    for (const [at, { name, events }] of this.#chains.entries()) {
      const note = (done: number) => this.#note(at, name, done, events);
      note(0);
      try {
        const upgrade = () => this.#log.chain(name).upgrade(note);
        await traced("ledger.rows_upgrade", { "ledger.chain": name }, upgrade);
        done++;
      } catch (error) {
        if (error instanceof LedgerError && OF_THE_STORE.has(error.code)) {
          throw new LedgerError(error.code, `Cannot upgrade ${name}: ${error.message}`, {}, error);
        }
        logger.error("{chain} is not upgraded: {error}", { chain: name, error: messageOf(error) });
      }
    }
    logger.info("upgraded {count} chains", { count: done });
  }

  #note(at: number, chain: string, done: number, events: number): void {
    const which = `chain ${at + 1} of ${this.#chains.length}`;
    this.#state = `upgrading ${which}: ${done} of ${events} events`;
    const now = this.#log.clock.now();
    if (now - this.#toldAt < TELL_MS) return;
    this.#toldAt = now;
    logger.info("{state}, {chain}", { state: this.#state, chain });
  }
}
