/**
 * The ceiling for catching up: the values of a store's segments, listed one batch after another, and
 * nothing done with them. Arguments: the store's file and the chain. Prints one line of JSON with the
 * bytes per second.
 */
import { PAGE_SEGMENTS } from "../../src/kernel/limits.ts";
import { segmentRange, segmentsAfter } from "../../src/log/keys.ts";

const [path, chain = ""] = Deno.args;
const kv = await Deno.openKv(path);
const options = { limit: PAGE_SEGMENTS, batchSize: PAGE_SEGMENTS };

let bytes = 0;
const started = performance.now();
for (let range = segmentRange(chain, 0), isOver = false; !isOver;) {
  let last: Deno.KvKey | undefined;
  let count = 0;
  for await (const { key, value } of kv.list<Uint8Array>(range, options)) {
    bytes += value.length;
    last = key;
    count++;
  }
  isOver = last === undefined || count < PAGE_SEGMENTS;
  if (last !== undefined) range = segmentsAfter(chain, last);
}
const perSecond = bytes / (performance.now() - started) * 1_000;
kv.close();
Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify({ perSecond })}\n`));
