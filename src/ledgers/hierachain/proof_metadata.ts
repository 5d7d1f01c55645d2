import { isPyObject, PyFloat, type PyObject, valueAt } from "../../crypto/python_json.ts";
import { parsePythonJson } from "../../crypto/python_json_parse.ts";
import type { Chain } from "../../log/chain.ts";
import { eventsOfBlock } from "./queries.ts";
import type { ChainState } from "./state.ts";

/** How many of the newest blocks a proof sums up. */
const RECENT_BLOCKS = 5;

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
  for (let index = Math.max(0, state.blocks - RECENT_BLOCKS); index < state.blocks; index++) {
    for (const text of await eventsOfBlock(chain, index)) {
      const event = parsePythonJson(text);
      if (!isPyObject(event)) continue;
      recent++;
      types.add(String(valueAt(event, "event")));
      entities.add(String(valueAt(event, "entity_id")));
    }
  }
  return {
    domain_type: state.domain,
    latest_block_index: state.blocks - 1,
    total_blocks: state.blocks,
    recent_events: recent,
    unique_entities: entities.size,
    completed_operations: 0,
    // The root chain takes no list of more than ten.
    ...(types.size <= 10 ? { event_types: [...types] } : {}),
    proof_timestamp: new PyFloat(seconds),
  };
}
