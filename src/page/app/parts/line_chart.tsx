import { useId } from "preact/hooks";
import { perSecond } from "../base/format.ts";

/** A line of numbers over time, the latest at the right, from zero to the greatest. */
export function LineChart(
  { values, slots = values.length, label, width = 180, height = 32, unit = "a second" }: {
    readonly values: readonly number[];
    /** How many numbers the whole width stands for: fewer stand at the right. */
    readonly slots?: number;
    /** What it shows, for whoever hears the page. */
    readonly label: string;
    readonly width?: number;
    readonly height?: number;
    readonly unit?: string;
  },
) {
  const id = useId();
  const most = Math.max(1, ...values);
  const points = linePoints(values, { slots, width, height, most });
  const last = values.at(-1) ?? 0;
  const text = `${label}: ${perSecond(last)} ${unit}, ${
    perSecond(Math.max(0, ...values))
  } at the most`;
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-labelledby={id}
    >
      <title id={id}>{text}</title>
      <line class="chart-base" x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} />
      {values.length > 1 && (
        <>
          <path class="chart-area" d={areaUnder(points, height)} />
          <polyline class="chart-line" points={points} />
        </>
      )}
    </svg>
  );
}

function areaUnder(points: string, height: number): string {
  const [first = "0", last = "0"] = [points, points.slice(points.lastIndexOf(" ") + 1)]
    .map((text) => text.split(",", 1)[0]);
  return `M${first},${height} L${points} L${last},${height} Z`;
}

/** The points of a line, as SVG has them. */
function linePoints(
  values: readonly number[],
  { slots, width, height, most }: {
    readonly slots: number;
    readonly width: number;
    readonly height: number;
    readonly most: number;
  },
): string {
  const step = slots < 2 ? 0 : width / (slots - 1);
  const left = width - step * (values.length - 1);
  const high = height - 3;
  return values
    .map((value, at) =>
      `${(left + at * step).toFixed(1)},${(height - 1 - value / most * high).toFixed(1)}`
    )
    .join(" ");
}
