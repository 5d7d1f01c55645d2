import { Pace } from "../../kernel/turn.ts";
import { LOG_PREFIX } from "../names.ts";
import { CHAIN } from "./state.ts";
import type { Surroundings } from "./watch.ts";

/** Streams that are held against patterns in one turn of the event loop. */
const STREAMS_PER_TURN = 64;

/** All streams, with the ends of their chains. Others are served in between. */
export async function* allStreams(
  { log, stopped }: Pick<Surroundings, "log" | "stopped">,
): AsyncGenerator<{ readonly path: string; readonly next: number }> {
  const pace = new Pace(STREAMS_PER_TURN);
  for await (const { name, head } of log.chains(LOG_PREFIX)) {
    if (stopped.aborted) return;
    if (name !== CHAIN) yield { path: name.slice(LOG_PREFIX.length), next: head.next };
    const turn = pace.spend(1);
    if (turn !== undefined) await turn;
  }
}
