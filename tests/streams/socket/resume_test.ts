import { assertEquals, assertExists } from "@std/assert";
import type { ClientSocket } from "../../support/client_socket.ts";
import { withServer } from "../../support/in_process.ts";
import { Prng } from "../../support/prng.ts";
import { caughtUp, dataOf, eventsOf, streamSocket } from "../../support/stream_socket.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { until } from "../../support/until.ts";
import { WsClient } from "../../support/ws_client.ts";

const EVENTS = 500;

const upTo = (count: number) => [...Array(count).keys()];

/** A stream of numbers, appended in lots of different sizes. */
async function fill(streams: StreamsApi, count: number): Promise<void> {
  await streams.create("s");
  for (let first = 0, size = 1; first < count; first += size, size = size % 23 + 1) {
    await streams.append("s", upTo(Math.min(size, count - first)).map((at) => first + at));
  }
}

for (const window of [1, 7]) {
  Deno.test(`a socket cut after every frame, with a window of ${window}, comes back to all there is`, async () => {
    await withServer(async ({ main }) => {
      await fill(new StreamsApi(main), EVENTS);
      const seen: unknown[] = [];
      let offset = "-1";
      let cuts = 0;
      while (seen.length < EVENTS) {
        let isCut = false;
        const path = `/v1/stream/s?window=${window}&offset=${offset}`;
        const client = await WsClient.open(
          main,
          (text, reader) => {
            const { events } = JSON.parse(text);
            if (events === undefined || isCut) return;
            isCut = true;
            for (const { data, offset: after } of events) {
              seen.push(data);
              offset = after;
            }
            void reader.cut();
          },
          {},
          path,
        );
        await client.closed;
        cuts++;
      }
      assertEquals(seen, upTo(EVENTS));
      assertEquals(cuts >= EVENTS / window, true);
    });
  });
}

Deno.test("every frame of a replay and every live one is a place to come back to", async () => {
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    await fill(streams, EVENTS);
    const whole = await streamSocket(main, "s");
    await caughtUp(whole);
    for (const number of upTo(20)) await streams.append("s", EVENTS + number);
    await until("all", () => eventsOf(whole).length === EVENTS + 20);
    let before = 0;
    for (const message of whole.told) {
      if (message.offset === undefined && message.events === undefined) continue;
      before += message.events?.length ?? 0;
      const offset = message.offset ?? message.events.at(-1).offset;
      const rest = await streamSocket(main, "s", `?offset=${offset}`);
      await caughtUp(rest);
      assertEquals(dataOf(rest), upTo(EVENTS + 20).slice(before));
      await rest.close();
    }
    await whole.close();
  });
});

Deno.test("20 readers from random offsets all get what follows while another appends", async () => {
  await withServer(async ({ main }) => {
    const streams = new StreamsApi(main);
    await fill(streams, EVENTS);
    const whole = await streamSocket(main, "s");
    await caughtUp(whole);
    const places = eventsOf(whole).map(({ offset }) => offset);
    const random = new Prng(20);
    let isDone = false;
    let count = EVENTS;
    const appending = (async () => {
      while (!isDone) {
        const lot = upTo(1 + random.below(5)).map((at) => count + at);
        await streams.append("s", lot);
        count += lot.length;
      }
    })();
    const readers: { first: number; socket: ClientSocket }[] = [];
    for (let reader = 0; reader < 20; reader++) {
      const first = random.below(EVENTS);
      const offset = places[first - 1] ?? "-1";
      const window = reader % 2 === 0 ? "" : "&window=10000";
      readers.push({ first, socket: await streamSocket(main, "s", `?offset=${offset}${window}`) });
    }
    await Promise.all(readers.map(({ socket }) => caughtUp(socket)));
    const least = count + 200;
    await until("more is appended", () => count > least);
    isDone = true;
    await appending;
    for (const { first, socket } of readers) {
      await until("all", () => eventsOf(socket).length >= count - first);
      assertEquals(dataOf(socket), upTo(count).slice(first));
      const ids = eventsOf(socket).map(({ id }) => id);
      assertEquals(ids, [...new Set(ids)].sort());
      assertExists(socket.of("caught_up")[0]);
      await socket.close();
    }
    await whole.close();
  });
});
