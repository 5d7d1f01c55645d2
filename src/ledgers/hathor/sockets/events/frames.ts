import { pythonFloatText } from "../../../../crypto/python_float_text.ts";
import type { EventBatch } from "../../../../log/event_batch.ts";
import type { Frames } from "../../../../stream/frames.ts";
import type { HathorService } from "../../service.ts";
import type { NodeEvent } from "../../state/events.ts";
import { Retried } from "../retried.ts";

/**
 * The EVENT messages of a batch. All of a message but the id of the newest event is made once; the
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

/** Makes the messages of batches. */
export type EventFramer = (batch: EventBatch) => Retried<EventFrames>;

/** The framer of a node's events: one for each service, as messages are kept under it. */
export function eventFramer(service: HathorService): EventFramer {
  const { network, identity } = service;
  const head = `{"type":"EVENT","peer_id":"${identity.peerId}",` +
    `"network":${JSON.stringify(network.name)},"event":`;
  const foot = `,"stream_id":"${identity.streamId}"}`;
  const make = async (batch: EventBatch) => {
    const heads: string[] = new Array(batch.count);
    for (let index = 0; index < batch.count; index++) {
      const event = await service.nodeEvent(batch.event(index));
      heads[index] = `${head}${eventText(event)},"latest_event_id":`;
    }
    return new EventFrames(heads, foot);
  };
  return (batch) => new Retried(() => make(batch));
}

function eventText({ id, timestamp, type, data, groupId }: NodeEvent): string {
  return `{"id":${id},"timestamp":${pythonFloatText(timestamp)},"type":"${type}",` +
    `"data":${data},"group_id":${groupId}}`;
}
