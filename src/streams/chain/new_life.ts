import type { Log } from "../../log/log.ts";
import type { Command } from "../../log/command.ts";
import { allStreams } from "./all_streams.ts";
import { continuedEvent } from "./events.ts";
import { inheritedUpTo, layoutOf } from "./layout.ts";
import { streamChain } from "./names.ts";
import { stateIn } from "./state.ts";
import { newLife } from "./token.ts";

/**
 * Begins a new life of every stream, which has all that was before: offsets up to here go on being
 * good, and those of appends that this copy of the store has never seen are refused.
 */
export async function beginNewLives(log: Log): Promise<void> {
  for await (const { path } of allStreams(log)) {
    await log.chain(streamChain(path)).execute(continued(path));
  }
}

function continued(name: string): Command<void> {
  return async (tx) => {
    const state = await stateIn(tx);
    if (state === undefined || state.isDeleted) return;
    const layout = layoutOf(name, state);
    const { tail } = layout;
    const inherited = inheritedUpTo(layout, tail);
    await tx.emit(continuedEvent({ life: newLife(), inherited, base: tail }));
  };
}
