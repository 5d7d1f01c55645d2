/**
 * A thread that pings a HieraChain socket at a steady pace, whatever others do to the server or to
 * this program meanwhile. It is told an address to ping and a port, and on each message of the port
 * it says what it has measured: milliseconds from when each ping was due to its answer.
 */
import { delay } from "./processes.ts";

/** Milliseconds between pings: fewer a second than a socket may send. */
const EVERY_MS = 15;

let times: number[] = [];

async function ping(address: string): Promise<void> {
  const socket = new WebSocket(address);
  let answered = () => {};
  socket.onmessage = () => answered();
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error("the socket to ping on does not open"));
  });
  socket.onerror = socket.onclose = () => {
    throw new Error("the socket that pings was closed");
  };
  for (let due = performance.now();; due += EVERY_MS) {
    const early = due - performance.now();
    if (early > 0) await delay(early);
    const pong = new Promise<void>((resolve) => answered = resolve);
    socket.send('{"type":"ping","timestamp":0}');
    await pong;
    const now = performance.now();
    times.push(now - due);
    // The pings that were due meanwhile have waited as well.
    for (; due + EVERY_MS < now; due += EVERY_MS) times.push(now - due - EVERY_MS);
  }
}

globalThis.addEventListener("message", (event) => {
  if (!(event instanceof MessageEvent)) return;
  const { address, port }: { address: string; port: MessagePort } = event.data;
  void ping(address);
  port.onmessage = () => {
    port.postMessage(times);
    times = [];
  };
});
