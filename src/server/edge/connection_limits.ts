/**
 * How many connections there may be. `connections` counts every one of them; of these only `places`
 * may be sockets, long polls and event streams at one time, so that with all of those taken there
 * is room for requests, and for whoever is told to come back.
 */
export interface ConnectionLimits {
  readonly connections: number;
  readonly places: number;
  /** Places for each address; undefined for no limit. */
  readonly placesOfAddress: number | undefined;
  /** Connections for each address, which is of this machine or is not. */
  ofAddress(isLocal: boolean): number;
  /** Peers whose connections are not theirs: their clients count by what they forward. */
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
  /** Descriptors the process may have; undefined where it may not ask. */
  readonly descriptors: number | undefined;
}

/** The share and the most of the descriptors that are kept for the store, calls and bursts. */
const KEPT_SHARE = 4;
const MOST_KEPT = 512;

/** Connections beside those that stay open, and those of one address beside its own. */
const MORE = 256;
const MORE_OF_ADDRESS = 16;

/** One address that is not this machine may have this part of everything. */
const ADDRESS_SHARE = 4;

/** Connections that programs of this machine leave to others, at the most. */
const LEFT_TO_OTHERS = 32;

/** Makes the limits of what is set and of what the system allows. */
export function connectionLimits(settings: LimitSettings): ConnectionLimits {
  const { most, perAddress, descriptors } = settings;
  // Where nobody tells, it shows when there are no more: the edge lives on with what there is.
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

/** Descriptors this process may have; undefined where nobody tells. */
export function descriptorLimit(): number | undefined {
  try {
    const text = Deno.readTextFileSync("/proc/self/limits");
    const soft = /^Max open files\s+(\d+)/m.exec(text)?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
