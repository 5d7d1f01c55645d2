import { assert, assertEquals, assertMatch } from "@std/assert";
import { SOCKET_HIGH_WATER } from "../../../../src/kernel/limits.ts";
import { AdminSocket } from "../../../../src/ledgers/hathor/sockets/admin/admin_socket.ts";
import { EventSocket } from "../../../../src/ledgers/hathor/sockets/events/event_socket.ts";
import { Session } from "../../../../src/sockets/session.ts";
import { ClientSocket } from "../../../support/client_socket.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { FakeTransport } from "../../../support/fake_transport.ts";
import { Prng } from "../../../support/prng.ts";
import { until } from "../../../support/until.ts";
import { WsClient } from "../../../support/ws_client.ts";
import { addressOf, mineToken } from "../support/builder.ts";
import {
  ack,
  EVENT_PATH,
  eventMessage,
  idsOf,
  range,
  reads,
  settle,
  start,
} from "../support/event_client.ts";
import { SocketWorld } from "../support/socket_world.ts";

Deno.test("a window holds what is not acknowledged, and an acknowledgement sends nothing again", async () => {
  await SocketWorld.run(async (world) => {
    for (let count = 0; count < 10; count++) await world.mine();
    const next = await world.node.nextEventId();
    const socket = await ClientSocket.open(world.origin, EVENT_PATH);
    const random = new Prng(7);
    socket.send(start(4));
    let acked = -1;
    let sent = 3;
    while (acked < next - 1) {
      await reads(socket, sent);
      // Nothing twice, nothing left out, and never beyond the window.
      assertEquals(idsOf(socket), range(0, sent));
      acked += 1 + random.below(sent - acked);
      const window = 1 + random.below(6);
      socket.send(ack(acked, window));
      sent = Math.max(sent, Math.min(next - 1, acked + window));
    }
    await socket.close();
  });
});

Deno.test("a window of nothing is a pause", async () => {
  await SocketWorld.run(async ({ origin }) => {
    const socket = await ClientSocket.open(origin, EVENT_PATH);
    socket.send(start(0));
    await settle(socket);
    assertEquals(idsOf(socket), []);
    socket.send({ type: "STOP_STREAM" });
    socket.send(start(2));
    await reads(socket, 1);
    socket.send(ack(0, 0));
    await settle(socket);
    assertEquals(idsOf(socket), [0, 1]);
    socket.send(ack(1, 5));
    await reads(socket, 4);
    assertEquals(idsOf(socket), [0, 1, 2, 3, 4]);
    await socket.close();
  });
});

Deno.test("the wallet service's daemon gets every event once in order, though it is killed again and again", async () => {
  await SocketWorld.run(async (world) => {
    const { origin, node } = world;
    const identity = await node.identity();
    const events: number[] = [];
    let alive: WsClient | undefined;
    const connect = async () => {
      const daemon: WsClient = await WsClient.open(
        origin,
        (text) => {
          const { event: { id }, peer_id, stream_id } = eventMessage.parse(JSON.parse(text));
          if (alive !== daemon && alive !== undefined) return;
          assertEquals([peer_id, stream_id], [identity.peerId, identity.streamId]);
          events.push(id);
          daemon.send(ack(id, 1));
        },
        {},
        EVENT_PATH,
      );
      alive = daemon;
      daemon.send(start(1, events.at(-1) ?? null));
    };
    await connect();
    for (let life = 0; life < 5; life++) {
      await world.mine(life);
      await world.mine(life + 1);
      const seen = events.length;
      await until("some events", () => events.length > seen);
      const killed: WsClient | undefined = alive;
      alive = undefined;
      await killed?.cut();
      await connect();
    }
    const last = await world.node.nextEventId() - 1;
    await until("the last event", () => events.at(-1) === last);
    assertEquals(events, range(0, last));
    await alive?.close();
  });
});

Deno.test("what a client has not acknowledged it gets again when it comes back", async () => {
  await SocketWorld.run(async (world) => {
    await world.mine();
    const first = await ClientSocket.open(world.origin, EVENT_PATH);
    first.send(start(6));
    await reads(first, 5);
    first.send(ack(2, 2));
    await settle(first);
    await first.close();
    const second = await ClientSocket.open(world.origin, EVENT_PATH);
    second.send(start(3, 2));
    await reads(second, 5);
    assertEquals(idsOf(second), [3, 4, 5]);
    await second.close();
  });
});

Deno.test("a stream can be for some types, addresses and tokens alone", async () => {
  await SocketWorld.run(async (world) => {
    const { network } = world.node;
    const [, one, two, three] = [0, 1, 2, 3].map((owner) => addressOf(network, owner));
    const first = await world.mine(1);
    await world.mine(1);
    const paid = await world.pay([{ from: first, index: 0, owner: 1 }], [
      { value: 6000, to: 2 },
      { value: 400, to: 3 },
    ]);
    const { parents, timestamp } = paid;
    const token = mineToken(
      {
        parents: await Promise.all(parents.map(async (hash) => {
          const view = await world.node.vertex(hash);
          assert(view !== undefined);
          return view.vertex;
        })),
        timestamp: timestamp + 1,
      },
      [{ from: paid, index: 0, owner: 2 }],
      [{ value: 5000, to: 2 }, { value: 100_000, to: 2, tokenData: 1 }],
    );
    await world.take(token);
    const last = await world.node.nextEventId() - 1;
    const filtered = async (filter: object): Promise<string[]> => {
      const socket = await ClientSocket.open(world.origin, EVENT_PATH);
      socket.send(start(1_000, null, { ...filter }));
      const end = await ClientSocket.open(world.origin, EVENT_PATH);
      end.send(start(1_000));
      await reads(end, last);
      await settle(socket);
      const told = socket.of("EVENT").map(({ event: { id, type, data } }) => {
        return `${id} ${type} ${data.hash?.slice(0, 4) ?? ""}`.trim();
      });
      await Promise.all([socket.close(), end.close()]);
      return told;
    };
    const ofThree = await filtered({ addresses: [three] });
    assertEquals(ofThree.length, 3);
    for (const line of ofThree) assertMatch(line, new RegExp(paid.hash.slice(0, 4)));
    assertEquals(
      (await filtered({ tokens: [token.hash] })).map((line) => line.split(" ")[1]),
      ["VERTEX_METADATA_CHANGED", "NEW_VERTEX_ACCEPTED", "TOKEN_CREATED"],
    );
    const news = await filtered({ event_types: ["NEW_VERTEX_ACCEPTED"], addresses: [one, two] });
    assertEquals(news.length, 4);
    assertEquals(await filtered({ event_types: [] }), []);
    // The window counts what is sent.
    const socket = await ClientSocket.open(world.origin, EVENT_PATH);
    socket.send(
      start(1, null, { event_types: ["LOAD_STARTED", "LOAD_FINISHED", "TOKEN_CREATED"] }),
    );
    for (const id of [0, 4, last]) {
      await reads(socket, id);
      socket.send(ack(id, 1));
    }
    await settle(socket);
    assertEquals(idsOf(socket), [0, 4, last]);
    const error = await (async () => {
      socket.send({ type: "STOP_STREAM" });
      socket.send(start(1, last + 1, { addresses: "x" }));
      await until("an error", () => socket.of("VALIDATION_ERROR").at(-1).invalid_request !== "?");
      return socket.of("VALIDATION_ERROR").at(-1).error_message;
    })();
    assertMatch(error, /START_STREAM.addresses\n {2}Input should be a valid list/);
    await socket.close();
  });
});

Deno.test("a peer that takes nothing is sent no more, and goes on where it was", async () => {
  await SocketWorld.run(async (world) => {
    for (let count = 0; count < 300; count++) await world.mine(1);
    const last = await world.node.nextEventId() - 1;
    const clock = new FakeClock();
    const transports = [new FakeTransport(), new FakeTransport()] as const;
    const [events, admin] = transports.map((transport) => {
      const session = new Session(transport, clock, { closed: () => {} });
      transport.isReading = false;
      return session;
    });
    assert(events !== undefined && admin !== undefined);
    events.open(new EventSocket(events, world.nodes.events));
    admin.open(new AdminSocket(admin, world.nodes.admin));
    events.receive(JSON.stringify(start(1_000_000)));
    admin.receive(JSON.stringify({
      type: "subscribe_address",
      address: addressOf(world.node.network, 1),
      last_event_id: -1,
    }));
    const [ofEvents, ofAdmin] = transports;
    for (
      const { buffered } of await until("full sockets", () => {
        return transports.every(({ buffered }) => buffered >= SOCKET_HIGH_WATER) && transports;
      })
    ) assert(buffered < SOCKET_HIGH_WATER * 1.5, `${buffered} bytes wait`);
    const ids = () =>
      ofEvents.sent.map((text) => JSON.parse(text)).filter(({ type }) => type === "EVENT")
        .map(({ event }) => event.id);
    const histories = () => ofAdmin.sent.filter((text) => text.includes('"event_id"')).length;
    assert(ids().length < last);
    await until("all of it", () => {
      for (const transport of transports) transport.take();
      clock.advance(100);
      return ids().length > last && histories() === 600;
    });
    assertEquals(ids(), range(0, last));
    events.peerClosed();
    admin.peerClosed();
  });
});
