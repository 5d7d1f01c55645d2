import { assertEquals } from "@std/assert";
import { type LocalServer, withServer } from "../in_process.ts";
import { rawRequest } from "../raw_http.ts";
import { withFolder } from "../server.ts";

/** How many connections are tried, so that every thread is almost certainly among them. */
export const ALL_THREADS = 16;

/** Numbers of threads that differ: of two the one that writes is one, of three it is beside them. */
export const NUMBERS = [2, 3] as const;

/** Runs `body` with a server whose connections are on three threads, or as many as are asked for. */
export async function inThreads(
  body: (local: LocalServer) => Promise<void>,
  flags: readonly string[] = [],
  { threads = 3, frontModule }: { readonly threads?: number; readonly frontModule?: URL } = {},
): Promise<void> {
  await withFolder((folder) =>
    withServer(body, {
      flags: [`--threads=${threads}`, `--store=${folder}/ledger.db`, ...flags],
      ...frontModule && { frontModule },
    })
  );
}

/** Asks the same on many connections, one after another: what all of them were answered. */
export async function onEveryThread<T>(ask: () => Promise<T>): Promise<T[]> {
  const answers: T[] = [];
  for (let time = 0; time < ALL_THREADS; time++) answers.push(await ask());
  return answers;
}

/** Reads on a connection of its own, and expects 200. */
export async function readAnew(
  origin: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { status, body } = await rawRequest(origin, "GET", target, headers);
  assertEquals(status, 200, body);
  return body;
}
