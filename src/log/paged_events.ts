import type { Chain } from "./chain.ts";
import type { PlacedEvent } from "./event.ts";

/** Events, and bytes of their data, that are in memory at once for one reader. */
const PAGE_EVENTS = 500;
const PAGE_BYTES = 512 * 1024;

/** `count` events from offset `first` on, read as they are asked for. */
export async function* eventsFrom(
  chain: Chain,
  first: number,
  count: number,
): AsyncGenerator<PlacedEvent, void, void> {
  const end = first + count;
  for (let at = first; at < end;) {
    const events = await chain.read(at, Math.min(PAGE_EVENTS, end - at), PAGE_BYTES);
    if (events.length === 0) return;
    yield* events;
    at += events.length;
  }
}

/** The events at `offsets`, which are in ascending order, read as they are asked for. */
export async function* eventsAt(
  chain: Chain,
  offsets: Iterable<number> | AsyncIterable<number>,
): AsyncGenerator<PlacedEvent, void, void> {
  let wanted: number[] = [];
  for await (const offset of offsets) {
    if (wanted.push(offset) < PAGE_EVENTS) continue;
    yield* readAll(chain, wanted);
    wanted = [];
  }
  yield* readAll(chain, wanted);
}

async function* readAll(
  chain: Chain,
  offsets: readonly number[],
): AsyncGenerator<PlacedEvent, void, void> {
  for (let at = 0; at < offsets.length;) {
    const events = await chain.readEach(offsets.slice(at), PAGE_BYTES);
    if (events.length === 0) return;
    yield* events;
    at += events.length;
  }
}
