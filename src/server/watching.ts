import { type Clock, systemClock } from "../kernel/clock.ts";
import type { Traffic } from "../sockets/following.ts";
import type { Store } from "../kv/store.ts";
import type { SocketHub } from "../sockets/hub.ts";
import type { Owner } from "../web/owner.ts";
import type { Metrics } from "./metrics.ts";
import { computedMetric } from "./watching/computed_metric.ts";
import type { Values } from "../kernel/setting.ts";
import type { serverSettings } from "./settings.ts";
import { RequestLog } from "./watching/request_log.ts";
import { LagWatch } from "./watching/lag_watch.ts";
import { SecondStats } from "./watching/stats.ts";
import { type WatchSurveys, watchSurveys } from "./watching/surveys.ts";

/** Watches over what a thread has: its connections, and what passes over them. */
export interface ServerWatch {
  readonly surveys: WatchSurveys;
  start(): void;
  stop(): void;
}

/** What counts and logs the requests of a thread. */
export function requestLogOf(
  values: Pick<Values<typeof serverSettings>, "trusted-proxies" | "access-log">,
  { routes }: Metrics,
): RequestLog {
  return new RequestLog({
    clock: systemClock,
    routes,
    trustedProxies: new Set(values["trusted-proxies"]),
    isAll: values["access-log"],
  });
}

/** Makes what watches. `clock` is the connections' own; seconds are the machine's. */
export function watchingOf(
  owner: Pick<Owner, "survey">,
  { store, metrics, sockets, clock, isApart = false }: {
    readonly store: Store;
    readonly metrics: Metrics;
    /** Whether all connections are on other threads. */
    readonly isApart?: boolean;
    readonly sockets: SocketHub;
    readonly clock: Clock;
  },
): ServerWatch {
  const { registry } = metrics;
  const traffic = () => [...sockets.traffic()];
  const sent = (name: string, help: string, of: (traffic: Traffic) => number) =>
    computedMetric(registry, { name, help, type: "counter" }, () => {
      return traffic().map(([ledger, passed]) => ({ labels: { ledger }, value: of(passed) }));
    });
  sent("ledger_sent_messages_total", "Frames and events sent", ({ messages }) => messages);
  sent("ledger_sent_bytes_total", "Bytes of frames and events sent", ({ bytes }) => bytes);
  computedMetric(registry, {
    name: "ledger_kv_errors_total",
    help: "Errors of the store, also those that passed when it was asked again",
    type: "counter",
  }, () => [...store.faults ?? []].map(([fault, value]) => ({ labels: { fault }, value })));
  const stats = new SecondStats(systemClock, () => {
    const sums = { messages: 0, bytes: 0 };
    for (const [, { messages, bytes }] of traffic()) {
      sums.messages += messages;
      sums.bytes += bytes;
    }
    return metrics.figures(sums);
  });
  const lags = new LagWatch(sockets, systemClock, registry);
  const surveys = watchSurveys(owner, { sockets, stats, clock });
  return {
    surveys: {
      ...surveys,
      // Appends are this thread's, wherever the connections are.
      stats: async (seconds) => [
        ...isApart ? [stats.told(seconds)] : [],
        ...await surveys.stats(seconds),
      ],
    },
    start: () => {
      stats.start();
      lags.start();
    },
    stop: () => {
      stats.stop();
      lags.stop();
    },
  };
}
