import { LedgerError } from "../kernel/errors.ts";
import { TURN_BYTES, TURN_EVENT_BYTES } from "../kernel/limits.ts";
import { Pace } from "../kernel/turn.ts";
import { checkedProducer, type NewEvent, type Producer } from "./event.ts";
import { producerRow, type ProducerState } from "./rows.ts";
import type { Command, Draft } from "./command.ts";

/** Conditions of an append. */
export interface AppendOptions {
  /** The append is refused with `offset_mismatch` unless the chain ends exactly here. */
  readonly expectedOffset?: number;
  /** Makes the append safe to send again: see {@linkcode Producer}. */
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
 * A command that appends events, all or none. With a producer, an append that is in already is
 * answered again and not written again; a gap in the sequence (`producer_gap`) and an epoch that
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
      const last = await tx.get<ProducerState>(producerRow(producer.id));
      const repeated = checkSequence(last, producer, events.length);
      if (repeated !== undefined) return repeated;
    }
    if (expectedOffset !== undefined && expectedOffset !== tx.next) {
      throw new LedgerError(
        "offset_mismatch",
        `The chain ends at offset ${tx.next}, not at ${expectedOffset}`,
        { expected: expectedOffset, actual: tx.next },
      );
    }
    const first = tx.next;
    const last = events.at(-1);
    await emitAll(tx, events.slice(0, -1));
    if (last !== undefined) await tx.emit(producer === undefined ? last : { ...last, producer });
    return { first, next: tx.next, isRepeat: false };
  };
}

/** Emits events one after another. Where there are many, others are served in between. */
export async function emitAll(tx: Draft, events: readonly NewEvent[]): Promise<void> {
  const pace = new Pace(TURN_BYTES);
  for (const event of events) {
    const emitted = tx.emit(event);
    if (emitted instanceof Promise) await emitted;
    const turn = pace.spend(event.data.length + TURN_EVENT_BYTES);
    if (turn !== undefined) await turn;
  }
}

function checkSequence(
  last: ProducerState | undefined,
  producer: Producer,
  count: number,
): Appended | undefined {
  const { epoch, seq } = producer;
  if (last !== undefined && epoch < last.epoch) {
    throw new LedgerError(
      "producer_fenced",
      `Producer ${producer.id} has begun epoch ${last.epoch}: epoch ${epoch} is over`,
      { epoch: last.epoch },
    );
  }
  const expected = last !== undefined && epoch === last.epoch ? last.seq + 1 : 0;
  if (seq === expected) return undefined;
  if (seq > expected) {
    throw new LedgerError(
      "producer_gap",
      `Producer ${producer.id} sent sequence ${seq}, and ${expected} is next`,
      { expected, received: seq },
    );
  }
  const next = (last?.last ?? -1) + 1;
  return { first: seq === last?.seq ? next - count : undefined, next, isRepeat: true };
}
