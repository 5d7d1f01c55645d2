import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { segmentKey } from "../../src/log/keys.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { withServer } from "../support/in_process.ts";
import { untilReady } from "../support/ready.ts";
import { withFolder } from "../support/server.ts";
import { dataOf, streamSocket } from "../support/stream_socket.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { within } from "../support/until.ts";

const EVENTS = 30;

/** The first damaged offset of either chain, each of whose events is a commit of its own. */
const DAMAGED = 17;

const CHAINS = ["streams/s", "hierachain/c"];

/** Each way to damage a chain at {@linkcode DAMAGED}. */
const DAMAGES: Record<string, (kv: Deno.Kv, chain: string) => Promise<void>> = {
  "a byte flipped": async (kv, chain) => {
    const key = segmentKey(chain, DAMAGED);
    const bytes = await bytesAt(kv, key);
    const last = bytes.length - 1;
    bytes[last] = (bytes[last] ?? 0) ^ 1;
    await kv.set(key, bytes);
  },
  "an event deleted": (kv, chain) => kv.delete(segmentKey(chain, DAMAGED)),
  "two events swapped": async (kv, chain) => {
    const keys = [segmentKey(chain, DAMAGED), segmentKey(chain, DAMAGED + 3)] as const;
    const [one, other] = [await bytesAt(kv, keys[0]), await bytesAt(kv, keys[1])];
    await kv.set(keys[0], other);
    await kv.set(keys[1], one);
  },
};

async function bytesAt(kv: Deno.Kv, key: Deno.KvKey): Promise<Uint8Array> {
  const { value } = await kv.get<Uint8Array>(key);
  assert(value !== null);
  return value;
}

for (const [what, damage] of Object.entries(DAMAGES)) {
  Deno.test(`${what} under a running server: every reader is told at the place, and none skips it`, async () => {
    await withFolder(async (folder) => {
      const path = `${folder}/ledger.db`;
      await withServer(async ({ main, native, api }) => {
        const streams = new StreamsApi(main);
        await api.create("c");
        await api.create("healthy");
        await streams.create("s");
        await streams.create("healthy");
        // What comes first in either is not from here: the genesis, and the stream's creation.
        for (let at = 1; at < EVENTS; at++) {
          await streams.append("s", at);
          await api.append("c", { entity_id: `E-${at}`, event_type: "t" });
        }
        const kv = await Deno.openKv(path);
        for (const chain of CHAINS) await damage(kv, chain);
        kv.close();

        await assertSocketStops(native, { action: "subscribe", chain_name: "c", from: 0 });
        await assertSocketStops(native, { type: "subscribe", chain_name: "c", from: 0 });
        const beyond = await ClientSocket.open(native);
        await beyond.subscribe("c", { from: DAMAGED + 1 + 3 });
        await beyond.count("caught_up", 1);
        assertEquals(beyond.of("new_event")[0].offset, DAMAGED + 1 + 3);
        await assertStreamStops(main, streams);

        const broken = await api.get(`/api/ledger/chains/c/events/${DAMAGED}`);
        assertEquals([broken.status, broken.body.code], [500, "damaged"]);
        const { status } = await api.get(`/api/ledger/chains/c/events/${DAMAGED - 1}`);
        assertEquals(status, 200);

        // The damage is one chain's own: the others are written and heard, and so is its end.
        await api.append("healthy", { entity_id: "E", event_type: "t" });
        await streams.append("healthy", 1);
        assertEquals((await streams.get("healthy")).text, "[1]");
        const { offset } = await api.append("c", { entity_id: "last", event_type: "t" });
        await beyond.count("new_event", EVENTS - DAMAGED - 3);
        assertEquals(beyond.of("new_event").at(-1)?.offset, offset);
        await untilReady(main);
        await beyond.close();
      }, { clock: new FakeClock(), flags: [`--store=${path}`] });
    });
  });
}

/** A HieraChain socket that reads from the beginning. */
async function assertSocketStops(native: string, subscribe: unknown): Promise<void> {
  const socket = await ClientSocket.open(native);
  socket.send(subscribe);
  const { code, reason } = await within("the end", socket.closed);
  assertEquals(code, 4006);
  assertStringIncludes(reason, `${DAMAGED}`);
  const numbers = socket.texts.flatMap((text) => /"entity_id":"E-(\d+)"/.exec(text)?.[1] ?? []);
  // The genesis and the connection to the root chain come first.
  assertEquals(numbers.map(Number), Array.from({ length: DAMAGED - 2 }, (_, at) => at + 1));
  assertEquals(socket.of("caught_up"), []);
}

async function assertStreamStops(main: string, streams: StreamsApi): Promise<void> {
  const before = Array.from({ length: DAMAGED - 1 }, (_, at) => at + 1);
  const socket = await streamSocket(main, "s");
  const { code, reason } = await within("the end", socket.closed);
  assertEquals(code, 4006);
  assertStringIncludes(reason, `${DAMAGED}`);
  assertEquals(dataOf(socket), before);
  assertEquals(socket.of("caught_up"), []);

  for (const query of ["?offset=-1", "?offset=-1&live=long-poll"]) {
    const { status, text } = await streams.get(`s${query}`);
    assertEquals([query, status, JSON.parse(text).code], [query, 500, "damaged"]);
  }
  const events = await fetch(streams.url("s?offset=-1&live=sse"));
  const told = await within("the event stream ends", events.text()).catch(String);
  assert(!told.includes(`${DAMAGED + 1}`), told);
}
