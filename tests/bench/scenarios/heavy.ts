import { prepare, strain } from "../../support/stranger/heavy/strain.ts";
import { HEAVY, HEAVY_PREPARATION } from "../../support/stranger/heavy/table.ts";
import { exchange, keyed } from "../../support/stranger/wire.ts";
import { quantile } from "../pairs.ts";
import { Pinger } from "../pinger.ts";
import { delay, startOurs, withFolder } from "../processes.ts";
import type { Scenario } from "../scenario.ts";
import { rounded, type Row } from "../table.ts";

const KEY = "a-key-for-benches-only";

/** Milliseconds of pings before and after each input, so that what it leaves behind counts. */
const AROUND_MS = 150;

/** Milliseconds that 99 of 100 pings may take while one stranger does the worst there is. */
const MOST_MS = 50;

/**
 * How long somebody else's ping takes while the worst input of each route and socket is worked on:
 * a row for each, with p99 as its figure.
 */
export const heavy: Scenario = {
  name: "heavy",
  run: (): Promise<Row[]> =>
    withFolder(async (folder) => {
      const server = await startOurs(folder, [`--api-keys=${KEY}`, "--hathor-mine=off"]);
      const pinger = new Pinger(`ws://127.0.0.1:${server.port}/ws?token=${KEY}`);
      try {
        const main = `http://127.0.0.1:${server.main}`;
        for (const request of HEAVY_PREPARATION) await exchange(main, keyed(request, KEY));
        const rows: Row[] = [];
        for (const input of HEAVY) {
          await prepare(main, input, KEY);
          await pinger.times();
          await delay(AROUND_MS);
          await strain(main, input, KEY);
          await delay(AROUND_MS);
          rows.push(rowOf(input.name, await pinger.times()));
        }
        return rows;
      } finally {
        pinger.stop();
        await server.stop();
      }
    }),
};

function rowOf(name: string, times: readonly number[]): Row {
  const p99 = quantile(times, 0.99);
  const [p50, most] = [quantile(times, 0.5), Math.max(...times)].map(rounded);
  return {
    scenario: `heavy ${name}`,
    ours: `p50 ${p50} ms, p99 ${rounded(p99)} ms, max ${most} ms`,
    ceiling: "",
    ratio: p99,
    unit: " ms",
    target: { is: "at most", value: MOST_MS },
    note: `${times.length} pings`,
  };
}
