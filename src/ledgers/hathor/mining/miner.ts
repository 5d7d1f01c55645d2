import { Pace } from "../../../kernel/turn.ts";
import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../../kernel/clock.ts";
import { messageOf } from "../../../kernel/errors.ts";
import type { Follower } from "../../../log/follower.ts";
import type { Intake } from "../intake/intake.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { minimalBlock, timestampOf } from "../queries/template_block.ts";
import { type BlockTemplate, blockTemplate, NoTemplateError } from "../queries/templates.ts";
import { NonceSearch } from "./nonce_search.ts";
import { solveBlock } from "./proof_of_work.ts";

const logger = getLogger(["ledgerline", "hathor"]);

/** How long the first waiting transaction waits, so that those right after it share its block. */
const GATHER_MS = 500;
/** How long it waits after a failure, before it mines again. */
const RETRY_MS = 5_000;

/** How the miner works. */
export interface MinerOptions {
  readonly clock: Clock;
  /** What the rewards are paid to. */
  readonly script: Uint8Array;
  /** Blocks are mined every so often, whether anything waits for them or not. */
  readonly everyMs?: number | undefined;
}

/** The block that is being mined: its parent, and what aborts the search. */
interface Current {
  readonly parent: string | undefined;
  readonly ending: AbortController;
}

/**
 * A miner for a network of one: it mines when transactions wait to be confirmed, until the genesis
 * can be spent, and at times if told so. Others may mine beside it: whoever is first wins.
 *
 * A block has to come within 75 minutes of the one before it, by the timestamps of both. On a chain
 * that was left alone for longer, the blocks that confirm what is sent now come after empty ones
 * that catch up with the time.
 */
export class Miner {
  readonly #queries: NodeQueries;
  readonly #intake: Intake;
  readonly #options: MinerOptions;
  readonly #search = new NonceSearch();
  readonly #isOver = new AbortController();
  readonly #unlocked = Promise.withResolvers<void>();
  #follower: Follower | undefined;
  #cancelLook: (() => void) | undefined;
  #cancelTick: (() => void) | undefined;
  #isMining = false;
  /** Told to mine nothing. */
  #isIdle = false;
  #everyMs: number | undefined;
  /** Something has changed while it was mining. */
  #isStale = false;
  #current: Current | undefined;
  #blocks = 0;

  constructor(queries: NodeQueries, intake: Intake, options: MinerOptions) {
    this.#queries = queries;
    this.#intake = intake;
    this.#options = options;
    this.#everyMs = options.everyMs;
  }

  /** Blocks that it has found. */
  get blocks(): number {
    return this.#blocks;
  }

  /** Begins. Where blocks cost no work the genesis can be spent once this resolves. */
  async start(): Promise<void> {
    const { chain, network } = this.#queries;
    // Templates do not tell of everything that waits: what is too young for one is in none.
    this.#follower = await chain.attach(await this.#queries.nextEventId(), () => this.#changed());
    this.#tick();
    const first = this.#mine({ isDue: false });
    if (network.testMode.blocks) await Promise.race([this.#unlocked.promise, first]);
  }

  /** Mines from now on when transactions wait, never, or every so many milliseconds as well. */
  setPace(pace: "auto" | "off" | number): void {
    this.#isIdle = pace === "off";
    this.#everyMs = typeof pace === "number" ? pace : undefined;
    this.#cancelTick?.();
    this.#tick();
    if (this.#isIdle) this.#current?.ending.abort();
    else this.#lookIn(0);
  }

  stop(): void {
    this.#isOver.abort();
    this.#follower?.close();
    this.#cancelLook?.();
    this.#cancelTick?.();
    this.#current?.ending.abort();
    this.#search.stop();
  }

  #tick(): void {
    const everyMs = this.#everyMs;
    if (everyMs === undefined) return;
    this.#cancelTick = this.#options.clock.after(everyMs, () => {
      void this.#mine({ isDue: true });
      this.#tick();
    });
  }

  #changed(): void {
    this.#lookIn(GATHER_MS);
    if (this.#current === undefined) return;
    // Where the best block cannot be read, the search goes on as it is.
    this.#leaveIfReplaced(this.#current).catch(() => {});
  }

  /** Looks in a moment whether there is a reason to mine, unless that is to happen anyway. */
  #lookIn(ms: number): void {
    if (this.#isMining) this.#isStale = true;
    if (this.#isOver.signal.aborted || this.#cancelLook !== undefined || this.#isMining) return;
    this.#cancelLook = this.#options.clock.after(ms, () => {
      this.#cancelLook = undefined;
      void this.#mine({ isDue: false });
    });
  }

  /** Mines until there is no reason to, one block after another while nothing can be spent. */
  async #mine({ isDue }: { readonly isDue: boolean }): Promise<void> {
    if (this.#isMining || this.#isIdle) return;
    this.#isMining = true;
    this.#isStale = false;
    let again = Infinity;
    try {
      while (await this.#isLocked()) await this.#mineOne();
      this.#unlocked.resolve();
      if (isDue || await this.#isAwaited()) await this.#mineToNow();
      if (await this.#isAwaited()) again = GATHER_MS;
    } catch (error) {
      again = RETRY_MS;
      // Neither is worth a warning: the clock will catch up with the chain, or the miner stops.
      const isExpected = error instanceof NoTemplateError || this.#isOver.signal.aborted;
      if (!isExpected) logger.warn("mining failed: {error}", { error: messageOf(error) });
    }
    this.#isMining = false;
    if (this.#isStale) again = Math.min(again, GATHER_MS);
    if (again < Infinity) this.#lookIn(again);
  }

  /** Whether there is nothing that it may mine for any more. */
  get #isEnding(): boolean {
    return this.#isIdle || this.#isOver.signal.aborted;
  }

  /** Whether the genesis cannot be spent yet. */
  async #isLocked(): Promise<boolean> {
    if (this.#isEnding) return false;
    const { best } = await this.#queries.state();
    return best.height < this.#queries.network.rewardSpendMinBlocks;
  }

  /** Whether transactions wait to be confirmed. */
  async #isAwaited(): Promise<boolean> {
    return !this.#isEnding && await this.#queries.mempoolSize() > 0;
  }

  /** Mines up to a block of now, after the empty ones that a chain left alone needs to catch up. */
  async #mineToNow(): Promise<void> {
    const turns = Pace.ofSteps();
    for (let isBehind = true; isBehind && !this.#isEnding;) {
      isBehind = await this.#mineOne();
      await turns.give();
    }
  }

  /** Mines one block, unless another miner is first. Returns whether it had to be of the past. */
  async #mineOne(): Promise<boolean> {
    const { clock, script } = this.#options;
    const search = this.#search;
    const template = await blockTemplate(this.#queries.node);
    const ending = new AbortController();
    const current = { parent: template.parents[0], ending };
    this.#current = current;
    try {
      if (this.#isOver.signal.aborted) return false;
      await this.#leaveIfReplaced(current);
      const fields = { ...minimalBlock(template, script), timestamp: timestampOf(template) };
      const block = await solveBlock(fields, { clock, search, signal: ending.signal });
      if (block === undefined) return isBehind(template);
      const answer = await this.#intake.submitBlock(block);
      if (answer.isAccepted) this.#blocks++;
      else if (answer.code !== "ParentNotBest") throw new Error(answer.message);
    } finally {
      this.#current = undefined;
    }
    return isBehind(template);
  }

  /** Aborts the search once the best block is another than its parent. */
  async #leaveIfReplaced({ parent, ending }: Current): Promise<void> {
    const { best } = await this.#queries.state();
    if (best.hash !== parent) ending.abort();
  }
}

/** Whether no block on top of this one's parent can be of now, as the parent is too old. */
function isBehind({ timestampNow, timestampMax }: BlockTemplate): boolean {
  return timestampMax < timestampNow;
}
