import type { NodeQueries as HathorService } from "../../queries/node_queries.ts";
import type { TopicBook } from "../topics.ts";
import { EventFeed } from "./feed.ts";
import { eventMatcher, type TopicsFramer, topicsFramer } from "./filter.ts";
import { type EventFramer, eventFramer } from "./frames.ts";
import { LatestEvent } from "./latest_event.ts";
import type { EventFilter } from "./request.ts";

/** What a stream of events is to send. */
export interface StreamStart {
  /** The id of the event before the first one; -1 before all. It may be one that is yet to come. */
  readonly lastAck: number;
  readonly window: number;
  readonly filter: EventFilter | undefined;
}

/** What all `/event_ws` connections of a process share. */
export class EventNode {
  readonly #service: HathorService;
  readonly #framer: EventFramer;
  readonly #topicsOf: TopicsFramer;
  readonly #latest: LatestEvent;

  constructor(service: HathorService, topics: TopicBook) {
    this.#service = service;
    this.#framer = eventFramer(service);
    this.#topicsOf = topicsFramer(topics);
    this.#latest = new LatestEvent(service.chain);
  }

  /** Begins a stream, which is told of when it has closed itself. */
  async stream(
    { lastAck, window, filter }: StreamStart,
    wake: () => void,
    onClose: (feed: EventFeed) => void,
  ): Promise<EventFeed> {
    const latest = this.#latest;
    // First, so that it is woken before the stream.
    await latest.join();
    const follower = await this.#service.chain.attach(lastAck + 1, wake);
    return new EventFeed({
      follower,
      framer: this.#framer,
      topicsOf: this.#topicsOf,
      matcher: filter && eventMatcher(filter),
      latest,
      window,
      lastAck,
      wake,
      onClose: (feed) => {
        latest.leave();
        onClose(feed);
      },
    });
  }
}
