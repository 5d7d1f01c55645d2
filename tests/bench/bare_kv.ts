/**
 * The ceiling for appending: commits to Deno KV and nothing else, one at a time. Arguments: the
 * store's file, `single`, `packed` or `shared`, and for how many seconds. Prints one line of JSON with
 * the events per second and the milliseconds of a commit.
 */
import { SEGMENT_BYTES } from "../../src/kernel/limits.ts";
import { EVENT_BYTES } from "./events.ts";
import { quantile } from "./pairs.ts";

/** Events of a packed commit. */
const PACKED_EVENTS = 500;

/** Chains that share a commit, with an event and a head each. */
const SHARED_CHAINS = 64;

const [path, mode, seconds] = Deno.args;
const kv = await Deno.openKv(path);
const event = new Uint8Array(EVENT_BYTES).fill(0x78);
const values: Uint8Array[] = [];
if (mode === "packed") {
  for (let left = PACKED_EVENTS * EVENT_BYTES; left > 0; left -= SEGMENT_BYTES) {
    values.push(new Uint8Array(Math.min(left, SEGMENT_BYTES)).fill(0x78));
  }
} else values.push(event);
const chains = Array.from(
  { length: mode === "shared" ? SHARED_CHAINS : 1 },
  (_, at) => `bench${at}`,
);
const perCommit = mode === "packed" ? PACKED_EVENTS : 1;

let next = 0;
let { versionstamp } = await kv.get(["head", "bench0"]);
const times: number[] = [];
const started = performance.now();
const until = started + Number(seconds) * 1_000;
for (let now = started; now < until;) {
  const atomic = kv.atomic();
  for (const chain of chains) {
    atomic.check({ key: ["head", chain], versionstamp });
    values.forEach((value, at) => atomic.set(["log", chain, next, at], value));
    atomic.set(["head", chain], { next: next + perCommit });
  }
  next += perCommit;
  const committed = await atomic.commit();
  if (!committed.ok) throw new Error("another process writes to this store");
  versionstamp = committed.versionstamp;
  const ended = performance.now();
  times.push(ended - now);
  now = ended;
}
const perSecond = next * chains.length / (performance.now() - started) * 1_000;
kv.close();
const result = { perSecond, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(result)}\n`));
