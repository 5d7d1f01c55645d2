import { assert, assertEquals } from "@std/assert";
import { HEAD_MS, KEEP_ALIVE_MS, LEAVE_MS, PING_SECONDS } from "../../../src/kernel/limits.ts";
import {
  connectionLimits,
  type LimitSettings,
} from "../../../src/server/edge/connection_limits.ts";
import type { HttpConnection, Peer } from "../../../src/server/edge/connection.ts";
import { Connections } from "../../../src/server/edge/connections.ts";
import { FakeClock, HeldClock } from "../../support/fake_clock.ts";

/** A peer that notes what is done to it. */
class FakePeer implements Peer {
  readonly address: string;
  received = 0;
  pending = 0;
  taken = 0;
  readonly heard: string[] = [];
  connection: HttpConnection | undefined;

  constructor(address = "127.0.0.1") {
    this.address = address;
  }

  refuse(): void {
    this.heard.push("refused");
  }

  timeOut(): void {
    this.heard.push("timed out");
  }

  end(): void {
    this.heard.push("ended");
  }

  cut(): void {
    if (this.heard.at(-1) === "cut") return;
    this.heard.push("cut");
    this.connection?.gone();
  }
}

class Fixture {
  readonly clock: FakeClock;
  readonly reasons: string[] = [];
  open = 0;
  readonly connections: Connections;

  constructor(settings: Partial<LimitSettings> = {}, clock = new FakeClock()) {
    this.clock = clock;
    const limits = connectionLimits({
      most: 1_000,
      perAddress: undefined,
      trustedProxies: [],
      stallMs: 30_000,
      descriptors: undefined,
      ...settings,
    });
    this.connections = new Connections(this.clock, limits, {
      connected: () => this.open++,
      disconnected: () => this.open--,
      cut: (reason) => this.reasons.push(reason),
    });
  }

  admit(address?: string): FakePeer {
    const peer = new FakePeer(address);
    peer.connection = this.connections.admit(peer);
    return peer;
  }

  admitMany(count: number, address?: string): FakePeer[] {
    return Array.from({ length: count }, () => this.admit(address));
  }
}

Deno.test("whoever sends no request in time, or half of one, is told so and cut", () => {
  const { clock, connections, reasons, ...fixture } = new Fixture();
  void fixture;
  const add = () => {
    const peer = new FakePeer();
    peer.connection = connections.admit(peer);
    return peer;
  };
  const silent = add();
  const half = add();
  half.received = 20;
  const idle = add();
  idle.connection?.begin();
  idle.connection?.finish();
  const again = add();
  again.connection?.begin();
  again.connection?.finish();
  clock.advance(HEAD_MS - 2_000);
  again.received = 5;
  clock.advance(3_000);
  assertEquals([silent.heard, half.heard, idle.heard], [["timed out"], ["timed out"], []]);
  clock.advance(LEAVE_MS + 1_000);
  assertEquals([silent.heard, half.heard], [["timed out", "cut"], ["timed out", "cut"]]);
  assertEquals(again.heard, []);
  clock.advance(HEAD_MS);
  assertEquals(again.heard, ["timed out", "cut"]);
  clock.advance(KEEP_ALIVE_MS);
  assertEquals(idle.heard, ["ended", "cut"]);
  assertEquals(reasons, ["head", "head", "head", "idle"]);
  assertEquals([connections.count, clock.waiting], [0, 0]);
});

Deno.test("a body has to come at a pace, unless nobody takes it", () => {
  const { clock, connections, reasons } = new Fixture();
  const add = (body: { isAtRest: boolean }) => {
    const peer = new FakePeer();
    peer.connection = connections.admit(peer);
    peer.connection?.begin(body);
    return peer;
  };
  const slow = add({ isAtRest: false });
  const steady = add({ isAtRest: false });
  const waiting = { isAtRest: true };
  const notAsked = add(waiting);
  for (let second = 0; second < 120; second++) {
    slow.received += 10;
    steady.received += 1_100;
    clock.advance(1_000);
  }
  assertEquals([slow.heard, steady.heard, notAsked.heard], [["timed out", "cut"], [], []]);
  waiting.isAtRest = false;
  clock.advance(10_000);
  assertEquals(notAsked.heard, []);
  clock.advance(10_000);
  assertEquals([notAsked.heard, reasons], [["timed out", "cut"], ["body", "body"]]);
});

Deno.test("an answer that nobody takes is cut, and a handler may take its time", () => {
  const { clock, connections, reasons } = new Fixture();
  const [stalled, slow, thinking] = [1, 2, 3].map(() => {
    const peer = new FakePeer();
    peer.connection = connections.admit(peer);
    peer.connection?.begin();
    return peer;
  });
  assert(stalled !== undefined && slow !== undefined && thinking !== undefined);
  clock.advance(100_000);
  stalled.pending = slow.pending = 100;
  for (let second = 0; second < 40; second++) {
    // It goes on asking, and takes nothing.
    stalled.received++;
    slow.taken++;
    clock.advance(1_000);
  }
  assertEquals([stalled.heard, slow.heard, thinking.heard], [["cut"], [], []]);
  assertEquals(reasons, ["stalled"]);
});

Deno.test("a socket is asked for a sign of life, and cut when it gives none", () => {
  const { clock, connections, reasons } = new Fixture();
  const [dead, alive, far] = [1, 2, 3].map(() => {
    const peer = new FakePeer();
    peer.connection = connections.admit(peer);
    peer.connection?.begin();
    peer.connection?.upgraded({ ping: () => peer.heard.push("asked") });
    return peer;
  });
  assert(dead !== undefined && alive !== undefined && far !== undefined);
  far.pending = 1_000;
  for (let second = 0; second < 10 * PING_SECONDS; second++) {
    // What the system takes for a peer that is gone is no sign of it.
    dead.taken++;
    far.taken++;
    if (alive.heard.length > alive.received) alive.received++;
    clock.advance(1_000);
  }
  assertEquals([dead.heard, far.heard], [["asked", "cut"], []]);
  assert(alive.heard.length > 5 && alive.heard.every((heard) => heard === "asked"));
  assertEquals(reasons, ["silent"]);
});

Deno.test("a process that stood still asks its sockets before it cuts them, and hears their answers", () => {
  const clock = new HeldClock();
  const { connections, reasons } = new Fixture({}, clock);
  const peer = new FakePeer();
  peer.connection = connections.admit(peer);
  peer.connection?.begin();
  peer.connection?.upgraded({ ping: () => peer.heard.push("asked") });
  // The look after the next one is late.
  clock.held = 60_000;
  clock.advance(61_000);
  clock.advance(1_000);
  assertEquals(peer.heard, ["asked"]);
  clock.held = 60_000;
  clock.advance(61_000);
  assertEquals(peer.heard, ["asked"]);
  peer.received++;
  clock.advance(1_000);
  assertEquals([peer.heard, reasons], [["asked"], []]);
  clock.advance(2 * PING_SECONDS * 1_000);
  assertEquals([peer.heard, reasons], [["asked", "asked", "cut"], ["silent"]]);
});

Deno.test("a full house makes room of those without a request, and refuses when there are none", () => {
  const fixture = new Fixture({ most: 6, descriptors: 16 });
  const { clock, connections, reasons } = fixture;
  const first = fixture.admitMany(9);
  assertEquals([connections.count, reasons], [9, []]);
  clock.advance(2_000);
  first[0]?.connection?.begin();
  first[1]?.connection?.begin();
  first[1]?.connection?.finish();
  // The first that should have brought its request goes.
  fixture.admit();
  assertEquals([first[2]?.heard, connections.count], [["cut"], 9]);
  for (const peer of first.slice(3)) peer.connection?.begin();
  // Then one that is idle.
  const second = fixture.admit();
  assertEquals(first[1]?.heard, ["cut"]);
  second.connection?.begin();
  // The other one that came late, and has nothing yet.
  const third = fixture.admit();
  third.connection?.begin();
  const refused = fixture.admit();
  assertEquals([refused.heard, refused.connection], [["refused"], undefined]);
  assertEquals([connections.count, fixture.open], [9, 9]);
  clock.advance(LEAVE_MS);
  assertEquals(refused.heard, ["refused", "cut"]);
  // Many at once are not all told.
  const flood = fixture.admitMany(100);
  assertEquals(flood.filter(({ heard }) => heard[0] === "cut").length, 68);
  assertEquals(new Set(reasons), new Set(["limit"]));
});

Deno.test("an address has a share, this machine leaves some to others, and proxies are not their clients", () => {
  const fixture = new Fixture({ most: 400, perAddress: "auto", trustedProxies: ["192.0.2.9"] });
  const { connections, reasons } = fixture;
  const busy = (count: number, address: string) => {
    let admitted = 0;
    for (let at = 0; at < count; at++) {
      const { connection } = fixture.admit(address);
      if (connection === undefined) continue;
      connection.begin();
      admitted++;
    }
    return admitted;
  };
  assertEquals(busy(1_000, "192.0.2.1"), 116);
  assertEquals(busy(1_000, "2001:db8::1") + busy(100, "2001:db8::2"), 116);
  assertEquals(busy(300, "192.0.2.9"), 300);
  assertEquals(connections.count, 532);
  assertEquals(busy(1_000, "127.0.0.1"), 656 - 532);
  assertEquals(new Set(reasons), new Set(["address_limit", "limit"]));
  const other = new Fixture({ most: 400, perAddress: "auto" });
  other.admitMany(1_000, "127.0.0.1");
  // Those without a request made room for each other.
  assertEquals(other.connections.count, 624);
});

Deno.test("what a proxy forwards counts for whom it is for", () => {
  const { connections, reasons } = new Fixture({ perAddress: 1, trustedProxies: ["192.0.2.9"] });
  const ends = Array.from({ length: 17 }, () => connections.forward("192.0.2.1"));
  assert(ends.every((end) => end !== undefined));
  assertEquals(connections.forward("192.0.2.1"), undefined);
  assert(connections.forward("192.0.2.2") !== undefined);
  ends[0]?.();
  ends[0]?.();
  assert(connections.forward("192.0.2.1") !== undefined);
  assertEquals([connections.forward("192.0.2.1"), reasons.length], [undefined, 2]);
});

Deno.test("without descriptors those that do nothing make room, and after a while there is more", () => {
  const fixture = new Fixture();
  const { clock, connections } = fixture;
  const peers = fixture.admitMany(80);
  for (const peer of peers.slice(0, 40)) peer.connection?.begin();
  connections.exhausted();
  connections.exhausted();
  assertEquals(connections.count, 70);
  fixture.admit();
  assertEquals(connections.count, 70);
  clock.advance(61_000);
  assertEquals(connections.count, 40);
  fixture.admitMany(60);
  assertEquals(connections.count, 100);
});

Deno.test("the limits are what is set, what the system has, and what is kept of it", () => {
  const limits = (settings: Partial<LimitSettings>) => {
    const { connections, places, placesOfAddress, ofAddress } = connectionLimits({
      most: 20_000,
      perAddress: "auto",
      trustedProxies: [],
      stallMs: 1,
      descriptors: undefined,
      ...settings,
    });
    return [connections, places, placesOfAddress, ofAddress(false), ofAddress(true)];
  };
  assertEquals(limits({}), [20_256, 20_000, 5_000, 5_016, 20_224]);
  assertEquals(limits({ descriptors: 1_048_576 }), [20_256, 20_000, 5_000, 5_016, 20_224]);
  assertEquals(limits({ descriptors: 256 }), [192, 144, 36, 52, 168]);
  assertEquals(limits({ most: 10_000 }), [10_256, 10_000, 2_500, 2_516, 10_224]);
  assertEquals(limits({ most: 3, perAddress: 20 }), [259, 3, 20, 36, 36]);
  assertEquals(limits({ perAddress: undefined })[4], Infinity);
});
