import type { SocketHub, Visitor } from "../../sockets/hub.ts";
import { StreamRefusal } from "../chain/errors.ts";

/**
 * Takes a place for a request that waits; the function returned gives it back. `end` is called when
 * the visitor's key counts no more. Throws 503 when there is no place.
 */
export function holdPlace(sockets: SocketHub, visitor: Visitor, end: () => void): () => void {
  const leave = sockets.hold("streams", visitor, end);
  if (leave !== undefined) return leave;
  throw new StreamRefusal(503, "too_many_connections", "There are too many connections", {
    "retry-after": "5",
  });
}
