import type { Command } from "../../log/command.ts";
import { liveState } from "./append_command.ts";
import { essenceOf } from "./content_type.ts";
import { badRequest, conflict, noStream, StreamRefusal } from "./errors.ts";
import { FORKED, forkEvent, UNFORKED } from "./events.ts";
import { layoutOf, positionOf } from "./layout.ts";
import { forkRow, presenceOf, stateIn, type StreamState } from "./state.ts";

/** A fork as its source is asked for it. */
export interface ForkWish {
  readonly id: string;
  /** Name of the fork. */
  readonly name: string;
  readonly contentType: string | undefined;
  /** Offset token of the source; undefined for its end. */
  readonly at: string | undefined;
}

/** The source as the fork takes it, and the position it asked for. */
export interface Forkable {
  readonly state: StreamState;
  readonly position: number;
}

/** Counts a reference to the source, which keeps its data from then on though it is deleted. */
export function registerFork(source: string, wish: ForkWish): Command<Forkable> {
  return async (tx) => {
    const known = await stateIn(tx);
    if (presenceOf(known, tx.time) === "retained") {
      throw conflict("gone", "The source was deleted and takes no more forks");
    }
    if (known === undefined || presenceOf(known, tx.time) === "absent") {
      throw noStream("There is no such source");
    }
    const state = await liveState(tx);
    const { contentType, at, id, name } = wish;
    if (contentType !== undefined && essenceOf(contentType) !== essenceOf(state.contentType)) {
      throw conflict("content_type_mismatch", `The source's content type is ${state.contentType}`);
    }
    const layout = layoutOf(source, state);
    const position = at === undefined ? layout.tail : forkPosition(() => positionOf(layout, at));
    await tx.emit(forkEvent(FORKED, id, name));
    return { state, position };
  };
}

/** Any offset that is not one of the source is a fault of the request here. */
function forkPosition(position: () => number): number {
  try {
    return position();
  } catch (error) {
    if (!(error instanceof StreamRefusal)) throw error;
    throw badRequest("offset_invalid", error.message);
  }
}

/** Takes a fork's reference back, if there is one. Returns the source as it is then. */
export function releaseFork(id: string): Command<StreamState | undefined> {
  return async (tx) => {
    const row = await tx.get<{ name: string }>(forkRow(id));
    if (row !== undefined) await tx.emit(forkEvent(UNFORKED, id, row.name));
    return await stateIn(tx);
  };
}
