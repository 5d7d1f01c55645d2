import { assert, assertEquals } from "@std/assert";
import { join, relative } from "node:path";
import { parserOf } from "../../src/cli/program.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");

/** The files of the program that a module loads before anything of it runs, itself among them. */
async function loadedBy(module: string): Promise<string[]> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", module],
    cwd: ROOT,
    stderr: "null",
  }).output();
  assertEquals(code, 0);
  const graph: {
    roots: string[];
    modules: {
      specifier: string;
      dependencies?: { code?: { specifier: string }; isDynamic?: boolean }[];
    }[];
  } = JSON.parse(new TextDecoder().decode(stdout));
  const modules = new Map(graph.modules.map((found) => [found.specifier, found]));
  const loaded = new Set<string>();
  const load = (specifier: string) => {
    if (loaded.has(specifier)) return;
    loaded.add(specifier);
    for (const { code, isDynamic } of modules.get(specifier)?.dependencies ?? []) {
      if (code !== undefined && isDynamic !== true) load(code.specifier);
    }
  };
  graph.roots.forEach(load);
  return [...loaded].filter((specifier) => specifier.startsWith("file:"))
    .map((specifier) => relative(ROOT, new URL(specifier).pathname));
}

Deno.test("the program begins with the command line alone, and asks a server without the ledgers", async () => {
  for (
    const module of [
      "main.ts",
      "src/cli/commands/chains.ts",
      "src/cli/commands/events.ts",
      "src/cli/commands/append.ts",
      "src/cli/commands/upkeep.ts",
      "src/cli/backend/server_backend.ts",
    ]
  ) {
    const heavy = (await loadedBy(module)).filter((path) =>
      /^src\/(?:ledgers|sockets|kv\/open|server\/(?:server|settings))\b/.test(path)
    );
    assertEquals(heavy, [], module);
  }
  assert((await loadedBy("src/cli/commands/serve.ts")).includes("src/server/server.ts"));
});

Deno.test("every command has its own parser, and whatever is none has that of all", async () => {
  const all = (await parserOf(undefined)).parser;
  const own = await Promise.all(
    [
      "serve",
      "chains",
      "tail",
      "read",
      "append",
      "verify",
      "rebuild",
      "export",
      "import",
      "backup",
      "restore",
      "compact",
      "keys",
      "connections",
      "stats",
      "dev",
      "config",
      "doctor",
    ].map((word) => parserOf(word)),
  );
  assertEquals(new Set(own.map(({ parser }) => parser)).size, own.length);
  assert(own.every(({ parser }) => parser !== all));
  assertEquals((await parserOf("chain")).parser, all);
});
