import type { Registry } from "prom-client";
import type { FollowerReport } from "../../remote/follower.ts";
import { computedMetric } from "./computed_metric.ts";

/** Adds what is told of the remotes that are followed. */
export function remoteMetrics(
  registry: Registry,
  reports: () => readonly FollowerReport[],
): void {
  const add = (
    type: "gauge" | "counter",
    name: string,
    help: string,
    value: (report: FollowerReport) => number,
  ) =>
    computedMetric(
      registry,
      { name, help, type },
      () => reports().map((report) => ({ labels: { remote: report.name }, value: value(report) })),
    );
  add(
    "gauge",
    "ledger_remote_connected",
    "1 while the remote is followed",
    ({ state }) => state === "following" ? 1 : 0,
  );
  add(
    "gauge",
    "ledger_remote_stopped",
    "1 where the remote is not followed until somebody decides",
    ({ state }) => state === "stopped" ? 1 : 0,
  );
  add(
    "gauge",
    "ledger_remote_last_id",
    "The id of what was taken last, on its line",
    ({ last }) => last?.id ?? -1,
  );
  add(
    "gauge",
    "ledger_remote_lag_events",
    "Events that the remote has told of and that are not here",
    ({ lagEvents }) => lagEvents,
  );
  add(
    "gauge",
    "ledger_remote_lag_seconds",
    "How old the last event is that is here, of the line furthest behind; 0 where all are here",
    ({ lagSeconds }) => lagSeconds,
  );
  add(
    "gauge",
    "ledger_remote_refused_lines",
    "Lines that are not followed any more, while the others go on",
    ({ refusedLines }) => refusedLines.size,
  );
  add(
    "counter",
    "ledger_remote_events_total",
    "Events taken from the remote",
    ({ taken }) => taken,
  );
  add(
    "counter",
    "ledger_remote_repeated_total",
    "Pieces that came again, and were passed over",
    ({ repeated }) => repeated,
  );
  add(
    "counter",
    "ledger_remote_reconnects_total",
    "Times the remote was connected to again",
    ({ reconnects }) => reconnects,
  );
  computedMetric(
    registry,
    {
      name: "ledger_remote_refused_total",
      help: "Times something of the remote, or the remote itself, was refused",
      type: "counter",
    },
    () =>
      reports().flatMap(({ name, refused }) =>
        [...refused].map(([code, value]) => ({ labels: { remote: name, code }, value }))
      ),
  );
}
