import { median } from "../pairs.ts";
import { createChain, delay, type ServerProcess, startOurs, withFolder } from "../processes.ts";
import type { Scenario } from "../scenario.ts";
import { rounded, type Row } from "../table.ts";
import { measureLatency, PER_SECOND } from "./latency.ts";

/** Mirrors of one server. */
const COUNTS = [1, 3, 10];

/** Milliseconds that the last hundredth of events may be late at a mirror. */
const MOST_LATE_MS = 20;

/**
 * From sending an append to a server to receiving its event from mirrors of it, at a steady rate. The
 * ceiling is the same from the server itself, in the same run: what is more is how far a mirror lags.
 */
export const mirrors: Scenario = {
  name: "mirrors",
  async run({ pairs, quick }): Promise<Row[]> {
    const rows: Row[] = [];
    for (const count of COUNTS) rows.push(await rowOf(count, pairs, quick ? 0.5 : 5));
    return rows;
  },
};

function rowOf(count: number, pairs: number, seconds: number): Promise<Row> {
  return withFolder(async (folder) => {
    const started: ServerProcess[] = [];
    try {
      const server = await startOurs(folder);
      started.push(server);
      await createChain(server, "bench");
      for (let at = 0; at < count; at++) {
        const store = `${folder}/mirror-${at}`;
        await Deno.mkdir(store);
        started.push(await startOurs(store, [`--follow=http://127.0.0.1:${server.main}`]));
      }
      const [, ...copies] = started;
      // They have all that there is.
      await delay(1_000);
      await measureLatency(server, copies, 1, seconds / 5);
      const lags: number[] = [];
      const ratios: number[] = [];
      const p99 = { there: [] as number[], here: [] as number[] };
      for (let pair = 0; pair < pairs; pair++) {
        const there = await measureLatency(server, [server], count, seconds);
        const here = await measureLatency(server, copies, 1, seconds);
        p99.there.push(there.p99);
        p99.here.push(here.p99);
        lags.push(here.p99 - there.p99);
        ratios.push(here.p99 / there.p99);
      }
      const ms = (found: readonly number[]) => `${rounded(median(found))} ms`;
      return {
        scenario: `mirrors-${count}`,
        ours: ms(p99.here),
        ceiling: ms(p99.there),
        ratio: median(ratios),
        each: ratios,
        more: [{
          of: "later than the server itself",
          value: median(lags),
          unit: "ms",
          target: { is: "at most", value: MOST_LATE_MS },
        }],
        note: `p99 of ${PER_SECOND} events/s`,
      };
    } finally {
      for (const each of started.reverse()) await each.stop();
    }
  });
}
