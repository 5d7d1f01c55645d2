import { createHash } from "node:crypto";
import { LedgerError } from "../../kernel/errors.ts";
import { type BeginLines, beginLines } from "../../log/begin_lines.ts";
import { isGone } from "../../log/drop.ts";
import type { Head } from "../../log/head.ts";
import { allKept } from "../../log/kept.ts";
import type { Log } from "../../log/log.ts";
import { BEHIND } from "../../log/segments.ts";
import { beginLine, endLine, keptLine } from "./backup_lines.ts";
import { linesOf, linesText } from "./batch_lines.ts";

/** Where a chain ends in a backup. */
interface Cut {
  readonly name: string;
  readonly head: Head;
}

/**
 * The lines of a backup, beside whoever appends: every chain up to where it ended when the backup
 * began, and what ledgers keep beside them, such as signing keys. Up to 1,000 chains are cut at one
 * moment, so that none tells of what another lacks. Throws `damaged` where anything cannot be read,
 * and `chain_unknown` where there is nothing.
 */
export async function* backupLines(log: Log): AsyncGenerator<string> {
  const cuts = await cutsOf(log);
  const hash = createHash("sha256");
  const counted = (text: string) => {
    hash.update(text);
    return text;
  };
  yield counted(`${beginLine({ time: log.clock.now(), chains: cuts.length })}\n`);
  // After the cuts: what one of their events is signed with is there.
  for (const kept of await allKept(log.store)) yield counted(`${keptLine(kept)}\n`);
  let events = 0;
  for (const cut of cuts) {
    const begin = await beginOf(log, cut);
    yield counted(begin.text);
    for await (const text of eventLines(log, cut, begin)) yield counted(text);
    events += begin.next - begin.first;
  }
  yield `${endLine({ chains: cuts.length, events, sha256: hash.digest("hex") })}\n`;
}

async function cutsOf(log: Log): Promise<Cut[]> {
  const cuts: Cut[] = [];
  for await (const { name, head, failure } of log.heads()) {
    if (head === undefined) throw failure;
    cuts.push({ name, head });
  }
  if (cuts.length > 0) return cuts;
  throw new LedgerError("chain_unknown", "There is nothing to back up: the store has no chains");
}

async function beginOf(log: Log, { name, head }: Cut): Promise<BeginLines> {
  const chain = log.chain(name);
  if (await chain.hasMoreThan(head)) throw damagedAt(name, head.next, BEHIND);
  return await beginLines(chain, head);
}

function damagedAt(chain: string, offset: number, reason: string): LedgerError {
  return new LedgerError("damaged", `${chain} is damaged at offset ${offset}: ${reason}`);
}

async function* eventLines(
  log: Log,
  { name, head }: Cut,
  { first, next }: BeginLines,
): AsyncGenerator<string> {
  for await (const { batch, gap } of log.chain(name).salvage(first, next)) {
    if (gap !== undefined) {
      if (!await isGone(log.store, name, head)) throw damagedAt(name, gap.from, gap.reason);
      throw new LedgerError(
        "store_busy",
        `${name} was taken away meanwhile, or its beginning: begin again`,
      );
    }
    yield linesText(linesOf(batch, 0, undefined, Infinity));
  }
}
