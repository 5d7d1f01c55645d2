/** What a ratio is held to. */
export interface Target {
  readonly is: "at least" | "at most";
  readonly value: number;
}

/** Another figure of a line, beside its first. */
export interface Figure {
  /** What ours is divided by, or empty where it is divided by nothing. */
  readonly of: string;
  readonly value: number;
  readonly unit?: string;
  readonly target?: Target;
}

/** One line of the result. */
export interface Row {
  readonly scenario: string;
  readonly ours: string;
  /** What a program of others reaches, where one does the same work and is installed. */
  readonly peer?: string;
  readonly ceiling: string;
  /** Ours by the ceiling, or the figure itself where there is no ceiling. */
  readonly ratio: number;
  /** What the ratio is a number of, where it is not a ratio. */
  readonly unit?: string;
  readonly target?: Target;
  readonly more?: readonly Figure[];
  /** The ratio of each pair. */
  readonly each?: readonly number[];
  /** What helps to read the line: processor use, other figures of the same run. */
  readonly note?: string;
}

/** Whether all that a line is held to is met; undefined where it is held to nothing. */
export function isMet(row: Row): boolean | undefined {
  const held = figuresOf(row).filter(({ target }) => target !== undefined);
  if (held.length === 0) return undefined;
  return held.every(({ value, target }) =>
    target === undefined ||
    (target.is === "at least" ? value >= target.value : value <= target.value)
  );
}

/** The first figure of a line, which is by its ceiling where it has one, and the others. */
function figuresOf({ ratio, unit, target, more = [], ceiling }: Row): readonly Figure[] {
  const of = unit === undefined && ceiling !== "" ? "of the ceiling" : "";
  const first = { of, value: ratio, ...(unit && { unit }), ...(target && { target }) };
  return [first, ...more];
}

/** What each cell of a line is under. */
export const HEAD = ["scenario", "ours", "peer", "ceiling", "ratio", "goal", "met", "notes"];

export function markdownOf(rows: readonly Row[]): string {
  return [HEAD, HEAD.map(() => "---"), ...rows.map(cellsOf)].map(lineOf).join("");
}

export function lineOf(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}

export function cellsOf(row: Row): string[] {
  const figures = figuresOf(row);
  const said = (value: string, { unit = "", of }: Figure) => `${value}${unit} ${of}`.trim();
  const met = isMet(row);
  return [
    row.scenario,
    row.ours,
    row.peer ?? "",
    row.ceiling,
    figures.map((figure) => said(rounded(figure.value), figure)).join(", "),
    figures.flatMap((figure) => {
      const { target } = figure;
      if (target === undefined) return [];
      return [said(`${target.is === "at least" ? "≥" : "≤"} ${target.value}`, figure)];
    }).join(", "),
    met === undefined ? "" : met ? "yes" : "no",
    row.note ?? "",
  ];
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
