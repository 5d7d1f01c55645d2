import { fail } from "@std/assert";
import { KvProxy } from "./kv_proxy.ts";
import { succeeds, testUnlessMissing } from "./missing.ts";
import { freePort } from "./ports.ts";
import { withFolder } from "./server.ts";
import { PATIENCE_MS } from "./until.ts";

/** A `denokv` server of a test's own. */
export interface DenokvServer {
  readonly url: string;
  readonly port: number;
  /** Kills the server and waits for its end. */
  stop(): Promise<void>;
}

export const DENOKV_TOKEN = "a-token-for-tests-only";

/** The program to run: what the environment names (none for `off`), or the one on the path. */
export function findDenokv(): string | undefined {
  const named = Deno.env.get("LEDGER_TEST_DENOKV");
  if (named === "off") return undefined;
  if (named !== undefined && named !== "") return named;
  return succeeds("denokv", ["--help"]) ? "denokv" : undefined;
}

/** What is missing where there is no `denokv`, and how to have it. */
export const NO_DENOKV =
  "no denokv: cargo install denokv --locked, or name one in LEDGER_TEST_DENOKV";

/** A test that needs `denokv`. */
export function denokvTest(name: string, body: (program: string) => Promise<void>): void {
  const program = findDenokv();
  testUnlessMissing(name, program === undefined ? NO_DENOKV : undefined, () => body(program ?? ""));
}

/**
 * Starts `program` on a file and waits until it answers. The runtime reads the token from the
 * environment when a store is opened, so it is set here.
 */
export async function startDenokv(
  program: string,
  file: string,
  port = freePort(),
): Promise<DenokvServer> {
  Deno.env.set("DENO_KV_ACCESS_TOKEN", DENOKV_TOKEN);
  const child = new Deno.Command(program, {
    args: ["--sqlite-path", file, "serve", "--addr", `127.0.0.1:${port}`],
    env: { DENO_KV_ACCESS_TOKEN: DENOKV_TOKEN },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let hasEnded = false;
  const status = child.status.finally(() => hasEnded = true);
  const stop = async () => {
    if (!hasEnded) child.kill("SIGKILL");
    await status;
  };
  const deadline = Date.now() + PATIENCE_MS;
  while (!await answers(port)) {
    if (hasEnded || Date.now() > deadline) {
      await stop();
      fail(`denokv did not start on port ${port}`);
    }
  }
  return { url: `http://127.0.0.1:${port}`, port, stop };
}

/** Runs `body` with a server on `kv.sqlite3` in an empty folder, and ends both. */
export async function withDenokv<T>(
  program: string,
  body: (denokv: DenokvServer, folder: string) => Promise<T>,
): Promise<T> {
  return await withFolder(async (folder) => {
    const denokv = await startDenokv(program, `${folder}/kv.sqlite3`);
    try {
      return await body(denokv, folder);
    } finally {
      await denokv.stop();
    }
  });
}

/** As {@linkcode withDenokv}, with a proxy before the server. */
export async function withKvProxy<T>(
  program: string,
  body: (proxy: KvProxy, folder: string) => Promise<T>,
): Promise<T> {
  return await withDenokv(program, async ({ url }, folder) => {
    const proxy = new KvProxy(url);
    try {
      return await body(proxy, folder);
    } finally {
      await proxy.stop();
    }
  });
}

async function answers(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch {
    // A refused connection is at once: this keeps the probing from taking a whole core.
    await new Promise((resolve) => setTimeout(resolve, 5));
    return false;
  }
}
