import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../../kernel/clock.ts";
import { messageOf } from "../../../kernel/errors.ts";
import type { HathorService } from "../service.ts";
import { NoTemplateError } from "../state/templates.ts";
import { solveBlock } from "./proof_of_work.ts";
import type { TemplateFeed } from "./template_feed.ts";
import { minimalBlock, timestampOf } from "./template_block.ts";

const logger = getLogger(["ledgerline", "hathor"]);

/** How long the first waiting transaction waits, so that those right after it share its block. */
const GATHER_MS = 500;
/** After what went wrong. */
const RETRY_MS = 5_000;

/** How the miner works. */
export interface MinerOptions {
  readonly clock: Clock;
  /** What the rewards are paid to. */
  readonly script: Uint8Array;
  /** Blocks are mined every so often, whether anything waits for them or not. */
  readonly everyMs?: number | undefined;
}

/**
 * A miner for a network of one: it mines when transactions wait to be confirmed, until the genesis
 * can be spent, and at times if told so. Others may mine beside it: whoever is first wins.
 */
export class Miner {
  readonly #service: HathorService;
  readonly #feed: TemplateFeed;
  readonly #options: MinerOptions;
  readonly #isOver = new AbortController();
  #cancelLook: (() => void) | undefined;
  #cancelTick: (() => void) | undefined;
  #isMining = false;
  /** Something has changed while it was mining. */
  #isStale = false;
  #leave: (() => void) | undefined;
  #blocks = 0;

  constructor(service: HathorService, feed: TemplateFeed, options: MinerOptions) {
    this.#service = service;
    this.#feed = feed;
    this.#options = options;
  }

  /** Blocks that it has found. */
  get blocks(): number {
    return this.#blocks;
  }

  /** Begins. Where blocks cost no work the genesis can be spent once this resolves. */
  async start(): Promise<void> {
    this.#leave = this.#feed.listen(() => this.#lookIn(GATHER_MS));
    this.#tick();
    const first = this.#mine({ isDue: false });
    if (this.#service.network.testMode.blocks) await first;
  }

  stop(): void {
    this.#isOver.abort();
    this.#leave?.();
    this.#cancelLook?.();
    this.#cancelTick?.();
  }

  #tick(): void {
    const { everyMs, clock } = this.#options;
    if (everyMs === undefined) return;
    this.#cancelTick = clock.after(everyMs, () => {
      void this.#mine({ isDue: true });
      this.#tick();
    });
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
    if (this.#isMining) return;
    this.#isMining = true;
    this.#isStale = false;
    let again = Infinity;
    try {
      if (isDue) await this.#mineOne();
      while (await this.#isLocked()) await this.#mineOne();
      if (!isDue && await this.#isAwaited()) await this.#mineOne();
      if (await this.#isAwaited()) again = GATHER_MS;
    } catch (error) {
      again = RETRY_MS;
      // The clock catches up with the chain, and what is cut off at the end is no news.
      const isExpected = error instanceof NoTemplateError || this.#isOver.signal.aborted;
      if (!isExpected) logger.warn("mining failed: {error}", { error: messageOf(error) });
    }
    this.#isMining = false;
    if (this.#isStale) again = Math.min(again, GATHER_MS);
    if (again < Infinity) this.#lookIn(again);
  }

  /** Whether the genesis cannot be spent yet. */
  async #isLocked(): Promise<boolean> {
    if (this.#isOver.signal.aborted) return false;
    const { best } = await this.#service.state();
    return best.height < this.#service.network.rewardSpendMinBlocks;
  }

  /** Whether transactions wait to be confirmed. */
  async #isAwaited(): Promise<boolean> {
    return !this.#isOver.signal.aborted && (await this.#service.mempool()).length > 0;
  }

  /** Mines one block, unless someone else is first. */
  async #mineOne(): Promise<void> {
    const { clock, script } = this.#options;
    const template = await this.#service.blockTemplate();
    const timestamp = timestampOf(template);
    const ending = new AbortController();
    const stop = () => ending.abort();
    this.#isOver.signal.addEventListener("abort", stop);
    // What is mined of is as good as before until there is another block to build on.
    const leave = this.#feed.listen(() => {
      if (this.#feed.current?.parent !== template.parents[0]) stop();
    });
    try {
      const fields = { ...minimalBlock(template, script), timestamp };
      const block = await solveBlock(fields, { clock, signal: ending.signal });
      if (block === undefined) return;
      const answer = await this.#service.submitBlock(block);
      if (answer.isAccepted) this.#blocks++;
      else if (answer.code !== "ParentNotBest") throw new Error(answer.message);
    } finally {
      leave();
      this.#isOver.signal.removeEventListener("abort", stop);
    }
  }
}
