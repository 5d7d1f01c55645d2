/** The steps of the Dockerfile, done by a plain user without an engine. */
import { assert, assertEquals, fail } from "@std/assert";
import { join } from "node:path";
import { PORTS_OFF } from "../support/ports.ts";
import { ServerProcess, surroundings, withFolder } from "../support/server.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");
const DEPLOY = join(ROOT, "src/deploy");

/** Who runs the program in the end: nobody, where the tests may become somebody else. */
const USER = Deno.uid() === 0 ? { uid: 65_534, gid: 65_534 } : {};

const KEY = "k".repeat(32);

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

/** An image's file system in a folder, and what its instructions have come to. */
class Image {
  readonly #folder: string;
  #env: Record<string, string>;
  #workdir = "/";
  readonly #commands = new Map<string, string[]>();

  constructor(folder: string) {
    this.#folder = folder;
    this.#env = { PATH: `${folder}/bin:/usr/bin:/bin`, HOME: "/nonexistent", NO_COLOR: "1" };
  }

  /** Paths of the image as paths of this machine. */
  here(text: string): string {
    return text.replaceAll(/(^|[\s=,"'])\/(app|data)\b/g, `$1${this.#folder}/$2`);
  }

  async follow({ name, rest }: Instruction): Promise<void> {
    if (name === "ENV") {
      for (const [, key = "", value = ""] of this.here(rest).matchAll(/(\w+)=(\S+)/g)) {
        this.#env[key] = value;
      }
    } else if (name === "WORKDIR") {
      this.#workdir = this.here(rest);
      await Deno.mkdir(this.#workdir, { recursive: true });
    } else if (name === "COPY") {
      const paths = rest.split(" ");
      const sources = paths.slice(0, -1).map((path) => join(ROOT, path));
      await this.#run(["cp", "-r", ...sources, join(this.#workdir, paths.at(-1) ?? "")]);
    } else if (name === "RUN") {
      const owner = `${Deno.uid() === 0 ? USER.uid : Deno.uid()}`;
      await this.#run(["sh", "-ec", this.here(rest).replaceAll("deno:deno", owner)]);
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
      env: surroundings(this.#env),
      clearEnv: true,
      stdin: "null",
    }).output();
    assert(success, new TextDecoder().decode(stderr));
  }

  /** A command of the image, as its user. */
  command(names: readonly string[], env: Readonly<Record<string, string>>): Deno.Command {
    const [program = "", ...args] = names.flatMap((name) => this.#commands.get(name) ?? []);
    return new Deno.Command(join(this.#folder, "bin", program), {
      args: args.map((arg) => arg.replace("localhost:8000", env.MAIN ?? "")),
      cwd: this.#workdir,
      env: { ...this.#env, ...env },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...USER,
    });
  }
}

async function withImage(body: (image: Image, folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    await Deno.chmod(folder, 0o755);
    await Deno.mkdir(join(folder, "bin"));
    // Where the runtime is, a plain user may not look.
    await Deno.copyFile(Deno.execPath(), join(folder, "bin/deno"));
    const image = new Image(folder);
    const text = await Deno.readTextFile(join(DEPLOY, "Dockerfile"));
    for (const instruction of instructionsOf(text)) await image.follow(instruction);
    await body(image, folder);
  });
}

Deno.test("the Dockerfile's steps make a server that a plain user runs, and that is healthy", async () => {
  await withImage(async (image, folder) => {
    const env = { ...PORTS_OFF, LEDGER_PORT: "0", LEDGER_HOST: "localhost", LEDGER_API_KEYS: KEY };
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

Deno.test("nothing but what the Dockerfile copies is sent to be built", async () => {
  const dockerfile = await Deno.readTextFile(join(DEPLOY, "Dockerfile"));
  const copied = instructionsOf(dockerfile).filter(({ name }) => name === "COPY")
    .flatMap(({ rest }) => rest.split(" ").slice(0, -1));
  const ignored = (await Deno.readTextFile(join(DEPLOY, "Dockerfile.dockerignore"))).split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  assertEquals(ignored, ["*", ...copied.map((path) => `!${path}`)]);
});
