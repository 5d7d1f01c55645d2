import { LedgerError } from "../kernel/errors.ts";
import { TURN_BYTES, TURN_EVENT_BYTES } from "../kernel/limits.ts";
import { Pace } from "../kernel/turn.ts";
import { checkedProducer, type NewEvent, type Producer } from "./event.ts";
import { EventRun } from "./event_run.ts";
import { type ProducerState, type ProducerTurn, producerTurn } from "./producer.ts";
import type { Command, Draft } from "./command.ts";

/** Conditions of an append. */
export interface AppendOptions {
  /**
   * The expected head: the append is refused with `offset_mismatch` unless the chain ends exactly
   * here (optimistic concurrency).
   */
  readonly expectedOffset?: number;
  /** Makes the append idempotent, so that it may be sent again: see {@linkcode Producer}. */
  readonly producer?: Producer;
}

/** Where an append's events are. */
export interface Appended {
  /** Offset of the first event; undefined for a repeated append that is no longer the last one. */
  readonly first: number | undefined;
  /** Offset after the last event. */
  readonly next: number;
  /** Whether the append was in the log already, and nothing was written now. */
  readonly isRepeat: boolean;
}

/**
 * A command that appends events, all or none. With a producer each append is in exactly once: one
 * that is in already is answered again and not written again; a gap in the sequence (`producer_gap`) and an epoch that
 * another has taken over (`producer_fenced`) are refused.
 */
export function append(
  events: readonly NewEvent[],
  options: AppendOptions = {},
): Command<Appended> {
  const { expectedOffset } = options;
  return async (tx) => {
    const producer = options.producer === undefined ? undefined : checkedProducer(options.producer);
    if (producer !== undefined) {
      const turn = await producerTurn(tx, producer);
      if (turn.kind === "repeat") return repeated(turn.last, producer, events.length);
      if (turn.kind !== "next") throw refusal(turn, producer);
    }
    if (expectedOffset !== undefined && expectedOffset !== tx.next) {
      throw new LedgerError(
        "offset_mismatch",
        `The chain ends at offset ${tx.next}, not at ${expectedOffset}`,
        { expected: expectedOffset, actual: tx.next },
      );
    }
    const first = tx.next;
    await emitAll(tx, events, producer);
    return { first, next: tx.next, isRepeat: false };
  };
}

/**
 * Emits events one after another, the last of them with the mark of their producer. Where there are
 * many, others are served in between. Returns undefined where it is done at once.
 */
export function emitAll(
  tx: Draft,
  events: readonly (NewEvent | EventRun)[],
  producer?: Producer,
): Promise<void> | undefined {
  const [only] = events;
  // Most appends are of one event, and then all that is for many costs more than it.
  if (events.length > 1 || only === undefined || only instanceof EventRun) {
    return emitMany(tx, events, producer);
  }
  const emitted = tx.emit(producer === undefined ? only : { ...only, producer });
  return emitted instanceof Promise ? emitted.then(() => {}) : undefined;
}

async function emitMany(
  tx: Draft,
  events: readonly (NewEvent | EventRun)[],
  producer: Producer | undefined,
): Promise<void> {
  const pace = new Pace(TURN_BYTES);
  const emit = async (event: NewEvent) => {
    const emitted = tx.emit(event);
    if (emitted instanceof Promise) await emitted;
    const turn = pace.spend(event.data.length + TURN_EVENT_BYTES);
    if (turn !== undefined) await turn;
  };
  for (const [at, event] of events.entries()) {
    const mark = at === events.length - 1 ? producer : undefined;
    if (event instanceof EventRun) await emitRun(tx, event, mark, emit);
    else await emit(mark === undefined ? event : { ...event, producer: mark });
  }
}

/** Emits a run, whose last event gets the mark: at once where it may be, else one after another. */
async function emitRun(
  tx: Draft,
  run: EventRun,
  producer: Producer | undefined,
  emit: (event: NewEvent) => Promise<void>,
): Promise<void> {
  const plain = producer === undefined ? run.count : run.count - 1;
  const isTaken = plain > 0 && await tx.emitRun(run.slice(0, plain));
  for (let at = isTaken ? plain : 0; at < run.count; at++) {
    await emit(at < plain ? run.event(at) : { ...run.event(at), producer });
  }
}

function repeated(last: ProducerState, { seq }: Producer, count: number): Appended {
  const next = last.last + 1;
  return { first: seq === last.seq ? next - count : undefined, next, isRepeat: true };
}

function refusal(
  turn: Extract<ProducerTurn, { kind: "fenced" | "gap" }>,
  { id, epoch, seq }: Producer,
): LedgerError {
  if (turn.kind === "fenced") {
    return new LedgerError(
      "producer_fenced",
      `Producer ${id} has begun epoch ${turn.epoch}: epoch ${epoch} is over`,
      { epoch: turn.epoch },
    );
  }
  const { expected } = turn;
  return new LedgerError(
    "producer_gap",
    `Producer ${id} sent sequence ${seq}, and ${expected} is next`,
    { expected, received: seq },
  );
}
