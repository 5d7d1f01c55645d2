import type { EventBatch } from "../../../../log/event_batch.ts";
import { type ChainHooks, ChainSource } from "../../../../sockets/chain_source.ts";
import { shownFilter } from "../../../../sockets/following.ts";
import type { Session } from "../../../../sockets/session.ts";
import { Window } from "../../../../sockets/window.ts";
import type { NodeQueries } from "../../queries/node_queries.ts";
import type { TopicBook } from "../../queries/topics.ts";
import { type BatchTopics, batchTopicsOf, eventMatcher, type TopicsOf } from "./filter.ts";
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

/** A stream that has begun. */
export interface EventStream {
  /** Its marks are the ids of events. */
  readonly window: Window;
  /** Goes on sending: the window has more room. */
  wake(): void;
  close(): void;
}

/** What all `/event_ws` connections of a process share. */
export class EventNode {
  readonly #queries: NodeQueries;
  readonly #framer: EventFramer;
  readonly #topicsOf: TopicsOf;
  readonly #latest: LatestEvent;

  constructor(queries: NodeQueries, topics: TopicBook) {
    this.#queries = queries;
    this.#framer = eventFramer(queries);
    this.#topicsOf = batchTopicsOf(topics);
    this.#latest = new LatestEvent(queries.chain);
  }

  /** Begins a stream on a session, history and live alike. */
  async stream(
    session: Session,
    { lastAck, window: size, filter }: StreamStart,
  ): Promise<EventStream> {
    const latest = this.#latest;
    const window = new Window(size, lastAck, filter !== undefined);
    let wake = () => {};
    const source = await session.add(async (wakeSession) => {
      wake = wakeSession;
      // First, so that it is woken before the stream.
      await latest.join();
      const follower = await this.#queries.chain.attach(lastAck + 1, wake).catch((error) => {
        latest.leave();
        throw error;
      });
      return new ChainSource(follower, this.#hooks(window, filter), (closed) => {
        latest.leave();
        session.remove(closed);
      });
    });
    return { window, wake, close: () => source.close() };
  }

  #hooks(window: Window, filter: EventFilter | undefined): ChainHooks {
    const matches = filter && eventMatcher(filter);
    const framesOf = (batch: EventBatch, offset: number) => {
      const part = batch.derive(this.#framer).partAt(offset - batch.first);
      return part instanceof Promise ? part : part.at(Math.max(this.#latest.id, batch.next - 1));
    };
    if (matches === undefined) return { window, frames: framesOf };
    // Of the batch that is being sent.
    let topics: BatchTopics = [];
    return {
      window,
      filter: () => shownFilter({ ...filter }),
      frames: (batch, offset) => {
        const found = batch.derive(this.#topicsOf);
        if (found instanceof Promise) return found;
        topics = found;
        return framesOf(batch, offset);
      },
      matcher: (batch, index) => matches(batch, topics, index),
    };
  }
}
