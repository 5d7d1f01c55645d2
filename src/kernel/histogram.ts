/** Bounds by which durations are counted, in seconds. */
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

/** How values lie among some bounds: a few numbers, however many they are of. */
export class Histogram {
  /** How many were up to each bound and more than the one before; the last were more than all. */
  readonly parts: Float64Array;
  /** Of all values. */
  sum = 0;

  constructor(readonly bounds: readonly number[]) {
    this.parts = new Float64Array(bounds.length + 1);
  }

  add(value: number): void {
    let part = 0;
    while (value > (this.bounds[part] ?? Infinity)) part++;
    this.parts[part] = (this.parts[part] ?? 0) + 1;
    this.sum += value;
  }
}
