import type { Visitor } from "../sockets/hub.ts";
import type { SocketPlaces } from "../web/shared.ts";
import { StreamRefusal } from "./errors.ts";

/**
 * Takes a place for a request that waits; the function returned gives it back. `end` is called when
 * the visitor's key counts no more. Throws 503 when there is no place.
 */
export function holdPlace(sockets: SocketPlaces, visitor: Visitor, end: () => void): () => void {
  const leave = sockets.hold("streams", visitor, end);
  if (leave !== undefined) return leave;
  throw new StreamRefusal(503, "too_many_connections", "There are too many connections", {
    "retry-after": "5",
  });
}
