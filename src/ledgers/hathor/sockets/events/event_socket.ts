import { LedgerError } from "../../../../kernel/errors.ts";
import { withoutSecrets } from "../../../../kernel/secrets.ts";
import type { Message } from "../../../../sockets/inbound.ts";
import type { Session, SocketProtocol } from "../../../../sockets/session.ts";
import { textOfMessage } from "../common/text.ts";
import type { EventNode, EventStream } from "./event_node.ts";
import { type EventRequest, readEventRequest } from "./request.ts";
import { ValidationError } from "./validation_error.ts";

/** Why a request is not followed, by the name of its answer. */
type RefusalType =
  | "STREAM_IS_ACTIVE"
  | "STREAM_IS_INACTIVE"
  | "ACK_TOO_SMALL"
  | "ACK_TOO_LARGE";

class Refusal extends Error {
  override readonly name = "Refusal";
  constructor(readonly type: RefusalType) {
    super(type);
  }
}

/**
 * One `/event_ws` connection, as hathor-core 0.72.0 speaks it. There are no positive answers: a
 * stream that has begun sends its events. Unlike the original's, an acknowledgement does not make
 * it send again what it has sent already.
 */
export class EventSocket implements SocketProtocol {
  /** A client may acknowledge every single event. */
  readonly messagesPerSecond = 20_000;
  readonly #session: Session;
  readonly #node: EventNode;
  #stream: EventStream | undefined;
  /** The last acknowledgement, whichever stream of the connection it was for. */
  #ack: number | undefined;

  constructor(session: Session, node: EventNode) {
    this.#session = session;
    this.#node = node;
  }

  message(message: Message): void | Promise<void> {
    const text = textOfMessage(message);
    try {
      const done = this.#handle(readEventRequest(text));
      if (done === undefined) return;
      return done.catch((error) => this.#refuse(error, text));
    } catch (error) {
      this.#refuse(error, text);
    }
  }

  #handle(request: EventRequest): void | Promise<void> {
    switch (request.type) {
      case "START_STREAM":
        return this.#start(request);
      case "ACK":
        return this.#acknowledge(request);
      case "STOP_STREAM":
        if (this.#stream === undefined) throw new Refusal("STREAM_IS_INACTIVE");
        this.#stream.close();
        this.#stream = undefined;
    }
  }

  async #start(
    { lastAck, window, filter }: EventRequest & { type: "START_STREAM" },
  ): Promise<void> {
    if (this.#stream !== undefined) throw new Refusal("STREAM_IS_ACTIVE");
    this.#assertNewer(lastAck);
    const start = { lastAck: lastAck ?? -1, window, filter };
    this.#stream = await this.#node.stream(this.#session, start);
    this.#ack = lastAck;
  }

  #acknowledge({ ack, window }: EventRequest & { type: "ACK" }): void {
    if (this.#stream === undefined) throw new Refusal("STREAM_IS_INACTIVE");
    this.#assertNewer(ack);
    if (ack > this.#stream.window.last) throw new Refusal("ACK_TOO_LARGE");
    this.#ack = ack;
    this.#stream.window.acknowledge(ack, window);
    this.#stream.wake();
  }

  #assertNewer(ack: number | undefined): void {
    if (this.#ack === undefined) return;
    if (ack === undefined || ack <= this.#ack) throw new Refusal("ACK_TOO_SMALL");
  }

  #refuse(error: unknown, request: string): void {
    if (error instanceof Refusal) return this.#answer(error.type, request, null);
    if (error instanceof ValidationError) {
      return this.#answer("VALIDATION_ERROR", request, error.message);
    }
    if (error instanceof LedgerError && error.code === "closed") {
      return this.#answer("EVENT_WS_NOT_RUNNING", null, null);
    }
    throw error;
  }

  #answer(type: string, request: string | null, message: string | null): void {
    const told = (text: string | null) => text === null ? null : withoutSecrets(text);
    this.#session.reply(
      JSON.stringify({ type, invalid_request: told(request), error_message: told(message) }),
    );
  }
}
