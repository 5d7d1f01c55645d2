import type { Executed } from "../consensus/execution.ts";
import type { GraphNode } from "../consensus/graph.ts";
import type { NewEvent } from "../../../log/event.ts";
import {
  contractEventText,
  EventType,
  plainEvent,
  tokenCreatedText,
  type VertexEvent,
} from "../rows/events.ts";
import { indexUpdates } from "../rows/index_updates.ts";
import type { StoredNode } from "../rows/nano_rows.ts";

/**
 * Characters of nodes that one event carries, of the 2 MB that an event may have. It is twice what a
 * call may write, so that a block with its calls has events enough for all of them.
 */
const CARRIED = 1_340_000;

/** Nodes of the state that are to be carried by the events of a commit. */
export type NodeCarriers = IterableIterator<readonly StoredNode[]>;

/** Deals out all new nodes, as many at a time as one event carries. */
export function* nodeCarriers({ nodes }: Executed): NodeCarriers {
  let carried: StoredNode[] = [];
  let size = 0;
  for (const node of nodes) {
    // Its id, and what stands around both.
    const length = node[1].length + node[0].length + 6;
    if (size > 0 && size + length > CARRIED) {
      yield carried;
      carried = [];
      size = 0;
    }
    carried.push(node);
    size += length;
  }
  if (carried.length > 0) yield carried;
}

/** What the event of a vertex says of what was executed. */
export function executionParts(
  node: GraphNode,
  { runs }: Executed,
  carriers: NodeCarriers,
): Pick<VertexEvent, "run" | "nodes"> {
  const run = runs.get(node);
  const { value: nodes } = carriers.next();
  return { ...(run && { run }), ...(nodes && { nodes }) };
}

/** The events that calls lead to by themselves: first all tokens created, then what contracts tell. */
export function* contractEvents({ runs }: Executed, group?: number): Generator<NewEvent> {
  for (const [{ hash: call }, { calls, block }] of runs) {
    for (const update of indexUpdates(calls)) {
      if (update.type !== "create_token") continue;
      const data = tokenCreatedText({ ...update, by: { call, block } });
      yield plainEvent(EventType.tokenCreated, data, group);
    }
  }
  for (const [{ hash: call }, { events, block }] of runs) {
    for (const event of events) {
      yield plainEvent(EventType.ncEvent, contractEventText(call, block, event), group);
    }
  }
}
