import type { Registry } from "prom-client";
import type { Clock } from "../kernel/clock.ts";
import { EVENT_BYTES, INBOUND_BYTES } from "../kernel/limits.ts";
import type { Values } from "../kernel/setting.ts";
import { VERSION } from "../kernel/version.ts";
import { prefixOf } from "../web/ledger.ts";
import type { ServerFacts, WatchContext } from "./admin/watch_context.ts";
import type { KeysContext } from "./admin/keys.ts";
import type { Metrics } from "./metrics.ts";
import type { Mounted } from "./mounted.ts";
import type { Served } from "./ports.ts";
import type { serverSettings } from "./settings.ts";
import type { Log } from "../log/log.ts";
import { ChainGlances } from "./watching/chain_glances.ts";
import { computedMetric } from "./watching/computed_metric.ts";
import { deliveryMetrics } from "./watching/delivery_metrics.ts";
import type { WatchSurveys } from "./watching/surveys.ts";

/** What a server tells of itself, and by what it finds that out. */
export interface ServerParts {
  readonly log: Log;
  readonly clock: Clock;
  readonly startedAt: number;
  readonly values: Values<typeof serverSettings>;
  readonly keys: KeysContext;
  readonly ledgers: readonly Mounted[];
  readonly surveys: WatchSurveys;
  readonly metrics: Metrics;
  readonly limits: { readonly places: number; readonly perAddress: number | undefined };
  /** How many threads have connections. */
  readonly threads: number;
  readonly ports: () => readonly Served[];
  readonly damages: () => number;
}

/** What the routes that tell of the server are given; the owner of the log makes it. */
export function watchContext(parts: ServerParts): WatchContext {
  const { log, clock, keys, ledgers, surveys, metrics, values } = parts;
  const { store } = log;
  // It names this process, not the store: another start is another.
  const server = crypto.randomUUID().slice(0, 6);
  // Ledgers may be made anew.
  const deliveries = () => ledgers.flatMap(({ ledger }) => ledger.deliveries ?? []);
  deliveryMetrics(metrics.registry, deliveries);
  storeMetrics(metrics.registry, values.store);
  return {
    access: keys.access,
    isLocal: keys.isLocal,
    log,
    clock,
    surveys,
    deliveries,
    glances: new ChainGlances(),
    nameOf: (id) => keys.stored.nameOf(id),
    facts: () => factsOf(parts),
    about: () => ({
      server,
      sharesStore: !store.exclusive,
      time: new Date(clock.now()).toISOString(),
    }),
  };
}

/** As {@linkcode watchContext}, for a thread that has the owner of the log answer. */
export function watchOfFront(
  { keys, ...parts }: Pick<ServerParts, "log" | "clock" | "keys" | "surveys">,
): WatchContext {
  const elsewhere = () => {
    throw new Error("the owner of the log answers this");
  };
  return {
    ...parts,
    deliveries: () => [],
    access: keys.access,
    isLocal: keys.isLocal,
    glances: new ChainGlances(),
    nameOf: (id) => keys.stored.nameOf(id),
    facts: elsewhere,
    about: elsewhere,
  };
}

async function factsOf(parts: ServerParts): Promise<ServerFacts> {
  const { log: { store }, clock, startedAt, values, ledgers, limits } = parts;
  const { metrics, threads, keys } = parts;
  return {
    open: {
      name: "Ledgerline",
      version: VERSION,
      runtime: `deno ${Deno.version.deno}`,
      startedAt: new Date(startedAt).toISOString(),
      uptimeSeconds: Math.max(0, Math.floor((clock.now() - startedAt) / 1_000)),
      threads,
      isKeyNeeded: keys.access.isRequired,
      ledgers: ledgers.map(({ definition, ledger }) => ({
        name: definition.name,
        title: definition.title,
        prefix: prefixOf(definition),
        network: ledger.network ?? null,
      })),
      limits: {
        connections: limits.places,
        connectionsPerAddress: limits.perAddress ?? null,
        requestsPerSecond: values["requests-per-second"] ?? null,
        slowClientSeconds: values["slow-client-seconds"],
        eventBytes: EVENT_BYTES,
        messageBytes: INBOUND_BYTES,
      },
      open: await metrics.open(),
    },
    own: {
      store: {
        description: store.description,
        bytes: await storeBytes(values.store) ?? null,
        damages: parts.damages(),
      },
      ports: parts.ports(),
    },
  };
}

/** What a file takes, with what was not yet moved into it; undefined where the store is none. */
async function storeBytes(location: string): Promise<number | undefined> {
  if (location === ":memory:" || /^https?:/.test(location)) return undefined;
  try {
    const { size } = await Deno.stat(location);
    const wal = await Deno.stat(`${location}-wal`).then(({ size }) => size, () => 0);
    return size + wal;
  } catch {
    return undefined;
  }
}

function storeMetrics(registry: Registry, location: string): void {
  computedMetric(registry, {
    name: "ledger_store_bytes",
    help: "Size of the store's file; left out where it is none",
    type: "gauge",
  }, async () => {
    const bytes = await storeBytes(location);
    return bytes === undefined ? [] : [{ labels: {}, value: bytes }];
  });
}
