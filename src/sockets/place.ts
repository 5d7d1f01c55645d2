import type { CloseReason } from "./close_codes.ts";
import type { Session, SessionObserver } from "./session.ts";
import type { Visitor } from "./stay.ts";
import type { Transport } from "./transport.ts";

/** A place that counts. */
export interface TakenPlace {
  readonly network: string | undefined;
  isReleased: boolean;
}

/** What a hub does for its places. */
export interface PlaceKeeper {
  release(taken: TakenPlace): void;
  open(ledger: string, transport: Transport, visitor: Visitor, observer: SessionObserver): Session;
  closed(session: Session, reason: CloseReason | "peer"): void;
  gone(session: Session, taken: TakenPlace): void;
}

/** The place of a handshake, and then of its socket. */
export class SocketPlace implements Reservation, SessionObserver {
  readonly #keeper: PlaceKeeper;
  readonly #taken: TakenPlace;
  readonly #ledger: string;
  readonly #visitor: Visitor;
  #isOccupied = false;

  constructor(keeper: PlaceKeeper, taken: TakenPlace, ledger: string, visitor: Visitor) {
    this.#keeper = keeper;
    this.#taken = taken;
    this.#ledger = ledger;
    this.#visitor = visitor;
  }

  giveBack(): void {
    if (!this.#isOccupied) this.#keeper.release(this.#taken);
  }

  occupy(transport: Transport): Session {
    this.#isOccupied = true;
    return this.#keeper.open(this.#ledger, transport, this.#visitor, this);
  }

  closed(session: Session, reason: CloseReason | "peer"): void {
    this.#keeper.closed(session, reason);
  }

  gone(session: Session): void {
    this.#keeper.gone(session, this.#taken);
  }
}

/** A place among the connections, taken before the handshake. */
export interface Reservation {
  /** Gives it back, unless a socket has it now: that does so at its end. */
  giveBack(): void;
  occupy(transport: Transport): Session;
}
