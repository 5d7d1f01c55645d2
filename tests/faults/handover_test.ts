import { assert, assertEquals } from "@std/assert";
import { amount, figure } from "../support/amounts.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { Prng } from "../support/prng.ts";
import { ServerProcess } from "../support/server.ts";
import { caughtUp, dataOf, eventsOf, streamSocket } from "../support/stream_socket.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";

/** Subscribers of each dialect. */
const SUBSCRIBERS = amount("LEDGER_HANDOVER_SUBSCRIBERS", 15);

const SECONDS = amount("LEDGER_HANDOVER_SECONDS", 1);
const HISTORY = 1_000;

/** Events of each append, of which one goes out every {@linkcode PERIOD_MS}: 2,000 a second. */
const LOT = 40;
const PERIOD_MS = 20;

Deno.test(`${SUBSCRIBERS} subscribers of each dialect who come while events come in get all from where they begin`, async () => {
  const server = await ServerProcess.start(["--store=:memory:"]);
  try {
    const random = new Prng(10);
    const ledger = server.origin("hierachain");
    const api = new HieraChainApi(ledger);
    const streams = new StreamsApi(server.origin("main"));
    await api.create("c");
    await api.fill("c", HISTORY);
    await streams.create("s");
    await streams.append("s", numbers(0, HISTORY));
    const first = await streamSocket(server.origin("main"), "s");
    await caughtUp(first);
    const places = eventsOf(first).map(({ offset }) => offset);
    await first.close();

    const stop = new AbortController();
    const written = [0, 0];
    const writing = [
      write(stop.signal, async (at) => {
        await streams.append("s", numbers(HISTORY + at, LOT));
        written[0] = at + LOT;
      }),
      write(stop.signal, async (at) => {
        await api.fill("c", LOT, `live-${at}`);
        written[1] = at + LOT;
      }),
    ];
    const begun = performance.now();
    const chainReaders: { from: number; socket: ClientSocket }[] = [];
    const streamReaders: { from: number; socket: ClientSocket }[] = [];
    for (let at = 0; at < SUBSCRIBERS; at++) {
      const from = random.below(HISTORY);
      const socket = await ClientSocket.open(ledger);
      socket.send({ action: "subscribe", chain_name: "c", from });
      chainReaders.push({ from, socket });
      const place = 1 + random.below(HISTORY - 1);
      const asked = `?offset=${places[place - 1]}`;
      const reader = await streamSocket(server.origin("main"), "s", asked);
      streamReaders.push({ from: place, socket: reader });
    }
    for (const { socket } of [...chainReaders, ...streamReaders]) {
      await socket.count("caught_up", 1);
    }
    await until(
      "the time is over, and enough has come in it",
      () =>
        performance.now() - begun > SECONDS * 1_000 && written.every((count) => count > LOT * 10),
    );
    stop.abort();
    const [toStream = 0, toChain = 0] = await Promise.all(writing);
    const perSecond = (toStream + toChain) / (performance.now() - begun) * 1_000;
    figure("events per second", perSecond);

    for (const { from, socket } of streamReaders) {
      await until("all of the stream", () => dataOf(socket).length >= HISTORY + toStream - from);
      assertEquals(dataOf(socket), numbers(from, HISTORY + toStream - from));
    }
    const last = (await api.append("c", { entity_id: "last", event_type: "t" })).offset;
    for (const { from, socket } of chainReaders) {
      const offsets = () =>
        socket.told.flatMap(({ type, offset }) => type.startsWith("new_") ? [offset] : []);
      await until("all of the chain", () => offsets().includes(last));
      const heard = offsets().filter((offset) => offset <= last);
      assertEquals(heard, numbers(from, last + 1 - from));
    }
    assert(chainReaders.length + streamReaders.length === 2 * SUBSCRIBERS);
  } finally {
    await server.kill();
  }
});

function numbers(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => from + at);
}

/** Appends lots at their pace, one after another, until told to stop. Returns how many events. */
async function write(
  stop: AbortSignal,
  append: (at: number) => Promise<void>,
): Promise<number> {
  const begun = performance.now();
  let written = 0;
  while (!stop.aborted) {
    const due = begun + written / LOT * PERIOD_MS;
    const early = due - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    await append(written);
    written += LOT;
  }
  return written;
}
