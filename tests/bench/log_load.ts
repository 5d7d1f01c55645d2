/**
 * Appends to a log, with neither HTTP nor a ledger. Arguments: the store's file, how many writers,
 * events of each append, for how many seconds, and over how many chains (one by default), which take
 * turns. Prints one line of JSON.
 */
import { chainProjection } from "../../src/server/projections.ts";
import { openStore } from "../../src/kv/open.ts";
import { Log } from "../../src/log/log.ts";
import { eventText } from "./events.ts";

const [path, writers, events, seconds, chains = "1"] = Deno.args;
const store = await openStore(path);
const log = new Log(store, { projectionOf: chainProjection });
const appended = Array.from(
  { length: Number(events) },
  (_, at) => ({ type: "production_complete", data: eventText(at) }),
);
let count = 0;
let turn = 0;
const started = performance.now();
const until = started + Number(seconds) * 1_000;
await Promise.all(Array.from({ length: Number(writers) }, async () => {
  while (performance.now() < until) {
    await log.chain(`bench${turn++ % Number(chains)}`).append(appended);
    count += appended.length;
  }
}));
const perSecond = count / (performance.now() - started) * 1_000;
await log.close();
store.close();
Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify({ perSecond })}\n`));
