import { chainProjection } from "../../src/server/projections.ts";
import { assert, assertEquals } from "@std/assert";
import { openStore } from "../../src/kv/open.ts";
import { factsOf } from "../../src/ledgers/hierachain/event/event_facts.ts";
import { Log } from "../../src/log/log.ts";
import { amount, figure } from "../support/amounts.ts";
import { type Acknowledged, HieraChainApi } from "../support/hierachain_api.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { until } from "../support/until.ts";

/** How often the server is killed: few times by default, fifty in a full run. */
const ROUNDS = amount("LEDGER_KILL_ROUNDS", 8);

const WRITERS = 3;

/** What a writer was told of an event. */
interface Told extends Acknowledged {
  readonly entity: string;
}

Deno.test(`every acknowledged event survives ${ROUNDS} kills amid appends, dense and once`, async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/ledger.db`;
    const told: Told[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const server = await ServerProcess.start([`--store=${path}`]);
      const api = new HieraChainApi(server.origin("hierachain"));
      if (round === 0) await api.create("c");
      const before = told.length;
      const writers = Array.from(
        { length: WRITERS },
        (_, writer) => write(api, `${round}-${writer}`, told),
      );
      // Another number each round, so that the kill meets another moment.
      await until("enough is written", () => told.length >= before + 40 + round * 17);
      await server.kill();
      const faults = await Promise.all(writers);
      // Every writer ended because its server was gone, and for nothing else.
      assertEquals(faults.map((fault) => fault instanceof TypeError), Array(WRITERS).fill(true));
      await assertAllThere(path, told);
    }
    figure("kills", ROUNDS);
    figure("events acknowledged", told.length);
  });
});

/** Appends one event after another until the server is gone; returns what told it so. */
async function write(api: HieraChainApi, name: string, told: Told[]): Promise<unknown> {
  try {
    for (let at = 0;; at++) {
      const entity = `${name}-${at}`;
      const event = { entity_id: entity, event_type: "t", details: { at, text: "é".repeat(at) } };
      told.push({ ...await api.append("c", event), entity });
    }
  } catch (error) {
    return error;
  }
}

async function assertAllThere(path: string, told: readonly Told[]): Promise<void> {
  const store = await openStore(path);
  const log = new Log(store, { projectionOf: chainProjection });
  try {
    for (const name of ["hierachain/c", "hierachain/main_chain"]) {
      const chain = log.chain(name);
      const verified = await chain.verify();
      assert(verified.ok, JSON.stringify(verified));
      assertEquals(await chain.compareRows(), undefined);
    }
    const events = await log.chain("hierachain/c").read(0, Infinity);
    assertEquals(events.map(({ offset }) => offset), [...events.keys()]);
    const ids = events.map(({ id }) => id);
    assertEquals(ids, [...new Set(ids)].sort());
    const entities = events.map(({ type, data }) =>
      type === "event" ? factsOf(String(data)).entityId : undefined
    );
    const users = entities.filter((entity) => entity !== undefined && entity !== "c");
    assertEquals(new Set(users).size, users.length);
    for (const { offset, id, entity } of told) {
      assertEquals([events[offset]?.id, entities[offset]], [id, entity]);
    }
    // At most one event of each writer may have been written without an answer.
    assert(users.length - told.length <= WRITERS * ROUNDS);
  } finally {
    await log.close();
    store.close();
  }
}
