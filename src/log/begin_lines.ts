import { type Base, firstOf } from "./base.ts";
import type { Chain } from "./chain.ts";
import { chainLine, rowLine } from "./event_line.ts";
import type { Head } from "./head.ts";

/** What stands before the events of a chain in an export. */
export interface BeginLines {
  /** Offset of the first event. */
  readonly first: number;
  readonly next: number;
  /** With their line feeds. */
  readonly text: string;
}

/**
 * The lines before the events of a chain: what it is, and the rows that it begins with where its
 * beginning was cut off.
 *
 * @param end its head, or one that it had: the events go up to there
 */
export async function beginLines(chain: Chain, end: Head): Promise<BeginLines> {
  const { name, projection } = chain;
  for (let head: Head | undefined = end;;) {
    const rows: string[] = [];
    const { base } = head;
    if (base !== undefined) {
      for await (const some of chain.baseRows(base)) rows.push(...some.map(rowLine));
    }
    const now: Head | undefined = await chain.head();
    const isStill = now === undefined || now.epoch !== end.epoch || firstOf(now) === firstOf(head);
    if (!isStill) {
      head = now;
      continue;
    }
    const first = firstOf(head);
    const next = Math.max(first, end.next);
    const line = chainLine({
      chain: name,
      epoch: end.epoch,
      next,
      form: projection.events?.version,
      base: base && toldBase(base),
    });
    return { first, next, text: [line, ...rows, ""].join("\n") };
  }
}

/** All of a base but where its rows are, which is the store's own. */
function toldBase({ generation: _, ...told }: Base): Omit<Base, "generation"> {
  return told;
}
