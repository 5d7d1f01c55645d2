import { Pace } from "../../kernel/turn.ts";
import type { Log } from "../../log/log.ts";
import { isReservedChain, STREAMS_PREFIX } from "./names.ts";

/** Streams that are looked at in one turn of the event loop. */
const STREAMS_PER_TURN = 64;

/** All streams, with the ends of their chains. Others are served in between. */
export async function* allStreams(
  log: Log,
  stopped?: AbortSignal,
): AsyncGenerator<{ readonly path: string; readonly next: number }> {
  const pace = new Pace(STREAMS_PER_TURN);
  for await (const { name, head } of log.chains(STREAMS_PREFIX)) {
    if (stopped?.aborted) return;
    if (!isReservedChain(name)) {
      yield { path: name.slice(STREAMS_PREFIX.length), next: head.next };
    }
    const turn = pace.spend(1);
    if (turn !== undefined) await turn;
  }
}
