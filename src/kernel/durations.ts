/** Upper bounds of the parts that durations are counted in, in seconds. */
export const DURATION_BOUNDS = [
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
] as const;

/** How long things took: a few numbers, whatever their number. */
export class Durations {
  /** How many took up to each bound and more than the one before; the last took longer than all. */
  readonly parts = new Float64Array(DURATION_BOUNDS.length + 1);
  /** All of them together, in seconds. */
  sum = 0;

  add(ms: number): void {
    const seconds = ms / 1_000;
    let part = 0;
    while (seconds > (DURATION_BOUNDS[part] ?? Infinity)) part++;
    this.parts[part] = (this.parts[part] ?? 0) + 1;
    this.sum += seconds;
  }

  get count(): number {
    return this.parts.reduce((sum, part) => sum + part, 0);
  }
}
