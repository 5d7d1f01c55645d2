import { findDenokv, startDenokv } from "../../support/denokv.ts";
import { inTurns } from "../pairs.ts";
import { runJson, withFolder } from "../processes.ts";
import type { Scenario } from "../scenario.ts";
import { rate, type Row } from "../table.ts";

interface Load {
  readonly name: string;
  /** How many processes append to the same chain, and how many writers each has. */
  readonly processes: number;
  readonly writers: number;
}

const LOADS: readonly Load[] = [
  { name: "denokv-1", processes: 1, writers: 1 },
  { name: "denokv-64", processes: 1, writers: 64 },
  { name: "denokv-512", processes: 1, writers: 512 },
  { name: "denokv-2x64", processes: 2, writers: 64 },
  { name: "denokv-4x64", processes: 4, writers: 64 },
];

/** The log alone over a `denokv` server, beside bare commits of one event to the same server. */
export const denokv: readonly Scenario[] = LOADS.map(({ name, processes, writers }): Scenario => ({
  name,
  run: ({ pairs, quick }): Promise<Row[]> =>
    withFolder(async (folder) => {
      const program = findDenokv();
      if (program === undefined) throw new Error("denokv is not installed");
      const server = await startDenokv(program, `${folder}/kv.sqlite3`);
      const seconds = quick ? 0.5 : 3;
      // The programs are ours and print just this.
      const perSecond = async (script: string, ...args: string[]) =>
        (await runJson(script, [server.url, ...args, String(seconds)]) as { perSecond: number })
          .perSecond;
      try {
        const paired = await inTurns(
          pairs,
          {
            run: async () => {
              const rates = await Promise.all(
                Array.from(
                  { length: processes },
                  () => perSecond("./log_load.ts", String(writers), "1"),
                ),
              );
              return rates.reduce((sum, one) => sum + one, 0);
            },
          },
          () => perSecond("./bare_kv.ts", "single"),
        );
        return [{
          scenario: name,
          ours: rate(paired.ours),
          ceiling: rate(paired.ceiling),
          ratio: paired.ratio,
          each: paired.each,
          note: `${processes} × ${writers} writers, single events, no HTTP`,
        }];
      } finally {
        await server.stop();
      }
    }),
}));
