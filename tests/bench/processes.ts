import config from "../../deno.json" with { type: "json" };
import { LEDGERS } from "../../src/ledgers/registry.ts";
import { freePort } from "../support/ports.ts";
import { pathOf } from "./paths.ts";
import { HttpConnection } from "./raw_http.ts";
import { post } from "./events.ts";
import { profileFlags } from "./profile.ts";

/** What the ledgers would listen on beside HieraChain's port: benches ask on the main port. */
const OTHER_PORTS = LEDGERS.flatMap(({ ports }) => ports).filter((name) =>
  name !== "hierachain-port"
);

/** The program's modules, and those of what is here. */
const OURS_CONFIG = pathOf("../../deno.json");
const CONFIG = pathOf("../deno.json");
const STOP_MS = 6_000;

/** A server of this run, in a process of its own; ours has HieraChain's own API at `port`. */
export interface ServerProcess {
  readonly port: number;
  /** The main port, where it is another. */
  readonly main: number;
  readonly pid: number;
  /** Resident memory in bytes. */
  rss(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts the real server on the store in `folder`, which need not be there yet. */
export async function startOurs(
  folder: string,
  more: readonly string[] = [],
): Promise<ServerProcess> {
  const [main, port] = [freePort(), freePort()];
  const started = await start(
    "../../main.ts",
    [
      ...["--host", "127.0.0.1", "--log-level", "warning"],
      ...(more.some((flag) => flag.startsWith("--store=")) ? [] : [`--store=${folder}/ours.db`]),
      ...["--port", String(main), "--hierachain-port", String(port)],
      ...OTHER_PORTS.map((name) => `--${name}=off`),
      ...more,
    ],
    port,
    { flags: [...profileFlags(), ...v8Flags()], config: OURS_CONFIG, env: variables() },
  );
  const rss = async () => {
    const text = await (await fetch(`http://127.0.0.1:${main}/metrics`)).text();
    return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1] ?? NaN);
  };
  return { ...started, main, rss };
}

/** Flags of V8 that the program is started with. */
function v8Flags(): string[] {
  return config.tasks.start.command.split(" ").filter((word) => word.startsWith("--v8-flags="));
}

/** What the program is started with in its environment. */
function variables(): Record<string, string> {
  const [, name = "", value = ""] = /^(\w+)=(\S+) /.exec(config.tasks.start.command) ?? [];
  return { [name]: value };
}

/** Resident memory of a process in bytes, where the system tells. */
export async function rssOf(pid: number): Promise<number> {
  try {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) * 1_024;
  } catch {
    return NaN;
  }
}

/** Starts the server that does nothing but send. */
export async function startBare(): Promise<ServerProcess> {
  const port = freePort();
  const started = await start("./bare_server.ts", [String(port)], port);
  const rss = async () => Number(await (await fetch(`http://127.0.0.1:${port}/rss`)).text());
  return { ...started, main: port, rss };
}

/** Starts the server that appends over HTTP and does nothing else, at one of the two edges. */
export function startBareAppends(
  folder: string,
  edge: "node" | "deno",
): Promise<Omit<ServerProcess, "rss" | "main">> {
  const port = freePort();
  return start("./bare_appends.ts", [String(port), `${folder}/${edge}.db`, edge], port);
}

/** Creates a chain, and waits until the event it begins with is in a block. */
export async function createChain(server: ServerProcess, name: string): Promise<void> {
  const connection = await HttpConnection.connect(server.port);
  await connection.exchange(post(`/api/ledger/chains/${name}/create`));
  connection.close();
  await delay(1_500);
}

/** Runs a program of this folder to its end and returns the JSON that it prints. */
export async function runJson(script: string, args: readonly string[]): Promise<unknown> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--config", CONFIG, pathOf(script), ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`${script} ${args.join(" ")} failed`);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Runs `use` with a folder of its own, which is removed after it. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "ledgerline-bench-" });
  try {
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs `use` with our server and, where it is wanted, the bare one; stops them after it. */
export function withServers<T>(
  use: (ours: ServerProcess, bare: ServerProcess) => Promise<T>,
): Promise<T> {
  return withFolder(async (folder) => {
    const ours = await startOurs(folder);
    try {
      const bare = await startBare();
      try {
        return await use(ours, bare);
      } finally {
        await bare.stop();
      }
    } finally {
      await ours.stop();
    }
  });
}

/** Runs `use` with one server of ours. */
export function withOurs<T>(
  flags: readonly string[],
  use: (ours: ServerProcess) => Promise<T>,
): Promise<T> {
  return withFolder(async (folder) => {
    const ours = await startOurs(folder, flags);
    try {
      return await use(ours);
    } finally {
      await ours.stop();
    }
  });
}

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Starts a program of this folder and waits until it listens on `port`. */
export function start(
  script: string,
  args: readonly string[],
  port: number,
  { flags = [], config = CONFIG, env }: {
    readonly flags?: readonly string[];
    readonly config?: string;
    readonly env?: Record<string, string>;
  } = {},
): Promise<Omit<ServerProcess, "rss" | "main">> {
  const run = ["run", "--allow-all", ...flags, "--config", config, pathOf(script), ...args];
  return startProgram(Deno.execPath(), run, port, env);
}

/** Starts a program and waits until it listens on `port`. */
export async function startProgram(
  program: string,
  run: readonly string[],
  port: number,
  env: Record<string, string> = {},
): Promise<Omit<ServerProcess, "rss" | "main">> {
  const isWindows = Deno.build.os === "windows";
  // As many files as the system lets it have: each client is one. The process id stays the same.
  const raised = ["-c", 'ulimit -n "$(ulimit -Hn)" 2>/dev/null; exec "$0" "$@"', program];
  const child = new Deno.Command(isWindows ? program : "sh", {
    args: isWindows ? [...run] : [...raised, ...run],
    env,
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  let hasEnded = false;
  void child.status.then(() => hasEnded = true);
  const stop = async () => {
    if (hasEnded) return;
    child.kill("SIGTERM");
    const timer = setTimeout(() => hasEnded || child.kill("SIGKILL"), STOP_MS);
    await child.status;
    clearTimeout(timer);
  };
  for (let tries = 0; tries < 400 && !hasEnded; tries++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return { port, pid: child.pid, stop };
    } catch {
      await delay(50);
    }
  }
  await stop();
  throw new Error(`${program} did not start`);
}
