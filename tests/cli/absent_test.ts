import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { run, runWell } from "../support/command_line.ts";
import { freePort } from "../support/ports.ts";
import { ServerProcess, withFolder, withProcess } from "../support/server.ts";
import { until } from "../support/until.ts";

const CHAIN = "streams/s";

Deno.test("a command that only reads makes no store, and names the one that is not there", async () => {
  await withFolder(async (folder) => {
    const store = join(folder, "none", "ledger.db");
    const commands = [
      ["verify"],
      ["export"],
      ["export", "-o", join(folder, "out.ndjson")],
      ["chains"],
      ["read", CHAIN],
      ["tail", CHAIN],
      ["rebuild", CHAIN],
      ["keys", "list"],
    ];
    const ended = await Promise.all(
      commands.map((command) => run([...command, `--store=${store}`])),
    );
    for (const [at, { code, stderr }] of ended.entries()) {
      const said = `ledgerline: There is no store at ${store}\n`;
      assertEquals([commands[at], code, stderr], [commands[at], 1, said]);
    }
    await runWell(["doctor", `--store=${store}`, "--port=0"]);
    assertEquals([...Deno.readDirSync(folder)], []);
    // Nor of a file that is empty.
    const empty = join(folder, "empty.db");
    await Deno.writeFile(empty, new Uint8Array());
    const { code, stderr } = await run(["verify", `--store=${empty}`]);
    assertEquals([code, stderr], [1, `ledgerline: There is no store at ${empty}\n`]);
    await runWell(["doctor", `--store=${empty}`, "--port=0"]);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["empty.db"]);
    assertEquals((await Deno.stat(empty)).size, 0);
    assertStringIncludes(
      (await run(["append", CHAIN, `--store=${store}`], { stdin: "1\n" })).stderr,
      "1 appended",
    );
  });
});

Deno.test("a file that is to be read is named where it is none, and no store is made for it", async () => {
  await withFolder(async (folder) => {
    const nowhere = join(folder, "none");
    for (const [command, kind] of [["import", "export"], ["restore", "backup"]] as const) {
      for (
        const [path, said] of [
          [nowhere, `There is no ${kind} at ${nowhere}`],
          [folder, `${folder} is a folder, and no ${kind}`],
        ] as const
      ) {
        const { code, stderr } = await run([command, path, `--store=${join(folder, "l.db")}`]);
        assertEquals([code, stderr], [1, `ledgerline: ${said}\n`]);
      }
    }
    for (
      const [stdin, code, said] of [
        ["hi\n", 1, "ledgerline: not a line of an export: hi\n"],
        ['{"format":1}\n', 1, "ledgerline: chain: Invalid input"],
        ["", 0, "There is nothing in the export\n"],
      ] as const
    ) {
      const ended = await run(["import", `--store=${join(folder, "l.db")}`], { stdin });
      assertEquals([stdin, ended.code], [stdin, code]);
      assertStringIncludes(ended.stderr, said);
    }
    assertEquals([...Deno.readDirSync(folder)], []);
    const { stderr } = await run(["read", CHAIN, "--limit=9007199254740993"]);
    assertStringIncludes(stderr, "Expected a number that is not as large as that.");
  });
});

Deno.test("an export says what to do where its file cannot be made", async () => {
  await withFolder(async (folder) => {
    const store = `--store=${join(folder, "ledger.db")}`;
    await run(["append", CHAIN, store], { stdin: "1\n" });
    const output = join(folder, "out.ndjson");
    await runWell(["export", store, "-o", output]);
    const again = await run(["export", store, "-o", output]);
    assertEquals([again.code, again.stderr], [
      1,
      `ledgerline: ${output} is there already: name another file, or remove it first\n`,
    ]);
    const dangling = join(folder, "link.ndjson");
    await Deno.symlink(join(folder, "gone.ndjson"), dangling);
    const linked = await run(["export", store, "-o", dangling]);
    assertEquals([linked.code, linked.stderr], [
      1,
      `ledgerline: ${dangling} is there already: name another file, or remove it first\n`,
    ]);
    const nowhere = join(folder, "none", "out.ndjson");
    const lost = await run(["export", store, "-o", nowhere]);
    assertEquals([lost.code, lost.stderr], [
      1,
      `ledgerline: There is no folder ${join(folder, "none")}: make it first\n`,
    ]);
    const onFolder = await run(["export", store, "-o", folder]);
    assertEquals([onFolder.code, onFolder.stderr], [
      1,
      `ledgerline: ${folder} is a folder: name a file in it\n`,
    ]);
    const misspelt = await run(["export", "--stor=x"]);
    assertStringIncludes(misspelt.stderr, 'argument: "--stor".\n');
  });
});

Deno.test("tail says once what it waits for: a chain, a server that is away", async () => {
  await withFolder(async (folder) => {
    const flags = [`--store=${join(folder, "ledger.db")}`, `--port=${freePort()}`];
    let server = await ServerProcess.start(flags);
    const origin = server.origin("main");
    const tail = ServerProcess.run(["tail", CHAIN, `--url=${origin}`]);
    try {
      const waits = `There is no chain ${CHAIN} yet: waiting for it\n`;
      await until("it waits for the chain", () => tail.stderr === waits);
      await run(["append", CHAIN, `--url=${origin}`], { stdin: '"first"\n' });
      await until("it has told the first", () => tail.stdout.includes("first"));
      await server.stop();
      const away = `${waits}${origin} is away: waiting for it\n`;
      await until("it says that the server is away", () => tail.stderr === away);
      server = await ServerProcess.start(flags);
      await until("it says that it is back", () => tail.stderr === `${away}${origin} is back\n`);
      await run(["append", CHAIN, `--url=${origin}`], { stdin: '"second"\n' });
      await until("it has told the second", () => tail.stdout.includes("second"));
      assertEquals(tail.stderr, `${away}${origin} is back\n`);
    } finally {
      tail.signal("SIGTERM");
      await tail.ended();
      await server.stop();
    }
  });
});

Deno.test("a missing key, and one that is wrong, are told of by the variable that they stand in", async () => {
  await withProcess(["--store=:memory:", "--api-keys=a-good-key"], async (server) => {
    const url = `--url=${server.origin("main")}`;
    const said = async (LEDGER_KEY?: string) =>
      (await run(["chains", url], { env: LEDGER_KEY === undefined ? {} : { LEDGER_KEY } })).stderr;
    assertEquals(
      await said(),
      "ledgerline: The server asks for a key: put it into LEDGER_KEY\n",
    );
    assertEquals(await said("wrong"), "ledgerline: The key in LEDGER_KEY is not valid there\n");
    assertEquals(await said("a-good-key"), "");
  });
});

Deno.test("an option that does not exist is answered with the one that was meant", async () => {
  for (
    const [args, meant] of [[["tail", "x", "--frm=1"], "--from"], [["--prot=1"], "--port"], [[
      "keys",
      "create",
      "x",
      "--scop=read",
    ], "--scope"], [["keys", "lst"], "`list`"]]
  ) {
    const { code, stderr } = await run([...args ?? []]);
    assertEquals(code, 2);
    assertStringIncludes(stderr, `${meant}`);
  }
});

Deno.test("doctor knows a server that runs here, and its store and ports", async () => {
  await withFolder(async (folder) => {
    const store = `--store=${join(folder, "ledger.db")}`;
    await withProcess([store], async (server) => {
      const port = new URL(server.origin("main")).port;
      const { code, stdout } = await run(["doctor", store, `--port=${port}`]);
      assertEquals(code, 0, stdout);
      assertStringIncludes(stdout, "ok    the server that runs has the store open\n");
      assertStringIncludes(
        stdout,
        `ok    a server runs here already: ports ${port} (port) are taken\n`,
      );
    });
  });
});
