import { assert, assertEquals } from "@std/assert";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { isPyObject, type PyJson, valueAt } from "../../../../src/python/json.ts";
import { parsePyJson } from "../../../../src/python/json_parse.ts";
import { writeRestJson } from "../../../../src/python/json_write.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { until } from "../../../support/until.ts";
import {
  ACCEPTED,
  connect,
  histories,
  HISTORY,
  settle,
  subscribe,
  withWorld,
} from "../support/admin_client.ts";
import { addressOf, mineBlock, testNetwork } from "../support/builder.ts";
import { converse, recorded, shown } from "../support/recordings.ts";
import { SocketWorld } from "../support/socket_world.ts";
import { vertexOf } from "../support/vectors.ts";

Deno.test("pings, subscriptions and what is wrong are answered as the real node does", async () => {
  await withWorld(async (world) => {
    const socket = await connect(world);
    await converse("admin_basic", socket, {
      // The real node begins a stream without a key, which never ends.
      change: (message) => {
        if (!message.includes("stream:history:begin")) return undefined;
        return ['{"type":"stream:history:error","id":"x1","errmsg":"Invalid XPub: invalid"}'];
      },
    });
    assertEquals(await socket.ask({ type: "ping" }), { type: "pong" });
    await socket.close();
  }, { isRecorded: true });
});

/** What each address is told, and what everybody is, under no address, in order. */
function byAddress(messages: readonly PyJson[]): Record<string, string[]> {
  const told: Record<string, string[]> = {};
  for (const message of messages) {
    if (!isPyObject(message)) throw new TypeError("no message");
    (told[String(valueAt(message, "address") ?? "")] ??= []).push(shown(message));
  }
  return told;
}

Deno.test("the recorded blocks and transactions are told as recorded, as often and in the same order", async () => {
  await withWorld(async (world) => {
    const socket = await connect(world);
    for (const address of recorded("live", "addresses")) {
      await socket.ask({ type: "subscribe_address", address });
    }
    const begin = socket.texts.length;
    const vertices = recorded("live", "vertices");
    for (const hex of vertices) await world.take(vertexOf(String(hex)));
    await settle(world, socket);
    const messages = socket.texts.slice(begin, -1).map((text) => parsePyJson(text));
    assertEquals(byAddress(messages), byAddress(recorded("live", "admin")));
    await socket.close();
  }, { isRecorded: true });
});

Deno.test("a socket hears of its own addresses, and of every vertex", async () => {
  await withWorld(async (world) => {
    const [one, two] = await Promise.all([connect(world), connect(world, "/ws")]);
    assertEquals(await one.ask(subscribe(world, 1)), {
      ...subscribe(world, 1),
      success: true,
    });
    await two.ask(subscribe(world, 2));
    const block = await world.mine(1);
    // A reward can be spent when there is a block after it.
    await world.mine(1_000);
    const tx = await world.pay([{ from: block, index: 0, owner: 1 }], [{ value: 6400, to: 2 }]);
    await settle(world, one, two);
    const first = addressOf(world.node.network, 1).slice(0, 6);
    const second = addressOf(world.node.network, 2).slice(0, 6);
    const [mined, paid] = [block.hash.slice(0, 6), tx.hash.slice(0, 6)];
    // The block again, as its reward is spent now; that the next block confirms is no news.
    assertEquals(histories(one), [
      ...[`${first} ${mined}`, `${first} ${mined}`],
      ...[`${first} ${paid}`, `${first} ${paid}`, `${first} ${mined}`],
    ]);
    assertEquals(histories(two), [`${second} ${paid}`, `${second} ${paid}`]);
    assertEquals(one.of(HISTORY).at(-1).history.outputs[0].spent_by, tx.hash);
    for (const socket of [one, two]) {
      assertEquals(socket.of(ACCEPTED).map(({ is_block }) => is_block), [true, true, false, true]);
    }
    await Promise.all([one.close(), two.close()]);
  });
});

Deno.test("nothing is told of an address that is unsubscribed", async () => {
  await withWorld(async (world) => {
    const socket = await connect(world);
    const unsubscribe = { ...subscribe(world, 1), type: "unsubscribe_address" };
    await socket.ask(subscribe(world, 1));
    assertEquals(await socket.ask(unsubscribe), { type: "unsubscribe_address", success: true });
    socket.send(unsubscribe);
    assertEquals(await socket.ask({ type: "ping" }), { type: "pong" });
    await world.mine(1);
    await settle(world, socket);
    assertEquals(histories(socket), []);
    await socket.close();
  });
});

Deno.test("a voided transaction is told to whom it paid, as is what takes its place", async () => {
  await withWorld(async (world) => {
    const socket = await connect(world);
    for (const owner of [1, 2, 3]) await socket.ask(subscribe(world, owner));
    const block = await world.mine(1);
    await world.mine(1_000);
    const loser = world.transaction([{ from: block, index: 0, owner: 1 }], [
      { value: 6400, to: 2 },
    ]);
    const winner = world.transaction([{ from: block, index: 0, owner: 1 }], [
      { value: 6400, to: 3 },
    ]);
    await world.take(loser);
    await world.take(winner);
    await settle(world, socket);
    const voided = socket.of(HISTORY).filter(({ history }) => history.is_voided);
    const told = new Set(voided.map(({ history }) => history.tx_id));
    assert(told.has(loser.hash), "the first one is voided by a conflict");
    // A longer branch without them takes the place of the block.
    const parents = await Promise.all(block.parents.map(async (hash) => {
      const view = await world.node.vertex(hash);
      assert(view !== undefined);
      return view.vertex;
    }));
    let count = socket.of(HISTORY).length;
    const genesis = world.blocks[0];
    assert(genesis !== undefined);
    const other = mineBlock({
      parents: [genesis, ...parents.slice(1)],
      timestamp: world.best.timestamp + 1,
      weight: 4,
    }, { to: 3 });
    await world.take(other);
    await until("the reorganisation", () => socket.of(ACCEPTED).at(-1).tx_id === other.hash);
    await until("the lost block", () => socket.of(HISTORY).length > count);
    count = socket.of(HISTORY).length;
    const lost = socket.of(HISTORY).filter(({ history }) => history.tx_id === block.hash).at(-1);
    assertEquals(lost.history.is_voided, true);
    await socket.close();
  });
});

Deno.test("what is no object is refused, and the connection stays", async () => {
  await withWorld(async (world) => {
    const socket = await connect(world);
    const malformed = { type: "error", success: false, errmsg: "Malformed command" };
    for (const text of ["", "{", "[]", "1", '"ping"', "null"]) {
      assertEquals(await socket.ask(text), malformed);
    }
    for (const address of [null, {}, [1]]) {
      assertEquals(await socket.ask({ type: "unsubscribe_address", address }), {
        type: "unsubscribe_address",
        address,
        success: false,
        message: "Missing or invalid 'address' parameter.",
      });
    }
    const noId = { type: "stream:history:error", id: "" };
    const answer = await socket.ask({ type: "request:history:xpub" });
    assertEquals(answer, { ...noId, errmsg: "Missing or invalid 'id' parameter." });
    assertEquals(await socket.ask(new TextEncoder().encode('{"type":"ping"}')), { type: "pong" });
    await socket.close();
  });
});

Deno.test("the figures of the network are told each second, the same to all", async () => {
  await withWorld(async (world, clock) => {
    const [one, two] = await Promise.all([connect(world), connect(world)]);
    // The answer comes when the socket is at work, and its timer is set.
    await Promise.all([one.ask({ type: "ping" }), two.ask({ type: "ping" })]);
    assertEquals(clock.waiting, 1);
    clock.advance(999);
    clock.advance(1);
    const figures = await one.count("dashboard:metrics", 1);
    assertEquals(figures, await two.count("dashboard:metrics", 1));
    assertEquals(one.texts.at(-1), writeRestJson(parsePyJson(one.texts.at(-1) ?? "")));
    assertEquals(figures, [{
      transactions: 2,
      blocks: 1,
      best_block_height: 0,
      hash_rate: 69905.06666666662,
      peers: 0,
      type: "dashboard:metrics",
      time: clock.now() / 1_000,
    }]);
    await settle(world, one);
    clock.advance(1_000);
    const [, second] = await one.count("dashboard:metrics", 2);
    assertEquals([second.blocks, second.best_block_height], [2, 1]);
    await Promise.all([one.close(), two.close()]);
    await until("no timer", () => clock.waiting === 0);
  });
});

Deno.test("a hash rate is that of the time in which blocks come, which is shorter once it is reduced", async () => {
  const base = testNetwork();
  const network: Network = {
    ...base,
    features: { ...base.features, REDUCE_DAA_TARGET: "enabled" },
  };
  const clock = new FakeClock();
  await SocketWorld.run(async (world) => {
    const socket = await connect(world);
    await socket.ask({ type: "ping" });
    clock.advance(1_000);
    await socket.count("dashboard:metrics", 1);
    const { block, tx1, tx2 } = genesisOf(network);
    const place = { parents: [block, tx1, tx2], timestamp: tx2.timestamp + 1 };
    await world.take(mineBlock(place, { reward: 1_600n }));
    clock.advance(1_000);
    const [genesis, first] = await socket.count("dashboard:metrics", 2);
    assertEquals(Math.round(genesis.hash_rate), Math.round(2 ** block.weight / 30));
    assertEquals(first.hash_rate.toFixed(9), (2 / 7.5).toFixed(9));
    await socket.close();
  }, { network, clock });
});
