/**
 * Where a server of ours spends its time: it writes a profile when it ends, and the time of each
 * function itself is summed from it. What a scenario fills a store with before it measures is in it as well.
 */
import { rounded } from "./table.ts";

/** Functions that are told of. */
const SHOWN = 25;

/** The time in which a server starts, which is not what is asked about. */
const START_MICROSECONDS = 2_000_000;

let folder: string | undefined;

/** From now on each server of ours writes a profile into a folder. */
export function profileInto(path: string): void {
  folder = path;
}

/** Flags of the runtime for a server that is to be profiled; none where nobody asked for that. */
export function profileFlags(): readonly string[] {
  return folder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${folder}`];
}

/** What of V8's profiles is read here; times are in microseconds. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The functions that took most of the time of the profiles in the folder, which it then removes. */
export async function takeProfiles(): Promise<string> {
  if (folder === undefined) return "";
  const times = new Map<string, number>();
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".cpuprofile")) continue;
    const path = `${folder}/${name}`;
    add(times, JSON.parse(await Deno.readTextFile(path)));
    await Deno.remove(path);
  }
  return summaryOf(times);
}

function add(times: Map<string, number>, { nodes, samples, timeDeltas }: CpuProfile): void {
  const names = new Map(nodes.map(({ id, callFrame }) => {
    const { functionName, url, lineNumber } = callFrame;
    const place = url.replace(/^.*\/(?=src\/|node_modules\/)|^.*\/npm\/[^/]*\//, "");
    const name = functionName === "" ? "(anonymous)" : functionName;
    return [id, place === "" ? name : `${name} ${place}:${lineNumber + 1}`];
  }));
  let passed = 0;
  samples.forEach((id, at) => {
    passed += timeDeltas[at] ?? 0;
    if (passed < START_MICROSECONDS) return;
    const name = names.get(id) ?? "?";
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[at] ?? 0));
  });
}

function summaryOf(times: ReadonlyMap<string, number>): string {
  const idle = times.get("(idle)") ?? 0;
  const busy = [...times.values()].reduce((sum, time) => sum + time, 0) - idle;
  const most = [...times].filter(([name]) => name !== "(idle)").sort(([, a], [, b]) => b - a);
  const lines = most.slice(0, SHOWN).map(([name, time]) =>
    `${rounded(time / 1_000).padStart(8)} ms ${rounded(100 * time / busy).padStart(6)} %  ${name}\n`
  );
  return `busy ${rounded(busy / 1_000)} ms, idle ${rounded(idle / 1_000)} ms\n${lines.join("")}`;
}
