import process from "node:process";
import type { Registry } from "prom-client";
import { VERSION } from "../../kernel/version.ts";
import { descriptorLimit } from "../edge/connection_limits.ts";
import { computedMetric, type MetricParts } from "./computed_metric.ts";

/** What the process is and takes, named as Prometheus' own libraries name it. */
export function processMetrics(registry: Registry): void {
  const add = (
    name: string,
    help: string,
    type: MetricParts["type"],
    value: () => number | undefined,
    aggregator: MetricParts["aggregator"] = "max",
  ) => {
    // It is the same from every thread.
    computedMetric(registry, { name, help, type, aggregator }, () => {
      const now = value();
      return now === undefined ? [] : [{ labels: {}, value: now }];
    });
  };
  computedMetric(registry, {
    name: "ledger_build_info",
    help: "The program's version and its runtime's",
    type: "gauge",
    aggregator: "first",
  }, () => [{ labels: { version: VERSION, deno: Deno.version.deno }, value: 1 }]);
  const startedAt = (Date.now() - performance.now()) / 1_000;
  // The first of its threads began with it.
  add(
    "process_start_time_seconds",
    "When it began, since the epoch",
    "gauge",
    () => startedAt,
    "min",
  );
  add("process_cpu_seconds_total", "Processor time of all threads", "counter", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000_000;
  });
  add(
    "process_resident_memory_bytes",
    "Resident memory",
    "gauge",
    () => Deno.memoryUsage().rss,
  );
  add("process_open_fds", "Open file descriptors", "gauge", openFiles);
  add("process_max_fds", "File descriptors it may have", "gauge", descriptorLimit);
}

/** Undefined where the system does not tell, or the program may not ask. */
function openFiles(): number | undefined {
  try {
    return [...Deno.readDirSync("/proc/self/fd")].length;
  } catch {
    return undefined;
  }
}
