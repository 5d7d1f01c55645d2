import { freePort } from "../../support/ports.ts";
import { prepare, strain } from "../../support/stranger/heavy/strain.ts";
import { HEAVY, HEAVY_PREPARATION } from "../../support/stranger/heavy/table.ts";
import { exchange, keyed } from "../../support/stranger/wire.ts";
import { quantile } from "../pairs.ts";
import { Pinger } from "../pinger.ts";
import { delay, start, startOurs, withFolder } from "../processes.ts";
import type { Scenario } from "../scenario.ts";
import { rounded, type Row } from "../table.ts";

const KEY = "a-key-for-benches-only";

/** Milliseconds of pings before and after each input, so that what it leaves behind counts. */
const AROUND_MS = 150;

/** Blocks of the chain that another takes over from: what is wanted, and less where that is refused. */
const REORGANISED = [400, 300, 200, 180, 160, 140, 120, 100];

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
          rows.push(rowOf(input.name, await timesBeside(pinger, () => strain(main, input, KEY))));
        }
        return [...rows, await reorganisation(folder)];
      } finally {
        pinger.stop();
        await server.stop();
      }
    }),
};

/** How long pings took while something was done. */
async function timesBeside(pinger: Pinger, work: () => Promise<unknown>): Promise<number[]> {
  await pinger.times();
  await delay(AROUND_MS);
  await work();
  await delay(AROUND_MS);
  return await pinger.times();
}

/**
 * The largest reorganisation that is taken, on a node without a server around it: what would change
 * more than one commit can hold is refused.
 */
async function reorganisation(folder: string): Promise<Row> {
  const refused: number[] = [];
  for (const blocks of REORGANISED) {
    const times = await reorganised(`${folder}/${blocks}.db`, blocks);
    if (times === undefined) refused.push(blocks);
    else {
      const row = rowOf(`hathor: a reorganisation of ${blocks} blocks`, times);
      if (refused.length === 0) return row;
      return { ...row, note: `${row.note}; of ${refused.join(", ")} blocks: TooManyChanges` };
    }
  }
  throw new Error("no reorganisation is taken at all");
}

/** How long pings took beside a reorganisation; undefined where it is too large. */
async function reorganised(store: string, blocks: number): Promise<number[] | undefined> {
  const port = freePort();
  const node = await start("./reorganisation_node.ts", [String(port), store, `${blocks}`], port);
  const pinger = new Pinger(`ws://127.0.0.1:${port}/`);
  try {
    const refusals: string[] = [];
    const times = await timesBeside(pinger, async () => {
      // One of the two chains takes over with the first or with the second block.
      for (let at = 0; at < 2; at++) {
        const answer = await fetch(`http://127.0.0.1:${port}/next`, { method: "POST" });
        refusals.push(await answer.text());
      }
    });
    if (refusals.includes("TooManyChanges")) return undefined;
    const other = refusals.find((code) => code !== "");
    if (other !== undefined) throw new Error(`a reorganisation of ${blocks} blocks: ${other}`);
    return times;
  } finally {
    pinger.stop();
    await node.stop();
  }
}

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
