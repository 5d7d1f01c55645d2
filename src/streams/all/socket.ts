import { Window } from "../../sockets/window.ts";
import type { Message } from "../../sockets/inbound.ts";
import type { Session, SocketProtocol } from "../../sockets/session.ts";
import type { Clock } from "../../kernel/clock.ts";
import { badRequest, StreamRefusal } from "../chain/errors.ts";
import { refusedMessage } from "../socket/appends.ts";
import { placeMessage, readClientMessage } from "../socket/messages.ts";
import { AllChainsFeed } from "./feed.ts";
import { type AllOffset, allOffset, type OrderLife, parseAllOffset } from "./place.ts";
import type { AllReaders } from "./readers.ts";
import type { TakenSelection } from "./selections.ts";

/** Milliseconds between messages that tell a silent reader where it is. */
const HEARTBEAT_MS = 20_000;

/** What a socket is about, as found at its handshake. */
export interface AllOpening {
  readonly readers: AllReaders;
  readonly clock: Clock;
  readonly order: OrderLife;
  readonly from: AllOffset;
  readonly taken: () => TakenSelection;
  /** Events that may be sent and not yet acknowledged. */
  readonly window: number | undefined;
}

/** One socket on all chains, as WEBSOCKET.md says. */
export class AllSocket implements SocketProtocol {
  readonly messagesPerSecond = 1_000;
  readonly #session: Session;
  readonly #opening: AllOpening;
  readonly #window: Window | undefined;
  readonly #leave: readonly (() => void)[];
  readonly #taken: TakenSelection;
  #feed: AllChainsFeed | undefined;
  #wake = () => {};
  #cancelTick = () => {};

  constructor(session: Session, opening: AllOpening) {
    const { window, readers, taken } = opening;
    this.#session = session;
    this.#opening = opening;
    this.#window = window === undefined ? undefined : new Window(window, 0, true);
    this.#taken = taken();
    this.#leave = [readers.stay(), this.#taken.leave];
  }

  /** Says where it begins, and streams from there. */
  begin(): void {
    const { readers, order, from } = this.#opening;
    const offset = allOffset(from, order.epoch);
    this.#session.reply(JSON.stringify({
      type: "start",
      offset,
      content_type: "application/json",
      encoding: "json",
    }));
    this.#tickLater();
    this.#session.add(async (wake) => {
      this.#wake = wake;
      const { selection, shared } = this.#taken;
      const walk = await readers.walk(from.position, order, selection, wake);
      const onClose = (feed: AllChainsFeed) => this.#session.remove(feed);
      this.#feed = new AllChainsFeed({ walk, shared, window: this.#window, onClose });
      return this.#feed;
    }).catch((error) => this.#session.fail(error));
  }

  message(message: Message): void {
    try {
      const { head } = readClientMessage(message);
      if (head.type === "ack") return this.#acknowledge(head.offset);
      const refusal = new StreamRefusal(405, "read_only", "All chains can only be read here");
      this.#session.reply(refusedMessage(refusal, head.ref));
    } catch (error) {
      if (!(error instanceof StreamRefusal)) throw error;
      const { code, message } = error;
      this.#session.reply(JSON.stringify({ type: "error", code, message }));
    }
  }

  closed(): void {
    this.#cancelTick();
    for (const leave of this.#leave) leave();
  }

  #acknowledge(offset: string): void {
    const { epoch } = this.#opening.order;
    const { position } = parseAllOffset(offset, { epoch, next: Infinity });
    if (this.#feed === undefined || position > this.#feed.position) {
      throw badRequest("ack_invalid", "Nothing was sent up to that offset");
    }
    this.#window?.acknowledge(position);
    this.#wake();
  }

  #tickLater(): void {
    this.#cancelTick = this.#opening.clock.after(HEARTBEAT_MS, () => {
      if (this.#feed !== undefined) {
        this.#session.reply(placeMessage("position", this.#feed.offset));
      }
      this.#tickLater();
    });
  }
}
