import { assert, assertEquals } from "@std/assert";
import { type Clock, systemClock } from "../../../../src/kernel/clock.ts";
import { NonceSearch } from "../../../../src/ledgers/hathor/mining/nonce_search.ts";
import { SearchTurns } from "../../../../src/ledgers/hathor/mining/search_turns.ts";
import { WorkHasher } from "../../../../src/ledgers/hathor/mining/work_hasher.ts";
import { hasWork, targetOf } from "../../../../src/ledgers/hathor/rules/work.ts";
import { miningHeader, sealVertex } from "../../../../src/ledgers/hathor/vertex/seal.ts";
import { withProcess } from "../../../support/server.ts";
import { until } from "../../../support/until.ts";
import { HathorApi, withHathor } from "../support/hathor_api.ts";
import { hexOf, spending } from "../support/unmined.ts";

/** More than any of these tests waits for. */
const HEAVY = 35;
/** What a thread finds in no time, and is more than the main one does in a turn. */
const MIDDLING = 16;

const SEARCH = "../../../../src/ledgers/hathor/mining/nonce_search.ts";

const clock = systemClock;

/** A search for the proof of a transaction of that weight, told apart by its timestamp. */
function searchFor(search: NonceSearch, weight: number, timestamp: number, signal: AbortSignal) {
  const fields = { ...spending(), weight, timestamp };
  const nonce = search.find(miningHeader(fields), weight, { clock, signal });
  return { fields, nonce };
}

const never = new AbortController().signal;

Deno.test("threads find what the main one does not look for, whatever else they have", async () => {
  const search = new NonceSearch();
  const ending = new AbortController();
  try {
    const heavy = Array.from({ length: 20 }, (_, n) => (
      searchFor(search, HEAVY, n, ending.signal).nonce
    ));
    assert(search.threads > 0);
    const before = WorkHasher.tried;
    const { fields, nonce } = searchFor(search, MIDDLING, 100, never);
    const found = await nonce;
    assertEquals(WorkHasher.tried, before);
    assert(found !== undefined && hasWork(sealVertex({ ...fields, nonce: found }).hash, MIDDLING));
    ending.abort();
    assertEquals(await Promise.all(heavy), heavy.map(() => undefined));
  } finally {
    search.stop();
  }
});

Deno.test("the end of a search for nonces is the end of all that wait", async () => {
  const search = new NonceSearch();
  const { nonce } = searchFor(search, HEAVY, 1, never);
  search.stop();
  assertEquals([await nonce, search.threads], [undefined, 0]);
});

Deno.test("where there is no thread, or it dies, the main one finds it", async () => {
  const broken = new URL("data:text/javascript,throw new Error('broken')");
  for (const search of [new NonceSearch(null), new NonceSearch(broken)]) {
    const { fields, nonce } = searchFor(search, MIDDLING, 1, never);
    const found = await nonce;
    assert(found !== undefined && hasWork(sealVertex({ ...fields, nonce: found }).hash, MIDDLING));
    assertEquals(search.threads, 0);
    search.stop();
  }
});

Deno.test("searches of the main thread share its turns, and leave with their signal", async () => {
  let turns = 0;
  const counting: Clock = {
    now: () => clock.now(),
    after: (ms, task) => {
      turns++;
      return clock.after(ms, task);
    },
  };
  const search = new NonceSearch(null);
  const ending = new AbortController();
  const before = WorkHasher.tried;
  const all = Array.from({ length: 10 }, (_, n) => (
    search.find(miningHeader({ ...spending(), timestamp: n }), HEAVY, {
      clock: counting,
      signal: ending.signal,
    })
  ));
  await until("all have had a turn", () => turns > 20);
  ending.abort();
  assertEquals(await Promise.all(all), all.map(() => undefined));
  // One slice a turn, however many there are.
  assert(WorkHasher.tried - before <= 5_000 * (turns + 1));
  search.stop();
});

Deno.test("each search has its turn, and one that has tried all nonces is over", () => {
  const turns = new SearchTurns(10);
  const work = { header: miningHeader(spending()), target: 0n, first: 2 ** 32 - 1 };
  turns.begin(1, work);
  turns.begin(2, { ...work, target: targetOf(0), first: 7 });
  assertEquals(turns.try(), undefined);
  assertEquals(turns.try(), { id: 2, nonce: 7 });
  turns.end(1);
  assertEquals([turns.try(), turns.isIdle], [undefined, true]);
});

Deno.test("threads that share a search try every nonce once, the last before the first", () => {
  const hashes = 2 ** 30;
  const target = targetOf(9);
  const header = miningHeader(spending());
  const nonce = new WorkHasher(header, target).search(0, 2 ** 32);
  assert(nonce !== undefined);
  // The nonce is early in the second turn from here, and the second thread has that.
  const first = 2 ** 32 - hashes;
  const sharing = [0, 1].map((index) => new SearchTurns(hashes, { index, of: 2 }));
  for (const turns of sharing) turns.begin(1, { header, target, first });
  assertEquals(sharing[1]?.try(), { id: 1, nonce });
  const small = [0, 1].map((index) => new SearchTurns(2 ** 31, { index, of: 2 }));
  const tried = WorkHasher.tried;
  for (const turns of small) {
    turns.begin(1, { header, target: targetOf(0), first: 5 });
    assertEquals(turns.try()?.id, 1);
    assert(turns.isIdle);
  }
  assertEquals(WorkHasher.tried - tried, 2);
});

Deno.test("no thread is begun where the program may not read what it runs", async () => {
  const code = `
    import { NonceSearch } from "${import.meta.resolve(SEARCH)}";
    const clock = { now: () => 0, after: (ms, task) => { setTimeout(task, ms); return () => {}; } };
    const search = new NonceSearch();
    const { signal } = new AbortController();
    const nonce = await search.find(new Uint8Array(64), ${MIDDLING}, { clock, signal });
    console.log(search.threads, typeof nonce);`;
  const config = new URL("../../../../deno.json", import.meta.url).pathname;
  const args = ["run", "--no-prompt", `--config=${config}`, "--ext=ts", "-"];
  const child = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped" })
    .spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(code));
  await writer.close();
  const { stdout } = await child.output();
  assertEquals(new TextDecoder().decode(stdout), "0 number\n");
});

Deno.test("while the proof of a wallet's transaction is looked for, the main thread hashes nothing", async () => {
  await withHathor(async (api) => {
    const submit = async (weight: number, timestamp: number) => {
      const tx = hexOf({ ...spending(), weight, timestamp });
      return (await api.post("/tx-mining/submit-job", { tx, add_parents: true })).job_id;
    };
    const status = async (id: string) =>
      (await api.get(`/tx-mining/job-status?job-id=${id}`)).status;
    const { timestamp } = spending();
    const heavy = await submit(HEAVY, timestamp);
    const before = WorkHasher.tried;
    const middling = await submit(MIDDLING, timestamp - 1);
    await until("the other is done", async () => await status(middling) === "done");
    assertEquals([await status(heavy), WorkHasher.tried], ["mining", before]);
    await api.post(`/tx-mining/cancel-job?job-id=${heavy}`, {});
  });
});

Deno.test("a job ends in its time though the clock is set back", async () => {
  let wrongBy = 0;
  const hurried: Clock = {
    now: () => Date.now() + wrongBy,
    after: (ms, task) => systemClock.after(ms / 10, task),
  };
  await withHathor(async (api) => {
    const tx = hexOf({ ...spending(), weight: HEAVY });
    const submitted = await api.post("/tx-mining/submit-job", { tx, timeout: 3 });
    wrongBy -= 365 * 24 * 3_600_000;
    await until("its time is over", async () => {
      const job = await api.get(`/tx-mining/job-status?job-id=${submitted.job_id}`);
      return job.status === "timeout";
    });
  }, { clock: hurried });
});

Deno.test("the program ends though its thread still mines", async () => {
  const flags = ["--store=:memory:", "--hathor-port=0", "--hathor-mine=off"];
  await withProcess(flags, async (server) => {
    const api = new HathorApi(server.origin("hathor"));
    const tx = hexOf({ ...spending(), weight: HEAVY });
    const { job_id: id } = await api.post("/tx-mining/submit-job", { tx, add_parents: true });
    const { status } = await api.get(`/tx-mining/job-status?job-id=${id}`);
    assertEquals(status, "mining");
    assertEquals((await server.stop()).code, 0);
  });
});
