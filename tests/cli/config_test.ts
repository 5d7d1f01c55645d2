import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { allSettings } from "../../src/server/settings.ts";
import { run, runWell } from "../support/command_line.ts";
import { withFolder } from "../support/server.ts";

Deno.test("a flag counts before a variable, that before the file, and that before the default", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/ledgerline.toml`;
    await Deno.writeTextFile(
      file,
      'port = 1\nhost = "::1"\nmax-connections = 7\nallowed-origins = ["a", "b"]\n' +
        'hierachain-escape-html = true\napi-keys = "secret-of-the-file"\n',
    );
    const env = { LEDGER_CONFIG: file, LEDGER_HOST: "127.0.0.1", LEDGER_PORT: "2" };
    const shown = await runWell(["config", "show", "--port=3"], { env });
    assertStringIncludes(shown, "flag\nport = 3\n");
    assertStringIncludes(shown, 'LEDGER_HOST\nhost = "127.0.0.1"\n');
    assertStringIncludes(shown, "file\nmax-connections = 7\n");
    assertStringIncludes(shown, 'file\nallowed-origins = ["a", "b"]\n');
    assertStringIncludes(shown, "file\nhierachain-escape-html = true\n");
    assertStringIncludes(shown, 'default\nlog-level = "info"\n');
    assertStringIncludes(shown, 'api-keys = "(hidden)"');
    assert(!shown.includes("secret-of-the-file"));
    // What is shown is a file that means the same, but for what is hidden.
    await Deno.writeTextFile(file, shown);
    const again = await runWell(["config", "show"], { env: { LEDGER_CONFIG: file } });
    const values = (text: string) => text.split("\n").filter((line) => !line.startsWith("#"));
    assertEquals(values(again), values(shown));
  });
});

Deno.test("what is wrong with a file or a variable is named", async () => {
  await withFolder(async (folder) => {
    const file = `${folder}/ledgerline.toml`;
    const cases: [string, string][] = [
      ["port = 99999\n", "port in the file must be a port number"],
      ["prot = 1\n", "prot in the file is not a setting"],
      ["port = \n", file],
      ["[port]\na = 1\n", "port is not a text, a number or a list"],
    ];
    for (const [text, words] of cases) {
      await Deno.writeTextFile(file, text);
      const { code, stderr } = await run(["config", "check", `--config=${file}`]);
      assertEquals([text, code], [text, 2]);
      assertStringIncludes(stderr, words);
    }
    const missing = await run(["config", "check", `--config=${folder}/none.toml`]);
    assertEquals(missing.code, 2);
    const { code, stdout } = await run(["config", "check"], { env: { LEDGER_PROT: "1" } });
    assertEquals(code, 0);
    assertStringIncludes(stdout, "LEDGER_PROT is no setting");
  });
});

Deno.test("the help tells every command, and that of serve every setting with its variable", async () => {
  const help = await runWell(["--help"]);
  for (
    const name of [
      "serve",
      "append",
      "tail",
      "read",
      "verify",
      "rebuild",
      "export",
      "import",
      "chains",
      "keys",
      "config",
      "doctor",
      "completions",
    ]
  ) assertStringIncludes(help, `\n  ${name} `);
  const settings = await runWell(["serve", "--help"]);
  for (const name of Object.keys(allSettings)) {
    assertStringIncludes(settings, `--${name} `);
    // Lines are broken anywhere.
    assertStringIncludes(
      settings.replaceAll(/\s+/g, ""),
      `LEDGER_${name.toUpperCase().replaceAll("-", "_")}`,
    );
  }
});

Deno.test("completions know commands and flags", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    assertStringIncludes(await runWell(["completions", shell]), "ledgerline");
  }
  assertStringIncludes(await runWell(["completions", "bash", "ta"]), "tail");
  assertStringIncludes(await runWell(["completions", "bash", "tail", "--fr"]), "--from");
});

Deno.test("doctor says what would keep a server from running", async () => {
  await withFolder(async (folder) => {
    const well = ["--port=0", "--hierachain-port=0"];
    await run(["append", "streams/s", `--store=${folder}/a.db`], { stdin: "1\n" });
    const fine = await run(["doctor", `--store=${folder}/a.db`, ...well]);
    assertEquals(fine.code, 0, fine.stdout);
    assertStringIncludes(fine.stdout, "ok    the store opens");
    await Deno.writeTextFile(`${folder}/text.db`, "this is no database, and long enough to tell");
    const bad = await run(["doctor", `--store=${folder}/text.db`, ...well]);
    assertEquals(bad.code, 1, bad.stdout);
    assertStringIncludes(bad.stdout, "bad   ");
    const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr;
    const busy = await run([
      "doctor",
      "--store=:memory:",
      `--port=${port}`,
      "--hierachain-port=0",
      `--streams-port=${port}`,
    ]);
    taken.close();
    assertStringIncludes(busy.stdout, `look  port ${port} is taken`);
    assertStringIncludes(busy.stdout, `look  port ${port} is taken (streams-port)`);
  });
});
