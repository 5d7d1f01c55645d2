import type { Visitor } from "../../sockets/stay.ts";
import type { Shared } from "../../web/shared.ts";
import type { StreamService } from "../chain/service.ts";
import type { Tellings } from "../typed/tellings.ts";
import type { HeldPages } from "./held_pages.ts";
import type { LiveStreams } from "./live.ts";

/** What reads need beside the request. */
export interface ReadContext extends Shared {
  readonly service: StreamService;
  readonly live: LiveStreams;
  readonly heldPages: HeldPages;
  readonly tellings: Tellings;
  /** Milliseconds that a long poll waits. */
  readonly waitMs: number;
}

/** Who reads. A page of another site (`isForeign`) does not make a stream live longer by reading. */
export interface StreamReader extends Visitor {
  readonly isForeign: boolean;
}
