import { chainProjection } from "../../src/server/projections.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseEventLine } from "../../src/log/event_line.ts";
import { Log } from "../../src/log/log.ts";
import { openStore } from "../../src/kv/open.ts";
import { segmentKey } from "../../src/log/keys.ts";
import { type Ended, run } from "../support/command_line.ts";
import { ServerProcess, withFolder, withProcess } from "../support/server.ts";
import { until } from "../support/until.ts";

/** Clears the screen, sets a window's title, begins a line, hides the rest and turns it round. */
const ODD = "\x1b[2J\x1b]0;mine\x07\nstreams/ok\r\t\x9b8m\x7f\u2028\u202etxt.exe\u2066";
const CHAIN = `odd/${ODD}`;
const SHOWN =
  "\\u001b[2J\\u001b]0;mine\\u0007\\nstreams/ok\\r\\t\\u009b8m\\u007f\\u2028\\u202etxt.exe\\u2066";

const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Fails where anything but lines of characters that show would reach a terminal. */
function assertPrintable({ stdout, stderr }: Pick<Ended, "stdout" | "stderr">): void {
  for (const line of [stdout, stderr].flatMap((text) => text.split("\n"))) {
    assert(!UNSEEN.test(line), JSON.stringify(line));
  }
}

function linesOf(text: string): string[] {
  assert(text.endsWith("\n"));
  return text.split("\n").slice(0, -1);
}

/** Runs `body` with a store that has a chain with odd names and data, and one with wide names. */
async function withOddStore(body: (path: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const path = `${folder}/a.db`;
    const store = await openStore(path);
    const log = new Log(store, { projectionOf: chainProjection });
    const event = { type: ODD, keys: [ODD, "日本"], data: ODD };
    await log.chain(CHAIN).append([event], {});
    await log.chain("odd/日本語").append([event, event], {});
    await log.close();
    store.close();
    await body(path);
  });
}

type Shown = (args: readonly string[], code?: number) => Promise<string>;

/** Makes a key with an odd name, and runs commands with it, whose output has to be printable. */
async function withOddKey(
  where: readonly string[],
  env: Readonly<Record<string, string>>,
  body: (shown: Shown) => Promise<void>,
): Promise<void> {
  const args = ["keys", "create", ODD, "--scope=admin", `--chain=${ODD}*`, "--chain=*", ...where];
  const made = await run(args, { env });
  assertEquals(made.code, 0, made.stderr);
  assertPrintable(made);
  const asAdmin = { ...env, LEDGER_KEY: made.stdout.trim() };
  await body(async (args, code = 0) => {
    const ended = await run([...args, ...where], { env: asAdmin });
    assertEquals([args, ended.code], [args, code], ended.stderr);
    assertPrintable(ended);
    return ended.stdout + ended.stderr;
  });
}

/** What both a store and a server tell in tables and lines. */
async function assertTold(shown: Shown, reading: readonly string[]): Promise<void> {
  const table = linesOf(await shown(["chains", "odd/"]));
  assertEquals(table.length, 3);
  assert(table.some((line) => line.startsWith(`odd/${SHOWN} `)), table.join("\n"));
  const text = linesOf(await shown(reading));
  assertMatch(text[0] ?? "", /^\d{4}-\S+Z 0 /);
  assertStringIncludes(text[0] ?? "", `Z 0 ${SHOWN} ${SHOWN},日本 ${SHOWN}`);
  const keys = linesOf(await shown(["keys", "list"]));
  assertEquals(keys.length, 2);
  assertStringIncludes(keys[1] ?? "", ` ${SHOWN} `);
  assertStringIncludes(keys[1] ?? "", ` ${SHOWN}*,* `);
  assertStringIncludes(await shown(["read", `none${ODD}`], 1), `none${SHOWN}`);
}

Deno.test("names, types, keys and data that would drive a terminal are quoted: commands on a store", async () => {
  await withOddStore((path) =>
    withOddKey([`--store=${path}`], {}, async (shown) => {
      await assertTold(shown, ["read", CHAIN, "--format=text"]);
      // JSON holds the same values.
      const event = parseEventLine((await shown(["read", CHAIN])).trim());
      assertEquals([event.type, event.keys, event.data], [ODD, [ODD, "日本"], ODD]);
      const chains = linesOf(await shown(["chains", "odd/", "--json"]));
      assert(chains.some((line) => JSON.parse(line).chain === CHAIN));
      const [key = ""] = linesOf(await shown(["keys", "list", "--json"]));
      assertEquals([JSON.parse(key).name, JSON.parse(key).chains], [ODD, [`${ODD}*`, "*"]]);
      assertStringIncludes(await shown(["append", `none${ODD}`], 2), "Only streams");
      assertStringIncludes(await shown(["verify", CHAIN]), `odd/${SHOWN}: ok`);
      assertStringIncludes(await shown(["rebuild", CHAIN]), `odd/${SHOWN}: rebuilt`);
      await shown(["keys", "revoke", ODD], 1);
    })
  );
});

Deno.test("names, types, keys and data that would drive a terminal are quoted: commands on a server", async () => {
  await withOddStore((path) =>
    withProcess(
      [`--store=${path}`],
      (server) =>
        withOddKey(
          [],
          { LEDGER_URL: server.origin("main") },
          (shown) => assertTold(shown, ["tail", CHAIN, "--from=0", "-n", "1", "--format=text"]),
        ),
    )
  );
});

Deno.test("what import, append and verify say of odd names is quoted", async () => {
  await withOddStore(async (path) => {
    const exported = await run(["export", `--store=${path}`, CHAIN]);
    assertEquals(exported.code, 0);
    const imported = await run(["import", `--store=${path}.copy`], { stdin: exported.stdout });
    assertEquals([imported.code, imported.stderr], [0, `odd/${SHOWN}: 1 imported\n`]);
    const name = `streams/${ODD}`;
    const appended = await run(["append", name, `--store=${path}`], { stdin: "1\n" });
    assertEquals([appended.code, appended.stderr], [0, `1 appended to streams/${SHOWN}\n`]);

    const kv = await Deno.openKv(path);
    const key = segmentKey(CHAIN, 0);
    const { value } = await kv.get<Uint8Array>(key);
    assert(value !== null);
    value[value.length - 1] = (value.at(-1) ?? 0) ^ 1;
    await kv.set(key, value);
    kv.close();
    const verified = await run(["verify", `--store=${path}`, CHAIN]);
    assertEquals(verified.code, 3);
    assertPrintable(verified);
    assertStringIncludes(verified.stdout, `odd/${SHOWN}: damaged`);
  });
});

Deno.test("settings, files and flags with odd texts are quoted in what is said of them", async () => {
  await withFolder(async (folder) => {
    const odd = `${folder}/\x1b[2J\n\u202edb`;
    const file = `${folder}/a.toml`;
    await Deno.writeTextFile(
      file,
      `store = ${JSON.stringify(odd).replaceAll("\u202e", "\\u202e")}`,
    );
    const cases: [string[], number][] = [
      [["config", "show", `--config=${file}`], 0],
      [["config", "check", `--config=${odd}`], 2],
      [["config", "check", `--port=\x1b[2J\n`], 2],
      [["doctor", `--store=${folder}/none\x1b/\nx`, "--port=0"], 0],
      [["read", "a", `--url=http://\x1b[2J\n`], 2],
      [["read", "a", "--from=\x1b[2J\nx"], 1],
      [["read", `--\x1b[2Jbogus\r`, "\u202e"], 2],
      [["export", `--output=${folder}/none\x1b/\nx`, "--store=:memory:"], 1],
    ];
    for (const [args, code] of cases) {
      const ended = await run(args, { env: { "LEDGER_\x1b[2J\u202e": "x" } });
      assertEquals([args, ended.code], [args, code], ended.stderr);
      assertPrintable(ended);
    }
  });
});

Deno.test("the server's log quotes what strangers name, as text and as JSON", async () => {
  const env = { "LEDGER_\x1b[2J\n\u202e\x9b": "x" };
  const shown = "LEDGER_\\u001b[2J\\n\\u202e\\u009b";
  await withProcess(["--store=:memory:"], (server) => {
    assertPrintable(server);
    assertStringIncludes(server.stdout, shown);
    assert(server.lines().some(({ name }) => name === Object.keys(env)[0]));
    return Promise.resolve();
  }, env);
  const server = ServerProcess.run(
    ["--store=:memory:", "--port=0", "--hierachain-port=0", "--log-format=text"],
    env,
  );
  try {
    await until(
      "it is told",
      () => server.stdout.includes(shown) && server.stdout.includes("Ctrl-C stops"),
    );
    // The colours of the log itself are no part of what it tells.
    // deno-lint-ignore no-control-regex
    assertPrintable({ stdout: server.stdout.replaceAll(/\x1b\[\d+m/g, ""), stderr: server.stderr });
  } finally {
    await server.kill();
  }
});

Deno.test("names of wide characters leave the columns of a table where they are", async () => {
  await withOddStore(async (path) => {
    const { stdout } = await run(["chains", "odd/", `--store=${path}`]);
    const [heading = "", ...rows] = linesOf(stdout);
    // Three characters of double width, with the letters before them, on the width of a terminal.
    const wide = rows.find((row) => row.startsWith("odd/日本語")) ?? "";
    assertEquals(wide.indexOf("  2 "), heading.indexOf("EVENTS") + "EVENTS".length - 3 - 3);
  });
});
