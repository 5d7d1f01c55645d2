import { count, perSecond } from "../../base/format.ts";
import { askJson } from "../../data/api.ts";
import { useResource } from "../../data/resource.ts";
import { type Stats, unlessRefused } from "../../data/watching.ts";
import { LineChart } from "../../parts/line_chart.tsx";

/** Milliseconds between two looks. */
const EVERY_MS = 5_000;

/** Seconds that a point of a line stands for: the most of them counts. */
const POINT_SECONDS = 5;

/** Points of 15 minutes. */
const SLOTS = 900 / POINT_SECONDS;

/** Seconds over which the number beside a line is taken. */
const LAST_SECONDS = 5;

const SHOWN = [
  ["events", "Events appended", "a second"],
  ["messages", "Messages sent", "a second"],
  ["requests", "Requests", "a second"],
  ["connections", "Connections", "open"],
] as const;

/** The last 15 minutes, as lines. */
export function StatsStrip() {
  const { value } = useResource(
    "stats",
    // Without a key that is good it is left out.
    (signal) => unlessRefused(askJson<Stats>("v1/stats", { signal }), [401, 403]),
    EVERY_MS,
  );
  return (
    <div class="strip card" role="group" aria-label="The last 15 minutes">
      {SHOWN.map(([name, title, unit]) => {
        const series = value?.series[name] ?? [];
        return (
          <div key={name} class="strip-cell">
            <span class="muted">{title}</span>
            <span class="strip-number">
              {numberOf(series, unit)} <span class="muted">{unit}</span>
            </span>
            <LineChart
              values={pointsOf(series)}
              slots={SLOTS}
              label={`${title} in 15 minutes`}
              unit={unit}
            />
          </div>
        );
      })}
    </div>
  );
}

function numberOf(series: readonly number[], unit: string): string {
  if (series.length === 0) return "–";
  if (unit === "open") return count(series.at(-1) ?? 0);
  // The second that is under way is not over.
  const last = series.slice(-LAST_SECONDS - 1, -1);
  return perSecond(last.reduce((sum, value) => sum + value, 0) / Math.max(1, last.length));
}

function pointsOf(series: readonly number[]): readonly number[] {
  const points: number[] = [];
  for (let at = 0; at < series.length; at += POINT_SECONDS) {
    points.push(Math.max(...series.slice(at, at + POINT_SECONDS)));
  }
  return points;
}
