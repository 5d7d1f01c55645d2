import { chainProjection } from "../../../../src/server/projections.ts";
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import type { Clock } from "../../../../src/kernel/clock.ts";
import type { Store } from "../../../../src/kv/store.ts";
import { type Job, JOBS, KEPT_MS } from "../../../../src/ledgers/hathor/mining/jobs/job.ts";
import { JobBook } from "../../../../src/ledgers/hathor/mining/jobs/job_book.ts";
import { JobMiner } from "../../../../src/ledgers/hathor/mining/jobs/job_miner.ts";
import {
  solveBlock,
  solveTransaction,
} from "../../../../src/ledgers/hathor/mining/proof_of_work.ts";
import { JOBS_PREFIX } from "../../../../src/ledgers/hathor/networks/chain_names.ts";
import { minimalBlock } from "../../../../src/ledgers/hathor/queries/template_block.ts";
import { blockTemplate, twoParents } from "../../../../src/ledgers/hathor/queries/templates.ts";
import { EventType, readVertexEvent } from "../../../../src/ledgers/hathor/rows/events.ts";
import { Log } from "../../../../src/log/log.ts";
import { inMemory } from "../../../support/chains.ts";
import { DENOKV_TOKEN, denokvTest, withDenokv } from "../../../support/denokv.ts";
import { SteppedClock } from "../../../support/fake_clock.ts";
import { type ServerProcess, withFolder, withProcess } from "../../../support/server.ts";
import { until } from "../../../support/until.ts";
import { HathorApi } from "../support/hathor_api.ts";
import { recordedNetwork } from "../support/recordings.ts";
import { TestNode } from "../support/test_node.ts";
import { hexOf, sealed, spending } from "../support/unmined.ts";

/** More than any of these tests waits for. */
const HEAVY = 35;

const FLAGS = ["--hathor-port=0", "--hathor-mine=auto"];

/** The service for wallets of a running server. */
class JobsApi {
  readonly node: HathorApi;

  constructor(server: ServerProcess) {
    this.node = new HathorApi(server.origin("hathor"));
  }

  async submit(change: { weight?: number; timestamp?: number }, more = {}): Promise<string> {
    const body = { tx: hexOf({ ...spending(), ...change }), add_parents: true, ...more };
    return (await this.node.post("/tx-mining/submit-job", body)).job_id;
  }

  /** A job, without what changes while it waits. */
  async find(id: string) {
    const { expected_queue_time: _queue, expected_total_time: _total, ...job } = await this.node
      .get(`/tx-mining/job-status?job-id=${id}`);
    return job;
  }

  cancel(id: string, status = 200) {
    return this.node.post(`/tx-mining/cancel-job?job-id=${id}`, {}, status);
  }

  async done(id: string) {
    return await until("the job is done", async () => {
      const job = await this.find(id);
      assert(job.status !== "failed", job.message);
      return job.status === "done" && job;
    });
  }

  /** Hash of the only transaction beside the genesis. */
  async pushed(): Promise<string> {
    const { transactions } = await this.node.get("/v1a/transaction?type=tx&count=15");
    assertEquals(transactions.length, 3);
    return transactions[0].tx_id;
  }
}

Deno.test("jobs outlive a kill: those that are over are told of, and the others go on", async () => {
  await withFolder(async (folder) => {
    const args = [`--store=${join(folder, "log.db")}`, ...FLAGS];
    const { timestamp } = spending();
    const ids: string[] = [];
    const before: unknown[] = [];
    await withProcess(args, async (server) => {
      const api = new JobsApi(server);
      ids.push(await api.submit({ timestamp: timestamp - 1 }));
      before.push(await api.done(ids[0] ?? ""));
      ids.push(await api.submit({ weight: HEAVY }));
      ids.push(await api.submit({ weight: HEAVY, timestamp: timestamp - 2 }, { propagate: true }));
      for (const id of ids.slice(1)) before.push(await api.find(id));
      await server.kill();
    });
    await withProcess(args, async (server) => {
      const api = new JobsApi(server);
      assertEquals(await Promise.all(ids.map((id) => api.find(id))), before);
      const [, heavy = "", other = ""] = ids;
      for (const id of [heavy, other]) assertEquals((await api.find(id)).status, "mining");
      // What is asked for again is there already.
      const again = { weight: HEAVY, timestamp: timestamp - 2 };
      assertEquals(await api.submit(again, { propagate: true }), other);
      await api.cancel(heavy);
      // All take turns, so the heavy one that is left holds up no other.
      const light = await api.submit({ timestamp }, { propagate: true });
      const { tx } = await api.done(light);
      await api.cancel(other);
      const { tx: pushed } = await api.node.get(`/v1a/transaction?id=${await api.pushed()}`);
      assertEquals([pushed.timestamp, pushed.parents], [tx.timestamp, tx.parents]);
      const { txs_solved: solved, tx_queue: queue } = await api.node.get(
        "/tx-mining/mining-status",
      );
      assertEquals([solved, queue], [2, 0]);
    });
  });
});

denokvTest(
  "any process takes, tells and cancels the same jobs, and each is solved once",
  async (program) => {
    await withDenokv(program, async (store) => {
      const env = { DENO_KV_ACCESS_TOKEN: DENOKV_TOKEN };
      const args = [`--store=${store.url}`, ...FLAGS];
      await withProcess(args, async (first) => {
        await withProcess(args, async (second) => {
          const apis = [new JobsApi(first), new JobsApi(second)] as const;
          const [one, other] = apis;
          const { timestamp } = spending();
          const ids = await Promise.all(
            Array.from({ length: 8 }, (_, n) => (
              apis[n % 2 === 0 ? 0 : 1].submit({ timestamp: timestamp - n, weight: 8 })
            )),
          );
          for (const id of ids) assertEquals(await one.done(id), await other.done(id));
          const heavy = await one.submit({ weight: HEAVY });
          const next = await other.submit({ timestamp }, { propagate: true });
          await other.cancel(heavy);
          await one.cancel(heavy, 404);
          assertEquals((await one.done(next)).status, "done");
          assertEquals(await one.pushed(), await other.pushed());
          for (const { node } of apis) {
            const { txs_solved: solved } = await node.get("/tx-mining/mining-status");
            assertEquals(solved, ids.length + 1);
          }
        }, env);
      }, env);
    });
  },
);

const NETWORK = recordedNetwork();

/** A job of its own for each `n`. */
function request(n: number) {
  const tx = sealed({ ...spending(), timestamp: 1_000 + n });
  return { tx, addsParents: false, isPushed: n % 2 === 0, timeoutMs: 20_000 };
}

Deno.test("a job has one solution and one end, and is forgotten in time", async () => {
  const clock = new SteppedClock();
  await inMemory(async (log, store) => {
    const books = [log, new Log(store, { projectionOf: chainProjection, clock })].map((each) =>
      new JobBook(each, NETWORK, clock)
    );
    const [one, other] = books;
    assert(one !== undefined && other !== undefined);
    const chain = log.chain(`${JOBS_PREFIX}${NETWORK.name}`);
    const jobs = await Promise.all(
      Array.from({ length: 6 }, (_, n) => books[n % 2]?.submit(request(n))),
    );
    for (const [n, job] of jobs.entries()) {
      assert(job !== undefined);
      const solve = (book: JobBook, nonce: number) =>
        book.conclude(job, { type: "solved", solution: { nonce, parents: [], timestamp: 1 } });
      const [isFirst, isSecond] = await Promise.all([solve(one, 1), solve(other, 2)]);
      assertEquals([isFirst, isSecond].filter(Boolean).length, 1);
      const solved = await one.find(job.id);
      assertEquals(solved, await other.find(job.id));
      assertEquals(solved?.solution?.nonce, isFirst ? 1 : 2);
      assertEquals(solved?.state, job.isPushed ? "solved" : "done");
      assertEquals(await one.conclude(job, { type: "cancelled" }), false);
      assertEquals(await one.conclude(job, { type: "timeout" }), false);
      assertEquals(await one.conclude(job, { type: "pushed" }), n % 2 === 0);
      assertEquals((await one.find(job.id))?.state, "done");
    }
    assertEquals((await one.transactionOf({ number: jobs[3]?.number ?? 0 })).timestamp, 1_003);
    clock.time += KEPT_MS;
    assertEquals(await one.all(), []);
    assertEquals(await one.find(jobs[0]?.id ?? ""), undefined);
    // Their rows go as others come, which may be the same ones.
    for (let n = 0; n < 3; n++) {
      const again = await one.submit(request(n));
      assertEquals(again?.state, "open");
    }
    const rows = await chain.rows<Job>(JOBS, 100);
    assertEquals(rows.map(({ value }) => value.state), ["open", "open", "open"]);
    assertEquals((await one.counts()).solved, 6);
    assertEquals(await chain.compareRows(), undefined);
  }, { projectionOf: chainProjection, clock });
});

/** Another process over the same store, with what it mines for wallets. */
async function minerOver(store: Store, clock: Clock) {
  const log = new Log(store, { projectionOf: chainProjection, clock });
  const service = await TestNode.open({ log, clock, network: NETWORK });
  await service.start();
  const book = new JobBook(log, NETWORK, clock);
  const miner = new JobMiner(service, service.intake, book, clock);
  const close = async () => {
    await miner.stop();
    await log.close();
  };
  return { service, book, miner, close };
}

Deno.test("what is solved when its process dies is pushed by the others, and once", async () => {
  const clock = new SteppedClock(Date.now());
  await inMemory(async (_, store) => {
    const processes = [await minerOver(store, clock), await minerOver(store, clock)];
    const [one] = processes;
    assert(one !== undefined);
    const { service, book } = one;
    const { signal } = new AbortController();
    const block = await solveBlock(
      {
        ...minimalBlock(await blockTemplate(service.node)),
        timestamp: Math.floor(clock.now() / 1_000),
      },
      { clock, signal },
    );
    assert(block !== undefined && (await service.intake.submitBlock(block)).isAccepted);
    const { timestamp } = spending();
    const fields = { ...spending(), parents: await twoParents(service.node), timestamp };
    const tx = sealed({ ...fields, timestamp: timestamp + 1 });
    const job = await book.submit({ tx, addsParents: false, isPushed: true, timeoutMs: 20_000 });
    const solved = await solveTransaction({ ...tx, timestamp: timestamp + 1 }, { clock, signal });
    assert(job !== undefined && solved !== undefined && "nonce" in solved);
    const { parents, hash } = solved;
    const solution = { nonce: Number(solved.nonce), parents, timestamp: timestamp + 1 };
    assert(await book.conclude(job, { type: "solved", solution }));
    // However late it is.
    clock.time += 60_000;
    await Promise.all(processes.map(({ miner }) => miner.start()));
    await until("the job is done", async () => (await book.find(job.id))?.state === "done");
    assert(await service.vertex(hash) !== undefined);
    const events = await service.chain.read(0, 1_000);
    const told = events.filter(({ type }) => type === EventType.newVertex).map((event) =>
      readVertexEvent(event).hash
    );
    assertEquals(told.filter((each) => each === hash).length, 1);
    await Promise.all(processes.map(({ close }) => close()));
  }, { projectionOf: chainProjection, clock });
});

Deno.test("jobs are refused while too many wait", async () => {
  const clock = new SteppedClock();
  await inMemory(async (log) => {
    const book = new JobBook(log, NETWORK, clock);
    for (let n = 0; n < 100; n++) assert(await book.submit(request(n)) !== undefined);
    assertEquals(await book.submit(request(100)), undefined);
    const [first] = await book.waiting();
    assert(first !== undefined);
    assertEquals((await book.submit(request(0)))?.number, first.number);
    assert(await book.conclude(first, { type: "cancelled" }));
    assertEquals((await book.submit(request(100)))?.state, "open");
  }, { projectionOf: chainProjection, clock });
});
