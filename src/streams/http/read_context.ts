import type { SocketHub, Visitor } from "../../sockets/hub.ts";
import type { Access } from "../../web/access.ts";
import type { StreamService } from "../chain/service.ts";
import type { LiveStreams } from "./live.ts";

/** What reads need beside the request. */
export interface ReadContext {
  readonly service: StreamService;
  readonly live: LiveStreams;
  /** Milliseconds that a long poll waits. */
  readonly waitMs: number;
  readonly access: Access;
  /** Where requests that wait take their places. */
  readonly sockets: SocketHub;
}

/** Whoever reads. A page of somebody else does not keep a stream alive by it. */
export interface StreamReader extends Visitor {
  readonly isForeign: boolean;
}
