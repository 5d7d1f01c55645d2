import { median } from "../pairs.ts";
import { pathOf } from "../paths.ts";
import { startOurs, withFolder } from "../processes.ts";
import type { Scenario } from "../scenario.ts";
import { rounded, type Row } from "../table.ts";

const TIMES = 5;

/** Seconds of CPU that a command may take, and until a server is ready on a warm cache. */
const COMMAND_SECONDS = 0.25;
const READY_SECONDS = 1;

/** What starting costs: a command of each kind in CPU, beside an empty program, and the server. */
export const start: Scenario = {
  name: "start",
  run: (): Promise<Row[]> =>
    withFolder(async (folder) => {
      const ours = pathOf("../../main.ts");
      const empty = `${folder}/empty.ts`;
      await Deno.writeTextFile(empty, "");
      const store = `--store=${folder}/ours.db`;
      const rows: Row[] = [];
      for (
        const [name, ...args] of [
          ["version", "--version"],
          ["settings", "config", "check"],
          ["store", "chains", store],
        ]
      ) {
        const [own, bare]: [number[], number[]] = [[], []];
        for (let time = 0; time < TIMES; time++) {
          own.push(await cpuSeconds(ours, args));
          bare.push(await cpuSeconds(empty, []));
        }
        rows.push(rowOf(`start-${name}`, median(own), COMMAND_SECONDS, {
          ceiling: `${rounded(median(bare))} s of CPU`,
          of: "s of CPU",
        }));
      }
      const ready: number[] = [];
      for (let time = 0; time < TIMES; time++) {
        const started = performance.now();
        const server = await startOurs(folder);
        try {
          await (await fetch(`http://127.0.0.1:${server.main}/readyz`)).body?.cancel();
          ready.push((performance.now() - started) / 1_000);
        } finally {
          await server.stop();
        }
      }
      rows.push(rowOf("start-ready", median(ready), READY_SECONDS, { ceiling: "", of: "s" }));
      return rows;
    }),
};

function rowOf(
  scenario: string,
  seconds: number,
  value: number,
  { ceiling, of }: { readonly ceiling: string; readonly of: string },
): Row {
  return {
    scenario,
    ours: `${rounded(seconds)} ${of}`,
    ceiling,
    ratio: seconds,
    unit: " s",
    target: { is: "at most", value },
  };
}

/** Seconds of CPU that a program takes, as the shell tells of its children. */
async function cpuSeconds(program: string, args: readonly string[]): Promise<number> {
  const config = pathOf("../../deno.json");
  const { stdout } = await new Deno.Command("sh", {
    args: [
      ...["-c", '"$0" "$@" > /dev/null 2>&1; times'],
      ...[Deno.execPath(), "run", "--allow-all", "--config", config, program, ...args],
    ],
    stdin: "null",
  }).output();
  const [, children = ""] = new TextDecoder().decode(stdout).trim().split("\n");
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)]
    .reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}
