import { assert, assertEquals } from "@std/assert";
import type { EventBatch } from "../../../../src/log/event_batch.ts";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import { EventPart } from "../../../../src/ledgers/hathor/sockets/events/frames.ts";
import { BatchParts } from "../../../../src/sockets/batch_parts.ts";
import { AdminFeed } from "../../../../src/ledgers/hathor/sockets/admin/feed.ts";
import { AdminFrames } from "../../../../src/ledgers/hathor/sockets/admin/vertex_messages.ts";
import { ClientSocket } from "../../../support/client_socket.ts";
import { FakeTransport } from "../../../support/fake_transport.ts";
import { until } from "../../../support/until.ts";
import { addressOf } from "../support/builder.ts";
import { EVENT_PATH, idsOf, range, start } from "../support/event_client.ts";
import { SocketWorld } from "../support/socket_world.ts";

const OUTPUTS = 255;

Deno.test("a batch keeps no more messages than there is room for", async () => {
  const made: number[] = [];
  const frames = new BatchParts(1_000, (from, to) => {
    made.push(from);
    const heads = Array.from({ length: to - from }, () => "x".repeat(20_000));
    return Promise.resolve(new EventPart(from, heads, "}"));
  });
  const placeOf = async (index: number) => (await frames.partAt(index)).at(0);
  const { first, next } = await placeOf(70);
  assertEquals([first, next, made], [64, 128, [64]]);
  const all = await Promise.all(range(0, 999).map(placeOf));
  assert(all.every(({ first, next }, index) => index >= first && index < next));
  assertEquals(all.at(-1)?.next, 1_000);
  // Two parts of 64 such messages would be too much.
  made.length = 0;
  await frames.partAt(999);
  await frames.partAt(0);
  assertEquals(made, [0]);
});

Deno.test("events of large vertices come one after another, whichever the filter and the window", async () => {
  await SocketWorld.run(async (world) => {
    await world.mine(0);
    const [from] = world.blocks;
    assert(from !== undefined);
    let coin: Parameters<typeof world.pay>[0][number] = { from, index: 0, owner: 0 };
    let left = genesisOf(world.node.network).block.outputs[0]?.value ?? 0n;
    for (let n = 0; n < 5; n++) {
      left -= BigInt(OUTPUTS - 1);
      const dust = Array.from({ length: OUTPUTS - 1 }, () => ({ value: 1, to: 1 }));
      const tx = await world.pay([coin], [{ value: left, to: 0 }, ...dust], n);
      coin = { from: tx, index: 0, owner: 0 };
    }
    for (let n = 0; n < 40; n++) await world.mine();
    const last = await world.node.nextEventId() - 1;
    const whole = await ClientSocket.open(world.origin, EVENT_PATH);
    whole.send(start(1_000));
    const filtered = await ClientSocket.open(world.origin, EVENT_PATH);
    filtered.send(start(1_000, null, { tokens: ["00"] }));
    await until("all are told", () => idsOf(whole).includes(last));
    assertEquals(idsOf(whole), range(0, last));
    await until("all of the token are told", () => idsOf(filtered).includes(last));
    assertEquals(idsOf(filtered), idsOf(filtered).toSorted((a, b) => a - b));
    for (const socket of [whole, filtered]) await socket.close();
  });
});

Deno.test("a socket with all addresses of a vertex is told no more of it than it takes", async () => {
  await SocketWorld.run(async (world) => {
    const { chain, network } = world.node;
    const texts = Array.from({ length: 100 }, (_, at) => `${at}`.padEnd(10_000));
    const messages = texts.map((text) => ({ type: "told", text }));
    const framer = ({ first, count }: EventBatch) =>
      new AdminFrames(first, Array.from({ length: count }, (_, at) => at === 0 ? messages : []));
    const follower = await chain.attach(
      await chain.head().then((head) => head?.next ?? 0),
      () => {},
    );
    const feed = new AdminFeed({
      follower,
      framer,
      addresses: new Map(),
      throttle: undefined,
      onClose: () => {},
    });
    await world.mineTo(addressOf(network, 1));
    const transport = new FakeTransport();
    transport.isReading = false;
    const send = async () => {
      let progress = feed.send(transport, 100_000);
      while (progress instanceof Promise) {
        await progress;
        progress = feed.send(transport, 100_000);
      }
      return progress;
    };
    assertEquals(await send(), "full");
    assert(transport.sent.length < 15, `${transport.sent.length} are sent`);
    feed.release();
    while (transport.sent.length < texts.length) {
      transport.take();
      await send();
    }
    assertEquals(transport.sent, texts);
    feed.close();
  });
});
