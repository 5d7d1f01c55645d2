import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../kernel/clock.ts";
import type { Values } from "../kernel/setting.ts";
import { SocketHub } from "../sockets/hub.ts";
import {
  type ConnectionLimits,
  connectionLimits,
  descriptorLimit,
} from "./edge/connection_limits.ts";
import { placesWanted } from "./edge/memory.ts";
import { Connections } from "./edge/connections.ts";
import { connectionLog } from "./watching/connection_log.ts";
import type { Metrics } from "./metrics.ts";
import type { serverSettings } from "./settings.ts";
import type { AddressCounts } from "../kernel/address_counts.ts";

const logger = getLogger(["ledgerline", "server"]);

/** What counts connections, and those that stay open. */
export interface Connecting {
  readonly sockets: SocketHub;
  readonly connections: Connections;
  readonly limits: ConnectionLimits;
}

/** What is counted together with other threads. */
export interface ConnectionCounts {
  readonly places: AddressCounts;
  readonly connections: AddressCounts;
}

/**
 * Makes both, of the settings; `counts` are shared with other threads, where there are any. One that
 * `isFront` leaves it to the owner of the log to say how many there may be.
 */
export function connecting(
  values: Values<typeof serverSettings>,
  clock: Clock,
  metrics: Metrics,
  counts?: ConnectionCounts,
  isFront = false,
): Connecting {
  const perAddress = values["max-connections-per-address"];
  const most = placesWanted(values["max-connections"]);
  const limits = connectionLimits({
    most,
    perAddress,
    trustedProxies: values["trusted-proxies"],
    stallMs: values["slow-client-seconds"] * 1_000,
    descriptors: descriptorLimit(),
  });
  if (limits.places < most && !isFront) {
    logger.info(
      "at most {places} sockets, long polls and event streams: for more, more files have " +
        "to be allowed, or --max-connections set where that cannot be asked",
      { places: limits.places },
    );
  }
  const hubLimits = {
    connections: limits.places,
    told: most,
    perAddress: limits.placesOfAddress,
    isLocalFree: perAddress === "auto",
    stallMs: limits.stallMs,
  };
  return {
    sockets: new SocketHub(
      clock,
      hubLimits,
      values["access-log"] ? connectionLog(metrics, clock) : metrics,
      counts?.places,
    ),
    // Connections are timed by the machine's clock, as all is that the runtime does.
    connections: new Connections(systemClock, limits, metrics, counts?.connections),
    limits,
  };
}
