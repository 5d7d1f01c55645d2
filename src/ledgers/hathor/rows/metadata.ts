import { pyFloatText } from "../../../python/float_text.ts";
import { weightOfWork } from "../rules/work.ts";

/**
 * What the graph has found out about a vertex, as a row and in events hold it. Works are decimal
 * texts, as they outgrow a double.
 */
export type Metadata = {
  /** How many outputs the vertex has. */
  readonly outputs: number;
  /** Which transactions spend which output, for the outputs that any spends. */
  readonly spent: readonly (readonly [index: number, by: readonly string[]])[];
  readonly conflicts: readonly string[];
  /** What voids it, in order of hash, perhaps with `SOFT_VOIDED`; empty while it counts. */
  readonly voidedBy: readonly string[];
  readonly twins: readonly string[];
  /** Of itself and all that builds on it, as far as anyone needed to know. */
  readonly accumulatedWork: string;
  /** Of a block and all that it builds on; "0" for transactions. */
  readonly score: string;
  /** Hash of the block of the best chain that confirms it first. */
  readonly firstBlock: string | null;
  /** Of a block; 0 for transactions. */
  readonly height: number;
  /** Of a call that a block has confirmed: what became of it. */
  readonly nc?: NcState;
  /** Of a block: the root of the contracts' state after it, where there is anything in it. */
  readonly root?: string;
  /** It is removed by the event that follows: a reorganisation has made it invalid. */
  readonly isInvalid?: true;
};

/** What became of a call, as the original names it; `pending` is one that lost its block. */
export type NcState = "pending" | "success" | "failure" | "skipped";

export function isVoided(metadata: Pick<Metadata, "voidedBy">): boolean {
  return metadata.voidedBy.length > 0;
}

/** Hashes of all transactions that spend an output, in the order in which they came. */
export function spendersOf(metadata: Metadata, index: number): readonly string[] {
  return metadata.spent.find(([output]) => output === index)?.[1] ?? [];
}

/** The `metadata` of an event, to the character. */
export function eventMetadataText(hash: string, metadata: Metadata): string {
  const spent = Array.from({ length: metadata.outputs }, (_, index) => (
    `{"index":${index},"tx_ids":${list(spendersOf(metadata, index))}}`
  ));
  const { accumulatedWork, score, firstBlock, nc } = metadata;
  return `{"hash":"${hash}","spent_outputs":[${spent.join(",")}]` +
    `,"conflict_with":${list(metadata.conflicts)},"voided_by":${list(metadata.voidedBy)}` +
    `,"received_by":[],"twins":${list(metadata.twins)}` +
    `,"accumulated_weight":${weightText(accumulatedWork)},"score":${weightText(score)}` +
    `,"accumulated_weight_raw":"${accumulatedWork}","score_raw":"${score}"` +
    `,"first_block":${firstBlock === null ? "null" : `"${firstBlock}"`}` +
    `,"height":${metadata.height},"validation":"${
      metadata.isInvalid === true ? "invalid" : "full"
    }","nc_execution":${nc === undefined ? "null" : `"${nc}"`}}`;
}

/** Hashes need no escapes. */
function list(hashes: readonly string[]): string {
  return hashes.length === 0 ? "[]" : `["${hashes.join('","')}"]`;
}

function weightText(work: string): string {
  return pyFloatText(weightOfWork(BigInt(work)));
}
