import { pythonFloatText } from "../../../../python/float_text.ts";
import type { EventBatch } from "../../../../log/event_batch.ts";
import type { Frames } from "../../../../sockets/frames.ts";
import type { HathorService } from "../../service.ts";
import type { NodeEvent } from "../../state/events.ts";
import { Pace } from "../../../../kernel/turn.ts";
import { Retried } from "../retried.ts";

/**
 * The EVENT messages of a part of a batch. All of a message but the id of the newest event is made once; the
 * messages with that are kept for as long as no newer event is there, so that all streams that are
 * sent a batch at about the same time share its messages.
 */
export class EventFrames {
  /** Each event's message up to where the id of the newest event stands. */
  readonly #heads: readonly string[];
  readonly #foot: string;
  #latest = -1;
  #frames: Frames = { texts: [] };

  constructor(heads: readonly string[], foot: string) {
    this.#heads = heads;
    this.#foot = foot;
  }

  /** Characters of all of them, as they are kept. */
  get chars(): number {
    return 2 * this.#heads.reduce((sum, { length }) => sum + length, 0);
  }

  /** The messages, as they are while the event `latest` is the newest. */
  at(latest: number): Frames {
    if (this.#latest !== latest) {
      const end = `${latest}${this.#foot}`;
      this.#frames = { texts: this.#heads.map((head) => head + end) };
      this.#latest = latest;
    }
    return this.#frames;
  }
}

/** Events whose messages are made at a time. */
const EVENTS_PER_PART = 64;

/**
 * Characters of messages that a batch keeps. Most batches have fewer; but an event that is stored in
 * three hundred bytes may be told in a hundred thousand, as each tells its vertex whole.
 */
const KEPT_CHARS = 2 * 1024 * 1024;

/** The messages of some events of a batch. */
export interface FramesPart {
  /** Index of the first of them, and of the first event after them. */
  readonly from: number;
  readonly to: number;
  readonly frames: EventFrames;
}

/** The messages of a batch in parts, which are made for whoever comes to them first. */
export class BatchFrames {
  readonly #count: number;
  readonly #make: (from: number, to: number) => Promise<EventFrames>;
  /** By their places, those that were asked for last at the end. */
  readonly #parts = new Map<number, Retried<FramesPart>>();
  readonly #sizes = new Map<number, number>();

  constructor(count: number, make: (from: number, to: number) => Promise<EventFrames>) {
    this.#count = count;
    this.#make = make;
  }

  /** The part with the event at an index. */
  async partAt(index: number): Promise<FramesPart> {
    const place = Math.floor(index / EVENTS_PER_PART);
    const part = this.#parts.get(place) ?? new Retried(() => this.#makePart(place));
    this.#parts.delete(place);
    this.#parts.set(place, part);
    return await part.get();
  }

  async #makePart(place: number): Promise<FramesPart> {
    const from = place * EVENTS_PER_PART;
    const to = Math.min(from + EVENTS_PER_PART, this.#count);
    const frames = await this.#make(from, to);
    this.#sizes.set(place, frames.chars);
    this.#forget(place);
    return { from, to, frames };
  }

  /** Keeps no more than there is room for, and at least the part that was made last. */
  #forget(last: number): void {
    let chars = this.#sizes.values().reduce((sum, size) => sum + size, 0);
    for (const place of [...this.#parts.keys()]) {
      if (chars <= KEPT_CHARS || place === last) return;
      chars -= this.#sizes.get(place) ?? 0;
      this.#sizes.delete(place);
      this.#parts.delete(place);
    }
  }
}

/** Makes the messages of batches. */
export type EventFramer = (batch: EventBatch) => BatchFrames;

/** The framer of a node's events: one for each service, as messages are kept under it. */
export function eventFramer(service: HathorService): EventFramer {
  const { network, identity } = service;
  const head = `{"type":"EVENT","peer_id":"${identity.peerId}",` +
    `"network":${JSON.stringify(network.name)},"event":`;
  const foot = `,"stream_id":"${identity.streamId}"}`;
  const make = async (batch: EventBatch, from: number, to: number) => {
    const turns = Pace.ofSteps();
    const heads: string[] = [];
    for (let index = from; index < to; index++) {
      const event = await service.nodeEvent(batch.event(index));
      heads.push(`${head}${eventText(event)},"latest_event_id":`);
      if (turns.isDueAfter(1)) await turns.give();
    }
    return new EventFrames(heads, foot);
  };
  return (batch) => new BatchFrames(batch.count, (from, to) => make(batch, from, to));
}

function eventText({ id, timestamp, type, data, groupId }: NodeEvent): string {
  return `{"id":${id},"timestamp":${pythonFloatText(timestamp)},"type":"${type}",` +
    `"data":${data},"group_id":${groupId}}`;
}
