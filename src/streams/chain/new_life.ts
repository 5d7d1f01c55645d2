import type { Log } from "../../log/log.ts";
import type { Command } from "../../log/command.ts";
import { allStreams } from "./all_streams.ts";
import { continuedEvent } from "./events.ts";
import { inheritedUpTo, layoutOf } from "./layout.ts";
import { streamChain, SUBSCRIPTIONS_CHAIN } from "./names.ts";
import { stateIn, storedState } from "./state.ts";
import { newLife } from "./token.ts";

/**
 * Begins a new life of streams, which have all that was before: offsets up to here go on being good,
 * and those of appends that this store has never seen, or sees no more, are refused.
 */
export async function beginNewLives(
  log: Log,
  isOver: (chain: string) => boolean = () => true,
): Promise<void> {
  for await (const { path } of allStreams(log)) {
    if (!isOver(streamChain(path))) continue;
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

/** Says so of a stream that others were forked from: what they read of it may not become another. */
export async function forkedFrom(log: Log, chain: string): Promise<string | undefined> {
  if (chain === SUBSCRIPTIONS_CHAIN) return undefined;
  const { forks = 0 } = await storedState(log.chain(chain)) ?? {};
  return forks > 0 ? "Streams were forked from it: all have to go back, to a moment" : undefined;
}
