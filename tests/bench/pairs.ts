import { CpuMeter } from "./cpu.ts";
import type { Figure, Target } from "./table.ts";

/** What came of taking turns. */
export interface Paired {
  /** Medians over the pairs. */
  readonly ours: number;
  readonly ceiling: number;
  readonly ratio: number;
  readonly each: readonly number[];
  /** The peer's median, and ours by it within each pair, where there is one. */
  readonly peer?: { readonly median: number; readonly ratio: number };
  /** Cores that the load client and the server were busy with, at the most. */
  readonly cpu: string;
}

/**
 * Measures ours, the ceiling, the peer where there is one, ours and so on. A machine that slows down or speeds up
 * meanwhile does so for both, so what counts is the median of the ratios within each pair.
 */
export async function inTurns(
  pairs: number,
  ours: { run: () => Promise<number>; pid?: number },
  ceiling: () => Promise<number>,
  peer?: () => Promise<number>,
): Promise<Paired> {
  const a: number[] = [];
  const b: number[] = [];
  const others: number[] = [];
  const client: number[] = [];
  const server: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const meter = await CpuMeter.start(ours.pid);
    a.push(await ours.run());
    const used = await meter.stop();
    client.push(used.client);
    if (used.server !== undefined) server.push(used.server);
    b.push(await ceiling());
    if (peer !== undefined) others.push(await peer());
  }
  const each = a.map((value, at) => value / (b[at] ?? NaN));
  const cpu = `client ${Math.max(...client).toFixed(2)}` +
    (server.length === 0 ? "" : `, server ${median(server).toFixed(2)} cores`);
  const beside = median(a.map((value, at) => value / (others[at] ?? NaN)));
  return {
    ...{ ours: median(a), ceiling: median(b), ratio: median(each), each, cpu },
    ...(peer === undefined ? {} : { peer: { median: median(others), ratio: beside } }),
  };
}

/** The peer's cell and what ours is by it, for a line of the table. */
export function besidePeer(
  { peer }: Paired,
  words: (value: number) => string,
  target?: Target,
): { peer: string; more: readonly Figure[] } {
  if (peer === undefined) return { peer: "not installed", more: [] };
  const figure = { of: "of the peer", value: peer.ratio };
  return { peer: words(peer.median), more: [{ ...figure, ...(target && { target }) }] };
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value that `share` of the values are at most. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  if (share === 0.5 && sorted.length % 2 === 0) {
    const high = sorted.length / 2;
    return ((sorted[high - 1] ?? NaN) + (sorted[high] ?? NaN)) / 2;
  }
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}
