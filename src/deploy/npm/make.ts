/**
 * Makes the package for npm, by which `npx ledgerline` is the program: one bundle of it and one for
 * each of its threads, and the start of both on the Deno that npm installs beside them. Run by
 * `deno task npm-package`, with the folder to make it in if it is not to be `npm-package`.
 */
import { basename, join } from "node:path";
import config from "../../../deno.json" with { type: "json" };

const ROOT = join(import.meta.dirname ?? ".", "../../..");

/** The runtime that the package asks for: the one that the program is tested with. */
const DENO = "2.9.6";

/** By which modules of the older form in a thread's bundle find those of the runtime. */
const NODE_REQUIRE = 'import{createRequire as nodeRequire}from"node:module";' +
  "globalThis.require??=nodeRequire(import.meta.url);\n";

/** What stands in a bundle for the module of a thread. */
const THREAD = /"\.{1,2}\/(\w+_worker)\.ts"/g;

/** The places in the starting script for the runtime's flags, and for what it finds in the environment. */
const NO_FLAGS = "const FLAGS = []; // by the package's making";
const NO_VARIABLES = "const VARIABLES = {}; // by the package's making";

/** What the task that starts the program puts into the environment. */
function variables(): Record<string, string> {
  const given = config.tasks.start.command.matchAll(/(?<=^| )([A-Z_]+)=(\S+)(?= )/g);
  return Object.fromEntries(Array.from(given, ([, name = "", value = ""]) => [name, value]));
}

/** Permissions and V8's flags of the task that starts the program, and what of the runtime it needs. */
function flags(): string[] {
  const allowed = config.tasks.start.command.split(" ").filter((word) =>
    /^--(allow|v8)-/.test(word)
  );
  // The task finds it for each start, as Deno would say in a line that it is not there.
  allowed.push("--allow-run=python3");
  const unstable = config.unstable.map((name) => `--unstable-${name}`);
  return [
    "--no-prompt",
    "--no-config",
    "--no-lock",
    "--no-npm",
    "--no-remote",
    "--quiet",
    ...unstable,
    ...allowed,
  ];
}

/** Modules of threads, which nothing imports: packing has to be told of them. */
function threads(): string[] {
  const words = config.tasks.compile.command.split(" ");
  return words.filter((_, at) => words[at - 1] === "--include");
}

async function bundle(folder: string, ...options: readonly string[]): Promise<void> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "deno", "--minify", ...options],
    cwd: ROOT,
    stdin: "null",
    stdout: "null",
  }).output();
  if (!success) throw new Error(`${folder} could not be bundled`);
}

/** Names threads in a bundle as they are called in the package. */
async function nameThreads(file: string): Promise<void> {
  const text = await Deno.readTextFile(file);
  const named = text.replaceAll(THREAD, '"./$1.js"');
  if (named !== text) await Deno.writeTextFile(file, named);
}

async function make(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await bundle(folder, "--code-splitting", "--outdir", folder, "main.ts");
  for (const thread of threads()) {
    const file = join(folder, basename(thread).replace(/\.ts$/, ".js"));
    await bundle(folder, "--output", file, thread);
    await Deno.writeTextFile(file, NODE_REQUIRE + await Deno.readTextFile(file));
  }
  for await (const { name } of Deno.readDir(folder)) await nameThreads(join(folder, name));
  const start = await Deno.readTextFile(join(import.meta.dirname ?? ".", "start.mjs"));
  const started = start.replace(NO_FLAGS, `const FLAGS = ${JSON.stringify(flags())};`)
    .replace(NO_VARIABLES, `const VARIABLES = ${JSON.stringify(variables())};`);
  await Deno.writeTextFile(join(folder, "start.mjs"), started);
  await Deno.chmod(join(folder, "start.mjs"), 0o755);
  const { version, license } = config;
  const manifest = {
    name: "ledgerline",
    version,
    license,
    description: "Four ledgers and Durable Streams over one log, in one program",
    type: "module",
    bin: { ledgerline: "start.mjs" },
    dependencies: { deno: DENO },
    engines: { node: ">=18" },
  };
  await Deno.writeTextFile(join(folder, "package.json"), JSON.stringify(manifest, undefined, 2));
  await Deno.copyFile(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  await Deno.copyFile(join(import.meta.dirname ?? ".", "README.md"), join(folder, "README.md"));
}

const [folder = join(ROOT, "npm-package")] = Deno.args;
await make(folder);
