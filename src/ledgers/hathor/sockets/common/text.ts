import type { Message } from "../../../../sockets/inbound.ts";

const decoder = new TextDecoder();

/** A client's message as text: the reference node reads binary frames as UTF-8, too. */
export function textOfMessage(message: Message): string {
  return typeof message === "string" ? message : decoder.decode(message);
}

/** As {@linkcode textOfMessage}, without the mark that says it is UTF-8: Python reads over it. */
export function jsonOfMessage(message: Message): string {
  return textOfMessage(message).replace(/^\ufeff/, "");
}
