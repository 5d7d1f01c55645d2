import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseEventLine } from "../../src/log/event_line.ts";
import { segmentKey } from "../../src/log/keys.ts";
import { run, runWell, spawn } from "../support/command_line.ts";
import { freePort } from "../support/ports.ts";
import { ServerProcess, withFolder, withProcess } from "../support/server.ts";
import { until, within } from "../support/until.ts";

const CHAIN = "streams/numbers";

function numbers(from: number, count: number): string {
  return Array.from({ length: count }, (_, at) => `{"n":${from + at}}\n`).join("");
}

/** The numbers in lines of events, in order. */
function numbersIn(lines: string): number[] {
  return lines.split("\n").filter((line) => line !== "").map(parseEventLine)
    .filter(({ type }) => type === "data" || type === "more")
    .map(({ data }): number => JSON.parse(String(data)).n);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}

Deno.test("messages from stdin are appended in order, read both ways, and told of in the table", async () => {
  await withProcess(["--store=:memory:"], async (server) => {
    const env = { LEDGER_URL: server.origin("main") };
    const appended = await run(["append", CHAIN], { env, stdin: numbers(0, 5_000) });
    assertEquals([appended.code, appended.stdout], [0, ""]);
    assertStringIncludes(appended.stderr, "5000 appended");

    assertEquals(numbersIn(await runWell(["read", CHAIN], { env })), upTo(5_000));
    const last = await runWell(["read", CHAIN, "--backward", "-n", "3"], { env });
    assertEquals(numbersIn(last), [4_999, 4_998, 4_997]);
    const some = await runWell(["read", CHAIN, "--from=100", "-n", "2", "--format=text"], { env });
    assertMatch(some, /^\d{4}-\S+Z 100 more \{"n":99\}\n\S+ 101 more \{"n":100\}\n$/);
    const made = await runWell(["read", CHAIN, "--type=created"], { env });
    assertEquals(made.trim().split("\n").length, 1);

    const table = await runWell(["chains", "streams/"], { env });
    assertMatch(table, /^CHAIN +EVENTS .*\nstreams\/numbers +5001 /);
    const [line = ""] = (await runWell(["chains", "--json", CHAIN], { env })).split("\n");
    assertEquals(JSON.parse(line).events, 5_001);
  });
});

Deno.test("what is wrong is said on stderr, with its own exit code", async () => {
  await withProcess(["--store=:memory:"], async (server) => {
    const env = { LEDGER_URL: server.origin("main") };
    const cases: [string[], string, number, string][] = [
      [["append", CHAIN], '{"n":0}\n\nno json\n{"n":1}\n', 1, "line 3 is not JSON"],
      [["append", "hierachain/x"], "", 2, "Only streams can be appended to"],
      [["read", "streams/none"], "", 1, "There is no chain streams/none"],
      [["read", CHAIN, "--from=yesterday"], "", 1, "A position is"],
      [["read", CHAIN, "--from=99"], "", 1, "past the end"],
      [["read", CHAIN, "--url=http://127.0.0.1:1"], "", 1, "does not answer"],
      [["read", CHAIN, "--url=nowhere"], "", 2, "--url must be"],
      [["read", CHAIN, "--url=http://a", "--store=b"], "", 2, "either --url or --store"],
      [["import"], '{"chain":"a","epoch":"e","next":1}\nx\n', 1, "not a line of an export"],
      [["verify", "--rows", CHAIN], "", 2, "compared on a store"],
      [["rebuild", "streams/none"], "", 1, "There is no chain"],
      [["keys", "revoke", "none"], "", 1, "no key"],
      [["read"], "", 2, "See --help"],
    ];
    for (const [args, stdin, code, words] of cases) {
      const ended = await run(args, { env, stdin });
      assertEquals([args, ended.code], [args, code]);
      assertStringIncludes(ended.stderr, words);
      assert(!ended.stderr.includes("    at "), ended.stderr);
    }
    // What stood before the line that is wrong is in.
    assertEquals(numbersIn(await runWell(["read", CHAIN], { env })), [0]);
  });
});

Deno.test("tail goes on over a server that is killed, and append as well: nothing is missed, nothing twice", async () => {
  await withFolder(async (folder) => {
    const args = [`--store=${folder}/l.db`, `--port=${freePort()}`];
    let server = await ServerProcess.start(args);
    const env = { LEDGER_URL: server.origin("main") };
    await runWell(["append", CHAIN], { env, stdin: numbers(0, 10) });
    const tail = spawn(["tail", CHAIN, "--from=earliest", "--format=json"], env);
    const append = spawn(["append", CHAIN], env);
    const input = append.stdin.getWriter();
    let heard = "";
    const listening = tail.stdout.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write: (text) => void (heard += text) }));
    const whole = () => heard.slice(0, heard.lastIndexOf("\n") + 1);
    const encoder = new TextEncoder();
    let next = 10;
    try {
      for (let round = 0; round < 2; round++) {
        await input.write(encoder.encode(numbers(next, 500)));
        next += 500;
        await until("a part arrives", () => numbersIn(whole()).length > next - 500);
        const sent = input.write(encoder.encode(numbers(next, 500)));
        next += 500;
        await server.kill();
        server = await ServerProcess.start(args);
        await sent;
      }
      await input.close();
      const { code } = await within("append ends", append.status);
      assertEquals(code, 0);
      await until("everything arrives", () => numbersIn(whole()).length >= next);
      assertEquals(numbersIn(whole()), upTo(next));
      tail.kill("SIGINT");
      assertEquals((await within("tail ends", tail.status)).code, 130);
    } finally {
      await server.kill();
      for (const child of [tail, append]) {
        child.stderr.cancel().catch(() => {});
        try {
          child.kill("SIGKILL");
        } catch {
          // It has ended.
        }
      }
      await append.stdout.cancel();
      await listening;
    }
  });
});

Deno.test("an export by way of a server or from its store is the same, and an import gives it back", async () => {
  await withFolder(async (folder) => {
    const store = `--store=${folder}/a.db`;
    let byServer = "";
    await withProcess([store], async (server) => {
      const env = { LEDGER_URL: server.origin("main") };
      await runWell(["append", CHAIN], { env, stdin: numbers(0, 3_000) });
      await runWell(["append", "streams/other"], { env, stdin: '"a"\n' });
      byServer = await runWell(["export", CHAIN, "streams/other"], { env });
      const busy = await run(["chains", store]);
      assertEquals(busy.code, 1);
      assertStringIncludes(busy.stderr, "Another process has this store open");
    });
    assertEquals(await runWell(["export", store, CHAIN, "streams/other"]), byServer);
    const all = `${folder}/all.ndjson`;
    await runWell(["export", store, `--output=${all}`]);
    const again = await run(["export", store, `--output=${all}`]);
    assertEquals(again.code, 1);

    const copy = `--store=${folder}/b.db`;
    const imported = await run(["import", copy, all]);
    assertEquals(imported.code, 0);
    assertStringIncludes(imported.stderr, `${CHAIN}: 3001 imported`);
    assertEquals(await runWell(["export", copy]), await Deno.readTextFile(all));
    const verified = await runWell(["verify", copy, "--rows"]);
    assertStringIncludes(verified, `${CHAIN}: ok, 3001 events`);

    await withProcess(["--store=:memory:"], async (server) => {
      const env = { LEDGER_URL: server.origin("main") };
      await runWell(["import"], { env, stdin: byServer });
      assertEquals(await runWell(["export", CHAIN, "streams/other"], { env }), byServer);
      assertStringIncludes(await runWell(["rebuild", CHAIN], { env }), "from 3001 events");
      assertStringIncludes(await runWell(["verify"], { env }), `${CHAIN}: ok`);
      // An imported stream is a stream like any other.
      await runWell(["append", CHAIN], { env, stdin: numbers(3_000, 1) });
      assertEquals(numbersIn(await runWell(["read", CHAIN], { env })), upTo(3_001));
    });
  });
});

Deno.test("verify names the first damaged offset and ends with 3", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/a.db`;
    for (const at of [0, 1, 2]) {
      await runWell(["append", CHAIN, `--store=${path}`], { stdin: numbers(at, 1) });
    }
    const kv = await Deno.openKv(path);
    const key = segmentKey(CHAIN, 2);
    const { value } = await kv.get<Uint8Array>(key);
    assert(value !== null);
    value[value.length - 1] = (value.at(-1) ?? 0) ^ 1;
    await kv.set(key, value);
    kv.close();
    const { code, stdout } = await run(["verify", `--store=${path}`]);
    assertEquals(code, 3);
    assertStringIncludes(stdout, `${CHAIN}: damaged at offset 2`);
  });
});

Deno.test("a reader who has had enough ends a command without an error", async () => {
  await withFolder(async (folder) => {
    const store = `--store=${folder}/a.db`;
    await runWell(["append", CHAIN, store], { stdin: numbers(0, 50_000) });
    const child = spawn(["read", CHAIN, store]);
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel();
    const [status, errors] = await within(
      "read ends",
      Promise.all([child.status, new Response(child.stderr).text()]),
    );
    await child.stdin.close();
    assertEquals([status.code, errors], [0, ""]);
  });
});

Deno.test("keys are made, listed, needed and revoked", async () => {
  await withProcess(["--store=:memory:"], async (server) => {
    const env = { LEDGER_URL: server.origin("main") };
    await runWell(["append", CHAIN], { env, stdin: numbers(0, 1) });
    const admin = (await runWell(["keys", "create", "me", "--scope=admin"], { env })).trim();
    const made = JSON.parse(
      await runWell(["keys", "create", "reader", "--chain=streams/*", "--json"], {
        env: { ...env, LEDGER_KEY: admin },
      }),
    );
    assertEquals(made.scopes, ["read"]);
    const nobody = await run(["read", CHAIN], { env });
    assertEquals(nobody.code, 1);
    assertStringIncludes(nobody.stderr, "put it into LEDGER_KEY");
    const reader = { ...env, LEDGER_KEY: String(made.key) };
    assertEquals(numbersIn(await runWell(["read", CHAIN], { env: reader })), [0]);
    assertEquals((await run(["append", CHAIN], { env: reader, stdin: numbers(1, 1) })).code, 1);
    assertEquals(
      (await runWell(["chains", "--json"], { env: reader })).trim().split("\n").length,
      1,
    );
    const all = await runWell(["chains", "--json"], { env: { ...env, LEDGER_KEY: admin } });
    assertStringIncludes(all, "ledgerline/keys");
    assertEquals((await run(["read", "ledgerline/keys"], { env: reader })).code, 1);

    const asAdmin = { env: { ...env, LEDGER_KEY: admin } };
    await runWell(["keys", "revoke", made.id], asAdmin);
    assertEquals((await run(["read", CHAIN], { env: reader })).code, 1);
    const list = await runWell(["keys", "list"], asAdmin);
    assertMatch(list, new RegExp(`${made.id} +reader +read +streams/\\* .*revoked`));
    assert(!list.includes(String(made.key)));
  });
});
