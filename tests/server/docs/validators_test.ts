import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { z } from "zod";
import { LEDGERS } from "../../../src/ledgers/registry.ts";
import { withServer } from "../../support/in_process.ts";
import { installPackages, nodeTest } from "../../support/npm_packages.ts";
import { pythonTest } from "../../support/programs.ts";
import { withFolder } from "../../support/server.ts";

const FLAGS = LEDGERS.flatMap(({ ports }) => ports).filter((port) => port !== "hierachain-port")
  .map((port) => `--${port}=0`);

const CLIENTS = join(import.meta.dirname ?? ".", "../../clients");
const SCRIPT = "asyncapi_parse.cjs";

const VALIDATE = `
import json, sys
from openapi_spec_validator import OpenAPIV31SpecValidator
for path in sys.argv[1:]:
    with open(path) as file:
        for error in OpenAPIV31SpecValidator(json.load(file)).iter_errors():
            print(path, list(error.absolute_path), error.message[:300])
`;

pythonTest(
  "the documents of HTTP are OpenAPI 3.1, as its validator has it",
  ["openapi_spec_validator"],
  async (python) => {
    await withFolder(async (folder) => {
      await withServer(async ({ server }) => {
        const files = await written(server.ports, "/openapi.json", folder);
        const { code, stdout, stderr } = await new Deno.Command(python, {
          args: ["-c", VALIDATE, ...files],
        }).output();
        const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
        assertEquals([code, said], [0, ""]);
      }, { flags: FLAGS });
    });
  },
);

nodeTest("the documents of messages are AsyncAPI 3.0, as its parser has it", async () => {
  await withFolder(async (folder) => {
    await installPackages("asyncapi", folder);
    await Deno.copyFile(join(CLIENTS, SCRIPT), join(folder, SCRIPT));
    await withServer(async ({ server }) => {
      const files = await written(server.ports, "/asyncapi.json", folder);
      const { code, stdout, stderr } = await new Deno.Command("node", {
        args: [SCRIPT, ...files],
        cwd: folder,
      }).output();
      assertEquals([code, code === 0 ? "" : new TextDecoder().decode(stderr)], [0, ""]);
      const lines = new TextDecoder().decode(stdout).trim().split("\n");
      assertEquals(lines.length, files.length);
      for (const line of lines) {
        const { version, faults } = told.parse(JSON.parse(line));
        // What is told beside faults: that there is a later version.
        const wrong = faults.filter((fault) => fault.code !== "asyncapi-latest-version");
        assertEquals([version, wrong], ["3.0.0", []]);
      }
    }, { flags: FLAGS });
  });
});

const told = z.object({
  version: z.string(),
  faults: z.array(z.object({ code: z.string(), at: z.string(), message: z.string() })),
});

/** Writes the documents of all ports into files. */
function written(
  ports: readonly { readonly origin: string; readonly setting: string }[],
  path: string,
  folder: string,
): Promise<string[]> {
  return Promise.all(ports.map(async ({ origin, setting }) => {
    const file = `${folder}/${setting}.json`;
    await Deno.writeTextFile(file, await (await fetch(origin + path)).text());
    return file;
  }));
}
