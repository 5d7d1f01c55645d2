import type { Registry } from "prom-client";
import type { Deliveries } from "../../web/deliveries.ts";
import { computedMetric, samplesOf } from "./computed_metric.ts";

/** What is told to others, and how they answer. */
export function deliveryMetrics(registry: Registry, all: () => readonly Deliveries[]): void {
  computedMetric(registry, {
    name: "ledger_webhook_answers_total",
    help: "Webhooks called: answered well, answered otherwise, or not answered",
    type: "counter",
  }, () => {
    return all().flatMap(({ outcomes }) =>
      Object.entries(outcomes).map(([outcome, value]) => ({ labels: { outcome }, value }))
    );
  });
  const seconds = "ledger_webhook_seconds";
  computedMetric(registry, {
    name: seconds,
    help: "Time until a webhook has answered, or has failed to",
    type: "histogram",
  }, () => all().flatMap(({ durations }) => samplesOf(seconds, {}, durations)));
  computedMetric(registry, {
    name: "ledger_subscriptions",
    help: "What is told to others, by how it goes",
    type: "gauge",
  }, () => {
    const counts = new Map<string, { labels: Record<string, string>; value: number }>();
    for (const { type, state } of all().flatMap((deliveries) => deliveries.list())) {
      const found = counts.get(`${type} ${state}`) ?? { labels: { type, state }, value: 0 };
      counts.set(`${type} ${state}`, { ...found, value: found.value + 1 });
    }
    return counts.values();
  });
}
