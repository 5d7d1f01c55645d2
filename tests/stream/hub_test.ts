import { assert, assertEquals } from "@std/assert";
import { SocketHub } from "../../src/stream/hub.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeTransport } from "../support/fake_transport.ts";

Deno.test("places are given up to the limit, and given back once each", () => {
  const refused: string[] = [];
  const hub = new SocketHub(new FakeClock(), 2, {
    refused: (ledger, reason) => refused.push(`${ledger} ${reason}`),
  });
  const one = hub.reserve("l");
  const two = hub.reserve("l");
  assertEquals(hub.reserve("l"), undefined);
  one?.giveBack();
  one?.giveBack();
  assert(hub.reserve("l") !== undefined);
  assertEquals(hub.reserve("l"), undefined);
  const session = two?.occupy(new FakeTransport());
  two?.giveBack();
  assertEquals([hub.size, hub.reserve("l")], [1, undefined]);
  session?.peerClosed();
  session?.peerClosed();
  assertEquals(hub.size, 0);
  assert(hub.reserve("l") !== undefined);
  assertEquals(refused, ["l limit", "l limit", "l limit"]);
});

Deno.test("a drain closes every socket, refuses more, and ends when all are gone", async () => {
  const closed: string[] = [];
  const hub = new SocketHub(new FakeClock(), 10, {
    closed: (ledger, reason) => closed.push(`${ledger} ${reason}`),
  });
  const transports = [new FakeTransport(), new FakeTransport()];
  const sessions = transports.map((transport) => hub.reserve("l")?.occupy(transport));
  const late = hub.reserve("l");
  let hasEnded = false;
  const drained = hub.drain().then(() => hasEnded = true);
  assertEquals(closed, ["l shutdown", "l shutdown"]);
  for (const transport of transports) {
    assertEquals(transport.closed, { code: 1001, reason: "server is stopping" });
  }
  assertEquals(hub.reserve("l"), undefined);
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
