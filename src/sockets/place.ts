import type { CloseReason } from "./close_codes.ts";
import type { Session, SessionObserver } from "./session.ts";
import type { Visitor } from "./stay.ts";
import type { Transport } from "./transport.ts";

/** A place that counts. */
export interface Taken {
  readonly network: string | undefined;
  isReleased: boolean;
}

/** What a hub does for its places. */
export interface Keeper {
  release(taken: Taken): void;
  open(ledger: string, transport: Transport, visitor: Visitor, observer: SessionObserver): Session;
  closed(session: Session, reason: CloseReason | "peer"): void;
  gone(session: Session, taken: Taken): void;
}

/** The place of a handshake, and then of its socket. */
export class Place implements Reservation, SessionObserver {
  readonly #keeper: Keeper;
  readonly #taken: Taken;
  readonly #ledger: string;
  readonly #visitor: Visitor;
  #isOccupied = false;

  constructor(keeper: Keeper, taken: Taken, ledger: string, visitor: Visitor) {
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
