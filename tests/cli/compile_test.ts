import { assert, assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import { join, relative } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { withFolder } from "../support/server.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");

/** Arguments of the task that makes one binary, without the `deno` that they begin with. */
const TASK = config.tasks.compile.command.split(" ").slice(1);

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* sources(path);
    else if (path.endsWith(".ts")) yield path;
  }
}

/** Modules that are loaded for some commands only. */
const LOADED_LATE = [
  "src/cli/commands/all.ts",
  "src/cli/commands/serve.ts",
  "src/cli/commands/chains.ts",
  "src/cli/backend/server_backend.ts",
  "src/cli/backend/store_backend.ts",
  "src/kv/connect_client.ts",
  "src/ledgers/hathor/followed_node.ts",
  "src/ledgers/hathor/own_node.ts",
  "src/page/document.ts",
];

/** Modules of threads, which nothing imports, so that packing has to be told of them. */
async function workerModules(): Promise<string[]> {
  const found: string[] = [];
  for await (const path of sources(join(ROOT, "src"))) {
    if (path.endsWith("_worker.ts")) found.push(relative(ROOT, path));
  }
  return found.sort();
}

function included(args: readonly string[]): string[] {
  return args.filter((_, at) => args[at - 1] === "--include").sort();
}

Deno.test("every module of a thread is packed, and is known by its name", async () => {
  const workers = await workerModules();
  assert(workers.length > 0);
  assertEquals(included(TASK), workers);
  for await (const path of sources(join(ROOT, "src"))) {
    const text = await Deno.readTextFile(path);
    if (!text.includes("new Worker(")) continue;
    assertMatch(text, /new URL\("\.{1,2}\/[\w/]*_worker\.ts", import\.meta\.url\)/, path);
  }
});

Deno.test("the program packs into one binary, threads and all", async () => {
  await withFolder(async (folder) => {
    const output = join(folder, "ledgerline");
    const args = TASK.map((arg, at) => TASK[at - 1] === "--output" ? output : arg);
    // What the binary would run on is downloaded otherwise; this runtime has the room for the rest.
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...args.slice(0, 1), "--no-check", ...args.slice(1)],
      cwd: ROOT,
      env: { DENORT_BIN: Deno.execPath(), NO_COLOR: "1" },
      stdin: "null",
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    const { size } = await Deno.stat(Deno.execPath());
    const packed = Buffer.from(await Deno.readFile(output)).subarray(size);
    for (const module of ["main.ts", ...LOADED_LATE, ...await workerModules()]) {
      const source = Buffer.from(await Deno.readFile(join(ROOT, module)));
      assert(packed.includes(source), `${module} is not in the binary`);
    }
  });
});
