import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../../kernel/clock.ts";
import { messageOf } from "../../../kernel/errors.ts";
import type { Follower } from "../../../log/follower.ts";
import { writeRestJson } from "../../../python/json_write.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { templateJson } from "../queries/template_block.ts";
import { type BlockTemplate, blockTemplate, NoTemplateError } from "../queries/templates.ts";

const logger = getLogger(["ledgerline", "hathor"]);

/** How often a chain that is too far ahead of the clock is looked at again. */
const EARLY_MS = 500;

/** The template as it was last worked out. */
export interface CurrentTemplate {
  /** Grows with every change, but for that of the time alone. */
  readonly version: number;
  /** In JSON. */
  readonly text: string;
  /** Hash of the block that it builds on. */
  readonly parent: string | undefined;
}

/**
 * The template of the next block, worked out once for all who mine: by whoever follows the chain's
 * tail. While several changes come at once only the last is of use, and only that is told.
 */
export class TemplateFeed {
  readonly #queries: NodeQueries;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #follower: Follower | undefined;
  #starting: Promise<void> | undefined;
  #current: CurrentTemplate | undefined;
  #version = 0;
  #key = "";
  /** Id of the event after the last one that was told of. */
  #event = 0;
  /** What the current one was made of. */
  #taken: BlockTemplate | undefined;
  /** The last that was asked for, and of which event and which second it is. */
  #known: { readonly state: string; readonly template: Promise<BlockTemplate> } | undefined;
  #working: Promise<void> | undefined;
  #isStale = false;
  #cancelRetry: (() => void) | undefined;

  constructor(queries: NodeQueries, clock: Clock) {
    this.#queries = queries;
    this.#clock = clock;
  }

  /** Undefined until it was first worked out, and where there can be none. */
  get current(): CurrentTemplate | undefined {
    return this.#current;
  }

  /** Whether the node knows its network; one that does not has no templates. */
  get isSynced(): boolean {
    return this.#queries.isSynced;
  }

  /** Begins to follow the chain, where it does not yet. */
  start(): Promise<void> {
    this.#starting ??= this.#start().catch((error) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  async #start(): Promise<void> {
    const { chain } = this.#queries;
    this.#follower = await chain.attach(await this.#queries.nextEventId(), () => this.#changed());
  }

  stop(): void {
    this.#follower?.close();
    this.#follower = undefined;
    this.#starting = undefined;
    this.#listeners.clear();
    this.#cancelRetry?.();
  }

  /** Calls `wake` after every change of the template, until the function returned is called. */
  listen(wake: () => void): () => void {
    this.#listeners.add(wake);
    return () => this.#listeners.delete(wake);
  }

  /** What can be mined now; undefined while nothing can. Nobody is told of it. */
  async template(): Promise<BlockTemplate | undefined> {
    return await this.#templateAfter(await this.#queries.nextEventId());
  }

  /** Works the template out anew, with the time that it is now. */
  async refresh(): Promise<void> {
    this.#isStale = true;
    await (this.#working ??= this.#work());
  }

  #changed(): void {
    if (this.#listeners.size === 0 || !this.isSynced) return;
    this.refresh().catch((error: unknown) => {
      // The next vertex tries again.
      logger.warn("no block template: {error}", { error: messageOf(error) });
    });
  }

  async #work(): Promise<void> {
    try {
      while (this.#isStale) {
        this.#isStale = false;
        const event = await this.#queries.nextEventId();
        const template = await this.#templateAfter(event);
        if (template !== undefined && template === this.#taken) continue;
        this.#take(template, event);
        this.#taken = template;
      }
    } finally {
      this.#working = undefined;
    }
  }

  /**
   * Within one second, and without a new event, it is the one that is at hand, or being worked out.
   * One that failed is tried again by whoever asks next.
   */
  async #templateAfter(event: number): Promise<BlockTemplate | undefined> {
    const state = `${event} ${Math.floor(this.#queries.seconds())}`;
    if (this.#known?.state !== state) {
      this.#known = { state, template: blockTemplate(this.#queries.node) };
    }
    const known = this.#known;
    try {
      return await known.template;
    } catch (error) {
      if (this.#known === known) this.#known = undefined;
      if (error instanceof NoTemplateError) return undefined;
      throw error;
    }
  }

  #take(template: BlockTemplate | undefined, event: number): void {
    if (template === undefined) {
      this.#current = undefined;
      this.#key = "";
      this.#cancelRetry?.();
      if (!this.isSynced) return;
      // Only the clock can change this, and no event tells of that: look again in a moment.
      this.#cancelRetry = this.#clock.after(EARLY_MS, () => this.#changed());
      return;
    }
    const text = writeRestJson(templateJson(template));
    const key = writeRestJson(templateJson({ ...template, timestampNow: 0, timestampMax: 0 }));
    // What is sent on a chain that was left alone is in no template yet, and yet miners have to hear
    // that something waits: as in the original the time is change enough then.
    const hasWaited = event !== this.#event && text !== this.#current?.text;
    const isNew = key !== this.#key || hasWaited;
    this.#key = key;
    this.#event = event;
    if (isNew) this.#version++;
    this.#current = { version: this.#version, text, parent: template.parents[0] };
    if (isNew) { for (const wake of this.#listeners) wake(); }
  }
}
