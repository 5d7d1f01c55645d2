/** Backups: of a server under load, of a store after a kill, and what is none. */
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { z } from "zod";
import { openStore } from "../../src/kv/open.ts";
import { run, runWell } from "../support/command_line.ts";
import { copyTakenOver, flipBit } from "../support/old_store.ts";
import { ServerProcess, withFolder, withProcess } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";
import { until } from "../support/until.ts";

const WRITERS = 3;

/** A client of streams that shows a key. */
class Writer {
  readonly #origin: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(server: ServerProcess, key: string) {
    this.#origin = server.origin("main");
    this.#headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  }

  async send(method: string, path: string, body: string | null = null): Promise<Response> {
    return await fetch(`${this.#origin}/${path}`, { method, headers: this.#headers, body });
  }

  /** Appends one number after another to a stream of its own until the server is gone. */
  async write(stream: string, told: Map<string, Told>): Promise<void> {
    await (await this.send("PUT", `v1/stream/${stream}`)).body?.cancel();
    try {
      for (let at = 0;; at++) {
        const response = await this.send("POST", `v1/stream/${stream}`, String(at));
        await response.body?.cancel();
        assertEquals(response.status, 204);
        const place = response.headers.get("stream-next-offset") ?? "";
        told.set(stream, { events: at + 1, place });
      }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }

  async numbers(stream: string): Promise<unknown[]> {
    const numbers: unknown[] = [];
    for (let offset = "-1", isThere = false; !isThere;) {
      const response = await this.send("GET", `v1/stream/${stream}?offset=${offset}`);
      assertEquals(response.status, 200);
      numbers.push(...z.array(z.unknown()).parse(await response.json()));
      offset = response.headers.get("stream-next-offset") ?? "";
      isThere = response.headers.has("stream-up-to-date");
    }
    return numbers;
  }

  async json(path: string): Promise<unknown> {
    return await (await this.send("GET", path)).json();
  }
}

/** What a writer was told of its stream. */
interface Told {
  readonly events: number;
  readonly place: string;
}

/** How many events each stream had, and that a store has them all, in order. */
async function assertThere(store: string, key: string, told: ReadonlyMap<string, Told>) {
  const report = await runWell(["verify", "--rows", `--store=${store}`]);
  for (const line of report.trim().split("\n")) assertStringIncludes(line, ": ok, ");
  await withProcess([`--store=${store}`], async (server) => {
    const writer = new Writer(server, key);
    for (const [stream, { events }] of told) {
      const numbers = await writer.numbers(stream);
      assert(numbers.length >= events, `${stream} has ${numbers.length} of ${events}`);
      assertEquals(numbers, [...numbers.keys()]);
    }
  });
}

Deno.test("a backup made under load has all that was acknowledged before, and so has one after a kill", async () => {
  await withFolder(async (folder) => {
    const store = join(folder, "ledger.db");
    const key = (await runWell(["keys", "create", "ops", "--scope=admin", `--store=${store}`]))
      .trim();
    const server = await ServerProcess.start([`--store=${store}`]);
    const told = new Map<string, Told>();
    const writer = new Writer(server, key);
    const signedBy = await writer.json("v1/stream/__ds/jwks.json");
    const writers = Array.from({ length: WRITERS }, (_, at) => writer.write(`s${at}`, told));
    try {
      const all = () => [...told.values()];
      await until(
        "each has written",
        () => all().length === WRITERS && all().every(({ events }) => events > 50),
      );
      const before = new Map(told);
      const env = { LEDGER_URL: server.origin("main"), LEDGER_KEY: key };
      const said = await runWell(["backup", folder], { env });
      assert(all().every(({ events }, at) => events > ([...before.values()][at]?.events ?? 0)));
      const file = /^(.*): \d+ events of \d+ chains, read again and whole$/m.exec(said)?.[1] ?? "";
      assertEquals(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
      await until(
        "more is written",
        () =>
          all().every(({ events }, at) => events > ([...before.values()][at]?.events ?? 0) + 50),
      );
      await server.kill();
      await Promise.all(writers);

      const restored = join(folder, "restored.db");
      await runWell(["restore", file, `--store=${restored}`]);
      const beside = [...Deno.readDirSync(folder)].map(({ name }) => name)
        .filter((name) => name.startsWith("restored.db"));
      assertEquals(beside, ["restored.db"]);
      await assertThere(restored, key, before);
      // The key that webhooks are signed with is the same; places that it never gave are refused.
      await withProcess([`--store=${restored}`], async (second) => {
        const reader = new Writer(second, key);
        assertEquals(await reader.json("v1/stream/__ds/jwks.json"), signedBy);
        const { place } = told.get("s0") ?? { place: "" };
        const lost = await reader.send("GET", `v1/stream/s0?offset=${place}`);
        await lost.body?.cancel();
        assertEquals(lost.status, 410);
        assertNotEquals(place, "");
      });

      const killed = join(folder, "killed.backup");
      await runWell(["backup", killed, `--store=${store}`]);
      const again = join(folder, "again.db");
      await runWell(["restore", killed, `--store=${again}`]);
      await assertThere(again, key, told);
    } finally {
      await server.kill();
    }
  });
});

Deno.test("what is no whole backup is not restored, and nothing is left of it", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "b");
    const store = join(folder, "ledger.db");
    await withProcess([`--store=${store}`], async (server) => {
      const streams = new StreamsApi(server.origin("main"));
      await streams.create("s");
      await streams.append("s", "größer");
      await runWell(["backup", file, `--url=${server.origin("main")}`]);
      await server.stop();
    });
    const text = await Deno.readTextFile(file);
    const lines = text.trimEnd().split("\n");
    const refused: [name: string, text: string, says: string][] = [
      ["cut", `${lines.slice(0, -1).join("\n")}\n`, "it is cut off"],
      ["changed", text.replace("größer", "größen"), "its checksum does not match"],
      ["short", text.replace(/^.*größer.*\n/m, ""), "the events of streams/s end at 1"],
      ["more", `${text}${lines.at(-1)}\n`, "there is more after its end"],
      ["later", text.replace('{"backup":1', '{"backup":2'), "its form is 2, and not 1"],
      ["other", "x\n", "not a line of a backup: x"],
    ];
    for (const [name, bad, says] of refused) {
      await Deno.writeTextFile(join(folder, name), bad);
      const made = join(folder, `${name}.db`);
      const { code, stderr } = await run(["restore", join(folder, name), `--store=${made}`]);
      assertEquals([name, code], [name, 1]);
      assertStringIncludes(stderr, `This is no whole backup: ${says}`);
    }
    assertEquals((await run(["restore", join(folder, "none"), "--store=x"])).code, 1);
    const there = await run(["restore", file, `--store=${store}`]);
    assertEquals([there.code, there.stderr], [1, `ledgerline: ${store} is there already\n`]);
    const made = [...Deno.readDirSync(folder)].filter(({ name }) => name.includes(".db"));
    assert(made.every(({ name }) => name.startsWith("ledger.db")), JSON.stringify(made));
  });
});

Deno.test("a restore that was cut off goes on when it is run again", async () => {
  await withFolder(async (folder) => {
    const [old, file] = [join(folder, "old.db"), join(folder, "b")];
    const { key } = await copyTakenOver("65711f9", old);
    await runWell(["backup", file, `--store=${old}`]);
    const half = join(folder, "half.ndjson");
    const kept = (await Deno.readTextFile(file)).split("\n")
      .filter((line) => !/^\{"(backup|kept|end)":/.test(line));
    await Deno.writeTextFile(half, kept.slice(0, Math.floor(kept.length / 2)).join("\n"));
    await run(["import", half, `--store=${join(folder, "new.db.restoring")}`]);
    await runWell(["restore", file, `--store=${join(folder, "new.db")}`]);
    await assertThere(join(folder, "new.db"), key, new Map());
  });
});

Deno.test("nothing, and what is damaged, is not backed up, nor for whoever is no administrator", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "b");
    const store = join(folder, "ledger.db");
    const assertRefused = async (code: number, says: string, args: string[], env = {}) => {
      const ended = await run(["backup", file, ...args], { env });
      assertEquals(ended.code, code, ended.stderr);
      assertStringIncludes(ended.stderr, says);
      const left = [...Deno.readDirSync(folder)].filter(({ name }) => name.startsWith("b"));
      assertEquals(left, []);
    };
    (await openStore(store)).close();
    await assertRefused(1, "There is nothing to back up", [`--store=${store}`]);
    const { key } = await copyTakenOver("65711f9", store);
    await withProcess([`--store=${store}`], async (server) => {
      const env = { LEDGER_URL: server.origin("main"), LEDGER_KEY: key };
      const reader = (await runWell(["keys", "create", "r", "--scope=read"], { env })).trim();
      await assertRefused(1, "The server asks for a key", [], { ...env, LEDGER_KEY: "" });
      await assertRefused(1, "the key is that in LEDGER_KEY", [], { ...env, LEDGER_KEY: reader });
      await server.stop();
    });
    await flipBit(store, ["kept", "streams", "wake-tokens"]);
    await assertRefused(3, "is damaged", [`--store=${store}`]);
    await flipBit(store, ["kept", "streams", "wake-tokens"]);
    await flipBit(store, ["log", "streams/notes", 0], 200);
    await withProcess([`--store=${store}`], async (server) => {
      const env = { LEDGER_URL: server.origin("main"), LEDGER_KEY: key };
      await assertRefused(3, "streams/notes is damaged at offset 0", [], env);
    });
  });
});
