import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openStore } from "../../src/kv/open.ts";
import { ClientSocket } from "../support/client_socket.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { untilReady } from "../support/ready.ts";
import { ServerProcess, withFolder, withProcess } from "../support/server.ts";
import { zeroLeaves } from "../support/sqlite_pages.ts";
import { streamSocket } from "../support/stream_socket.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until, within } from "../support/until.ts";

const EVENTS = 60;
const TEXT = "x".repeat(300);

/** Bytes of a page, as the runtime makes them. */
const PAGE = 4_096;

/** A store with a stream and a chain, closed. */
async function makeStore(store: string): Promise<void> {
  await withProcess([`--store=${store}`], async (server) => {
    const streams = new StreamsApi(server.origin("main"));
    const ledger = new HieraChainApi(server.origin("hierachain"));
    await streams.create("s");
    await ledger.create("c");
    for (let at = 0; at < EVENTS; at++) {
      await streams.append("s", `payload-${at}-${TEXT}`);
      await ledger.append("c", {
        entity_id: `E-${at}`,
        event_type: "t",
        details: { text: `detail-${at}-${TEXT}` },
      });
    }
    assertEquals((await server.stop()).code, 0);
  });
}

Deno.test("a leaf of SQLite's tree that is zeroed is told as damage by every road, and nothing is taken", async () => {
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    await makeStore(store);
    assertEquals(await zeroLeaves(store, "payload-30-"), 1);
    await withProcess([`--store=${store}`], async (server) => {
      const main = server.origin("main");
      const streams = new StreamsApi(main);
      const api = new HieraChainApi(main);
      const ledger = new HieraChainApi(server.origin("hierachain"));
      // Nobody has read that part yet.
      await untilReady(main);
      for (const query of ["?offset=-1", "?offset=-1&live=long-poll"]) {
        const { status, text } = await streams.get(`s${query}`);
        assertEquals([status, JSON.parse(text).code], [500, "damaged"], query);
        assertStringIncludes(text, "streams/s");
      }
      const socket = await streamSocket(main, "s");
      const { code, reason } = await within("the end", socket.closed);
      assertEquals(code, 4006);
      assertStringIncludes(reason, "streams/s");
      const appended = await streams.send("POST", "s", { body: "1" });
      assertEquals([appended.status, JSON.parse(appended.text).code], [500, "damaged"]);
      // What is elsewhere in the file is read, and nothing is written into a tree that is broken.
      assertEquals((await ledger.get("/api/ledger/chains/c/events/10")).status, 200);
      const event = { entity_id: "E", event_type: "t" };
      const refused = await ledger.post("/api/ledger/chains/c/events", event);
      assertEquals([refused.status, refused.body.code], [500, "damaged"]);
      const { status, body } = await api.get("/readyz");
      assertEquals(status, 503);
      assertStringIncludes(body.checks.store, "damaged");
      // Whoever asks need not know the names of others' streams.
      assertEquals([body.checks.store, refused.text].join().includes("streams/s"), false);
      assert(
        server.lines().some(({ level, msg }) => level === "error" && msg.includes("streams/s")),
      );
      assertEquals((await server.stop()).code, 0);
    });
    const { code, stdout, stderr } = await ServerProcess.run(["verify", `--store=${store}`])
      .ended();
    assertEquals(code, 3, stdout + stderr);
    assertStringIncludes(stdout + stderr, "streams/s");
  });
});

Deno.test("a follower of a ledger whose leaf is zeroed hears 4006", async () => {
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    await makeStore(store);
    // Where an event shares its commit with a block that was due, it lies in no leaf.
    let zeroed = 0;
    for (let at = 10; at < EVENTS && zeroed === 0; at++) {
      zeroed = await zeroLeaves(store, `detail-${at}-`);
    }
    assertEquals(zeroed, 1);
    await withProcess([`--store=${store}`], async (server) => {
      const ledger = new HieraChainApi(server.origin("hierachain"));
      const socket = await ClientSocket.open(ledger.origin);
      socket.send({ action: "subscribe", chain_name: "c", from: 0 });
      const { code } = await within("the end", socket.closed);
      assertEquals(code, 4006);
    });
  });
});

Deno.test("a server that can read no head names the chains, is not ready, and tells whoever asks", async () => {
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    await makeStore(store);
    // The heads of all chains lie together.
    assert(await zeroLeaves(store, "head", 100) > 0);
    await withProcess([`--store=${store}`], async (server) => {
      const main = server.origin("main");
      const ready = await fetch(`${main}/readyz`);
      assertEquals(ready.status, 503);
      assertStringIncludes(await ready.text(), "The store is damaged");
      for (const path of ["/v1/stream/s?offset=-1", "/hierachain/api/ledger/chains"]) {
        const answer = await fetch(main + path);
        assertEquals([path, answer.status], [path, 500]);
        assertStringIncludes(await answer.text(), '"code":"damaged"');
      }
      for (const chain of ["hierachain/main_chain", "streams/s"]) {
        await until(
          `${chain} is named`,
          () => server.lines().some(({ msg }) => msg.startsWith(`${chain} is damaged`)),
        );
      }
    });
    const { code, stdout, stderr } = await ServerProcess.run(["verify", `--store=${store}`])
      .ended();
    assertEquals([code, stderr], [3, ""]);
    for (const chain of ["hierachain/c", "hierachain/main_chain", "streams/s"]) {
      assertStringIncludes(stdout, `${chain}: damaged at offset 0: The store is damaged at "head`);
    }
  });
});

Deno.test("whichever page is zeroed: the server starts or says which file is damaged, and ends with 3", async () => {
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    const opened = await openStore(store);
    const sets = Array.from(
      { length: 40 },
      (_, at) => ({ key: ["log", "streams/s", at], value: new Uint8Array(400) }),
    );
    await opened.commit({ checks: [], sets, deletes: [] });
    opened.close();
    const whole = await Deno.readFile(store);
    const ends = new Set<number>();
    for (let page = 1; page * PAGE < whole.length; page++) {
      const bytes = whole.slice();
      bytes.fill(0, page * PAGE, page * PAGE + 8);
      await Deno.writeFile(store, bytes);
      const { code, stdout, stderr } = await ServerProcess.run(["chains", `--store=${store}`])
        .ended();
      assert([0, 3].includes(code), `page ${page}: ${stdout}${stderr}`);
      if (code === 3) assertStringIncludes(stderr, store);
      ends.add(code);
    }
    assertEquals(ends, new Set([0, 3]));
  });
});

Deno.test("a store whose first page is no longer one is damage, and what was never a store is refused", async () => {
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    await makeStore(store);
    const bytes = await Deno.readFile(store);
    bytes.fill(0x41, 0, 100);
    await Deno.writeFile(store, bytes);
    await Deno.writeFile(`${folder}/other.db`, bytes);
    for (const [name, expected] of [["ledger.db", 3], ["other.db", 1]] as const) {
      const path = `${folder}/${name}`;
      const { code, stderr } = await ServerProcess.run(["--port=0", `--store=${path}`]).ended();
      assertEquals([code, stderr.includes(path)], [expected, true], stderr);
    }
  });
});
