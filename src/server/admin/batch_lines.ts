import type { Chain } from "../../log/chain.ts";
import type { EventBatch } from "../../log/event_batch.ts";
import { eventLine } from "../../log/event_line.ts";
import type { Matcher } from "../../log/follow.ts";

/** Up to `limit` events before `offset`, newest first. */
export async function* backward(
  chain: Chain,
  offset: number,
  matcher: Matcher | undefined,
  limit: number,
): AsyncGenerator<string> {
  let left = limit;
  for await (const batch of chain.batchesBefore(offset)) {
    const count = Math.min(batch.count, offset - batch.first);
    const lines: string[] = [];
    for (let index = count - 1; index >= 0 && lines.length < left; index--) {
      if (matcher === undefined || matcher(batch, index)) lines.push(eventLine(batch, index));
    }
    left -= lines.length;
    if (lines.length > 0) yield linesText(lines);
    if (left <= 0) return;
  }
}

/** Up to `limit` events of a batch from an index on. */
export function linesOf(
  batch: EventBatch,
  from: number,
  matcher: Matcher | undefined,
  limit: number,
): string[] {
  const lines: string[] = [];
  for (let index = from; index < batch.count && lines.length < limit; index++) {
    if (matcher === undefined || matcher(batch, index)) lines.push(eventLine(batch, index));
  }
  return lines;
}

/** Lines as one text; nothing where there are none. */
export function linesText(lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}
