import { chainProjection } from "../../../../src/server/projections.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { LedgerError } from "../../../../src/kernel/errors.ts";
import { readJobEvent } from "../../../../src/ledgers/hathor/mining/jobs/events.ts";
import { JobBook } from "../../../../src/ledgers/hathor/mining/jobs/job_book.ts";
import { JOBS_PREFIX } from "../../../../src/ledgers/hathor/networks/chain_names.ts";
import {
  EventType,
  readVertexEvent,
  vertexEvent,
} from "../../../../src/ledgers/hathor/rows/events.ts";
import { decodeVertex } from "../../../../src/ledgers/hathor/vertex/decode.ts";
import { encodeVertex } from "../../../../src/ledgers/hathor/vertex/encode.ts";
import type { PlacedEvent } from "../../../../src/log/event.ts";
import { inMemory } from "../../../support/chains.ts";
import { SteppedClock } from "../../../support/fake_clock.ts";
import { Prng } from "../../../support/prng.ts";
import { anyVertex } from "../support/arbitrary.ts";
import { testNetwork } from "../support/builder.ts";
import { withHathor } from "../support/hathor_api.ts";
import { RandomGraph } from "../support/random_graph.ts";
import { NOW, withNode } from "../support/test_node.ts";
import { hexOf, sealed, spending } from "../support/unmined.ts";

const RUNS = 200;

/** An event as another process reads it: nothing but its text. */
function asText({ memo: _, ...event }: PlacedEvent): PlacedEvent {
  return event;
}

Deno.test("every event of a vertex that is taken can be read from its text alone", async () => {
  const network = testNetwork();
  for (let seed = 1; seed <= 4; seed++) {
    await withNode(network, async (node) => {
      const graph = new RandomGraph(new Prng(seed), network);
      for (let made = 0; made < 60; made++) {
        const vertex = graph.next();
        const answer = await node.acceptBytes(encodeVertex(vertex));
        if (!answer.isAccepted) continue;
        graph.added(vertex);
        for (const event of await node.chain.read(answer.first, answer.next - answer.first)) {
          JSON.parse(String(event.data));
          const ofVertex: readonly string[] = [
            EventType.newVertex,
            EventType.metadataChanged,
            EventType.vertexRemoved,
          ];
          if (!ofVertex.includes(event.type)) continue;
          const { hash, stored, metadata } = readVertexEvent(asText(event));
          if (stored !== undefined) assertEquals(stored.vertex, decodeVertex(encodeVertex(vertex)));
          if (event.type !== EventType.newVertex) continue;
          assertEquals(metadata, (await node.vertex(hash))?.metadata);
        }
      }
    });
  }
});

Deno.test("no vertex makes the intake fail, and what is taken is read again", async () => {
  const network = testNetwork();
  await withNode(network, async (node) => {
    await fc.assert(
      fc.asyncProperty(anyVertex, async (fields) => {
        let vertex;
        try {
          vertex = decodeVertex(encodeVertex(fields));
        } catch {
          return;
        }
        for (const source of [undefined, { kind: "push", allowsNonStandard: true } as const]) {
          const answer = await node.intake.accept(vertex, source);
          if (answer.isAccepted) assert(await node.vertex(vertex.hash) !== undefined);
        }
      }),
      { numRuns: RUNS },
    );
  });
});

Deno.test("every event of a job can be read from its text alone", async () => {
  const network = testNetwork();
  const clock = new SteppedClock(NOW);
  await inMemory(async (log) => {
    const book = new JobBook(log, network, clock);
    const chain = log.chain(JOBS_PREFIX + network.name);
    const asked = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          weight: fc.double({ noNaN: true, noDefaultInfinity: true }),
          timestamp: fc.nat(0xffff_ffff),
          timeoutMs: fc.double({ min: Number.MIN_VALUE, max: 300_000, noNaN: true }),
          addsParents: fc.boolean(),
          isPushed: fc.boolean(),
          message: fc.string({ unit: "binary" }),
          nonce: fc.nat(0xffff_ffff),
        }),
        async ({ weight, timestamp, message, nonce, ...request }) => {
          const tx = sealed({ ...spending(), weight, timestamp });
          // The same transaction again would be the same job.
          fc.pre(!asked.has(tx.hash));
          asked.add(tx.hash);
          const job = await book.submit({ tx, ...request });
          assert(job !== undefined);
          assertEquals((await book.transactionOf(job)).hash, tx.hash);
          const solution = { nonce, parents: tx.parents, timestamp };
          await book.conclude(job, { type: "solved", solution });
          await book.conclude(job, { type: "failed", message });
          await book.conclude(job, { type: "cancelled" });
          const events = await chain.read(job.number, 10);
          const [told] = events.map((event) => readJobEvent(asText(event)));
          assert(told?.type === "submitted");
          assertEquals([told.weight, told.timeoutMs], [weight, request.timeoutMs]);
        },
      ),
      { numRuns: RUNS },
    );
    assertEquals(await chain.compareRows(), undefined);
  }, { projectionOf: chainProjection, clock });
});

Deno.test("what text cannot hold is not written", async () => {
  const clock = new SteppedClock(NOW);
  await inMemory(async (log) => {
    const book = new JobBook(log, testNetwork(), clock);
    const tx = sealed({ ...spending(), weight: -Infinity });
    const wanted = { tx, addsParents: true, isPushed: false, timeoutMs: 1_000 };
    await book.submit(wanted).then(() => assert(false), () => {});
    assertEquals(await book.waiting(), []);
    // The chain goes on.
    assert(await book.submit({ ...wanted, tx: sealed(spending()) }) !== undefined);
  }, { projectionOf: chainProjection, clock });
  const hash = "ab".repeat(32);
  const ledger = { raw: "", minHeight: NaN, height: 0, signals: null };
  const parts = { type: EventType.newVertex, group: undefined, hash, ledger };
  assertThrows(() => vertexEvent(parts), TypeError);
});

Deno.test("an event that says nothing is damage, in words and not as a fault of the program", () => {
  const placed = (type: string, data: string): PlacedEvent => ({
    id: "event",
    offset: 0,
    time: 0,
    type,
    data,
    keys: [],
  });
  for (const data of ["", "{", "null", "5", "{}", '{"group_id":null,"hash":5}', '{"id":3}']) {
    for (
      const read of [
        () => readJobEvent(placed("submitted", data)),
        () => readVertexEvent({ data }),
      ]
    ) {
      const error = assertThrows(read, LedgerError);
      assertEquals(error.code, "damaged");
    }
  }
  const hash = "ab".repeat(32);
  const ledger = { raw: "AAAA", minHeight: 0, height: 0, signals: null };
  const data = JSON.stringify({ group_id: null, hash, ledger });
  assertEquals(assertThrows(() => readVertexEvent({ data }), LedgerError).code, "damaged");
});

Deno.test("a job whose weight no event can hold is refused, and the others go on", async () => {
  await withHathor(async (api) => {
    for (const weight of [Infinity, -Infinity, NaN]) {
      const body = { tx: hexOf({ ...spending(), weight }), add_parents: true };
      assert((await api.post("/tx-mining/submit-job", body, 400)).error !== undefined);
    }
    const body = { tx: hexOf(spending()), add_parents: true };
    assertEquals((await api.post("/tx-mining/submit-job", body)).status, "mining");
  });
});
