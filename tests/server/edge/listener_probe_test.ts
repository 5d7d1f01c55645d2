import { assertEquals } from "@std/assert";
import { EventEmitter } from "node:events";
import { Socket } from "node:net";
import { foundBy } from "../../../src/server/edge/listener_probe.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** Milliseconds until one that is connected is judged, and one that is not. */
const JUDGE_MS = 1_000;
const CONNECT_MS = 5_000;

/** A probe that has begun, and what is found by it so far. */
function probe() {
  const clock = new FakeClock();
  const socket = new Socket();
  const state = { isAccepted: false, found: "" };
  void foundBy(socket, () => state.isAccepted, clock).then((found) => state.found = found);
  const found = async (ms: number) => {
    clock.advance(ms);
    await Promise.resolve();
    return state.found;
  };
  return { socket: socket as EventEmitter, state, found };
}

Deno.test("a listener is not taken for deaf while a flood keeps its process", async () => {
  const { socket, state, found } = probe();
  // Neither side of the connection has been heard of.
  assertEquals(await found(CONNECT_MS - 1), "");
  socket.emit("connect");
  state.isAccepted = true;
  assertEquals(await found(JUDGE_MS), "accepts");
});

Deno.test("a listener that does not accept what is connected is deaf", async () => {
  const { socket, found } = probe();
  socket.emit("connect");
  assertEquals(await found(JUDGE_MS), "deaf");
});

Deno.test("a listener that nothing can be connected to has a queue that is full", async () => {
  assertEquals(await probe().found(CONNECT_MS), "full");
});

Deno.test("a probe for which there is no descriptor says so", async () => {
  const { socket, found } = probe();
  socket.emit("error", Object.assign(new Error("no more"), { code: "EMFILE" }));
  assertEquals(await found(0), "exhausted");
});
