/**
 * Appends to a log, with neither HTTP nor a ledger. Arguments: the store's file, how many writers,
 * events of each append, for how many seconds. Prints one line of JSON.
 */
import { chainProjection } from "../../src/server/projections.ts";
import { openStore } from "../../src/kv/open.ts";
import { Log } from "../../src/log/log.ts";
import { eventText } from "./events.ts";

const [path, writers, events, seconds] = Deno.args;
const store = await openStore(path);
const log = new Log(store, { projectionOf: chainProjection });
const chain = log.chain("bench");
const appended = Array.from(
  { length: Number(events) },
  (_, at) => ({ type: "production_complete", data: eventText(at) }),
);
let count = 0;
const started = performance.now();
const until = started + Number(seconds) * 1_000;
await Promise.all(Array.from({ length: Number(writers) }, async () => {
  while (performance.now() < until) {
    await chain.append(appended);
    count += appended.length;
  }
}));
const perSecond = count / (performance.now() - started) * 1_000;
await log.close();
store.close();
Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify({ perSecond })}\n`));
