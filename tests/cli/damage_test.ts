/** What `verify` and `export` say of a store that is damaged, on the file and beside a server. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { parseEventLine } from "../../src/log/event_line.ts";
import { run, runWell } from "../support/command_line.ts";
import { copyTakenOver, flipBit } from "../support/old_store.ts";
import { withFolder, withProcess } from "../support/server.ts";

/** Keys in a store that begin so. */
async function keysOf(path: string, prefix: Deno.KvKey): Promise<Deno.KvKey[]> {
  const kv = await Deno.openKv(path);
  try {
    const keys: Deno.KvKey[] = [];
    for await (const { key } of kv.list({ prefix })) keys.push(key);
    return keys;
  } finally {
    kv.close();
  }
}

Deno.test("of sixteen rows with a flipped bit verify names each, by its chain, and a rebuild mends them", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "ledger.db");
    const { key } = await copyTakenOver("65711f9", path);
    const rows = await keysOf(path, ["row"]);
    const flipped = Array.from({ length: 16 }, (_, at) => rows[Math.floor(at * rows.length / 16)]);
    for (const [at, row] of flipped.entries()) await flipBit(path, row ?? [], at * 37);
    const check = ({ code, stdout }: { code: number; stdout: string }) => {
      assertEquals(code, 3);
      const lines = stdout.trim().split("\n");
      const damaged = lines.filter((line) => line.includes("damaged row"));
      assertEquals(damaged.length, 16, stdout);
      for (const row of flipped) {
        const [, chain, , ...name] = row ?? [];
        const words = `${String(chain)}: damaged row: The row ${JSON.stringify(name)} of ${
          String(chain)
        }`;
        assert(damaged.some((line) => line.startsWith(words)), words);
      }
      // Chains that are whole are looked at all the same.
      assert(lines.some((line) => / ok, \d+ events/.test(line)), stdout);
    };
    check(await run(["verify", `--store=${path}`]));
    await withProcess([`--store=${path}`], async (server) => {
      const env = { LEDGER_URL: server.origin("main"), LEDGER_KEY: key };
      check(await run(["verify"], { env }));
      // The file is the server's: what to do is said.
      const held = await run(["verify", `--store=${path}`]);
      assertEquals(held.code, 1);
      assertMatch(held.stderr, /Another process has this store open.*leave out --store.*--url/s);
      const chains = [...new Set(flipped.map((row) => String(row?.[1])))];
      await runWell(["rebuild", ...chains], { env });
      const { code, stdout } = await run(["verify"], { env });
      assertEquals(code, 0, stdout);
    });
  });
});

Deno.test("verify and export go on after what cannot be read, and say where it is", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "ledger.db");
    const { key } = await copyTakenOver("65711f9", path);
    const supply = "hierachain/supply";
    const whole = (await runWell(["export", supply, `--store=${path}`])).trim().split("\n");
    const segments = await keysOf(path, ["log", supply]);
    // In the middle of the chain, in a commit of sixty events.
    const [first, second, third] = segments;
    assert(first !== undefined && second !== undefined && third !== undefined);
    await flipBit(path, second, 900);
    await flipBit(path, ["head", "streams/notes"]);
    await flipBit(path, ["kept", "streams", "wake-tokens"]);
    const all = await run(["verify", `--store=${path}`]);
    assertStringIncludes(all.stdout, "\nkept streams wake-tokens: damaged: ");
    const [from, to] = [Number(second[2]), Number(third[2])];

    const check = async (args: readonly string[], env: Record<string, string>) => {
      const verified = await run(["verify", supply, "nowhere/none", "hierachain/parts", ...args], {
        env,
      });
      assertEquals(verified.code, 3);
      assertMatch(verified.stdout, new RegExp(`^${supply}: damaged at offset ${from}: a record`));
      assertStringIncludes(verified.stdout, "\nhierachain/parts: ok");
      assertStringIncludes(verified.stderr, "There is no chain nowhere/none");
      assertEquals((await run(["verify", "nowhere/none", ...args], { env })).code, 1);

      const exported = await run(["export", ...args], { env });
      assertEquals(exported.code, 3, exported.stderr);
      assertStringIncludes(
        exported.stderr,
        `${supply}: events ${from} to ${
          to - 1
        } could not be read: a record's checksum does not match`,
      );
      assertStringIncludes(
        exported.stderr,
        "streams/notes: exported as another life of it: The head of streams/notes is damaged",
      );
      const lines = exported.stdout.trim().split("\n");
      const begins = lines.findIndex((line) => line.startsWith(`{"chain":"${supply}"`));
      const rest = lines.slice(begins, begins + whole.length - (to - from));
      const missing = whole.slice(1).map(parseEventLine)
        .filter(({ offset }) => offset >= from && offset < to).length;
      assertEquals(missing, to - from);
      assertEquals(rest, [...whole.slice(0, 1 + from), ...whole.slice(1 + to)]);
      assert(lines.some((line) => line.startsWith('{"chain":"planetmint/chain"')));
      assertStringIncludes(exported.stdout, "größer");
    };
    await check([`--store=${path}`], {});
    await withProcess([`--store=${path}`], async (server) => {
      await check([], { LEDGER_URL: server.origin("main"), LEDGER_KEY: key });
    });
  });
});
