import { Pace } from "../../../../kernel/turn.ts";
import { pyFloatText } from "../../../../python/float_text.ts";
import type { EventBatch } from "../../../../log/event_batch.ts";
import type { EventFrames } from "../../../../sockets/frames.ts";
import type { NodeQueries } from "../../queries/node_queries.ts";
import type { NodeEvent } from "../../rows/events.ts";

/**
 * The EVENT messages of a part of a batch. All of a message but the id of the newest event is made
 * once; the messages with that are kept for as long as no newer event is there, so that all streams
 * that are sent a batch at about the same time share its messages.
 */
export class EventPart {
  readonly #first: number;
  /** Each event's message up to where the id of the newest event stands. */
  readonly #heads: readonly string[];
  readonly #foot: string;
  #latest = -1;
  #frames: EventFrames;

  /** `first` is the offset of the first event. */
  constructor(first: number, heads: readonly string[], foot: string) {
    this.#first = first;
    this.#heads = heads;
    this.#foot = foot;
    this.#frames = this.#framesOf([]);
  }

  /** Characters of all of them, as they are kept. */
  get chars(): number {
    return 2 * this.#heads.reduce((sum, { length }) => sum + length, 0);
  }

  /** The messages, as they are while the event `latest` is the newest. */
  at(latest: number): EventFrames {
    if (this.#latest !== latest) {
      const end = `${latest}${this.#foot}`;
      this.#frames = this.#framesOf(this.#heads.map((head) => head + end));
      this.#latest = latest;
    }
    return this.#frames;
  }

  #framesOf(texts: readonly string[]): EventFrames {
    return { texts, first: this.#first, next: this.#first + this.#heads.length };
  }
}

/** Events whose messages are made at a time. */
const EVENTS_PER_PART = 64;

/**
 * Characters of messages that a batch keeps. Most batches have fewer; but an event that is stored in
 * three hundred bytes may be told in a hundred thousand, as each tells its vertex whole.
 */
const KEPT_CHARS = 2 * 1024 * 1024;

/** The messages of a batch in parts, which are made for whoever comes to them first. */
export class BatchParts {
  readonly #count: number;
  readonly #make: (from: number, to: number) => Promise<EventPart>;
  /** By their places, those that were asked for last at the end. */
  readonly #parts = new Map<number, EventPart | Promise<EventPart>>();

  constructor(count: number, make: (from: number, to: number) => Promise<EventPart>) {
    this.#count = count;
    this.#make = make;
  }

  /** The part with the event at an index; a promise while it is being made. */
  partAt(index: number): EventPart | Promise<EventPart> {
    const place = Math.floor(index / EVENTS_PER_PART);
    const part = this.#parts.get(place) ?? this.#makePart(place);
    this.#parts.delete(place);
    this.#parts.set(place, part);
    return part;
  }

  async #makePart(place: number): Promise<EventPart> {
    const from = place * EVENTS_PER_PART;
    try {
      const part = await this.#make(from, Math.min(from + EVENTS_PER_PART, this.#count));
      this.#parts.set(place, part);
      this.#forget(place);
      return part;
    } catch (error) {
      // The store was away: it is made again for whoever asks next.
      this.#parts.delete(place);
      throw error;
    }
  }

  /** Keeps no more than there is room for, and at least the part that was made last. */
  #forget(last: number): void {
    const sizeOf = (part: EventPart | Promise<EventPart>) =>
      part instanceof Promise ? 0 : part.chars;
    let chars = this.#parts.values().reduce((sum, part) => sum + sizeOf(part), 0);
    for (const [place, part] of [...this.#parts]) {
      if (chars <= KEPT_CHARS || place === last) return;
      chars -= sizeOf(part);
      this.#parts.delete(place);
    }
  }
}

/** Makes the messages of batches. */
export type EventFramer = (batch: EventBatch) => BatchParts;

/** The framer of a node's events: one for each node, as messages are kept under it. */
export function eventFramer(queries: NodeQueries): EventFramer {
  const { network, identity } = queries;
  const head = `{"type":"EVENT","peer_id":"${identity.peerId}",` +
    `"network":${JSON.stringify(network.name)},"event":`;
  const foot = `,"stream_id":"${identity.streamId}"}`;
  const make = async (batch: EventBatch, from: number, to: number) => {
    const turns = Pace.ofSteps();
    const heads: string[] = [];
    for (let index = from; index < to; index++) {
      const event = await queries.nodeEvent(batch.event(index));
      heads.push(`${head}${eventText(event)},"latest_event_id":`);
      if (turns.isDueAfter(1)) await turns.give();
    }
    return new EventPart(batch.first + from, heads, foot);
  };
  return (batch) => new BatchParts(batch.count, (from, to) => make(batch, from, to));
}

function eventText({ id, timestamp, type, data, groupId }: NodeEvent): string {
  return `{"id":${id},"timestamp":${pyFloatText(timestamp)},"type":"${type}",` +
    `"data":${data},"group_id":${groupId}}`;
}
