import type { EventBatch } from "../../../log/event_batch.ts";
import { type Framer, framerOf } from "../../../sockets/frames.ts";
import { BLOCK, messageText, VALIDATORS } from "../chain/events.ts";

/**
 * The streams. Each has two forms of message: the published one, and the same with the event's
 * offset behind it, for those who say where to start.
 */
export type StreamName = "valid_transactions" | "valid_blocks" | "rejected_transactions";

export interface Framers {
  readonly published: Framer;
  readonly placed: Framer;
}

/** The framers of each stream: one of each, so that frames are made once for all sockets. */
export const FRAMERS: Readonly<Record<StreamName, Framers>> = {
  valid_transactions: framers((batch, index, more) => {
    const type = batch.types[index];
    if (type === BLOCK || type === VALIDATORS) return undefined;
    return messageText(batch.text(index), more);
  }),
  valid_blocks: framers((batch, index, more) =>
    batch.types[index] === BLOCK ? withMembers(batch.text(index), more) : undefined
  ),
  rejected_transactions: framers((batch, index, more) => withMembers(batch.text(index), more)),
};

/** Makes the message of an event; `more` are members to add at its end. */
type Make = (batch: EventBatch, index: number, more: string) => string | undefined;

function framers(make: Make): Framers {
  return {
    published: framerOf((batch, index) => make(batch, index, "")),
    placed: framerOf((batch, index) => make(batch, index, `, "offset": ${batch.first + index}`)),
  };
}

function withMembers(text: string, more: string): string {
  return more === "" ? text : `${text.slice(0, -1)}${more}}`;
}
