import { emitAll } from "../../log/append.ts";
import type { NewEvent } from "../../log/event.ts";
import type { EventRun } from "../../log/event_run.ts";
import type { Command } from "../../log/command.ts";
import { essenceOf } from "./content_type.ts";
import { conflict } from "./errors.ts";
import { CLOSED, createdEvent, DELETED, USED } from "./events.ts";
import { type Creation, expiryOf, presenceOf, stateIn, type StreamState } from "./state.ts";
import { liveState } from "./append_command.ts";

/** What a request to create a stream asks for, in the form in which two requests are compared. */
export interface Wanted {
  /** Undefined for a fork that takes its source's. */
  readonly contentType: string | undefined;
  readonly asked: string;
  readonly closed: boolean;
}

/** Whether a stream that exists is what is wanted. Throws 409 where it is not. */
export function refuseOther(state: StreamState, { contentType, asked, closed }: Wanted): void {
  const isSameType = contentType === undefined ||
    essenceOf(contentType) === essenceOf(state.contentType);
  if (isSameType && asked === state.asked && closed === state.isClosed) return;
  throw conflict("stream_exists", "The stream exists already and is made otherwise");
}

/** The stream that exists already, if it is as wanted; undefined where there is none. Throws 409. */
export function existing(
  state: StreamState | undefined,
  now: number,
  wanted: Wanted,
): StreamState | undefined {
  const presence = presenceOf(state, now);
  if (presence === "retained") throw conflict("gone", "The stream was deleted and has forks still");
  if (state === undefined || presence === "absent") return undefined;
  refuseOther(state, wanted);
  return state;
}

/**
 * Begins a life of a stream with its first data, unless it exists as wanted. Everything that was
 * before in the chain belongs to earlier lives.
 */
export function create(
  made: Creation,
  wanted: Wanted,
  content: readonly (NewEvent | EventRun)[],
): Command<{ state: StreamState; isNew: boolean }> {
  return async (tx) => {
    const known = existing(await stateIn(tx), tx.time, wanted);
    if (known !== undefined) return { state: known, isNew: false };
    await tx.emit(createdEvent(made));
    await emitAll(tx, content);
    if (wanted.closed) await tx.emit({ type: CLOSED, data: "" });
    const state = await stateIn(tx);
    if (state === undefined) throw new Error("a created stream has no state");
    return { state, isNew: true };
  };
}

/** Ends a stream; its data is kept for its forks. Returns what it was. */
export const remove: Command<StreamState> = async (tx) => {
  const state = await liveState(tx);
  await tx.emit({ type: DELETED, data: "" });
  return state;
};

/**
 * Records that a stream has expired, before anybody is told: a clock that is set back later must not
 * bring it to life again. Does nothing where it has not expired.
 */
export const expire: Command<void> = async (tx) => {
  const state = await stateIn(tx);
  if (state === undefined || state.isDeleted || presenceOf(state, tx.time) === "live") return;
  await tx.emit({ type: DELETED, data: "" });
};

/** A read is recorded when the last record is older than this part of the TTL: not each one. */
const NOTED = 1 / 50;

/** Whether a read at `now` has to be recorded, so that the TTL is counted from it. */
export function needsNote(state: StreamState, now: number): boolean {
  return state.ttl !== null && now - state.usedAt > state.ttl * 1_000 * NOTED;
}

/** Records a read, from which the TTL is counted. Throws 404 or 410 if the stream is over. */
export const use: Command<StreamState> = async (tx) => {
  const state = await liveState(tx);
  if (!needsNote(state, tx.time) || expiryOf(state) === Infinity) return state;
  await tx.emit({ type: USED, data: "" });
  return await liveState(tx);
};
