import { assertEquals } from "@std/assert";
import type { AddressesRow, DepositRow } from "../../../../src/ledgers/hathor/deposits/book.ts";
import { partsOf } from "../../../../src/ledgers/hathor/deposits/book_commands.ts";
import { readAdded, readWanted } from "../../../../src/ledgers/hathor/deposits/config.ts";
import { DepositService } from "../../../../src/ledgers/hathor/deposits/deposit_service.ts";
import { DepositWatch } from "../../../../src/ledgers/hathor/deposits/deposit_watch.ts";
import { ENDED_MS } from "../../../../src/ledgers/hathor/deposits/deposit_room.ts";
import { readNotice } from "../../../../src/ledgers/hathor/deposits/notices.ts";
import { openNode } from "../../../../src/ledgers/hathor/intake/node.ts";
import { startNode } from "../../../../src/ledgers/hathor/intake/start.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { openStore } from "../../../../src/kv/open.ts";
import type { Store } from "../../../../src/kv/store.ts";
import { Log } from "../../../../src/log/log.ts";
import { chainProjection } from "../../../../src/server/projections.ts";
import { changedStore } from "../../../support/changed_store.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { Prng } from "../../../support/prng.ts";
import { until } from "../../../support/until.ts";
import { addressOf, testNetwork } from "../support/builder.ts";
import { type Expected, expectedNotices, type Watching } from "../support/deposit_oracle.ts";
import { GraphMaker } from "../support/graph_maker.ts";
import { RandomPayments } from "../support/random_payments.ts";
import { NOW, TestNode } from "../support/test_node.ts";

/** More of them for a longer look: `HATHOR_SEEDS=500`. */
const SEEDS = Number(Deno.env.get("HATHOR_SEEDS") ?? 2);
const VERTICES = 100;

/** A process that tells deposits, and that dies after so many commits. */
class Teller {
  readonly service: DepositService;
  readonly watch: DepositWatch;
  readonly #log: Log;

  private constructor(log: Log, service: DepositService) {
    this.#log = log;
    this.service = service;
    this.watch = new DepositWatch(service);
  }

  static async open(
    shared: Store,
    clock: FakeClock,
    network: Network,
    commits = Infinity,
  ): Promise<Teller> {
    let left = commits;
    const store = changedStore(shared, {
      exclusive: false,
      // The last one is made, and its answer never comes.
      commit: async (mutation) => {
        if (left-- < 0) throw new Error("killed");
        const result = await shared.commit(mutation);
        if (left < 0) throw new Error("killed");
        return result;
      },
      close() {},
    });
    const log = new Log(store, { projectionOf: chainProjection, clock });
    const node = await openNode({ log, clock, network });
    return new Teller(log, new DepositService(log, node));
  }

  async close(): Promise<void> {
    await this.watch.stop();
    await this.#log.close();
  }
}

Deno.test("what is told is what a plain look at every event says, whoever dies and however often", async () => {
  const kinds = new Set<string>();
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      for (const kind of await run(seed)) kinds.add(kind);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
  // All that can happen has happened, or nothing is tested.
  assertEquals([...kinds].sort(), [
    "DEPOSIT_CONFIRMED",
    "DEPOSIT_SEEN",
    "reorganised",
    "voided",
  ]);
});

Deno.test("what an ended subscription has told is taken away a day later", async () => {
  const clock = new FakeClock(NOW);
  const store = await openStore(":memory:");
  const network = testNetwork();
  const teller = await Teller.open(store, clock, network);
  try {
    const { service, watch } = teller;
    await startNode(service.node);
    watch.start();
    const wanted = await readWanted(network, { addresses: [addressOf(network, 1)] });
    await service.make("ended", wanted);
    await service.make("kept", wanted);
    await service.remove("ended");
    const next = async (id: string) => (await service.chainOf(id).head())?.next;
    clock.advance(ENDED_MS - 1);
    assertEquals([await next("ended"), await next("kept")], [2, 1]);
    await until("it is taken away", async () => {
      clock.advance(60_000);
      return await next("ended") === undefined;
    });
    assertEquals(await next("kept"), 1);
  } finally {
    await teller.close();
    store.close();
  }
});

async function run(seed: number): Promise<string[]> {
  const network = testNetwork(1 + seed % 3);
  const prng = new Prng(seed + 5_000);
  const clock = new FakeClock(NOW);
  const running = setInterval(() => clock.advance(20), 1);
  const store = await openStore(":memory:");
  const log = new Log(changedStore(store, { exclusive: false, close() {} }), {
    projectionOf: chainProjection,
    clock,
  });
  const tellers: Teller[] = [];
  try {
    const node = await TestNode.open({ log, clock, network });
    await node.start();
    const service = new DepositService(log, node.node);
    const make = (id: string, wanted: Readonly<Record<string, unknown>>) =>
      readWanted(network, wanted).then((read) => service.make(id, read));
    const owners = (...of: number[]) => of.map((owner) => addressOf(network, owner));
    await make("one", { addresses: owners(0, 1), confirmations: 1 });
    await make("deep", { addresses: owners(2), confirmations: 3 });
    await make("all", { tokens: ["00"], confirmations: 2 });
    const graph = await RandomPayments.start(new GraphMaker(node, NOW / 1_000 - 1_500), prng);
    for (let made = 0; made < VERTICES; made++) {
      if (prng.chance(0.2)) {
        // At most two are at it, of which each is dead or dies soon.
        if (tellers.length > 1) await tellers.shift()?.close();
        const teller = await Teller.open(store, clock, network, prng.below(25));
        tellers.push(teller);
        teller.watch.start();
      }
      if (made === 50) await make("history", { addresses: owners(1), from: 0, confirmations: 2 });
      if (made % 25 === 20) {
        const keys = await readAdded(network, { addresses: owners(3 + prng.below(3)) });
        await service.watchMore(prng.chance(0.5) ? "deep" : "one", keys);
      }
      await graph.next();
      if (prng.chance(0.3)) await new Promise((resolve) => setTimeout(resolve, prng.below(10)));
    }
    const healthy = await Teller.open(store, clock, network);
    tellers.push(healthy);
    healthy.watch.start();
    const events = await node.chain.read(0, Infinity);
    const kinds: string[] = [];
    for (const row of await service.all()) {
      const expected = expectedNotices(network, events, await watchingOf(service, row));
      const told = await until(`${expected.length} notices of ${row.id}`, async () => {
        const all = await toldBy(service, row.id);
        return all.length >= expected.length && all;
      });
      assertEquals(inOrder(told), inOrder(expected), row.id);
      kinds.push(...expected.map(({ type, reason }) => reason ?? type));
    }
    for (const teller of tellers) await teller.watch.stop();
    for (const { id } of await service.all()) {
      assertEquals(await service.chainOf(id).compareRows(), undefined);
    }
    assertEquals(await service.book.compareRows(), undefined);
    return kinds;
  } finally {
    await Promise.all(tellers.map((teller) => teller.close()));
    await log.close();
    clearInterval(running);
    store.close();
  }
}

async function watchingOf(service: DepositService, row: DepositRow): Promise<Watching> {
  const { id, from, config: { confirmations, tokens } } = row;
  const addresses = new Map<string, number>();
  for (const key of partsOf(row)) {
    for (const [address, first] of await service.book.row<AddressesRow>(key) ?? []) {
      addresses.set(address, first);
    }
  }
  const isAny = addresses.size === 0;
  return { id, confirmations, tokens, from, addresses: isAny ? undefined : addresses };
}

async function toldBy(service: DepositService, id: string): Promise<Expected[]> {
  const events = await service.chainOf(id).read(0, Infinity);
  return events.filter(({ type }) => type.startsWith("DEPOSIT_")).map((event) => {
    const { number, tx, output, reason, block, event: at } = readNotice(event);
    return { type: event.type, number, tx, output, reason, block: block?.hash ?? null, event: at };
  });
}

/** By event and output: what of one event is told in which order is nobody's business. */
function inOrder(notices: readonly Expected[]): string[] {
  const text = ({ event, tx, output, number, type, block, reason }: Expected) =>
    `${String(event).padStart(6, "0")} ${tx} ${output} ${number} ${type} ${block} ${reason}`;
  return notices.map(text).sort();
}
