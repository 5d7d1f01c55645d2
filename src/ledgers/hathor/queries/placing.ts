import type { NodeQueries } from "./node_queries.ts";
import { twoParents } from "./templates.ts";
import type { AnyTransactionFields } from "../vertex/vertex.ts";

/** Where a transaction wants to be in the graph. */
export interface WantedPlace {
  /** Its own parents, or whichever are good now where they are left out. */
  readonly parents?: readonly string[] | undefined;
  /** The least that it may say for its time, in seconds since the epoch. */
  readonly least: number;
}

/** A transaction with parents, and with a time after theirs and after all that it spends. */
export async function placedTransaction<T extends AnyTransactionFields>(
  queries: NodeQueries,
  tx: T,
  { parents: own, least }: WantedPlace,
): Promise<T> {
  const parents = own ?? await twoParents(queries.node);
  const older = new Set([...parents, ...tx.inputs.map(({ txId }) => txId)]);
  const times = await Promise.all(
    Array.from(older, async (hash) => (await queries.vertex(hash))?.vertex.timestamp ?? 0),
  );
  return { ...tx, parents, timestamp: Math.max(least, 1 + Math.max(0, ...times)) };
}
