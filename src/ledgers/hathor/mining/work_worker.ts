/** What runs in each thread of a {@linkcode NonceSearch}. */
import { SearchTurns } from "./search_turns.ts";
import type { WorkerRequest } from "./work_messages.ts";

/** Hashes between two looks at messages: some hundredths of a second. */
const HASHES_PER_TURN = 100_000;

let turns = new SearchTurns(HASHES_PER_TURN);
let isScheduled = false;

globalThis.addEventListener("message", (event) => {
  if (!(event instanceof MessageEvent)) return;
  // Sent by NonceSearch alone.
  const request = event.data as WorkerRequest;
  switch (request.type) {
    case "share":
      turns = new SearchTurns(HASHES_PER_TURN, request.share);
      return;
    case "begin":
      turns.begin(request.id, request.work);
      return schedule();
    case "end":
      return turns.end(request.id);
  }
});

function schedule(): void {
  if (isScheduled || turns.isIdle) return;
  isScheduled = true;
  // Messages come in between.
  setTimeout(() => {
    isScheduled = false;
    const found = turns.try();
    if (found !== undefined) postMessage(found);
    schedule();
  });
}

/** A worker's own, which the types of the main thread do not have. */
declare function postMessage(message: unknown): void;
