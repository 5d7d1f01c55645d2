import { assertEquals } from "@std/assert";
import { Prng } from "../../../support/prng.ts";
import { addressOf, testNetwork } from "../support/builder.ts";
import {
  assertSameRows,
  eventTextsOf,
  FollowerWorld,
  withoutWork,
} from "../support/follower_world.ts";
import { RandomGraph } from "../support/random_graph.ts";
import { SocketWorld } from "../support/socket_world.ts";

/** Paths whose answers are made of what events have told. */
async function pathsOf(world: SocketWorld): Promise<string[]> {
  const { network } = world.node;
  const hashes = new Set<string>();
  const tokens = new Set(["00"]);
  for (const text of await eventTextsOf(world.node)) {
    const [, hash] = /"data":\{"hash":"(\w{64})"/.exec(text) ?? [];
    if (hash !== undefined) hashes.add(hash);
    const [, token] = /"token_uid":"(\w{64})"/.exec(text) ?? [];
    if (token !== undefined) tokens.add(token);
  }
  const { best } = await world.node.state();
  const addresses = [0, 1, 2, 3].map((owner) => addressOf(network, owner));
  return [
    ...[...hashes].map((hash) => `transaction?id=${hash}`),
    ...addresses.flatMap((address) => [
      `thin_wallet/address_history?addresses[]=${address}&paginate=true`,
      `thin_wallet/address_balance?address=${address}`,
      `thin_wallet/address_search?address=${address}&count=10`,
      ...[...tokens].map((uid) =>
        `utxo_search?token_uid=${uid}&address=${address}&target_amount=500`
      ),
    ]),
    ...[...tokens].flatMap((uid) => [
      `thin_wallet/token?id=${uid}`,
      `thin_wallet/token_history?id=${uid}&count=10`,
    ]),
    ...Array.from({ length: best.height + 2 }, (_, height) => `block_at_height?height=${height}`),
    "thin_wallet/token",
    "dashboard_tx?block=6&tx=6",
    "transaction?type=block&count=10",
    "transaction?type=tx&count=10",
    "mempool",
    "event?size=1000",
    "event?last_ack_event_id=17&size=20",
  ].map((path) => `/v1a/${path}`);
}

/** Holds a follower to its node: what it has of events, its rows, and what it answers. */
async function assertFollowed(world: SocketWorld, follower: FollowerWorld): Promise<void> {
  assertEquals(await follower.eventTexts(), await eventTextsOf(world.node));
  await assertSameRows(follower.queries, world.node);
  for (const path of await pathsOf(world)) {
    const there = await fetch(world.origin + path);
    assertEquals(withoutWork(await follower.get(path)), withoutWork(await there.text()), path);
  }
}

for (const seed of [7, 21]) {
  Deno.test(`a follower answers as its node does, whatever becomes of vertices (${seed})`, async () => {
    const network = testNetwork(seed % 3 + 1);
    await SocketWorld.run(async (world) => {
      const graph = new RandomGraph(new Prng(seed), network);
      const take = async (count: number) => {
        for (let n = 0; n < count; n++) {
          const vertex = graph.next();
          const isTaken = await world.take(vertex).then(() => true, () => false);
          if (isTaken) graph.added(vertex);
        }
      };
      await take(80);
      const follower = await FollowerWorld.open(network, world.origin);
      try {
        follower.followed.start();
        for (let round = 0; round < 4; round++) {
          await follower.reach(await world.node.nextEventId());
          await assertFollowed(world, follower);
          if (round < 3) await take(20);
        }
        const differs = await follower.queries.chain.compareRows();
        assertEquals(differs, undefined);
      } finally {
        await follower.close();
      }
    }, { network, isWhole: true });
  });
}
