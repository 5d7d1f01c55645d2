import type { Handler } from "./listeners.ts";
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
}

/** A handler behind a gate. `refuse` answers one that has to wait for some seconds. */
export function gated(
  handler: Handler,
  { rate, trustedProxies, refused }: Gate,
  refuse: (request: Request, seconds: number) => Response,
): Handler {
  // Whoever sets no limit pays for none.
  if (rate === undefined && trustedProxies.size === 0) return handler;
  return (request, peer) => {
    const address = clientAddress(request, peer, trustedProxies);
    const seconds = rate?.take(address) ?? 0;
    if (seconds === 0) return handler(request, address);
    refused();
    return refuse(request, seconds);
  };
}
