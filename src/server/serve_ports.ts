import type { Handler } from "../web/handler.ts";
import { entered, type Entrance, nativePort } from "./mounts.ts";
import type { Mounted } from "./mounted.ts";
import type { PortRoutes } from "./port_routes.ts";
import type { Ports } from "./ports.ts";
import type { RemoteFollowing } from "./remote_following.ts";
import type { Renewable } from "./renewable.ts";
import type { Threads } from "./threads.ts";

/** What the ports of a server are, and what requests pass on their way. */
export interface PortsAsked {
  readonly ports: Ports;
  /** What makes the main port's routes; undefined where there is none. */
  readonly main: (() => PortRoutes) | undefined;
  readonly mounted: readonly Mounted[];
  /** What makes routes anew; undefined where they are the same for as long as the server runs. */
  readonly renewable: Renewable | undefined;
  readonly following: RemoteFollowing | undefined;
  readonly threads: Threads | undefined;
  readonly entrance: Entrance;
}

/** Serves the main port, and those of all ledgers. Throws `config_invalid`. */
export async function servePorts(asked: PortsAsked): Promise<void> {
  const { ports, main, mounted, renewable, following, threads, entrance } = asked;
  // Behind fronts no handler is ever asked here: what they hand over has passed the door.
  const serve = async (
    name: string,
    make: () => PortRoutes,
    open: (handler: Handler) => Promise<void>,
  ) => {
    const own = renewable?.routes(make) ?? make();
    const routes = following?.routes(own, name === "main") ?? own;
    threads?.serves(name, routes);
    await open(entered(routes, entrance));
    threads?.claimed(name);
  };
  if (main !== undefined) await serve("main", main, (handler) => ports.serveMain(handler));
  for (const ledger of [...mounted]) {
    const { definition } = ledger;
    const current = () => mounted.find((one) => one.definition === definition) ?? ledger;
    for (const setting of definition.ports) {
      const open = (handler: Handler) => ports.serveNative(definition, setting, handler);
      await serve(setting, () => nativePort(current(), setting), open);
    }
  }
}
