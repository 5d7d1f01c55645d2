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
  /** Bounds the requests that wait, with all other open connections. */
  readonly sockets: SocketHub;
}

/** Who reads. A page of another site (`isForeign`) does not make a stream live longer by reading. */
export interface StreamReader extends Visitor {
  readonly isForeign: boolean;
}
