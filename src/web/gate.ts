import { exchangeOf } from "../sockets/exchange.ts";
import type { Handler } from "./handler.ts";
import { clientAddress } from "./proxies.ts";
import type { RateLimit } from "./rate_limit.ts";

/** What every request passes before it comes to its route. */
export interface Gate {
  /** Undefined where there is no limit. */
  readonly rate: RateLimit | undefined;
  /** Addresses of proxies that are believed when they say whom they ask for. */
  readonly trustedProxies: ReadonlySet<string>;
  /** A request was refused for its address's rate. */
  refused(): void;
  /** Counts what proxies forward by whom it is for. */
  readonly connections?: {
    /** Counts a connection for an address until the function that it returns is called; undefined where there are too many. */
    forward(address: string): (() => void) | undefined;
  };
}

/** Seconds after which whoever has too many requests in hand should come back. */
const COME_BACK_SECONDS = 5;

/** A handler behind a gate. `refuse` answers one that has to wait for some seconds. */
export function gated(
  handler: Handler,
  { rate, trustedProxies, refused, connections }: Gate,
  refuse: (request: Request, seconds: number) => Response,
): Handler {
  // Whoever sets no limit pays for none.
  if (rate === undefined && trustedProxies.size === 0) return handler;
  return (request, peer) => {
    const address = clientAddress(request, peer, trustedProxies);
    const seconds = rate?.take(address) ?? 0;
    if (seconds > 0) {
      refused();
      return refuse(request, seconds);
    }
    // A proxy's connections are not its own: what comes on them counts for whom it is for.
    const exchange = address === peer ? undefined : exchangeOf(request);
    if (exchange === undefined || connections === undefined) return handler(request, address);
    const leave = connections.forward(address);
    if (leave === undefined) return refuse(request, COME_BACK_SECONDS);
    exchange.whenOver(leave);
    return handler(request, address);
  };
}
