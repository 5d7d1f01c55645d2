import { assert, assertEquals } from "@std/assert";
import { SocketHub } from "../../src/sockets/hub.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeTransport } from "../support/fake_transport.ts";

const VISITOR = { address: "192.0.2.1", grant: { isOver: false } };

Deno.test("places are given up to the limit, and given back once each", () => {
  const refused: string[] = [];
  const hub = new SocketHub(new FakeClock(), { connections: 2 }, {
    refused: (ledger, reason) => refused.push(`${ledger} ${reason}`),
  });
  const one = hub.reserve("l", VISITOR);
  const two = hub.reserve("l", VISITOR);
  assertEquals(hub.reserve("l", VISITOR), undefined);
  one?.giveBack();
  one?.giveBack();
  assert(hub.reserve("l", VISITOR) !== undefined);
  assertEquals(hub.reserve("l", VISITOR), undefined);
  const session = two?.occupy(new FakeTransport());
  two?.giveBack();
  assertEquals([hub.size, hub.reserve("l", VISITOR)], [1, undefined]);
  session?.peerClosed();
  session?.peerClosed();
  assertEquals(hub.size, 0);
  assert(hub.reserve("l", VISITOR) !== undefined);
  assertEquals(refused, ["l limit", "l limit", "l limit"]);
});

Deno.test("a drain closes every socket, refuses more, and ends when all are gone", async () => {
  const closed: string[] = [];
  const hub = new SocketHub(new FakeClock(), { connections: 10 }, {
    closed: (ledger, reason) => closed.push(`${ledger} ${reason}`),
  });
  const transports = [new FakeTransport(), new FakeTransport()];
  const sessions = transports.map((transport) => hub.reserve("l", VISITOR)?.occupy(transport));
  const late = hub.reserve("l", VISITOR);
  let hasEnded = false;
  const drained = hub.drain().then(() => hasEnded = true);
  assertEquals(closed, ["l shutdown", "l shutdown"]);
  for (const transport of transports) {
    assertEquals(transport.closed, { code: 1001, reason: "server is stopping" });
  }
  assertEquals(hub.reserve("l", VISITOR), undefined);
  // A handshake that was under way.
  const transport = new FakeTransport();
  const last = late?.occupy(transport);
  assertEquals(transport.closed?.code, 1001);
  for (const session of [...sessions, last]) {
    await Promise.resolve();
    assertEquals(hasEnded, false);
    session?.peerClosed();
  }
  await drained;
  await hub.drain();
});

Deno.test("an address has its own limit, held requests count, and an IPv6 network is one address", () => {
  const refused: string[] = [];
  const hub = new SocketHub(new FakeClock(), { connections: 9, perAddress: 2 }, {
    refused: (ledger, reason) => refused.push(`${ledger} ${reason}`),
  });
  const from = (address: string) => ({ ...VISITOR, address });
  const one = hub.reserve("l", from("2001:db8::1"))?.occupy(new FakeTransport());
  const leave = hub.hold("l", from("2001:db8::ffff:2"), () => {}, { kind: "long-poll" });
  assertEquals(hub.reserve("l", from("2001:db8:0:0:9::3")), undefined);
  assertEquals(
    hub.hold("l", from("2001:db8::1"), () => {}, { kind: "long-poll" }),
    undefined,
  );
  assert(hub.reserve("l", from("2001:db8:0:1::1")) !== undefined);
  assert(hub.reserve("l", from("192.0.2.1")) !== undefined);
  assertEquals(refused, ["l address_limit", "l address_limit"]);
  leave?.();
  leave?.();
  assert(hub.hold("l", from("2001:db8::1"), () => {}, { kind: "long-poll" }) !== undefined);
  assertEquals(hub.reserve("l", from("2001:db8::1")), undefined);
  one?.peerClosed();
  assert(hub.reserve("l", from("2001:db8::1")) !== undefined);
});

Deno.test("when a grant is over, what was opened with it ends, a late handshake too, and nothing else", () => {
  const hub = new SocketHub(new FakeClock(), { connections: 9 });
  const grant = { isOver: false };
  const guest = { address: "192.0.2.1", grant };
  const ended: string[] = [];
  const [own, other, late] = [new FakeTransport(), new FakeTransport(), new FakeTransport()];
  hub.reserve("l", guest)?.occupy(own);
  hub.reserve("l", VISITOR)?.occupy(other);
  hub.hold("l", guest, () => ended.push("guest"), { kind: "long-poll" });
  hub.hold("l", VISITOR, () => ended.push("other"), { kind: "long-poll" });
  const place = hub.reserve("l", guest);
  hub.expel();
  assertEquals([own.closed, ended], [undefined, []]);
  grant.isOver = true;
  hub.expel();
  assertEquals(own.closed, { code: 4005, reason: "unauthorized" });
  assertEquals([other.closed, ended], [undefined, ["guest"]]);
  place?.occupy(late);
  assertEquals(late.closed?.code, 4005);
});

Deno.test("whoever is here is told of, what was sent stays counted, and one is ended by its id", () => {
  const clock = new FakeClock();
  const hub = new SocketHub(clock, { connections: 9 });
  const transport = new FakeTransport();
  hub.reserve("l", { ...VISITOR, agent: "a program" })?.occupy(transport)?.reply("12345");
  const ended: string[] = [];
  const leave = hub.hold("l", VISITOR, () => ended.push("it"), {
    kind: "event-stream",
    watched: { followings: () => [], buffered: 0, messages: 2, bytes: 7 },
  });
  const [socket, held] = [...hub.stays()];
  assert(socket !== undefined && held !== undefined);
  assertEquals([socket.kind, socket.agent, held.kind], ["socket", "a program", "event-stream"]);
  assertEquals(hub.traffic().get("l"), { messages: 3, bytes: 12 });
  clock.advance(2_000);
  // Since the beginning at first, and then since the last look a second ago or more.
  assertEquals(socket.rates(clock.now()), { messages: 0.5, bytes: 2.5 });
  transport.messages += 4;
  clock.advance(1_000);
  assertEquals(socket.rates(clock.now()).messages, 4);
  clock.advance(500);
  assertEquals(socket.rates(clock.now()).messages, 4 / 1.5);
  assertEquals([hub.end("x-0"), hub.end(held.id), hub.end(socket.id)], [false, true, true]);
  assertEquals([ended, transport.closed?.code], [["it"], 4001]);
  leave?.();
  assertEquals([...hub.stays()], []);
  assertEquals(hub.traffic().get("l"), { messages: 7, bytes: 12 });
});

Deno.test("whoever holds a place with a key that has been taken back meanwhile is ended", async () => {
  const hub = new SocketHub(new FakeClock(), { connections: 10 });
  const ended: string[] = [];
  const hold = (name: string, isOver: boolean) =>
    hub.hold("l", { ...VISITOR, grant: { isOver } }, () => void ended.push(name), {
      kind: "event-stream",
    });
  hold("kept", false);
  hold("gone", true)?.();
  hold("over", true);
  await Promise.resolve();
  assertEquals(ended, ["over"]);
});
