import type { Message } from "../../../../sockets/inbound.ts";

const decoder = new TextDecoder();

/** A client's message as text: the reference node reads binary frames as UTF-8, too. */
export function textOfMessage(message: Message): string {
  return typeof message === "string" ? message : decoder.decode(message);
}
