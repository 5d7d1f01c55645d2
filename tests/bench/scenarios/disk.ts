import { chainProjection } from "../../../src/server/projections.ts";
import { openStore } from "../../../src/kv/open.ts";
import { Log } from "../../../src/log/log.ts";
import { EVENT_BYTES, eventText } from "../events.ts";
import { createChain, startOurs, withFolder } from "../processes.ts";
import type { Scenario } from "../scenario.ts";
import { fill } from "../streams.ts";
import { rounded, type Row } from "../table.ts";

const PER_COMMIT = 100;

/** Bytes on disk by the events' own, once the store is closed: of the log, and with a ledger's rows. */
export const disk: Scenario = {
  name: "disk",
  async run({ quick }): Promise<Row[]> {
    const events = quick ? 5_000 : 50_000;
    const own = await withFolder(async (folder) => {
      const store = await openStore(`${folder}/log.db`);
      const log = new Log(store, { projectionOf: chainProjection });
      const chain = log.chain("bench");
      for (let at = 0; at < events; at += PER_COMMIT) {
        await chain.append(
          Array.from({ length: PER_COMMIT }, (_, more) => ({
            type: "production_complete",
            data: eventText(at + more),
          })),
        );
      }
      await log.close();
      store.close();
      return await bytesIn(folder) / events;
    });
    const ledger = await withFolder(async (folder) => {
      const server = await startOurs(folder);
      try {
        await createChain(server, "bench");
        await fill(server, "bench", events);
      } finally {
        await server.stop();
      }
      return await bytesIn(folder) / events;
    });
    return [{
      scenario: "disk",
      ours: `${rounded(own)} B`,
      ceiling: `${EVENT_BYTES} B`,
      ratio: own / EVENT_BYTES,
      target: { is: "at most", value: 1.06 },
      note: `${events} events, ${PER_COMMIT} per commit`,
    }, {
      scenario: "disk-hierachain",
      ours: `${rounded(ledger)} B`,
      ceiling: `${EVENT_BYTES} B`,
      ratio: ledger / EVENT_BYTES,
      note: "with blocks, signatures and rows, by the bytes of the request",
    }];
  },
};

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for await (const { name } of Deno.readDir(folder)) {
    bytes += (await Deno.stat(`${folder}/${name}`)).size;
  }
  return bytes;
}
