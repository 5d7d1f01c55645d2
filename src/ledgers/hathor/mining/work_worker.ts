/** What runs in the thread of a {@linkcode NonceSearch}. */
import { SearchTurns } from "./search_turns.ts";
import type { WorkerRequest } from "./work_messages.ts";

/** Hashes between two looks at messages: some hundredths of a second. */
const HASHES_PER_TURN = 20_000;

const turns = new SearchTurns();
let isScheduled = false;

globalThis.addEventListener("message", (event) => {
  if (!(event instanceof MessageEvent)) return;
  // Sent by NonceSearch alone.
  const request = event.data as WorkerRequest;
  if (request.type === "end") return turns.end(request.id);
  turns.begin(request.id, request.work);
  schedule();
});

function schedule(): void {
  if (isScheduled || turns.isIdle) return;
  isScheduled = true;
  // Messages come in between.
  setTimeout(() => {
    isScheduled = false;
    const found = turns.try(HASHES_PER_TURN);
    if (found !== undefined) postMessage(found);
    schedule();
  });
}

/** A worker's own, which the types of the main thread do not have. */
declare function postMessage(message: unknown): void;
