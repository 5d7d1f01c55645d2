import { LedgerError } from "../../../kernel/errors.ts";
import type { RemoteNode } from "./remote_node.ts";

const PATH = "/event_ws";

/** Events that may be on their way at the most, and at the least. */
const WIDEST = 8_192;
const NARROWEST = 16;

/** Messages that may wait: more come of no node that keeps to a window. */
const MOST_WAITING = 2 * WIDEST;

/** Characters that are on their way, about, whatever the size of events is. */
const CHARS_ON_THE_WAY = 8 * 1024 * 1024;

/** Characters of messages that may wait: events may be larger than those before them. */
const MOST_CHARS = 8 * CHARS_ON_THE_WAY;

/** Characters of an event, before any has come. */
const USUAL_CHARS = 2_048;

/** How many events of a size may be on their way. */
function windowOf(chars: number): number {
  const fitting = Math.floor(CHARS_ON_THE_WAY / Math.max(1, chars));
  return Math.min(WIDEST, Math.max(NARROWEST, fitting));
}

/**
 * A stream of the node's `event_ws`. Only when all of a window has come the next is asked for: the
 * node sends again what it has sent after an event that is acknowledged.
 */
export class QueueStream {
  readonly #socket: WebSocket;
  readonly #messages: string[] = [];
  #waitingChars = 0;
  #wake: (() => void) | undefined;
  #end: LedgerError | undefined;
  #acknowledged: number;
  #window: number;
  /** Characters of the events of this window that were taken. */
  #chars = 0;

  /** Whether it has ended since more waited than may: the next one begins with fewer events. */
  wasTooMuch = false;

  private constructor(socket: WebSocket, lastAck: number, window: number) {
    this.#socket = socket;
    this.#acknowledged = lastAck;
    this.#window = window;
  }

  /**
   * Opens a stream of what follows an event; -1 begins with the first.
   *
   * @param before the stream that this one is in place of
   * @throws a LedgerError `remote_away`
   */
  static async open(
    node: RemoteNode,
    lastAck: number,
    signal: AbortSignal,
    before?: QueueStream,
  ): Promise<QueueStream> {
    const socket = node.socket(PATH);
    const window = before?.wasTooMuch === true ? NARROWEST : windowOf(USUAL_CHARS);
    const stream = new QueueStream(socket, lastAck, window);
    const away = (why: string) => new LedgerError("remote_away", `${node.base}${PATH}: ${why}`);
    const opened = new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onmessage = ({ data }) => stream.#take(String(data));
      socket.onerror = (event) => {
        const error = away(event instanceof ErrorEvent ? event.message : "it does not answer");
        stream.#ended(error);
        reject(error);
      };
      socket.onclose = ({ code, reason }) => {
        const error = away(`the connection was ended (${code}) ${reason}`);
        stream.#ended(error);
        reject(error);
      };
      signal.addEventListener("abort", () => {
        const error = new LedgerError("closed", "ended");
        stream.#ended(error);
        reject(error);
        socket.close();
      }, { once: true });
    });
    await opened;
    signal.throwIfAborted();
    stream.#send({
      type: "START_STREAM",
      ...lastAck >= 0 && { last_ack_event_id: lastAck },
      window_size: stream.#window,
    });
    return stream;
  }

  /** The next message, where one has come. */
  ready(): string | undefined {
    const text = this.#messages.shift();
    this.#waitingChars -= text?.length ?? 0;
    return text;
  }

  /** The next message, once there is one. Throws what has ended the connection. */
  async next(): Promise<string> {
    for (;;) {
      const text = this.ready();
      if (text !== undefined) return text;
      if (this.#end !== undefined) throw this.#end;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** An event of so many characters has been taken: there is room for others. */
  taken(id: number, chars: number): void {
    this.#chars += chars;
    if (id < this.#acknowledged + this.#window) return;
    const window = windowOf(this.#chars / this.#window);
    this.#send({ type: "ACK", ack_event_id: id, window_size: window });
    this.#acknowledged = id;
    this.#window = window;
    this.#chars = 0;
  }

  close(): void {
    this.#socket.close();
  }

  #send(request: Readonly<Record<string, string | number>>): void {
    // One that has been ended says so to whoever waits for its next message.
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(request));
  }

  #take(text: string): void {
    this.#messages.push(text);
    this.#waitingChars += text.length;
    this.#wake?.();
    if (this.#messages.length > MOST_WAITING) {
      this.#drop(new LedgerError("remote_invalid", "the node sends more than it was asked for"));
    } else if (this.#waitingChars > MOST_CHARS) {
      this.wasTooMuch = true;
      this.#drop(new LedgerError("remote_away", "events are larger than those before them"));
    }
  }

  #drop(error: LedgerError): void {
    this.#messages.length = this.#waitingChars = 0;
    this.#ended(error);
    this.close();
  }

  #ended(error: LedgerError): void {
    this.#end ??= error;
    this.#wake?.();
  }
}
