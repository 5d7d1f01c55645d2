import { isPyObject, type PyJson, type PyObject, valueAt } from "../../../../python/json.ts";
import { parsePyJson } from "../../../../python/json_parse.ts";
import { LARGE_INBOUND_BYTES } from "../../../../kernel/limits.ts";
import type { Message } from "../../../../sockets/inbound.ts";
import type { Session, SocketProtocol } from "../../../../sockets/session.ts";
import { HistoryStreams } from "./history_streams.ts";
import { jsonOfMessage } from "../common/text.ts";
import type { AdminNode } from "./admin_node.ts";
import type { AdminFeed } from "./feed.ts";
import { Inbox } from "../common/inbox.ts";
import {
  capabilities,
  MALFORMED,
  notSubscribed,
  PONG,
  subscribed,
  UNSUBSCRIBED,
} from "./messages.ts";
import { AddressSubscriptions } from "./address_subscriptions.ts";

/**
 * Characters of messages that may wait on one socket. A wallet tells all its addresses at once, which
 * are more messages than the common limit lets wait; they are small, so here their size counts.
 */
const MOST_CHARS = 1024 * 1024;

const NO_ADDRESS = "Missing or invalid 'address' parameter.";

/** One `/ws` connection, as hathor-core 0.72.0 speaks it. */
export class AdminSocket implements SocketProtocol {
  /** A wallet subscribes each of its addresses when it begins. */
  readonly messagesPerSecond = 20_000;
  /** It may tell 5,000 addresses at once. */
  readonly largestMessage = LARGE_INBOUND_BYTES;
  readonly #session: Session;
  readonly #node: AdminNode;
  readonly #subscriptions: AddressSubscriptions;
  readonly #history: HistoryStreams;
  #feed: AdminFeed | undefined;
  readonly #leave: () => void;
  readonly #inbox: Inbox<Message>;

  constructor(session: Session, node: AdminNode) {
    this.#session = session;
    this.#node = node;
    this.#subscriptions = new AddressSubscriptions(node);
    this.#history = new HistoryStreams(session, node, this.#subscriptions);
    session.reply(capabilities(node.options.hasHistoryStreaming !== false));
    let wake = () => {};
    this.#inbox = new Inbox({
      most: MOST_CHARS,
      sizeOf: ({ length }) => length,
      handle: (message) => this.#take(message),
      wake: () => wake(),
      place: () => this.#feed?.offset ?? "latest",
      close: (inbox) => session.remove(inbox),
    });
    node.feed(session, this.#subscriptions.live).then((feed) => {
      // What is subscribed is heard of from the answer on.
      this.#feed = feed;
      return session.add((wakeSession) => {
        wake = wakeSession;
        return Promise.resolve(this.#inbox);
      });
    }).catch((error) => session.fail(error));
    this.#leave = node.join(this.#subscriptions);
  }

  closed(): void {
    this.#leave();
  }

  message(message: Message): void {
    if (!this.#inbox.add(message)) this.#session.close("too_many_messages");
  }

  #take(message: Message): void | Promise<void> {
    const feed = this.#feed;
    if (this.#session.isOver || feed === undefined) return;
    let value: PyJson;
    try {
      value = parsePyJson(jsonOfMessage(message));
    } catch {
      return this.#session.reply(MALFORMED);
    }
    if (!isPyObject(value)) return this.#session.reply(MALFORMED);
    return this.#handle(value, feed);
  }

  #handle(message: PyObject, feed: AdminFeed): void | Promise<void> {
    const type = valueAt(message, "type");
    switch (type) {
      case "ping":
        return this.#session.reply(PONG);
      case "subscribe_address":
        return this.#subscribe(message, feed);
      case "unsubscribe_address":
        return this.#unsubscribe(valueAt(message, "address") ?? null);
    }
    // Anything else is passed over, as in the original.
    if (typeof type === "string") return this.#history.message(type, message);
  }

  async #subscribe(message: PyObject, feed: AdminFeed): Promise<void> {
    const session = this.#session;
    const address = valueAt(message, "address") ?? null;
    const refuse = (reason: string) => {
      session.reply(notSubscribed("subscribe_address", address, reason));
    };
    if (typeof address !== "string") return refuse(NO_ADDRESS);
    const last = valueAt(message, "last_event_id");
    if (last === undefined) {
      const refusal = await this.#subscriptions.add(address, { hasIds: false });
      return refusal === undefined ? session.reply(subscribed(address)) : refuse(refusal);
    }
    if (last !== null && (typeof last !== "number" || last < -1)) {
      return refuse("Invalid 'last_event_id' parameter.");
    }
    await this.#resume(address, last ?? undefined, feed, refuse);
  }

  /** Subscribes an address with the ids of its events, after what it has missed since `last`. */
  async #resume(
    address: string,
    last: number | undefined,
    feed: AdminFeed,
    refuse: (reason: string) => void,
  ): Promise<void> {
    const interest = { hasIds: true };
    const refusal = await this.#subscriptions.wait(address, interest);
    if (refusal !== undefined) return refuse(refusal);
    const done = () => this.#subscriptions.begin(address, interest);
    const lastId = last ?? feed.offset - 1;
    this.#session.reply(subscribed(address, lastId));
    if (lastId + 1 >= feed.offset) return done();
    await this.#node.replay(this.#session, address, lastId + 1, {
      live: () => feed.offset,
      done,
    });
  }

  #unsubscribe(address: PyJson): void {
    if (typeof address !== "string") {
      return this.#session.reply(notSubscribed("unsubscribe_address", address, NO_ADDRESS));
    }
    // An address that was not subscribed is answered with silence, as in the original.
    if (this.#subscriptions.remove(address)) this.#session.reply(UNSUBSCRIBED);
  }
}
