import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseSettingFlags } from "../../src/cli/settings/setting_options.ts";
import { configure } from "../../src/kernel/configuration.ts";
import { LedgerError } from "../../src/kernel/errors.ts";
import { startServer } from "../../src/server/server.ts";
import { allSettings } from "../../src/server/settings.ts";
import { HieraChainApi } from "../support/hierachain_api.ts";
import { PORT, withPort2661 } from "../support/port_2661.ts";
import { freePort } from "../support/ports.ts";
import { ServerProcess, withFolder, withProcess } from "../support/server.ts";

const read = (args: string[], env: Record<string, string> = {}) =>
  configure(allSettings, {
    flags: parseSettingFlags(allSettings, args),
    variable: (name) => env[name],
  });

Deno.test("a flag counts before the environment, and that before the default", () => {
  const none = read([]);
  assertEquals([none.values.port, none.values.host, none.values["log-level"]], [
    8000,
    "localhost",
    "info",
  ]);
  assertEquals([...none.given], []);
  const env = { LEDGER_PORT: "1111", LEDGER_HOST: "::1", LEDGER_HIERACHAIN_PORT: "off" };
  const both = read(["--port=2222", "--max-connections", "5"], env);
  assertEquals([both.values.port, both.values.host, both.values["max-connections"]], [
    2222,
    "::1",
    5,
  ]);
  assertEquals((both.values as Record<string, unknown>)["hierachain-port"], undefined);
  assertEquals([...both.given].sort(), ["hierachain-port", "host", "max-connections", "port"]);
});

Deno.test("lists are read with their spaces and gaps, switches as true and false", () => {
  const { values } = read([
    "--api-keys= a, b,,c ",
    "--allowed-origins=",
    "--hierachain-escape-html=true",
  ]);
  assertEquals(values["api-keys"], ["a", "b", "c"]);
  assertEquals(values["allowed-origins"], []);
  assertEquals((values as Record<string, unknown>)["hierachain-escape-html"], true);
});

Deno.test("everything that is wrong is named at once, by the name it was given under", () => {
  const error = assertThrows(
    () =>
      read(["--port=99999", "--log-level=loud", "--slow-client-seconds=0"], {
        LEDGER_MAX_CONNECTIONS: "many",
        LEDGER_HIERACHAIN_PORT: "x",
      }),
    LedgerError,
  );
  assertEquals(error.code, "config_invalid");
  const lines = error.message.split("\n");
  assertEquals(lines.length, 5);
  for (
    const name of [
      "--port",
      "LEDGER_MAX_CONNECTIONS",
      "--slow-client-seconds",
      "--log-level",
      "LEDGER_HIERACHAIN_PORT",
    ]
  ) assert(lines.some((line) => line.startsWith(`${name} must be `)), name);
  assertStringIncludes(error.message, "one of debug, info, warning, error");
});

Deno.test("an unknown flag or a stray word is refused with a hint", () => {
  for (const args of [["--prot=1"], ["stray"], ["--port"]]) {
    const error = assertThrows(() => read(args), LedgerError);
    assertEquals(error.code, "config_invalid");
    assertStringIncludes(error.message, "See --help");
  }
});

Deno.test("wrong settings and commands end the process with 2 and say why, without a trace", async () => {
  const cases: [string[], string][] = [
    [["--port=x", "--log-format=xml"], "--log-format must be one of auto, json, text"],
    [["--nope"], "See --help"],
    [["dance"], "Unexpected option or subcommand: `dance`"],
    [
      ["--host=no.such.host.invalid", "--allow-anonymous", "--store=:memory:"],
      "Cannot listen on no.such.host.invalid",
    ],
  ];
  for (const [args, words] of cases) {
    const { code, stderr } = await ServerProcess.run(args).ended();
    assertEquals([args, code], [args, 2]);
    assertStringIncludes(stderr, words);
    assert(!stderr.includes("    at "), stderr);
  }
});

Deno.test("a store that is refused ends the process with 1 and says why", async () => {
  await withFolder(async (folder) => {
    await withProcess([`--store=${folder}/ledger.db`], async () => {
      const args = ["--port=0", "--hierachain-port=0", `--store=${folder}/ledger.db`];
      const second = await ServerProcess.run(args).ended();
      assertEquals(second.code, 1);
      assertStringIncludes(second.stderr, "Another process has this store open");
    });
    await Deno.writeTextFile(`${folder}/text.db`, "this is no database, and long enough to tell");
    const args = ["--port=0", "--hierachain-port=0", `--store=${folder}/text.db`];
    const bad = await ServerProcess.run(args).ended();
    assertEquals(bad.code, 1);
    assert(!bad.stderr.includes("    at "), bad.stderr);
  });
});

Deno.test("on Deno Deploy the default store is the assigned database, and its lack is refused", async () => {
  await withFolder(async (folder) => {
    const env = {
      DENO_DEPLOYMENT_ID: "a-deployment",
      DENO_KV_DEFAULT_PATH: `${folder}/kv.sqlite3`,
    };
    // There everything is allowed.
    const run = (...args: string[]) =>
      ServerProcess.run(["--port=0", "--hierachain-port=0", ...args], env, ["--allow-all"]).ended();
    const { code, stderr } = await run();
    assertEquals(code, 1);
    assertStringIncludes(stderr, "no database is assigned to the app");
    const named = await run("--store=x.db");
    assertEquals(named.code, 1);
    assertStringIncludes(named.stderr, 'a store at "x.db" would be lost');
  });
});

Deno.test("a port that the server has itself is not blamed on another program", async () => {
  const port = freePort();
  const cases = [
    ["port", "hierachain-port"],
    ["bigchaindb-port", "planetmint-port"],
    ["bigchaindb-port", "bigchaindb-stream-port"],
  ] as const;
  for (const [first, second] of cases) {
    const ports = ["port", "hierachain-port"].filter((name) => name !== first && name !== second)
      .map((name) => `--${name}=0`);
    const args = ["--store=:memory:", ...ports, `--${first}=${port}`, `--${second}=${port}`];
    const { code, stderr } = await ServerProcess.run(args).ended();
    assertEquals([second, code], [second, 2]);
    assertStringIncludes(
      stderr,
      `Port ${port} is that of --${first} already: choose another with --${second}, or ` +
        `--${second}=off`,
    );
  }
});

Deno.test("a ledger whose port is off has no other port, unless one was asked for", async () => {
  for (
    const [flags, wanted] of [
      [[], []],
      [["--bigchaindb-stream-port=0"], ["bigchaindb"]],
    ] as const
  ) {
    const off = ["hierachain", "hathor", "planetmint", "streams", "bigchaindb"]
      .map((name) => `--${name}-port=off`);
    const server = await startServer(read(["--store=:memory:", "--port=0", ...off, ...flags]));
    try {
      assertEquals(server.ports.map(({ name }) => name), ["main", ...wanted]);
    } finally {
      await server.stop();
    }
  }
});

Deno.test("a port that was asked for and is taken is named with its setting", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const cases = [["--hierachain-port=0", "--port"], ["--port=0", "--hierachain-port"]] as const;
  for (const [free, setting] of cases) {
    const args = ["--store=:memory:", free, `${setting}=${port}`];
    const { code, stderr } = await ServerProcess.run(args).ended();
    assertEquals([setting, code], [setting, 2]);
    assertStringIncludes(stderr, `Port ${port} is taken by another program`);
    assertStringIncludes(stderr, `choose another with ${setting}`);
  }
  taken.close();
});

Deno.test("a native port that nobody asked for and is taken is warned of, and its prefix works", async () => {
  await withPort2661(async () => {
    let taken: Deno.TcpListener | undefined;
    try {
      taken = Deno.listen({ hostname: "127.0.0.1", port: PORT });
    } catch {
      // Taken by another program, which is as good.
    }
    const server = ServerProcess.run(["--store=:memory:", "--port=0"]);
    try {
      await server.listening();
      const warning = server.lines().find(({ level }) => level === "warning");
      assertStringIncludes(warning?.msg ?? "", `port ${PORT} is taken`);
      assertStringIncludes(warning?.msg ?? "", "/hierachain/");
      const api = new HieraChainApi(`${server.origin("main")}/hierachain`);
      await api.create("c");
    } finally {
      await server.kill();
      taken?.close();
    }
  });
});
