import { faultOf } from "./faults.ts";

/**
 * What the runtime reads of a KV file by itself, some time after it was opened: what expires, and
 * queues, though nothing of either is used here. Where it cannot, it ends the process without a word
 * of which file that was.
 */
const READS: readonly string[] = [
  "select expiration_ms from kv where expiration_ms >= 0 order by expiration_ms limit 1",
  "select ts from queue order by ts limit 1",
  "select id from queue_running order by deadline limit 1",
];

/** Reads that first. Throws SQLite's error where a page of it is damaged, and no other. */
export async function checkUpkeep(path: string): Promise<void> {
  // Not before it is needed: a store elsewhere does without.
  const { DatabaseSync } = await import("node:sqlite");
  try {
    const database = new DatabaseSync(path);
    try {
      for (const read of READS) database.prepare(read).get();
    } finally {
      database.close();
    }
  } catch (error) {
    // A file that is new has no tables yet, and whatever else it is comes again.
    if (faultOf(error) === "damaged") throw error;
  }
}
