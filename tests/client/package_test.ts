/** The client as a package: its documentation, its examples, and what JSR asks of it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { z } from "zod";
import { withFolder, withProcess } from "../support/server.ts";
import { StreamsApi } from "../support/streams_api.ts";

const HERE = import.meta.dirname ?? ".";
const PACKAGE = join(HERE, "../../src/client");

/** Streams that are there when the examples are run. */
const STREAMS = ["orders", "numbers", "readings", "batch"];

/** What is read of the JSON of `deno doc`. */
const Documentation = z.object({
  nodes: z.record(
    z.string(),
    z.object({
      symbols: z.array(z.object({
        name: z.string(),
        declarations: z.array(z.object({
          jsDoc: z.object({ tags: z.array(z.object({ kind: z.string() })).default([]) }),
        })),
      })),
    }),
  ),
});

/** Runs a command of Deno in the package's folder, which has to end well; what it printed. */
async function deno(args: string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: PACKAGE,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const [out = "", errors = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assertEquals(code, 0, `${out}${errors}`);
  return args.includes("--json") ? out : `${out}${errors}`;
}

Deno.test("all that the client exports is documented, with an example", async () => {
  await deno(["doc", "--lint", "mod.ts"]);
  const { nodes } = Documentation.parse(JSON.parse(await deno(["doc", "--json", "mod.ts"])));
  const symbols = Object.values(nodes).flatMap((module) => module.symbols);
  assert(symbols.length > 10);
  for (const { name, declarations } of symbols) {
    for (const { jsDoc } of declarations) {
      assert(jsDoc.tags.some(({ kind }) => kind === "example"), `${name} has no example`);
    }
  }
});

Deno.test("the client's examples run, those of its README as well", async () => {
  await withFolder(async (folder) => {
    await withProcess([`--store=${folder}/ledger.db`], async (server) => {
      const origin = server.origin("main");
      const streams = new StreamsApi(origin);
      for (const name of STREAMS) await streams.create(name);
      const files = Array.from(Deno.readDirSync(PACKAGE), ({ name }) => name)
        .filter((name) => /\.(ts|md)$/.test(name));
      const preload = ["--preload", join(HERE, "examples_server.ts")];
      const allowed = ["--allow-net", "--allow-env=LEDGER_TEST_ORIGIN"];
      await deno(["test", "--doc", ...allowed, ...preload, ...files], {
        LEDGER_TEST_ORIGIN: origin,
      });
    });
  });
});

Deno.test("the client could be published as it is", async () => {
  const said = await deno(["publish", "--dry-run", "--allow-dirty"]);
  for (const file of ["deno.json", "mod.ts", "README.md"]) assertStringIncludes(said, `/${file} (`);
});
