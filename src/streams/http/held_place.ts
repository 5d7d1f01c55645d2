import type { SocketPlaces } from "../../web/shared.ts";
import type { HeldRequest } from "../../sockets/hub.ts";
import type { Visitor } from "../../sockets/stay.ts";
import { StreamRefusal } from "../chain/errors.ts";

/**
 * Reserves one of the connections for a request that waits; the function returned gives it back.
 * `end` is called when the visitor's key is revoked or expires. Throws 503 when there is no room.
 */
export function holdPlace(
  sockets: SocketPlaces,
  visitor: Visitor,
  end: () => void,
  holding: HeldRequest,
): () => void {
  const leave = sockets.hold("streams", visitor, end, holding);
  if (leave !== undefined) return leave;
  throw new StreamRefusal(503, "too_many_connections", "There are too many connections", {
    "retry-after": "5",
  });
}
