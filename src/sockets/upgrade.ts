import { traceDone } from "../kernel/traces.ts";
import { exchangeOf, type SocketEvents } from "./exchange.ts";
import type { SocketHub } from "./hub.ts";
import type { Message } from "./inbound.ts";
import type { Reservation } from "./place.ts";
import type { Visitor } from "./stay.ts";
import type { Session, SocketProtocol } from "./session.ts";
import type { Transport } from "./transport.ts";

/** How a route becomes a socket. */
export interface UpgradeOptions {
  readonly ledger: string;
  readonly hub: Pick<SocketHub, "reserve">;
  readonly visitor: Visitor;
  /** The subprotocol that is spoken, of those that the client offers. */
  readonly protocol?: string | undefined;
  /** A refusal in the words of what is asked. */
  readonly refuse: (status: number, message: string, code: string) => Response;
  /** Begins the dialect once the socket is open. */
  readonly open: (session: Session) => SocketProtocol;
}

/** A socket from its handshake on, which keeps nothing of what only the handshake needed. */
class Opening implements SocketEvents {
  readonly #reservation: Reservation;
  #open: UpgradeOptions["open"] | undefined;
  #session: Session | undefined;

  constructor(reservation: Reservation, open: UpgradeOptions["open"]) {
    this.#reservation = reservation;
    this.#open = open;
  }

  opened(transport: Transport): void {
    const session = this.#session = this.#reservation.occupy(transport);
    const open = this.#open;
    this.#open = undefined;
    if (session.isOver || open === undefined) return;
    try {
      session.open(open(session));
    } catch (error) {
      session.fail(error);
    }
  }

  message(message: Message): void {
    this.#session?.receive(message);
  }

  tooBig(): void {
    this.#session?.close("message_too_big");
  }

  closed(): void {
    this.#reservation.giveBack();
    this.#session?.peerClosed();
  }
}

/** 16 bytes in base64 (RFC 6455, 4.2.1), which the runtime's own sockets do not look at. */
const KEY = /^[+/0-9A-Za-z]{22}==$/;

/** Whether a request asks to become a WebSocket. */
export function isUpgrade(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/**
 * Answers a WebSocket handshake, after everything that can refuse it: afterwards nothing stops a
 * peer from sending. Whether the client may is for the caller to have found out before; whether a
 * page of that origin may, the server's door has.
 */
export function upgrade(request: Request, options: UpgradeOptions): Response {
  const { ledger, hub } = options;
  const { headers } = request;
  if (headers.get("sec-websocket-key") === null || headers.get("sec-websocket-version") !== "13") {
    const answer = options.refuse(426, "Not a WebSocket handshake", "handshake_invalid");
    answer.headers.set("upgrade", "websocket");
    answer.headers.set("sec-websocket-version", "13");
    return answer;
  }
  if (request.method !== "GET" || !KEY.test(headers.get("sec-websocket-key") ?? "")) {
    return options.refuse(400, "Not a WebSocket handshake", "handshake_invalid");
  }
  const reservation = hub.reserve(ledger, options.visitor);
  if (reservation === undefined) {
    const answer = options.refuse(503, "Too many connections", "too_many_connections");
    answer.headers.set("retry-after", "5");
    return answer;
  }
  const { protocol } = options;
  try {
    const events = new Opening(reservation, options.open);
    const response = exchangeOf(request)?.toSocket?.(protocol, events);
    if (response !== undefined) {
      traceDone("ledger.upgrade", { "ledger.name": ledger });
      return response;
    }
  } catch {
    // What it lacks the edge has found out.
  }
  reservation.giveBack();
  return options.refuse(400, "Not a WebSocket handshake", "handshake_invalid");
}
