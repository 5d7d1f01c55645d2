import type { Message } from "./inbound.ts";
import type { Transport } from "./transport.ts";

/** What is told of a socket. */
export interface SocketEvents {
  /** It is open; called once, before everything else. */
  opened(transport: Transport): void;
  message(message: Message): void;
  /** A message is larger than any that is taken; the connection is ending for it. */
  tooBig(): void;
  /** The connection is gone, or was never handed over. Perhaps twice. */
  closed(): void;
}

/** What an edge knows of a request beside what the request says. */
export interface Exchange {
  /** Calls `task` when the answer is with the client, or its connection is gone. */
  whenOver(task: () => void): void;
  /**
   * Calls `task` when the client sends no more, so that it has gone or only waits for the rest of
   * its answer. Left out where that cannot be told.
   */
  whenLeft?(task: () => void): void;
  /** Bytes of its answer that were written and not taken; left out where that cannot be told. */
  readonly buffered?: number;
  /**
   * Hands the connection over: makes a socket of it, whose transport `events` are told, and gives
   * the response to return for it. Throws where the request is no handshake. Left out where there
   * is nothing to hand over.
   */
  toSocket?(protocol: string | undefined, events: SocketEvents): Response;
}

/** Where a request carries its exchange: a property costs less for each than a map of all. */
const EXCHANGE = Symbol("exchange");

interface Carrier {
  [EXCHANGE]?: Exchange;
}

/** Notes the exchange that a request is part of. */
export function setExchange(request: object, exchange: Exchange): void {
  (request as Carrier)[EXCHANGE] = exchange;
}

/** The exchange a request is part of; undefined for one that no edge has made. */
export function exchangeOf(request: Request): Exchange | undefined {
  return (request as Carrier)[EXCHANGE];
}
