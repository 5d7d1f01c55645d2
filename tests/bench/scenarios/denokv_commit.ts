import { openStore } from "../../../src/kv/open.ts";
import { findDenokv, startDenokv } from "../../support/denokv.ts";
import { median } from "../pairs.ts";
import { withFolder } from "../processes.ts";
import type { Scenario } from "../scenario.ts";
import { rounded, type Row } from "../table.ts";

/** Bytes that are committed, and those of the bare commit beside: one packet of any client. */
const SIZES = [3_000, 60_000];
const BARE_BYTES = 100;

/** One value after the other to a `denokv` server, beside small ones by the runtime's own client. */
export const denokvCommit: Scenario = {
  name: "denokv-commit",
  run: ({ pairs, quick }): Promise<Row[]> =>
    withFolder(async (folder) => {
      const program = findDenokv();
      if (program === undefined) throw new Error("denokv is not installed");
      const server = await startDenokv(program, `${folder}/kv.sqlite3`);
      const store = await openStore(server.url);
      const bare = await Deno.openKv(server.url);
      const commits = quick ? 20 : 200;
      const typical = async (commit: () => Promise<unknown>) => {
        const times: number[] = [];
        for (let at = 0; at < commits; at++) {
          const started = performance.now();
          await commit();
          times.push(performance.now() - started);
        }
        return median(times);
      };
      try {
        const rows: Row[] = [];
        for (const size of SIZES) {
          const sets = [{ key: ["bench", size], value: new Uint8Array(size) }];
          const small = new Uint8Array(BARE_BYTES);
          const [ours, ceiling]: [number[], number[]] = [[], []];
          for (let pair = 0; pair < pairs; pair++) {
            ours.push(await typical(() => store.commit({ checks: [], sets, deletes: [] })));
            ceiling.push(await typical(() => bare.set(["bench", "bare"], small)));
          }
          const each = ours.map((ms, at) => ms / (ceiling[at] ?? NaN));
          rows.push({
            scenario: `denokv-commit-${size / 1_000}k`,
            ours: `${rounded(median(ours))} ms`,
            ceiling: `${rounded(median(ceiling))} ms`,
            ratio: median(each),
            each,
            target: { is: "at most", value: 3 },
            more: [{
              of: "",
              value: median(ours),
              unit: " ms",
              ...(size === 3_000 && { target: { is: "at most", value: 4 } }),
            }],
            note: `p50 of one writer, beside ${BARE_BYTES} bytes by Deno.openKv`,
          });
        }
        return rows;
      } finally {
        bare.close();
        store.close();
        await server.stop();
      }
    }),
};
