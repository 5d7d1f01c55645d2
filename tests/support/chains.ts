import type { Position } from "../../src/kernel/position.ts";
import type { Store } from "../../src/kv/store.ts";
import type { Chain } from "../../src/log/chain.ts";
import type { EventBatch } from "../../src/log/event_batch.ts";
import type { NewEvent, PlacedEvent } from "../../src/log/event.ts";
import type { Filter, Followed } from "../../src/log/follow.ts";
import { Log, type LogOptions } from "../../src/log/log.ts";
import type { Projection } from "../../src/log/projection.ts";
import { memoryPlace, type Place } from "./stores.ts";

/** A small event of text. */
export function event(data: string | number, type = "t", keys: readonly string[] = []): NewEvent {
  return { type, keys, data: String(data) };
}

export function events(count: number, from = 0): NewEvent[] {
  return Array.from({ length: count }, (_, at) => event(from + at));
}

/** Counts events by type, and keeps a row for each key until an event of type `drop` names it. */
export const counting: Projection = {
  version: 1,
  async apply({ offset, type, keys, data }, rows) {
    const name = ["count", type];
    rows.set(name, (await rows.get<number>(name) ?? 0) + 1);
    for (const key of keys) {
      if (type === "drop") rows.delete(["seen", key]);
      else rows.set(["seen", key], { offset, length: data.length });
    }
  },
};

/** A log of which a test says, as it names a chain, what rows that has: none at first. */
export class TestLog extends Log {
  readonly #projections: Map<string, Projection>;

  constructor(store: Store, options: Partial<LogOptions> = {}) {
    const own = new Map<string, Projection>();
    super(store, {
      ...options,
      projectionOf: (name) => own.get(name) ?? options.projectionOf?.(name),
    });
    this.#projections = own;
  }

  /** `projection` counts when the chain is first named. */
  override chain(name: string, projection?: Projection): Chain {
    if (projection !== undefined) this.#projections.set(name, projection);
    return super.chain(name);
  }
}

/** Runs `body` with a log on a store of its own, and closes both. */
export async function withLog(
  place: Place,
  body: (log: TestLog, store: Store) => Promise<void>,
  options: Partial<LogOptions> = {},
): Promise<void> {
  const store = await place.open(options.clock);
  const log = new TestLog(store, options);
  try {
    await body(log, store);
  } finally {
    await log.close();
    store.close();
  }
}

/** As {@linkcode withLog}, in memory. */
export async function inMemory(
  body: (log: TestLog, store: Store) => Promise<void>,
  options: Partial<LogOptions> = {},
): Promise<void> {
  const place = await memoryPlace();
  try {
    await withLog(place, body, options);
  } finally {
    await place.remove();
  }
}

export async function readAll(chain: Chain): Promise<PlacedEvent[]> {
  return await chain.read(await chain.locate(earliest), Infinity);
}

/** What an event is to a client, for comparing. */
export function seen({ offset, id, type, data }: PlacedEvent): string {
  return `${offset} ${id} ${type} ${typeof data === "string" ? data : `<${data}>`}`;
}

/** Everything a follower is told until `isEnough` says so. */
export async function follow(
  chain: Chain,
  from: Position,
  isEnough: (told: Followed, all: readonly Followed[]) => boolean,
  filter?: Filter,
): Promise<Followed[]> {
  const stop = new AbortController();
  const all: Followed[] = [];
  const options = { from, signal: stop.signal, ...(filter === undefined ? {} : { filter }) };
  for await (const told of chain.follow(options)) {
    all.push(told);
    if (isEnough(told, all)) stop.abort();
  }
  return all;
}

/** The events a follower from `from` is told, up to the one before offset `end`. */
export async function followTo(chain: Chain, from: Position, end: number): Promise<PlacedEvent[]> {
  const told = await follow(
    chain,
    from,
    (one) => one.kind === "event" ? one.event.offset >= end - 1 : one.next >= end,
  );
  return eventsOf(told);
}

export function eventsOf(told: readonly Followed[]): PlacedEvent[] {
  return told.flatMap((one) => one.kind === "event" ? [one.event] : []);
}

export const earliest: Position = { at: "earliest" };

export function offset(at: number): Position {
  return { at: "offset", offset: at };
}

/** All batches of a chain, as a follower meets them. */
export async function batchesOf(chain: Chain): Promise<EventBatch[]> {
  const follower = await chain.attach(0, () => {});
  const batches: EventBatch[] = [];
  for (;;) {
    const batch = follower.peek();
    if (batch === undefined) break;
    if (batch instanceof Promise) {
      await batch;
      continue;
    }
    batches.push(batch);
    follower.offset = batch.next;
  }
  follower.close();
  return batches;
}
