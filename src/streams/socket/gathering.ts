import type { Transport } from "../../sockets/transport.ts";
import { MESSAGE_CHARS, messageOf } from "./frames.ts";

/**
 * Events of small batches, or chosen ones, that go into one message. Nothing is kept here between
 * two turns of sending.
 */
export class Gathering {
  #bodies = "";

  /** Whether what has `chars` is better joined with others than sent as it is. */
  isWorthJoining(chars: number): boolean {
    return chars < MESSAGE_CHARS / 2;
  }

  add(transport: Transport, body: string): void {
    this.#bodies += this.#bodies === "" ? body : `,${body}`;
    if (this.#bodies.length >= MESSAGE_CHARS) this.flush(transport);
  }

  flush(transport: Transport): void {
    if (this.#bodies === "") return;
    transport.sendText(messageOf(this.#bodies));
    this.#bodies = "";
  }
}
