import { Pace } from "../../../../kernel/turn.ts";
import type { EventBatch } from "../../../../log/event_batch.ts";
import { BatchParts } from "../../../../sockets/batch_parts.ts";
import type { EventFrames } from "../../../../sockets/frames.ts";
import type { NodeQueries } from "../../queries/node_queries.ts";
import { nodeEventText } from "../../rows/node_event.ts";

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

/** Makes the messages of batches. */
export type EventFramer = (batch: EventBatch) => BatchParts<EventPart>;

/** The framer of a node's events: one for each node, as messages are kept under it. */
export function eventFramer(queries: NodeQueries): EventFramer {
  const name = JSON.stringify(queries.network.name);
  const make = async (batch: EventBatch, from: number, to: number) => {
    const turns = Pace.ofSteps();
    const { peerId, streamId } = await queries.identity();
    const head = `{"type":"EVENT","peer_id":"${peerId}","network":${name},"event":`;
    const foot = `,"stream_id":"${streamId}"}`;
    const heads: string[] = [];
    for (let index = from; index < to; index++) {
      const event = await queries.nodeEvent(batch.event(index));
      heads.push(`${head}${nodeEventText(event)},"latest_event_id":`);
      if (turns.isDueAfter(1)) await turns.give();
    }
    return new EventPart(batch.first + from, heads, foot);
  };
  return (batch) => new BatchParts(batch.count, (from, to) => make(batch, from, to));
}
