import { LedgerError, messageOf } from "../../../kernel/errors.ts";
import { inTurns } from "../../../kernel/steps.ts";
import { isPyArray, isPyObject, PyFloat, type PyJson, valueAt } from "../../../python/json.ts";
import { writing } from "../../../python/json_write_steps.ts";
import type { NewEvent } from "../../../log/event.ts";
import { type BlockData, sealedBlock } from "../block/block_data.ts";
import { writingLeaf, writingRest } from "../block/block_hash.ts";
import { FINALIZATION_ENTITY } from "../block/finalization.ts";
import { addLeaf, leafHash, type MerklePeaks, rootOfPeaks } from "../block/merkle.ts";
import { nodeEntry } from "../event/entry.ts";

/** A block as a node shows it, ready for the log. */
export interface NodeBlock {
  readonly index: number;
  readonly hash: string;
  readonly previousHash: string;
  /** The events that go to the log by themselves. */
  readonly entries: readonly NewEvent[];
  /** The block's own event, given the offset of its first. */
  readonly blockAt: (first: number) => BlockData;
  /** Whether its hash is that of what is shown. */
  readonly isWhole: boolean;
  readonly bytes: number;
}

/** Reads a block that a node shows. Throws `remote_invalid` where it is none. */
export async function nodeBlock(shown: PyJson): Promise<NodeBlock> {
  if (!isPyObject(shown)) throw noBlock("it is no object");
  const index = valueAt(shown, "index");
  const hash = valueAt(shown, "hash");
  const previousHash = valueAt(shown, "previous_hash");
  const time = valueAt(shown, "timestamp");
  const events = valueAt(shown, "events");
  if (
    typeof index !== "number" || typeof hash !== "string" || typeof previousHash !== "string" ||
    !isPyArray(events)
  ) {
    throw noBlock("it has no index, no hash, or no events");
  }
  const timestamp = time instanceof PyFloat ? time.value : Number(time);
  if (!Number.isFinite(timestamp)) throw noBlock(`${index} has no time`);
  try {
    const { entries, own, peaks, bytes } = await readEvents(index, events);
    const count = entries.length;
    const sealed = sealedBlock(
      { index, previousHash, timestamp, first: 0, count },
      rootOfPeaks(peaks),
      own,
    );
    return {
      index,
      hash,
      previousHash,
      entries,
      blockAt: (first) => ({ ...sealed, first, hash }),
      isWhole: sealed.hash === hash,
      bytes,
    };
  } catch (error) {
    throw noBlock(`${index}: ${messageOf(error)}`, error);
  }
}

/** The events of a block: a genesis block has all of its own, and others what finalises them. */
async function readEvents(index: number, events: readonly PyJson[]) {
  const entries: NewEvent[] = [];
  const own: string[] = [];
  let peaks: MerklePeaks = [];
  let bytes = 0;
  for (const [at, event] of events.entries()) {
    if (!isPyObject(event)) throw new Error("an event is no object");
    const leaf = leafHash(await inTurns(writingLeaf(event)));
    peaks = addLeaf(peaks, leaf);
    const isLast = at === events.length - 1;
    const isOwn = index === 0 || (isLast && valueAt(event, "entity_id") === FINALIZATION_ENTITY);
    // A genesis is shown in the order in which it was made.
    const text = await inTurns(index === 0 ? writing(event, "rest") : writingRest(event));
    bytes += text.length;
    if (isOwn) own.push(text);
    else entries.push(nodeEntry(event, leaf, text));
  }
  return { entries, own, peaks, bytes };
}

function noBlock(why: string, cause?: unknown): LedgerError {
  return new LedgerError("remote_invalid", `What is shown is no block: ${why}`, {}, cause);
}
