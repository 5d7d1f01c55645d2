import { PyFloat, type PyObject, valueAt } from "../../../python/json.ts";
import { inTurns } from "../../../kernel/steps.ts";
import { Pace } from "../../../kernel/turn.ts";
import type { Chain } from "../../../log/chain.ts";
import { readingEvent } from "../event/event_facts.ts";
import { eventsOfBlock } from "./queries.ts";
import type { ChainState } from "./rows.ts";

/** How many of the newest blocks a proof sums up. */
const RECENT_BLOCKS = 5;

/** Characters of event types that a proof names in all. */
const TYPES_CHARS = 4_096;

/** Characters of events that are parsed in one turn of the event loop. */
const TURN_CHARS = 256 * 1024;

/**
 * The summary that a proof carries to the root chain: counts over the newest blocks, and nothing
 * of what the events say (hierachain 0.2.0, hierarchical/sub_chain/proof.py's rules).
 */
export async function proofMetadata(
  chain: Chain,
  state: ChainState,
  seconds: number,
): Promise<PyObject> {
  const types = new Set<string>();
  const entities = new Set<string>();
  let recent = 0;
  const pace = new Pace(TURN_CHARS);
  for (let index = Math.max(0, state.blocks - RECENT_BLOCKS); index < state.blocks; index++) {
    for await (const text of eventsOfBlock(chain, index)) {
      const event = await inTurns(readingEvent(text));
      recent++;
      types.add(String(valueAt(event, "event")));
      entities.add(String(valueAt(event, "entity_id")));
      await pace.spend(text.length);
    }
  }
  return {
    domain_type: state.domain,
    latest_block_index: state.blocks - 1,
    total_blocks: state.blocks,
    recent_events: recent,
    unique_entities: entities.size,
    completed_operations: 0,
    // The root chain takes no list of more than ten, and very long names would be no summary.
    ...(types.size <= 10 && charsOf(types) <= TYPES_CHARS ? { event_types: [...types] } : {}),
    proof_timestamp: new PyFloat(seconds),
  };
}

function charsOf(texts: ReadonlySet<string>): number {
  return [...texts].reduce((sum, { length }) => sum + length, 0);
}
