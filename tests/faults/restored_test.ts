import { assertEquals, assertNotEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { ClientSocket } from "../support/client_socket.ts";
import { withFolder, withProcess } from "../support/server.ts";
import { caughtUp, dataOf, streamSocket } from "../support/stream_socket.ts";
import { type StreamAnswer, StreamsApi } from "../support/streams_api.ts";
import { assertWhole } from "../support/whole.ts";

/** What a client holds of a server: places in a stream, and who the node says it is. */
interface Held {
  /** After each append. */
  readonly places: readonly string[];
  /** Of the HieraChain ledger's own chain, as a stream. */
  readonly ledger: string;
  readonly hathor: string;
}

const HATHOR = ["--hathor-port=0"];

/** Runs a server on a store, appends, and tells what its clients hold at the end. */
async function serve(store: string, append: readonly number[]): Promise<Held> {
  let held: Held | undefined;
  await withProcess([`--store=${store}`, ...HATHOR], async (server) => {
    const streams = new StreamsApi(server.origin("main"));
    await streams.send("PUT", "s");
    const places: string[] = [];
    for (const at of append) places.push(await streams.append("s", at));
    const { next } = await streams.get("hierachain/main_chain?offset=-1");
    held = { places, ledger: next, hathor: await streamIdOf(server.origin("hathor")) };
    const { code } = await server.stop();
    assertEquals(code, 0);
  });
  if (held === undefined) throw new Error("the server told nothing");
  return held;
}

async function streamIdOf(origin: string): Promise<string> {
  const socket = await ClientSocket.open(origin, "/v1a/event_ws");
  socket.send({ type: "START_STREAM", window_size: 1 });
  const [event] = await socket.count("EVENT", 1);
  await socket.close();
  return String(event.stream_id);
}

function refusal({ status, text }: StreamAnswer): unknown[] {
  return [status, JSON.parse(text).code];
}

Deno.test("a store that was put back from a copy begins a new life, and refuses places of the old", async () => {
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    const first = await serve(store, [0, 1, 2, 3, 4]);
    await Deno.copyFile(store, `${folder}/copy.db`);
    const lost = await serve(store, [5, 6, 7, 8, 9]);
    assertEquals(lost.hathor, first.hathor);
    // In its place: the file that was is still the file, with what it had before.
    await Deno.copyFile(`${folder}/copy.db`, store);

    let places: string[] = [];
    let hathor = "";
    await withProcess([`--store=${store}`, ...HATHOR], async (server) => {
      const main = server.origin("main");
      const streams = new StreamsApi(main);
      const [held] = first.places.slice(2);
      assertEquals((await streams.get(`s?offset=${held}`)).text, "[3,4]");
      for (const at of [50, 60, 70, 80, 90, 100, 110]) {
        places.push(await streams.append("s", at));
      }
      for (const place of lost.places) {
        assertEquals(refusal(await streams.get(`s?offset=${place}`)), [410, "offset_gone"]);
      }
      assertEquals((await streams.get("s")).text, "[0,1,2,3,4,50,60,70,80,90,100,110]");
      const socket = await streamSocket(main, "s");
      await caughtUp(socket);
      assertEquals(dataOf(socket), [0, 1, 2, 3, 4, 50, 60, 70, 80, 90, 100, 110]);
      await socket.close();
      // A ledger's chain is of its epoch as a whole.
      const ledger = await streams.get(`hierachain/main_chain?offset=${first.ledger}`);
      assertEquals(refusal(ledger), [410, "offset_gone"]);
      hathor = await streamIdOf(server.origin("hathor"));
      assertNotEquals(hathor, first.hathor);
      await server.stop();
    });
    await assertWhole(store);

    // It is one life from then on, though the file is moved, with what is beside it or without.
    for (const rest of [["", ".life"], [""]]) {
      const moved = `${folder}/moved${rest.length}.db`;
      const from = rest.length === 2 ? store : `${folder}/moved2.db`;
      for (const part of rest) await Deno.rename(from + part, moved + part);
      const again = await serve(moved, [1]);
      assertEquals(again.hathor, hathor);
      await withProcess([`--store=${moved}`], async (server) => {
        const streams = new StreamsApi(server.origin("main"));
        for (const place of places) {
          assertEquals((await streams.get(`s?offset=${place}`)).status, 200, place);
        }
      });
      places = [...places, ...again.places];
    }
  });
});

Deno.test("a store that was put back with what is beside it is known for a copy as well", async () => {
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    const first = await serve(store, [0]);
    for (const part of ["", ".life"]) await Deno.copyFile(store + part, `${folder}/copy${part}`);
    const lost = await serve(store, [1]);
    for (const part of ["", ".life"]) await Deno.copyFile(`${folder}/copy${part}`, store + part);
    const next = await serve(store, [2, 3]);
    assertNotEquals(next.hathor, first.hathor);
    await withProcess([`--store=${store}`], async (server) => {
      const streams = new StreamsApi(server.origin("main"));
      const [place] = lost.places;
      assertEquals(refusal(await streams.get(`s?offset=${place}`)), [410, "offset_gone"]);
    });
  });
});

Deno.test("a copy of a store that was running, and was killed later, is known for one", async () => {
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    let before = "";
    await withProcess([`--store=${store}`, ...HATHOR], async (server) => {
      const streams = new StreamsApi(server.origin("main"));
      await streams.create("s");
      await streams.append("s", 0);
      before = await streamIdOf(server.origin("hathor"));
      for (const part of ["", "-wal"]) await Deno.copyFile(store + part, `${folder}/copy${part}`);
      await streams.append("s", 1);
      await server.kill();
    });
    await Deno.remove(`${store}-shm`);
    for (const part of ["", "-wal"]) await Deno.rename(`${folder}/copy${part}`, store + part);
    const after = await serve(store, [2]);
    assertNotEquals(after.hathor, before);
  });
});

Deno.test("a copy elsewhere is a life of its own", async () => {
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    const copy = `${folder}/elsewhere/ledger.db`;
    await Deno.mkdir(`${folder}/elsewhere`);
    const first = await serve(store, [0]);
    for (const part of ["", ".life"]) await Deno.copyFile(store + part, copy + part);
    const other = await serve(copy, [1]);
    assertNotEquals(other.hathor, first.hathor);
    const same = await serve(store, [1]);
    assertEquals(same.hathor, first.hathor);
    assertNotEquals(same.places, other.places);
  });
});

Deno.test("a store of before, which has no word of its life, goes on as it was", async () => {
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    const first = await serve(store, [0]);
    const kv = await Deno.openKv(store);
    await kv.delete(["store", "life"]);
    kv.close();
    await Deno.remove(`${store}.life`);
    const next = await serve(store, [1]);
    assertEquals(next.hathor, first.hathor);
  });
});

Deno.test("a store opens though it cannot be read what it says of its life, and is taken for a copy", async () => {
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    let { hathor } = await serve(store, []);
    // In the runtime's own form, and of a version that it does not know; and as bytes.
    const unknown = new Uint8Array([0xff, 0xfe, 0]);
    for (const [nonsense, form] of [[unknown, 1], [unknown, 3], [new Uint8Array(), 3]] as const) {
      const db = new DatabaseSync(store);
      const put = "update kv set v = ?, v_encoding = ? where instr(k, cast('life' as blob)) > 0";
      assertEquals(db.prepare(put).run(nonsense, form).changes, 1);
      db.close();
      const next = await serve(store, [0]);
      assertNotEquals(next.hathor, hathor);
      hathor = next.hathor;
    }
    assertEquals((await serve(store, [0])).hathor, hathor);
  });
});
