import type { Metric, Registry } from "prom-client";
import type { Histogram } from "../../kernel/histogram.ts";

/** A value of a metric, as the library has it. */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Where it is not the metric's own, as of the parts of a histogram. */
  readonly metricName?: string;
}

/** What a metric is called, and how what threads tell of it comes together. */
export interface MetricParts {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly aggregator?: "sum" | "max" | "min" | "first";
}

/**
 * Adds a metric that is made when it is asked for, of what is counted anyway: what the library counts
 * itself costs a hundred times more for each event.
 */
export function computedMetric(
  registry: Registry,
  { name, help, type, aggregator = "sum" }: MetricParts,
  samples: () => Iterable<MetricSample> | Promise<Iterable<MetricSample>>,
): void {
  const about = { name, help, type, aggregator };
  const get = async () => ({ ...about, values: [...await samples()] });
  // The library asks a metric for these alone, which its types do not say.
  registry.registerMetric({ ...about, get } as unknown as Metric);
}

/** The parts of a histogram: how many were in each of the bounds, and above all of them. */
export function samplesOf(
  name: string,
  labels: MetricSample["labels"],
  { bounds, parts, sum }: Histogram,
): MetricSample[] {
  let count = 0;
  const buckets = [...bounds, "+Inf"].map((le, index) => {
    count += parts[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
