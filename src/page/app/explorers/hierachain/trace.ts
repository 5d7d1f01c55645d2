import type { HieraEvent } from "./model.ts";

/** What the API tells of an entity. */
export interface TraceAnswer {
  readonly entity_id: string;
  readonly chains: readonly string[];
  readonly events: readonly HieraEvent[];
  /** Of as many of the events as are placed. */
  readonly places: readonly TracePlace[];
}

/** Where an event is. */
export interface TracePlace {
  readonly chain_name: string;
  readonly offset: number;
  readonly block_index: number | null;
  readonly position: number | null;
}

/** An event of a trace in its order among those of all chains. */
export interface TraceStep {
  readonly event: HieraEvent;
  readonly place: TracePlace;
  /** Which of the chains it is in, counted from the left. */
  readonly lane: number;
}

/** The events of an entity in order of time, each in the lane of its chain. */
export function stepsOf({ chains, events, places }: TraceAnswer): readonly TraceStep[] {
  return places.flatMap((place, at) => {
    const event = events[at];
    if (event === undefined) return [];
    return [{ event, place, lane: Math.max(0, chains.indexOf(place.chain_name)) }];
  }).sort((one, other) =>
    one.event.timestamp - other.event.timestamp || one.place.offset - other.place.offset
  );
}
