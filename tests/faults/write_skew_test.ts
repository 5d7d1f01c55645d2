import { assert, assertEquals } from "@std/assert";
import { amount } from "../support/amounts.ts";
import { DENOKV_TOKEN, denokvTest, withDenokv } from "../support/denokv.ts";
import { freePort } from "../support/ports.ts";
import { rawRequest } from "../support/raw_http.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { appendText, streamSocket } from "../support/stream_socket.ts";
import { until } from "../support/until.ts";

/** Pairs of writers, of whom each appends only while the stream of the other is empty. */
const PAIRS = amount("LEDGER_SKEW_PAIRS", 60);

/** Pairs at a time. */
const AT_ONCE = 8;

const JSON_TYPE = { "content-type": "application/json" };

/** How an append ended: it is in, it is refused, or nobody said. */
type Ending = "in" | "refused" | "unknown";

type Pair = readonly [readonly [string, Ending], readonly [string, Ending]];

function other(name: string): string {
  return name.endsWith("a") ? `${name.slice(0, -1)}b` : `${name.slice(0, -1)}a`;
}

/** Appends to a stream while the other of its pair is empty. */
async function post(origin: string, name: string): Promise<Ending> {
  try {
    const headers = { ...JSON_TYPE, "stream-expected-elsewhere": `${other(name)}=-1` };
    const { status } = await rawRequest(origin, "POST", `/v1/stream/${name}`, headers, "1");
    if (status === 204) return "in";
    if (status === 409) return "refused";
    assert(!status || status === 503, `append: ${status}`);
  } catch {
    // The server is gone.
  }
  return "unknown";
}

/** The same over a socket. */
async function send(origin: string, name: string): Promise<Ending> {
  const socket = await streamSocket(origin, name, "?offset=none");
  await socket.next();
  const answer = await socket.ask(appendText({ elsewhere: { [other(name)]: "-1" } }, "1"));
  await socket.close();
  return answer.type === "appended" ? "in" : "refused";
}

/** Tries a pair, one of them over a socket where servers do not go away. */
async function tried(origins: readonly string[], at: number, isKilled: boolean): Promise<Pair> {
  const [first = "", second = first] = origins;
  const [a, b] = [`pair/${at}/a`, `pair/${at}/b`];
  const overSocket = !isKilled && at % 2 === 0 ? send : post;
  const [one, two] = await Promise.all([post(first, a), overSocket(second, b)]);
  return [[a, one], [b, two]];
}

async function make(origin: string, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at++) {
    for (const name of [`pair/${at}/a`, `pair/${at}/b`]) {
      await rawRequest(origin, "PUT", `/v1/stream/${name}`, JSON_TYPE);
    }
  }
}

async function assertNeverBoth(origin: string, pairs: readonly Pair[]): Promise<void> {
  for (const pair of pairs) {
    let count = 0;
    for (const [name, ending] of pair) {
      const { body } = await rawRequest(origin, "GET", `/v1/stream/${name}?offset=-1`);
      const isIn = JSON.parse(body).length > 0;
      if (ending !== "unknown") assertEquals([name, isIn], [name, ending === "in"]);
      count += isIn ? 1 : 0;
    }
    const isSaid = pair.every(([, ending]) => ending !== "unknown");
    assert(isSaid ? count === 1 : count <= 1, JSON.stringify(pair));
  }
}

/** Appends without conditions for as long as it is to; each has to be taken. */
async function others(origin: string, isOver: () => boolean): Promise<number> {
  let count = 0;
  await rawRequest(origin, "PUT", "/v1/stream/others", JSON_TYPE);
  while (!isOver()) {
    const { status } = await rawRequest(origin, "POST", "/v1/stream/others", JSON_TYPE, "1");
    assertEquals(status, 204);
    count++;
  }
  return count;
}

for (const threads of [1, 3]) {
  Deno.test(`of two writers that each depend on the other's stream one is in, on ${threads} threads`, async () => {
    await withFolder(async (folder) => {
      const flags = [`--threads=${threads}`, `--store=${folder}/ledger.db`];
      const server = await ServerProcess.start(flags);
      try {
        const origin = server.origin("main");
        await make(origin, 0, PAIRS);
        let isOver = false;
        const beside = others(origin, () => isOver);
        const pairs: Pair[] = [];
        for (let at = 0; at < PAIRS; at += AT_ONCE) {
          const some = Array.from({ length: Math.min(AT_ONCE, PAIRS - at) }, (_, n) => at + n);
          pairs.push(...await Promise.all(some.map((n) => tried([origin], n, false))));
        }
        isOver = true;
        assert(await beside > 0);
        await assertNeverBoth(origin, pairs);
      } finally {
        await server.kill();
      }
    });
  });

  Deno.test(`no two are in whose server is killed, on ${threads} threads`, async () => {
    await withFolder(async (folder) => {
      const port = freePort();
      const flags = [`--threads=${threads}`, `--port=${port}`, `--store=${folder}/ledger.db`];
      const origin = `http://127.0.0.1:${port}`;
      let server = await ServerProcess.start(flags);
      const pairs: Pair[] = [];
      try {
        await make(origin, 0, PAIRS);
        let next = 0;
        const worker = async () => {
          while (next < PAIRS) pairs.push(await tried([origin], next++, true));
        };
        const working = Array.from({ length: AT_ONCE }, worker);
        await until("some are answered", () => pairs.length >= PAIRS / 3);
        await server.kill();
        await Promise.all(working);
        server = await ServerProcess.start(flags);
        // Who was not answered asks again.
        for (const pair of pairs.filter((pair) => pair.some(([, told]) => told === "unknown"))) {
          await Promise.all(pair.map(([name]) => post(origin, name)));
        }
        await assertNeverBoth(
          origin,
          pairs.filter((pair) => pair.every(([, to]) => to !== "unknown")),
        );
        const unknown = pairs.map((
          pair,
        ): Pair => [[pair[0][0], "unknown"], [pair[1][0], "unknown"]]);
        await assertNeverBoth(origin, unknown);
      } finally {
        await server.kill();
      }
    });
  });
}

denokvTest("of two writers at two servers one is in", async (program) => {
  await withDenokv(program, async ({ url }) => {
    const env = { DENO_KV_ACCESS_TOKEN: DENOKV_TOKEN };
    const servers = await Promise.all(
      [0, 1].map(() => ServerProcess.start([`--store=${url}`], env)),
    );
    try {
      const origins = servers.map((server) => server.origin("main"));
      const [first = ""] = origins;
      await make(first, 0, PAIRS);
      const pairs: Pair[] = [];
      for (let at = 0; at < PAIRS; at += AT_ONCE) {
        const some = Array.from({ length: Math.min(AT_ONCE, PAIRS - at) }, (_, n) => at + n);
        pairs.push(...await Promise.all(some.map((n) => tried(origins, n, false))));
      }
      await assertNeverBoth(first, pairs);
    } finally {
      await Promise.all(servers.map((server) => server.kill()));
    }
  });
});
