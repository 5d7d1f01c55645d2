/** The name of this ledger. */
export const LEDGER = "hathor";

/** What the chains of this ledger are called in the log: one for each network. */
export const LOG_PREFIX = `${LEDGER}/`;

/** The log of a network. Its events are the events of the node: an event's id is its offset. */
export function logNameOf(network: string): string {
  return LOG_PREFIX + network;
}

/** What chains of mining jobs begin with; no network is called so. */
export const JOBS_PREFIX = `${LOG_PREFIX}__jobs/`;

/** The types of its events, by the names of the node's own. */
export const EventType = {
  loadStarted: "LOAD_STARTED",
  loadFinished: "LOAD_FINISHED",
  newVertex: "NEW_VERTEX_ACCEPTED",
  metadataChanged: "VERTEX_METADATA_CHANGED",
  vertexRemoved: "VERTEX_REMOVED",
  tokenCreated: "TOKEN_CREATED",
  reorgStarted: "REORG_STARTED",
  reorgFinished: "REORG_FINISHED",
} as const;
