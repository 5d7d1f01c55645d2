/**
 * How many connections there may be. `connections` counts all; of these only `places` may be sockets,
 * long polls and event streams at one time, which leaves room for requests and for refusals.
 */
export interface ConnectionLimits {
  readonly connections: number;
  readonly places: number;
  /** Places for each address; undefined for no limit. */
  readonly placesOfAddress: number | undefined;
  /** Connections for each address, by whether it is of this machine. */
  ofAddress(isLocal: boolean): number;
  /** Proxies, whose requests count for the clients that they forward. */
  readonly trustedProxies: ReadonlySet<string>;
  /** Milliseconds a client may take nothing while there is more for it. */
  readonly stallMs: number;
}

/** What the limits are made of. */
export interface LimitSettings {
  readonly most: number;
  readonly perAddress: number | "auto" | undefined;
  readonly trustedProxies: readonly string[];
  readonly stallMs: number;
  /** The process's limit of file descriptors; undefined where that cannot be read. */
  readonly descriptors: number | undefined;
}

/** The part of the descriptors (one in so many), and the most, kept for the store and for bursts. */
const KEPT_SHARE = 4;
const MOST_KEPT = 512;

/** Connections beyond the places, in all and for one address. */
const MORE = 256;
const MORE_OF_ADDRESS = 16;

/** One remote address may have this part of everything. */
const ADDRESS_SHARE = 4;

/** The most connections that local programs cannot take. */
const LEFT_TO_OTHERS = 32;

/** Makes the limits of what is set and of what the system allows. */
export function connectionLimits(settings: LimitSettings): ConnectionLimits {
  const { most, perAddress, descriptors } = settings;
  // Where the limit is unknown, running out of descriptors lowers it (see `Connections.exhausted`).
  const usable = descriptors === undefined
    ? Infinity
    : Math.max(2, descriptors - Math.min(MOST_KEPT, descriptors / KEPT_SHARE));
  const more = Math.min(MORE, Math.ceil(usable / 4));
  const places = Math.max(1, Math.floor(Math.min(most, usable - more)));
  const connections = places + more;
  const share = Math.max(1, Math.floor(places / ADDRESS_SHARE));
  // A developer's own programs and a proxy on this machine are one address with everything in it:
  // they may take every place, and still leave connections for the others.
  const local = connections - Math.min(LEFT_TO_OTHERS, Math.floor(connections / 8));
  const ofAddress = (isLocal: boolean): number => {
    if (perAddress === undefined) return Infinity;
    if (perAddress === "auto") return isLocal ? local : share + MORE_OF_ADDRESS;
    return perAddress + Math.max(MORE_OF_ADDRESS, Math.floor(perAddress / 4));
  };
  return {
    connections,
    places,
    placesOfAddress: perAddress === "auto" ? share : perAddress,
    ofAddress,
    trustedProxies: new Set(settings.trustedProxies),
    stallMs: settings.stallMs,
  };
}

/** The process's limit of file descriptors; undefined where the system does not tell. */
export function descriptorLimit(): number | undefined {
  try {
    const text = Deno.readTextFileSync("/proc/self/limits");
    const soft = /^Max open files\s+(\d+)/m.exec(text)?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
