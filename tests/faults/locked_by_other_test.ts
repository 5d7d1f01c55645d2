import { assert, assertEquals } from "@std/assert";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { LockHolder } from "../support/lock_holder.ts";
import { untilReady } from "../support/ready.ts";
import { withFolder, withProcess } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { within } from "../support/until.ts";
import { assertWhole } from "../support/whole.ts";

/** So many that their commits, one after the other, would take minutes to be given up by SQLite. */
const STREAMS = 24;
const APPENDS = 48;

Deno.test("while another program has the lock, appends and reads are answered all the same, and nothing is lost or twice", async () => {
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    await withProcess([`--store=${store}`], async (server) => {
      const main = server.origin("main");
      const streams = new StreamsApi(main);
      const api = new HieraChainApi(main);
      const names = Array.from({ length: STREAMS }, (_, at) => `s${at}`);
      for (const name of names) await streams.create(name);
      const producer = (seq: number) => ({
        "producer-id": "p",
        "producer-epoch": "0",
        "producer-seq": String(seq),
      });
      const send = (name: string, seq: number) =>
        streams.send("POST", name, { headers: producer(seq), body: String(seq) });

      const holder = await LockHolder.on(store);
      // The lock is given back when all have been answered, and not before.
      const asked = [
        ...names.map((name) => send(name, 0)),
        ...Array.from({ length: APPENDS }, (_, at) => {
          const name = `s${at % STREAMS}`;
          return streams.send("POST", name, { body: JSON.stringify(`plain-${at}`) });
        }),
        ...names.map((name) => streams.get(name)),
        streams.get("__ds/subscriptions/none"),
      ];
      const answers = await within("all are answered", Promise.all(asked));
      for (const { status, text } of answers.slice(0, STREAMS + APPENDS)) {
        assertEquals([status, JSON.parse(text).code], [503, "store_unavailable"]);
      }
      for (const { status } of answers.slice(STREAMS + APPENDS)) {
        assert([200, 404, 503].includes(status), String(status));
      }
      assertEquals((await api.get("/readyz")).status, 503);
      await holder.release();

      await untilReady(main);
      for (const name of names) {
        assert([200, 204].includes((await send(name, 0)).status));
        assertEquals((await send(name, 1)).status, 200);
        const all: unknown[] = JSON.parse((await streams.get(name)).text);
        const counted = all.map((each) => JSON.stringify(each)).sort();
        assertEquals(counted, [...new Set(counted)].sort(), `${name}: something is there twice`);
        assertEquals(all.filter((each) => typeof each === "number"), [0, 1]);
      }
      assertEquals((await server.stop()).code, 0);
    });
    await assertWhole(store);
  });
});

Deno.test("a server is stopped while another program has the lock", async () => {
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    await withProcess([`--store=${store}`], async (server) => {
      const streams = new StreamsApi(server.origin("main"));
      await streams.create("s");
      const holder = await LockHolder.on(store);
      assertEquals((await streams.send("POST", "s", { body: "1" })).status, 503);
      // The lock is held until the server is gone.
      const { code } = await server.stop();
      assertEquals(code, 0);
      await holder.release();
    });
    await assertWhole(store);
  });
});
