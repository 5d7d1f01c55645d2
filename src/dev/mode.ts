import { type Clock, systemClock } from "../kernel/clock.ts";
import { isLoopback } from "../kernel/address.ts";
import { isDeploy } from "../kv/deploy.ts";
import type { Extended, Extension } from "../server/extension.ts";
import { clockMemory, DevClock } from "./clock.ts";
import { faultMemory, Faults, meetingFaults } from "./faults.ts";
import { devRoutes, type MiningPace } from "./routes.ts";
import { type DevShared, devTasks } from "./shared.ts";

/** The module that a thread with connections begins with. */
const FRONT_MODULE = new URL("./dev_front_worker.ts", import.meta.url);

/** The network of Hathor that is nobody else's. */
const PRIVATE_NETWORK = "privatenet";

/** What decides whether there is a developer mode. */
export interface DevSettings {
  readonly dev: "auto" | "on" | "off";
  readonly host: string;
  readonly "api-keys": readonly string[];
  /** As every setting of a ledger, of a type that the server does not know. */
  readonly "hathor-network"?: unknown;
}

/** Whether a server or a node is followed: what it decides is not changed here. */
function followsAny(values: DevSettings): boolean {
  return Object.entries(values)
    .some(([name, value]) => /^(?:.+-)?follow$/.test(name) && value !== undefined);
}

/** How a server is started in developer mode. */
export interface DevMode {
  readonly clock: DevClock;
  readonly waits: Clock;
  readonly frontModule?: URL;
  readonly frontShared?: DevShared;
  extend(extended: Extended): Extension;
}

/**
 * The developer mode of a server with these settings; undefined where it has none. Unasked it is
 * there on a private network, while this machine alone can reach the server and no key is needed: a
 * key that is made later ends it.
 */
export function devMode(values: DevSettings, machine: Clock = systemClock): DevMode | undefined {
  const { dev, host } = values;
  if (followsAny(values)) return undefined;
  const isOwn = isLoopback(host) && !isDeploy() && values["hathor-network"] === PRIVATE_NETWORK &&
    values["api-keys"].length === 0;
  if (dev === "off" || (dev === "auto" && !isOwn)) return undefined;
  const shared: DevShared = { clock: clockMemory(), faults: faultMemory() };
  const clock = new DevClock(machine, shared.clock);
  return {
    clock,
    waits: machine,
    // Threads have the machine's clock, and no other.
    ...machine === systemClock && { frontModule: FRONT_MODULE, frontShared: shared },
    extend(extended) {
      const { waits } = extended;
      const faults = new Faults(shared.faults);
      const { takeFault, cut } = devTasks(extended, faults);
      const paces = new Map<string, MiningPace>();
      const context = { ...extended, clock, faults, cut, paces, isAsked: dev === "on" };
      return {
        routes: (app) => devRoutes(app, context),
        before: meetingFaults({ memory: shared.faults, take: takeFault, clock: waits }),
        prepare: ({ definition, ledger }) => {
          const pace = paces.get(definition.name);
          if (pace !== undefined) ledger.setPace?.(pace);
        },
      };
    },
  };
}
