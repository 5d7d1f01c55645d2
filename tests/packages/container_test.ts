/** The steps of the Dockerfile, done by a plain user without an engine. */
import { assert, assertEquals, fail } from "@std/assert";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { concatBytes } from "../../src/kernel/concat.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { Contracts } from "../../src/ledgers/hathor/nano/contracts.ts";
import { ENGINE_RELEASE } from "../../src/ledgers/hathor/nano/find_engine.ts";
import { DEFAULT_NETWORK, shippedNetwork } from "../../src/ledgers/hathor/networks/shipped.ts";
import { PORTS_OFF } from "../support/ports.ts";
import { pythonTest } from "../support/programs.ts";
import { within } from "../support/until.ts";
import { ServerProcess, surroundings, withFolder } from "../support/server.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");
const DEPLOY = join(ROOT, "src/deploy");

/** Who runs the program in the end: nobody, where the tests may become somebody else. */
const USER = Deno.uid() === 0 ? { uid: 65_534, gid: 65_534 } : {};

const KEY = "k".repeat(32);

/** What the images are started with. */
const ENV = {
  LEDGER_PORT: "0",
  LEDGER_HIERACHAIN_PORT: "off",
  LEDGER_HOST: "localhost",
  LEDGER_API_KEYS: KEY,
};

/** Packages that were fetched once are there. */
const PIP_CACHE = { PIP_CACHE_DIR: join(Deno.env.get("HOME") ?? "/tmp", ".cache/pip") };

/** An instruction of a Dockerfile, with all that follows its name. */
interface Instruction {
  readonly name: string;
  readonly rest: string;
}

function instructionsOf(text: string): Instruction[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => {
    const [, name = "", rest = ""] = /^([A-Z]+) (.*)$/.exec(line) ?? fail(`not read: ${line}`);
    return { name, rest };
  });
}

/** A stage of a Dockerfile: what it is built on, its name, and its instructions. */
interface Stage {
  readonly from: string;
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

async function stagesOf(dockerfile: string): Promise<Stage[]> {
  const stages: { from: string; name: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructionsOf(await Deno.readTextFile(join(DEPLOY, dockerfile)))) {
    const [, from, name] = /^(\S+) AS (\w+)$/.exec(instruction.rest) ?? [];
    if (instruction.name !== "FROM") stages.at(-1)?.instructions.push(instruction);
    else if (from === undefined || name === undefined) fail(`not read: ${instruction.rest}`);
    else stages.push({ from, name, instructions: [] });
  }
  return stages;
}

/** An image's file system in a folder, and what its instructions have come to. */
class Image {
  readonly #folder: string;
  #env: Record<string, string>;
  #workdir = "/";
  readonly #commands = new Map<string, string[]>();
  readonly #user: typeof USER;

  constructor(folder: string, user: typeof USER) {
    this.#folder = folder;
    this.#user = user;
    const path = `${folder}/usr/local/bin:${folder}/usr/bin:/usr/bin:/bin`;
    this.#env = { PATH: path, HOME: "/nonexistent", NO_COLOR: "1" };
  }

  /** Paths of the image as paths of this machine. */
  here(text: string): string {
    return text.replaceAll(
      /(^|[\s=,"'])\/(app|data|usr\/bin\/deno|usr\/local)\b/g,
      `$1${this.#folder}/$2`,
    );
  }

  async follow({ name, rest }: Instruction): Promise<void> {
    if (name === "ENV") {
      for (const [, key = "", value = ""] of this.here(rest).matchAll(/(\w+)=(\S+)/g)) {
        this.#env[key] = value;
      }
    } else if (name === "WORKDIR") {
      this.#workdir = this.here(rest);
      await Deno.mkdir(this.#workdir, { recursive: true });
    } else if (name === "COPY" && rest.startsWith("--from=")) {
      // All stages are one folder here: what is copied is in its place.
      const [, from, to] = rest.split(" ").map((path) => this.here(path));
      assertEquals(from, to);
      await Deno.stat(from ?? "");
    } else if (name === "COPY") {
      const paths = rest.split(" ");
      const sources = paths.slice(0, -1).map((path) => join(ROOT, path));
      await this.#run(["cp", "-r", ...sources, join(this.#workdir, paths.at(-1) ?? "")]);
    } else if (name === "RUN") {
      const owner = `${Deno.uid() === 0 ? USER.uid : Deno.uid()}`;
      const line = this.here(rest).replaceAll(/deno:deno|1993:1993/g, owner);
      await this.#run(["sh", "-ec", line.replace(" --no-cache-dir", "")]);
    } else if (name === "HEALTHCHECK") {
      this.#commands.set(name, JSON.parse(rest.slice(rest.indexOf("["))));
    } else if (name === "ENTRYPOINT" || name === "CMD") {
      this.#commands.set(name, JSON.parse(this.here(rest)));
    } else assert(["FROM", "USER", "VOLUME", "EXPOSE"].includes(name), `${name} is not known`);
  }

  async #run([program = "", ...args]: string[]): Promise<void> {
    const { success, stderr } = await new Deno.Command(program, {
      args,
      cwd: this.#workdir,
      // How modules are fetched is this machine's.
      env: { ...surroundings(this.#env), ...PIP_CACHE },
      clearEnv: true,
      stdin: "null",
    }).output();
    assert(success, new TextDecoder().decode(stderr));
  }

  /** A command of the image, as its user. */
  command(names: readonly string[], env: Readonly<Record<string, string>>): Deno.Command {
    const [program = "", ...args] = names.flatMap((name) => this.#commands.get(name) ?? []);
    return new Deno.Command(join(this.#folder, "usr/bin", program), {
      args: args.map((arg) => arg.replace("localhost:8000", env.MAIN ?? "")),
      cwd: this.#workdir,
      env: { ...this.#env, ...env },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...this.#user,
    });
  }
}

/** Runs `body` with the image of a stage, or of the last; `python` is what its base has. */
async function withImage(
  body: (image: Image, folder: string) => Promise<void>,
  { stage, python }: { readonly stage?: string; readonly python?: string } = {},
): Promise<void> {
  await withFolder(async (folder) => {
    await Deno.chmod(folder, 0o755);
    await Deno.mkdir(join(folder, "usr/bin"), { recursive: true });
    // Where the runtime is, a plain user may not look.
    await Deno.copyFile(Deno.execPath(), join(folder, "usr/bin/deno"));
    if (python !== undefined) {
      const args = ["-m", "venv", join(folder, "usr/local")];
      const { success, stderr } = await new Deno.Command(python, { args, stdin: "null" }).output();
      assert(success, new TextDecoder().decode(stderr));
    }
    // The tests' own Python may be where no plain user looks.
    const image = new Image(folder, python === undefined ? USER : {});
    const stages = await stagesOf("Dockerfile");
    const wanted = stages.find(({ name }) => name === (stage ?? stages.at(-1)?.name));
    const needed = stages.find(({ name }) => name === "program");
    for (const each of [needed, wanted]) {
      for (const instruction of each?.instructions ?? []) await image.follow(instruction);
    }
    await body(image, folder);
  });
}

Deno.test("the Dockerfile's steps make a server that a plain user runs, and that is healthy", async () => {
  await withImage(async (image, folder) => {
    const env = { ...PORTS_OFF, ...ENV };
    const server = ServerProcess.of(image.command(["ENTRYPOINT", "CMD"], env).spawn());
    try {
      await server.listening();
      const main = server.origin("main");
      const healthy = await image.command(["HEALTHCHECK"], { MAIN: new URL(main).host }).output();
      assertEquals(healthy.code, 0);
      const put = await fetch(`${main}/v1/stream/s`, {
        method: "PUT",
        headers: { authorization: `Bearer ${KEY}` },
      });
      await put.body?.cancel();
      assertEquals(put.status, 201);
      const bad = server.lines().filter(({ level }) => level !== "info");
      assertEquals(bad, []);
    } finally {
      assertEquals((await server.stop()).code, 0);
    }
    const { uid } = await Deno.stat(join(folder, "data/ledger.db"));
    assertEquals(uid, USER.uid ?? Deno.uid());
    assertEquals((await Deno.stat(join(folder, "app"))).uid, Deno.uid());
    assertEquals(
      [...Deno.readDirSync(join(folder, "app"))].map(({ name }) => name).sort(),
      [".deno", "deno.json", "deno.lock", "main.ts", "src"],
    );
  });
});

pythonTest(
  "the image for contracts starts its Python with what is named for it, and nothing else",
  [
    "hathorlib",
  ],
  async (python) => {
    await withImage(async (image, folder) => {
      const { LEDGER_HATHOR_NANO: _, ...off } = PORTS_OFF;
      const env = { ...off, ...ENV };
      const server = ServerProcess.of(image.command(["ENTRYPOINT", "CMD"], env).spawn());
      try {
        await server.listening();
        const version = await fetch(`${server.origin("main")}/hathor/v1a/version`);
        assertEquals((await version.json()).nano_contracts_enabled, true);
      } finally {
        assertEquals((await server.stop()).code, 0);
      }
      const network = shippedNetwork(DEFAULT_NETWORK) ?? fail("no network");
      const contracts = new Contracts({
        python: join(folder, "usr/local/bin/python3"),
        network,
        clock: systemClock,
      }, { cpuMs: 60_000, requestMs: 120_000 });
      try {
        const code = concatBytes(new Uint8Array([1]), new Uint8Array(deflateSync("x = 1")));
        const checked = await within("the engine starts", contracts.questions.check(code));
        assertEquals(Object.keys(checked), ["refused"]);
      } finally {
        await within("the engine ends", contracts.close());
      }
    }, { stage: "contracts", python });
  },
);

Deno.test("what the image for contracts installs is what the tests are run with", async () => {
  const lines = async (path: string) =>
    (await Deno.readTextFile(join(ROOT, path))).split("\n").filter((line) =>
      line !== "" && !line.startsWith("#")
    );
  const tested = await lines("tests/clients/requirements.txt");
  const installed = await lines("src/deploy/contracts.txt");
  assertEquals(installed.filter((line) => !tested.includes(line)), []);
  assert(installed.includes(`hathorlib==${ENGINE_RELEASE}`));
});

Deno.test("the stages of the Dockerfile differ in what is said of them alone", async () => {
  const stages = await stagesOf("Dockerfile");
  assertEquals(stages.map(({ name }) => name), ["program", "contracts", "plain"]);
  const [program, contracts, plain] = stages;
  assertEquals([plain?.from, plain?.instructions], ["program", []]);
  const said = (stage: Stage | undefined, ...names: readonly string[]) =>
    stage?.instructions.filter(({ name }) => names.includes(name)).map(({ name, rest }) => [
      name,
      // The Python, which only one of them has.
      rest.replace(/ LEDGER_HATHOR_NANO=\S+| "--allow-run=[^"]+",/, ""),
    ]);
  const same = ["ENV", "WORKDIR", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"];
  assertEquals(said(contracts, ...same)?.toSorted(), said(program, ...same)?.toSorted());
});

Deno.test("nothing but what the Dockerfile copies is sent to be built", async () => {
  const dockerfile = await Deno.readTextFile(join(DEPLOY, "Dockerfile"));
  const copied = instructionsOf(dockerfile)
    .filter(({ name, rest }) => name === "COPY" && !rest.startsWith("--from="))
    .flatMap(({ rest }) => rest.split(" ").slice(0, -1));
  const ignored = (await Deno.readTextFile(join(DEPLOY, "Dockerfile.dockerignore"))).split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  assertEquals(ignored, ["*", ...copied.map((path) => `!${path}`)]);
});
