import { assertEquals } from "@std/assert";
import { type AllEvent, allEvents, allSocket, byChain, readAll } from "../../support/all_chains.ts";
import { withServer } from "../../support/in_process.ts";
import { Prng } from "../../support/prng.ts";
import { StreamsApi } from "../../support/streams_api.ts";
import { until } from "../../support/until.ts";
import { WsClient } from "../../support/ws_client.ts";

const NAMES = ["a", "b", "c", "d", "e"];
const EACH = 120;

async function fill(api: StreamsApi, prng: Prng, from: number, to: number): Promise<void> {
  await Promise.all(NAMES.map(async (name) => {
    for (let n = from; n < to;) {
      const size = Math.min(to - n, 1 + prng.below(7));
      await api.append(name, Array.from({ length: size }, (_, at) => n + at));
      n += size;
    }
  }));
}

Deno.test("every offset that is told is a place to come back to, by every way", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    const prng = new Prng(5);
    for (const name of NAMES) await api.create(name);
    await fill(api, prng, 0, EACH / 2);
    const socket = await allSocket(main, "chain=streams/*");
    await fill(api, prng, EACH / 2, EACH);
    const whole = NAMES.length * EACH;
    await until("all of it", () => allEvents(socket.told).length >= whole);
    const events = allEvents(socket.told);
    for (let time = 0; time < 60; time++) {
      const at = prng.below(whole);
      const { events: rest } = await readAll(main, "chain=streams/*", events[at]?.offset);
      assertEquals(rest, events.slice(at + 1));
    }
    for (const message of socket.told.filter(({ type }) => type === "caught_up")) {
      const { events: rest } = await readAll(main, "chain=streams/*", message.offset);
      const at = socket.told.indexOf(message);
      assertEquals(rest, events.slice(allEvents(socket.told.slice(0, at)).length));
    }
    await socket.close();
  });
});

for (const window of [undefined, 1, 7]) {
  Deno.test(`a socket that is cut again and again while others write comes back to all there is, with ${window ?? "no"} window`, async () => {
    await withServer(async ({ main }) => {
      const api = new StreamsApi(main);
      const prng = new Prng(window ?? 0);
      for (const name of NAMES) await api.create(name);
      const writing = fill(api, prng, 0, EACH);
      const seen: AllEvent[] = [];
      const whole = NAMES.length * EACH;
      let offset = "-1";
      let cuts = 0;
      while (seen.length < whole) {
        // Events, however many a message has: so there are cuts enough whatever the machine is at.
        let left = 1 + prng.below(whole / 10);
        const more = window === undefined ? "" : `&window=${window}`;
        const client = await WsClient.open(
          main,
          (text, reader) => {
            const { events = [] } = JSON.parse(text);
            if (events.length === 0 || left === 0) return;
            // Of what came last only a part was handled.
            const taken = events.slice(0, left);
            left -= taken.length;
            for (const event of taken) {
              seen.push(event);
              ({ offset } = event);
            }
            if (left === 0 || seen.length >= whole) {
              left = 0;
              return void reader.cut();
            }
            if (window !== undefined) reader.send({ type: "ack", offset });
          },
          {},
          `/v1/all?chain=streams/*&offset=${offset}${more}`,
        );
        await client.closed;
        cuts++;
      }
      await writing;
      assertEquals(seen.length, whole);
      const expected = Array.from({ length: EACH }, (_, n) => n);
      for (const told of byChain(seen).values()) assertEquals(told, expected);
      assertEquals(byChain(seen).size, NAMES.length);
      assertEquals(cuts > 5, true);
      const { events } = await readAll(main, "chain=streams/*");
      assertEquals(seen, events);
    });
  });
}

Deno.test("no more than the window is sent, and an acknowledgement is of what was sent", async () => {
  await withServer(async ({ main }) => {
    const api = new StreamsApi(main);
    for (const name of ["a", "b"]) {
      await api.create(name);
      await api.append(name, Array.from({ length: 50 }, (_, n) => n));
    }
    const socket = await allSocket(main, "chain=streams/*&window=7");
    await until("a window full", () => allEvents(socket.told).length >= 7);
    for (let seen = 7; seen < 100;) {
      assertEquals(allEvents(socket.told).length, seen);
      const back = Math.min(3, 100 - seen);
      const offset = allEvents(socket.told).at(-8 + back)?.offset;
      socket.send({ type: "ack", offset });
      seen += back;
      await until("as many more", () => allEvents(socket.told).length >= seen);
    }
    const [last] = allEvents(socket.told).slice(-1);
    socket.send({ type: "ack", offset: last?.offset.replace(/_.*/, "_0123456789abcdef") });
    socket.send({ type: "ack", offset: last?.offset.replace(/^0/, "1") });
    socket.send({ type: "ack", offset: "x" });
    socket.send({ type: "append", ref: 1 });
    socket.send("no json");
    await until(
      "answers",
      () => socket.of("refused").length === 1 && socket.of("error").length === 4,
    );
    assertEquals(socket.of("error").map(({ code }) => code), [
      "offset_gone",
      "ack_invalid",
      "offset_invalid",
      "message_invalid",
    ]);
    assertEquals(socket.of("refused").map(({ status, code, ref }) => [status, code, ref]), [
      [405, "read_only", 1],
    ]);
    await socket.close();
  });
});
