import { assert, assertEquals, assertExists, fail } from "@std/assert";
import { join } from "node:path";
import { succeeds, testUnlessMissing } from "../support/missing.ts";
import { surroundings, withFolder } from "../support/server.ts";
import { until } from "../support/until.ts";
import { type Block, blocksOf, goesOn, isPrinted, reasonNotToRun } from "./blocks.ts";
import { allPages, type Page, ROOT } from "./pages.ts";
import { MovedPorts } from "./ports.ts";
import { copyProgram, Terminal } from "./terminal.ts";

const pages = await allPages();
const readme = pages.find(({ path }) => path === "README.md");
const start = blocksOf(readme?.text ?? "").find(goesOn);

/** Why blocks are not run, by page: no reason is a good one where a block could be run. */
const NOT_RUN: Readonly<Record<string, readonly string[]>> = {
  "CONTRIBUTING.md": [
    "it runs all tests, this one among them",
    "they take minutes",
    "it takes many minutes",
  ],
  "src/client/README.md": ["it needs a release of the package"],
  "src/deploy/README.md": [
    "a test of its own does it",
    "it needs Docker",
    "it needs Docker",
    "it needs systemd",
    "it needs Docker",
  ],
  "src/deploy/npm/README.md": ["it needs a release of the package"],
  "src/ledgers/hathor/follow/README.md": ["it needs a node"],
  "src/ledgers/hathor/nano/README.md": ["it brings in a package"],
  "src/remote/README.md": ["it needs a node", "it needs a second server"],
  "src/server/README.md": [
    "it would be a second server on the same ports",
    "it needs a certificate",
    "it takes a minute, and a test of its own does it",
    "it needs a denokv server",
  ],
  "tests/bench/README.md": ["it takes many minutes"],
  "tests/vectors/stores/README.md": ["it needs a commit and a name"],
};

Deno.test("a block that is not run says why", () => {
  const reasons = pages.map(({ path, text }) =>
    [path, blocksOf(text).flatMap((block) => reasonNotToRun(block) ?? [])] as const
  );
  assertEquals(Object.fromEntries(reasons.filter(([, found]) => found.length > 0)), NOT_RUN);
});

for (const page of pages) {
  const blocks = blocksOf(page.text).filter(({ language }) =>
    language === "sh" || language === "text"
  );
  if (!blocks.some((block) => block.language === "sh" && reasonNotToRun(block) === undefined)) {
    continue;
  }
  testUnlessMissing(
    `the blocks of ${page.path} do what they say`,
    missing(),
    () => withFolder((folder) => runPage(page, blocks, folder)),
  );
}

function missing(): string | undefined {
  for (const command of ["npx", "curl"]) {
    if (!succeeds(command, ["--version"])) return `no ${command}: the pages use it`;
  }
  return undefined;
}

/** Runs the blocks of a page in their order, in a copy of the program whose server is new. */
async function runPage(page: Page, blocks: readonly Block[], folder: string): Promise<void> {
  await copyProgram(ROOT, folder);
  const ports = new MovedPorts();
  const env = surroundings({ ...ports.variables, ...await withPrograms(folder) });
  const terminals: Terminal[] = [];
  const open = () => {
    const terminal = new Terminal(folder, env);
    terminals.push(terminal);
    return terminal;
  };
  const goOn = async ({ text }: Block) => {
    const terminal = open();
    await terminal.paste(ports.move(text));
    return terminal;
  };
  const serve = async () => {
    assertExists(start, "the README starts a server");
    // It says so once it listens everywhere.
    await (await goOn(start)).printed('"msg":"ready"');
  };
  try {
    const first = open();
    let printed = "";
    if (page !== readme) await serve();
    for (const block of blocks) {
      if (reasonNotToRun(block) !== undefined) continue;
      if (block.text === start?.text) await serve();
      else if (block.language === "sh" && goesOn(block)) await goOn(block);
      else if (block.language === "sh") printed = await first.run(ports.move(block.text));
      else await seen(page, block.line, ports.move(block.text), () => [printed, ...terminals]);
    }
  } finally {
    await Promise.all(terminals.map((terminal) => terminal.close()));
  }
}

/** Waits until an example is what the last block has printed, or one that goes on. */
async function seen(
  { path }: Page,
  line: number,
  example: string,
  outputs: () => readonly (string | Terminal)[],
): Promise<void> {
  const texts = () =>
    outputs().map((output) => output instanceof Terminal ? output.output : output);
  try {
    await until("the example is printed", () => texts().some((text) => isPrinted(example, text)));
  } catch (error) {
    fail(`${path}:${line}: ${String(error)}\n${texts().join("\n")}`);
  }
}

/** `deno` is the one that runs the tests, and `curl` fails over what is refused. */
async function withPrograms(folder: string): Promise<Record<string, string>> {
  const bin = join(folder, ".bin");
  await Deno.mkdir(bin);
  await Deno.symlink(Deno.execPath(), join(bin, "deno"));
  await Deno.writeTextFile(join(bin, ".curlrc"), "silent\nshow-error\nfail-with-body\n");
  return { PATH: `${bin}:${Deno.env.get("PATH") ?? ""}`, CURL_HOME: bin };
}

Deno.test("an example may leave out what differs, and lines between its own", () => {
  const output = 'one\n{"offset":3,"id":"01M8"}\ntwo\nthree\n';
  assert(isPrinted('{"offset":…,"id":"01…"}\nthree', output));
  assert(!isPrinted('{"offset":4,"id":"01…"}', output));
  assert(!isPrinted("three\ntwo", output));
});
