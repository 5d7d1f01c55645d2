import { LedgerError } from "../../kernel/errors.ts";
import { nextTurn } from "../../kernel/turn.ts";
import type { Chain } from "../../log/chain.ts";
import type { Command, Draft } from "../../log/command.ts";
import { eventOfSeveral, type SubscriptionEvent } from "./events.ts";
import { type Subscription, subscriptionRow } from "./state.ts";

/** A change to one subscription alone. */
export interface SubscriptionStep<T = void> {
  readonly id: string;
  /**
   * The events of the step; `place` is its index in the group. It may be run again, and what it
   * throws rejects this step alone.
   */
  decide(tx: Draft, place: number): Promise<readonly SubscriptionEvent[]>;
  /** The result, once the events are emitted; `isTold` where there were any. */
  answer?(tx: Draft, isTold: boolean): Promise<T>;
}

/** The most steps of one group. An event may have 512 keys, and a commit 950 rows. */
const TOGETHER = 128;

/** The most characters of rows that one group changes: they have to fit one commit. */
const ROWS_CHARS = 200_000;

interface Waiting {
  readonly step: SubscriptionStep<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** How a step went; undefined for one that did not fit. */
type Outcome = { readonly value: unknown } | { readonly error: unknown } | undefined;

/**
 * Group commit for steps of many subscriptions: those that come while one commit is under way make up
 * the next, as one event. An append that wakes hundreds of subscriptions costs a few events.
 */
export class StepQueue {
  readonly #chain: Chain;
  #waiting: Waiting[] = [];
  #isRunning = false;

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  /** Takes a step. Resolves once what it tells is durable. */
  take<T>(step: SubscriptionStep<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // The queue holds steps of all result types; each resolve gets the result of its own step.
      this.#waiting.push({ step, resolve: resolve as (value: unknown) => void, reject });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    // The steps that one append causes come in the same turn: they make up one group.
    await nextTurn();
    let most = TOGETHER;
    while (this.#waiting.length > 0) {
      const batch = firstOfEach(this.#waiting, most);
      let outcomes: readonly Outcome[];
      try {
        outcomes = await this.#chain.execute(together(batch.map(({ step }) => step)));
        most = TOGETHER;
      } catch (error) {
        if (error instanceof LedgerError && error.code === "too_large" && batch.length > 1) {
          most = 1;
          continue;
        }
        outcomes = batch.map(() => ({ error }));
      }
      const done = new Set(batch.filter((_, at) => outcomes[at] !== undefined));
      this.#waiting = this.#waiting.filter((waiting) => !done.has(waiting));
      for (const [at, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[at];
        if (outcome === undefined) continue;
        if ("error" in outcome) reject(outcome.error);
        else resolve(outcome.value);
      }
    }
    this.#isRunning = false;
  }
}

/** The first steps of the queue, one of each subscription: the next has to see what that one did. */
function firstOfEach(waiting: readonly Waiting[], most: number): Waiting[] {
  const first = new Map<string, Waiting>();
  for (const one of waiting) {
    if (first.size === most) break;
    if (!first.has(one.step.id)) first.set(one.step.id, one);
  }
  return [...first.values()];
}

/** The command that runs a group of steps and emits one event for all. */
function together(steps: readonly SubscriptionStep<unknown>[]): Command<readonly Outcome[]> {
  return async (tx) => {
    const events: SubscriptionEvent[] = [];
    const counts: (number | { readonly error: unknown })[] = [];
    let chars = 0;
    for (const [place, step] of steps.entries()) {
      const row = await tx.get<Subscription>(subscriptionRow(step.id));
      chars += JSON.stringify(row ?? null).length;
      if (place > 0 && chars > ROWS_CHARS) break;
      try {
        const told = await step.decide(tx, place);
        events.push(...told);
        counts.push(told.length);
      } catch (error) {
        counts.push({ error });
      }
    }
    if (events.length > 0) await tx.emit(eventOfSeveral(events));
    const outcomes: Outcome[] = [];
    for (const [at, count] of counts.entries()) {
      if (typeof count !== "number") outcomes.push(count);
      else outcomes.push({ value: await steps[at]?.answer?.(tx, count > 0) });
    }
    return outcomes;
  };
}
