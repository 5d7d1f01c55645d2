import { exchangeOf } from "../sockets/exchange.ts";
import type { Handler } from "./handler.ts";
import { clientAddress } from "./proxies.ts";
import type { ServerShared } from "./shared.ts";

/** Seconds after which whoever has too many requests in hand should come back. */
const COME_BACK_SECONDS = 5;

/**
 * A handler behind the limits of addresses. What trusted proxies forward counts for whom they ask.
 * `refuse` answers a request that has to wait for some seconds.
 */
export function gated(
  handler: Handler,
  { rate, connections, counts }: Pick<ServerShared, "rate" | "connections" | "counts">,
  trustedProxies: ReadonlySet<string>,
  refuse: (request: Request, seconds: number) => Response,
): Handler {
  // Whoever sets no limit pays for none.
  if (rate === undefined && trustedProxies.size === 0) return handler;
  return (request, peer) => {
    const address = clientAddress(request, peer, trustedProxies);
    const seconds = rate?.take(address) ?? 0;
    if (seconds > 0) {
      counts.turnedAway("rate");
      return refuse(request, seconds);
    }
    // A proxy's connections are not its own: what comes on them counts for whom it is for.
    const exchange = address === peer ? undefined : exchangeOf(request);
    if (exchange === undefined) return handler(request, address);
    const leave = connections.forward(address);
    if (leave === undefined) return refuse(request, COME_BACK_SECONDS);
    exchange.whenOver(leave);
    return handler(request, address);
  };
}
