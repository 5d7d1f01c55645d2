/** What a ratio is held to. */
export interface Target {
  readonly is: "at least" | "at most";
  readonly value: number;
}

/** One line of the result. */
export interface Row {
  readonly scenario: string;
  readonly ours: string;
  readonly ceiling: string;
  /** Ours by the ceiling, or the figure itself where there is no ceiling. */
  readonly ratio: number;
  /** What the ratio is a number of, where it is not a ratio. */
  readonly unit?: string;
  readonly target?: Target;
  /** The ratio of each pair. */
  readonly each?: readonly number[];
  /** What helps to read the line: processor use, other figures of the same run. */
  readonly note?: string;
}

export function isMet({ ratio, target }: Row): boolean | undefined {
  if (target === undefined) return undefined;
  return target.is === "at least" ? ratio >= target.value : ratio <= target.value;
}

export function markdownOf(rows: readonly Row[]): string {
  const head = ["scenario", "ours", "ceiling", "ratio", "target", "met", "notes"];
  const lines = rows.map((row) => {
    const { target, unit = "" } = row;
    const met = isMet(row);
    return [
      row.scenario,
      row.ours,
      row.ceiling,
      `${rounded(row.ratio)}${unit}`,
      target === undefined ? "" : `${target.is === "at least" ? "≥" : "≤"} ${target.value}${unit}`,
      met === undefined ? "" : met ? "yes" : "no",
      row.note ?? "",
    ];
  });
  return [head, head.map(() => "---"), ...lines]
    .map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

/** A figure with about three digits that count. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) return "?";
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toString();
  return value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** A rate in words: 1.23 M/s, 45.6 k/s. */
export function rate(perSecond: number): string {
  if (perSecond >= 1e6) return `${rounded(perSecond / 1e6)} M/s`;
  if (perSecond >= 1e3) return `${rounded(perSecond / 1e3)} k/s`;
  return `${rounded(perSecond)} /s`;
}
