import type { PlacedEvent } from "../../log/event.ts";
import type { Projection, Rows } from "../../log/projection.ts";
import {
  CLOSED,
  CONTINUED,
  CREATED,
  DELETED,
  FORKED,
  isData,
  readContinuation,
  readCreation,
  readFork,
  UNFORKED,
} from "./events.ts";
import {
  type Closer,
  type Creation,
  type ForkRow,
  forkRow,
  stateAt,
  STREAM_ROW,
  type StreamRow,
  type StreamState,
} from "./state.ts";

/** The rows of a stream's chain: its state, and the forks that read from it. */
export const streamProjection: Projection = {
  version: 2,
  mayBeCut: true,
  apply(event, rows) {
    if (event.type === CREATED) {
      rows.set(STREAM_ROW, createdRow(event));
      return;
    }
    const state = rows.get<StreamRow>(STREAM_ROW);
    // Only the first event waits for the row: awaiting a value that is there costs a turn for each.
    if (!(state instanceof Promise)) return applyTo(state, event, rows);
    return state.then((read) => applyTo(read, event, rows));
  },
  passesOver(type, rows) {
    if (!isData(type)) return false;
    const state = rows.get<StreamRow>(STREAM_ROW);
    return state instanceof Promise ? state.then(isPassedOver) : isPassedOver(state);
  },
};

/** Whether data without a key leaves a stream's row as it is. */
function isPassedOver(row: StreamRow | undefined): boolean {
  return row?.ttl === null;
}

function applyTo(row: StreamRow | undefined, event: PlacedEvent, rows: Rows): void {
  if (row === undefined) throw new Error("a stream has an event before it was created");
  const { type, keys, offset } = event;
  if (isData(type) && keys.length === 0 && isPassedOver(row)) return;
  const state = stateAt(row, offset);
  rows.set(STREAM_ROW, { ...state, ...changeOf(event, state, rows), at: offset });
}

function createdRow(event: PlacedEvent): StreamRow {
  // The memo of a `created` event is its parsed text.
  const made = event.memo as Creation | undefined ?? readCreation(event.data);
  return {
    ...made,
    start: event.offset,
    tail: event.offset,
    isClosed: false,
    closer: null,
    isDeleted: false,
    seq: null,
    usedAt: event.time,
    forks: 0,
    at: event.offset,
  };
}

function changeOf(event: PlacedEvent, state: StreamState, rows: Rows): Partial<StreamState> {
  const { type, time, offset } = event;
  if (isData(type)) return { tail: offset + 1, usedAt: time, seq: event.keys[0] ?? state.seq };
  switch (type) {
    case CLOSED:
      return {
        isClosed: true,
        closer: closerOf(event),
        usedAt: time,
        seq: event.keys[0] ?? state.seq,
      };
    case DELETED:
      return { isDeleted: true };
    case CONTINUED:
      return { ...readContinuation(event.data), start: offset, tail: offset };
    case FORKED: {
      const { id, name } = readFork(event.data);
      rows.set(forkRow(id), { name, since: time } satisfies ForkRow);
      return { forks: state.forks + 1 };
    }
    case UNFORKED:
      rows.delete(forkRow(readFork(event.data).id));
      return { forks: state.forks - 1 };
    default:
      return { usedAt: time };
  }
}

function closerOf({ producer }: PlacedEvent): Closer | null {
  if (producer === undefined) return null;
  return { id: producer.id, epoch: producer.epoch, seq: producer.seq };
}
