/** Three configurations, none of which can take another's words: what they say twice is the same. */
import { assert, assertEquals, assertObjectMatch } from "@std/assert";
import { join } from "node:path";
import client from "../../src/client/deno.json" with { type: "json" };
import program from "../../deno.json" with { type: "json" };
import tests from "../deno.json" with { type: "json" };
import { withFolder } from "../support/server.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");

async function npmPackages(lock: string): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(join(ROOT, lock))).npm;
}

function* sources(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* sources(path);
    else if (path.endsWith(".ts")) yield path;
  }
}

Deno.test("tests run the program on the modules that it runs on, and the lint of both is one", async () => {
  assertObjectMatch(tests.imports, program.imports);
  assertObjectMatch(await npmPackages("tests/deno.lock"), await npmPackages("deno.lock"));
  assertEquals(tests.unstable, program.unstable);
  assertEquals(
    { ...tests.compilerOptions, types: [] },
    { ...program.compilerOptions, types: [] },
  );
  assertEquals(tests.fmt.lineWidth, program.fmt.lineWidth);
  const { exclude, ...rules } = program.lint.rules;
  assertEquals(tests.lint.rules, rules);
  // The rule of this repository is known to the tests' configuration alone.
  assertEquals(exclude, ["ban-unknown-rule-code"]);
});

Deno.test("who starts the program fetches no module that only tests import", async () => {
  const texts = await Promise.all(
    Array.from(sources(join(ROOT, "src")), (path) => Deno.readTextFile(path)),
  );
  for (const name of Object.keys(program.imports)) {
    const isImported = texts.some((text) =>
      text.includes(` from "${name}`) || text.includes(`import("${name}`)
    );
    assert(isImported, `src does not import ${name}`);
  }
});

Deno.test("whoever starts the program is asked for no permission", () => {
  for (const { command } of [program.tasks.start, program.tasks.compile]) {
    assert(command.includes(" --no-prompt "), command);
  }
});

Deno.test("where there is no Python a start says nothing of it, and where there is one it may be run", async () => {
  await withFolder(async (folder) => {
    const command = program.tasks.start.command.replace(/\bdeno /, `'${Deno.execPath()}' `)
      .replace("main.ts", "said.ts");
    await Deno.writeTextFile(
      join(folder, "deno.json"),
      JSON.stringify({ tasks: { start: command } }),
    );
    await Deno.writeTextFile(
      join(folder, "said.ts"),
      'console.log(Deno.permissions.querySync({ name: "run", command: "python3" }).state);',
    );
    const started = async (path: string) => {
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["task", "--quiet", "start"],
        cwd: folder,
        env: { PATH: path, NO_COLOR: "1" },
        stdin: "null",
      }).output();
      const [out, told] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      return [out?.trim(), told?.replace(/^Task .*\n/, "")];
    };
    assertEquals(await started("/nowhere"), ["prompt", ""]);
    await Deno.writeTextFile(join(folder, "python3"), "#!/bin/sh\n", { mode: 0o755 });
    assertEquals(await started(`${folder}:/usr/bin:/bin`), ["granted", ""]);
  });
});

Deno.test("the client's package has the program's version, and is what the program exports", () => {
  assertEquals([client.version, client.license], [program.version, program.license]);
  assertEquals(program.exports["./client"], client.exports.replace(".", "./src/client"));
  const { types: _, ...options } = program.compilerOptions;
  assertEquals(client.compilerOptions, options);
  assertEquals(client.fmt.lineWidth, program.fmt.lineWidth);
  assertEquals(client.lint.rules, tests.lint.rules);
});

Deno.test("however the program is started here, the runtime is told the same", async () => {
  const { start, compile } = program.tasks;
  const flags = /--v8-flags=(\S+)/.exec(start.command)?.[1] ?? "";
  const interval = /^(DENO_TOKIO_EVENT_INTERVAL=\d+) /.exec(start.command)?.[1] ?? "";
  assert(flags !== "" && interval !== "", start.command);
  assert(compile.command.includes(`--v8-flags=${flags} `), compile.command);
  for (const name of ["Dockerfile", "ledgerline.service"]) {
    const text = await Deno.readTextFile(join(ROOT, "src/deploy", name));
    const lines = text.split("\n").filter((line) => line.includes("DENO_NO_UPDATE_CHECK=1"));
    assert(lines.length > 0, name);
    for (const line of lines) assert(line.includes(`DENO_V8_FLAGS=${flags} ${interval} `), line);
  }
});
