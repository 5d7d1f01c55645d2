import { join } from "node:path";
import { DENOKV_TOKEN } from "../support/denokv.ts";
import { freePort } from "../support/ports.ts";
import { linesOf, type LogLine, PROGRAM_RUNTIME } from "../support/server.ts";
import { until, within } from "../support/until.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");

/** Milliseconds that an instance has on the platform from the signal to stop until it is killed. */
export const KILLED_AFTER_MS = 5_000;

/** The same here, where whatever else runs may keep it from the processor. */
const KILLED_HERE_AFTER_MS = 60_000;

/** Stands for the platform's cron. */
const CRON = join(import.meta.dirname ?? ".", "cron.ts");

/** What an instance listens on. */
export type Listening = "unix" | "tcp";

/** What an app on the platform is made of. */
export interface App {
  /** Where the database is that was assigned to it. */
  readonly database: string;
  readonly listening: Listening;
  /** Variables that its owner set. */
  readonly variables: Readonly<Record<string, string>>;
  /** A folder for the sockets that its instances listen on. */
  readonly folder: string;
}

/** How an instance ended. */
export interface InstanceEnd {
  readonly code: number;
  /** Whether it had to be killed. */
  readonly isKilled: boolean;
}

/** Where the runtime has its modules, since there is no home to find them in. */
const modules: string = (() => {
  const { stdout } = new Deno.Command(PROGRAM_RUNTIME, { args: ["info", "--json"] }).outputSync();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
})();

/**
 * Every variable that the platform documents, and nothing that a machine has besides. How it tells
 * the runtime of the database and of the listener is not documented; these ways are the runtime's.
 */
function environment({ database, variables }: App, address: string): Record<string, string> {
  return {
    DENO_DEPLOY: "true",
    DENO_DEPLOY_ORG_ID: "9f3b0a52-6c2c-4b8a-a4f0-0c6d5f8a1e11",
    DENO_DEPLOY_ORG_SLUG: "an-organisation",
    DENO_DEPLOY_APP_ID: "1d7cb2e3-52a8-4d3e-bd8b-6f0a3a4c2b22",
    DENO_DEPLOY_APP_SLUG: "an-app",
    DENO_DEPLOY_BUILD_ID: "k3v9x2m1t8",
    DENO_DEPLOYMENT_ID: "an-app-k3v9x2m1t8",
    DENO_TIMELINE: "production",
    DENO_KV_DEFAULT_PATH: database,
    DENO_KV_ACCESS_TOKEN: DENOKV_TOKEN,
    DENO_SERVE_ADDRESS: address,
    DENO_DIR: modules,
    ...variables,
  };
}

let instances = 0;

/** One process of the program, as the platform starts and stops it. */
export class Instance {
  /** What curl has to be told to come to it, whatever the host that it asks for. */
  readonly road: readonly string[];
  readonly #child: Deno.ChildProcess;
  readonly #connect: () => Promise<Deno.Conn>;
  readonly #gathered: Promise<unknown>;
  readonly ended: Promise<InstanceEnd>;
  #output = "";
  #errors = "";
  #isKilled = false;
  #hasEnded = false;

  private constructor(
    child: Deno.ChildProcess,
    road: readonly string[],
    connect: () => Promise<Deno.Conn>,
  ) {
    this.road = road;
    this.#child = child;
    this.#connect = connect;
    this.#gathered = Promise.all([
      gather(child.stdout, (text) => this.#output += text),
      gather(child.stderr, (text) => this.#errors += text),
    ]);
    this.ended = child.status.then(async ({ code }) => {
      this.#hasEnded = true;
      await this.#gathered;
      return { code, isKilled: this.#isKilled };
    });
  }

  static start(app: App): Instance {
    const port = app.listening === "tcp" ? freePort() : 0;
    const path = join(app.folder, `${instances++}.sock`);
    const address = app.listening === "tcp" ? `tcp:127.0.0.1:${port}` : `unix:${path}`;
    // The runtime makes the socket in the program's name.
    const permissions = app.listening === "tcp"
      ? ["--allow-all", "--deny-write"]
      : ["--allow-read", "--allow-net", "--allow-env", "--allow-sys", `--allow-write=${path}`];
    const child = new Deno.Command(PROGRAM_RUNTIME, {
      args: ["run", "--cached-only", "--no-prompt", `--preload=${CRON}`, ...permissions, "main.ts"],
      cwd: ROOT,
      env: environment(app, address),
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return app.listening === "tcp"
      ? new Instance(
        child,
        ["--connect-to", `::127.0.0.1:${port}`],
        () => Deno.connect({ hostname: "127.0.0.1", port }),
      )
      : new Instance(
        child,
        ["--unix-socket", path],
        () => Deno.connect({ transport: "unix", path }),
      );
  }

  /** Waits until it listens. */
  async listening(): Promise<void> {
    (await this.connect()).close();
  }

  /** A connection to it, once it listens. */
  async connect(): Promise<Deno.Conn> {
    return await until("an instance listens", () => {
      if (this.#hasEnded) throw new Error(`the instance ended: ${this.#errors}${this.#output}`);
      return this.#connect().catch(() => undefined);
    });
  }

  get lines(): LogLine[] {
    return linesOf(this.#output);
  }

  get errors(): string {
    return this.#errors;
  }

  /** Runs the cron job of the program, and waits until that is done. */
  async cron(): Promise<void> {
    const before = this.#cronsDone;
    this.#signal("SIGUSR2");
    await this.cronDone(before);
  }

  /** Waits until its cron job has been run once more than `before`. */
  async cronDone(before = 0): Promise<void> {
    await until("the cron job is done", () => this.#cronsDone > before);
  }

  get #cronsDone(): number {
    return this.lines.filter(({ cron }) => cron === "done").length;
  }

  /** Asks it to stop, and kills it where it does not end. */
  async stop(): Promise<InstanceEnd> {
    this.#signal("SIGINT");
    const timer = setTimeout(() => this.kill(), KILLED_HERE_AFTER_MS);
    try {
      return await within("an instance ends", this.ended);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Kills it without a word, as the platform may at any time. */
  kill(): Promise<InstanceEnd> {
    this.#isKilled = true;
    this.#signal("SIGKILL");
    return this.ended;
  }

  #signal(signal: Deno.Signal): void {
    if (!this.#hasEnded) this.#child.kill(signal);
  }
}

async function gather(
  stream: ReadableStream<Uint8Array>,
  take: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}
