/** Compacting a store's file: what it gives back, and what a kill leaves. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { run, runWell } from "../support/command_line.ts";
import { flipBit } from "../support/old_store.ts";
import { Prng } from "../support/prng.ts";
import { ServerProcess, withFolder, withProcess } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";

const BODY = JSON.stringify("x".repeat(200_000));

/** What a stream has, and an offset of it. */
interface Kept {
  readonly text: string;
  readonly end: string;
}

/** Streams of some megabytes, of which the first is deleted; what the second has. */
async function fill(store: string, megabytes: number): Promise<Kept> {
  let kept: Kept = { text: "", end: "" };
  await withProcess([`--store=${store}`], async (server) => {
    const api = new StreamsApi(server.origin("main"));
    for (const name of ["gone", "kept"]) {
      await api.create(name);
      for (let n = 0; n < 5 * megabytes; n++) await api.send("POST", name, { body: BODY });
      await api.append(name, name);
    }
    assertEquals((await api.send("DELETE", "gone")).status, 204);
    const { text, next } = await api.get("kept?offset=-1");
    kept = { text, end: next };
    await server.stop();
  });
  return kept;
}

/** Asserts that a stream has what it had, and that an offset of before is good. */
async function assertKept(store: string, { text, end }: Kept): Promise<void> {
  await withProcess([`--store=${store}`], async (server) => {
    const api = new StreamsApi(server.origin("main"));
    assertEquals((await api.get("kept?offset=-1")).text, text);
    assertEquals((await api.get("gone?offset=-1")).status, 404);
    assertEquals((await api.get(`kept?offset=${end}`)).status, 200);
    const next = await api.append("kept", 1);
    assertEquals(next.split("_")[1], end.split("_")[1], "the life of the stream is the same");
    await server.stop();
  });
}

async function sizeOf(path: string): Promise<number> {
  return (await Deno.stat(path)).size;
}

Deno.test("a store that is compacted is as large as what is in it, and has all of it", async () => {
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    const kept = await fill(store, 3);
    const before = await sizeOf(store);
    assertStringIncludes(await runWell(["compact", `--store=${store}`]), "all verified");
    const after = await sizeOf(store);
    assert(after < before * 0.6, `${before} ${after}`);
    await assertKept(store, kept);
    assertStringIncludes(await runWell(["verify", "--rows", `--store=${store}`]), "ok");
  });
});

Deno.test("a store that is in use, is none or is damaged is refused, and left as it is", async () => {
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    assertEquals((await run(["compact", `--store=${store}`])).code, 1);
    assertEquals((await run(["compact", "--store=:memory:"])).code, 2);
    await fill(store, 1);
    await withProcess([`--store=${store}`], async () => {
      const { code, stderr } = await run(["compact", `--store=${store}`]);
      assertEquals(code, 1);
      assertStringIncludes(stderr, "Another process has this store open");
    });
    await flipBit(store, ["log", "streams/kept", 0]);
    const before = await sizeOf(store);
    const { code, stderr } = await run(["compact", `--store=${store}`]);
    assertEquals(code, 3);
    assertStringIncludes(stderr, "damaged");
    assertEquals(await sizeOf(store), before);
  });
});

Deno.test("what a killed compacting left behind is taken for nothing of the next", async () => {
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    const kept = await fill(store, 1);
    // It was killed while it looked at what it had written: that file has a life of its own.
    await Deno.copyFile(store, `${store}.compacting`);
    await withProcess([`--store=${store}.compacting`], async (server) => void await server.stop());
    await runWell(["compact", `--store=${store}`]);
    await assertKept(store, kept);
  });
});

Deno.test("whenever compacting is killed, the store has all that it had, and it can be done again", async () => {
  await withFolder(async (folder) => {
    const store = `${folder}/ledger.db`;
    const kept = await fill(store, 6);
    const prng = new Prng(3);
    for (let n = 0; n < 6; n++) {
      const compacting = ServerProcess.run(["compact", `--store=${store}`]);
      await new Promise((resolve) => setTimeout(resolve, 150 + prng.below(900)));
      await compacting.kill();
      assertStringIncludes(await runWell(["verify", `--store=${store}`]), "ok");
    }
    await runWell(["compact", `--store=${store}`]);
    await assertKept(store, kept);
    const database = new DatabaseSync(store, { readOnly: true });
    assertEquals(database.prepare("pragma integrity_check").get()?.["integrity_check"], "ok");
    database.close();
  });
});
