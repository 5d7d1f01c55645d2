import { LedgerError } from "../kernel/errors.ts";
import { COMMIT_MUTATIONS, TURN_BYTES, TURN_EVENT_BYTES } from "../kernel/limits.ts";
import { Pace } from "../kernel/turn.ts";
import type { Command, Plan, Taken } from "./command.ts";
import type { Group } from "./group.ts";
import type { ReadRows } from "./projection.ts";

/** A command that waits for its turn, or an item of a plan, and who waits for its end. */
export interface Queued {
  readonly work: Command<unknown> | Planned;
  /** Whether it may be more than one operation of the store holds. */
  readonly isLarge: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** An item that waits to be taken by a plan. */
export interface Planned {
  readonly plan: Plan<unknown, unknown, unknown>;
  readonly item: unknown;
}

/** What was run of a queue. */
export interface Ran {
  /** An end for each that was run, in the order of the queue. */
  readonly settle: readonly (() => void)[];
  /** Why nothing of it can be committed, and how many took part who have no end yet. */
  readonly failure: { readonly error: unknown; readonly others: number } | undefined;
  /** How many come before the first that depends on other chains; undefined where none does. */
  readonly independent: number | undefined;
}

/**
 * Runs what waits until the group is as large as one commit may be. Between the commands of a large
 * group others are served. Throws where the store does not answer.
 */
export async function runQueue(group: Group, queue: readonly Queued[]): Promise<Ran> {
  const run = new Run(group);
  for (let next = queue[0]; next !== undefined && !run.isEnded; next = queue[run.settle.length]) {
    const { work } = next;
    if (typeof work === "function") await run.take(next, work);
    else await run.plan(work.plan, itemsOf(work.plan, queue, run.settle.length));
  }
  return run;
}

interface WaitingItem {
  readonly item: unknown;
  readonly queued: Queued;
}

/** The items of one plan that wait one behind the other: no more than a commit has rows for. */
function itemsOf(plan: Planned["plan"], queue: readonly Queued[], from: number): WaitingItem[] {
  const items: WaitingItem[] = [];
  for (const queued of queue.slice(from, from + COMMIT_MUTATIONS)) {
    const { work } = queued;
    if (typeof work === "function" || work.plan !== plan) break;
    items.push({ item: work.item, queued });
  }
  return items;
}

/** Items that a plan looks at ahead before it has taken as many. */
const AHEAD = 64;

/** One run of a queue over a group. */
class Run implements Ran {
  readonly settle: (() => void)[] = [];
  failure: Ran["failure"];
  independent: number | undefined;
  /** Whether nothing more is to be run. */
  isEnded = false;
  readonly #group: Group;
  readonly #pace = new Pace(TURN_BYTES);

  constructor(group: Group) {
    this.#group = group;
  }

  /**
   * Runs one command. Returns its answer, and undefined where it was refused, or was too much for
   * the group: then it is left for the next one.
   */
  async take<T>(
    { resolve, reject, isLarge }: Queued,
    command: Command<T>,
    owed: (rows: ReadRows) => number | Promise<number> = nothing,
  ): Promise<{ readonly answer: T } | undefined> {
    const group = this.#group;
    const before = group.bytes;
    let answered: { readonly answer: T } | undefined;
    try {
      const answer = await group.run(command, isLarge);
      if (group.isOver && this.settle.length > 0) {
        group.takeBack();
        this.isEnded = true;
        return undefined;
      }
      answered = { answer };
      if (group.others !== undefined) this.independent ??= this.settle.length;
      this.settle.push(() => resolve(answer));
    } catch (error) {
      throwUnavailable(error);
      this.settle.push(() => reject(error));
    }
    const rows = owed(group.rows);
    this.isEnded = group.isFull(typeof rows === "number" ? rows : await rows);
    const turn = this.#pace.spend(group.bytes - before + TURN_EVENT_BYTES);
    if (turn !== undefined && !this.isEnded) await turn;
    return answered;
  }

  /** Runs a plan on the first of its items, as many as there is room for. */
  async plan(plan: Planned["plan"], items: readonly WaitingItem[]): Promise<void> {
    const group = this.#group;
    const taken: Taken<unknown, unknown>[] = [];
    const owed = (rows: ReadRows) => plan.owed(rows);
    let others = items.length;
    try {
      const shared = await group.run((tx) => plan.begin(tx), plan.isLarge);
      for (let at = 0; at < items.length && !this.isEnded;) {
        // Of those that are looked at there is room for half at the least, or they are few.
        const next = items.slice(at, at + Math.max(at, AHEAD));
        others = next.length;
        await group.run((tx) => plan.ahead(tx, next.map(({ item }) => item), shared));
        others = 0;
        for (const { item, queued } of next) {
          const answered = await this.take(queued, (tx) => plan.take(tx, item, shared), owed);
          if (answered !== undefined) taken.push({ item, answer: answered.answer });
          if (this.isEnded) break;
        }
        at += next.length;
      }
      if (taken.length > 0) {
        await group.run((tx) => plan.end(tx, shared, taken), plan.isLarge);
      }
    } catch (error) {
      throwUnavailable(error);
      this.failure = { error, others };
      this.isEnded = true;
    }
  }
}

const nothing = () => 0;

/** Each of those behind it would wait for the same store, one after the other. */
function throwUnavailable(error: unknown): void {
  if (error instanceof LedgerError && error.code === "store_unavailable") throw error;
}
