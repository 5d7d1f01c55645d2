import { assertEquals } from "@std/assert";
import { freePort } from "../../support/ports.ts";
import { rawRequest } from "../../support/raw_http.ts";
import { LATE } from "../../support/threads/late_front.ts";
import { inThreads } from "../../support/threads/in_threads.ts";
import { until, within } from "../../support/until.ts";

const FRONT = new URL("../../support/threads/late_front.ts", import.meta.url);

/** What the page asks for when it is back, and others that ask all threads. */
const ASKED = [
  "/readyz",
  "/v1/server",
  "/v1/stats",
  "/v1/connections",
  "/v1/all?offset=now",
  "/v1/stream/nowhere",
  "/v1/chains",
  "/metrics",
  "/hathor/v1a/status",
  "/hierachain/ws/status",
];

Deno.test("what is asked while a server begins is answered, though not all of its threads listen", async () => {
  const port = freePort();
  const origin = `http://127.0.0.1:${port}`;
  const word = new BroadcastChannel(LATE);
  let hasBegun = false;
  const running = inThreads(
    () => {
      hasBegun = true;
      return Promise.resolve();
    },
    [`--port=${port}`],
    { frontModule: FRONT },
  );
  try {
    await until("a thread listens", async () => {
      const { status } = await rawRequest(origin, "GET", "/livez").catch(() => ({ status: 0 }));
      return status === 200;
    });
    // What changes something is handed over already.
    for (const [method, expected] of [["PUT", 201], ["POST", 204], ["GET", 200]] as const) {
      const type = { "content-type": "application/json" };
      const body = method === "POST" ? "1" : undefined;
      const { status } = await rawRequest(origin, method, "/v1/stream/s", type, body);
      assertEquals([method, status], [method, expected]);
    }
    const told: [string, number][] = [];
    for (const path of ASKED) {
      const { status } = await within(path, rawRequest(origin, "GET", path));
      told.push([path, status]);
    }
    assertEquals(told, ASKED.map((path): [string, number] => [path, statusOf(path)]));
    assertEquals(hasBegun, false);
  } finally {
    await until("all threads listen", () => {
      word.postMessage("begin");
      return hasBegun;
    });
    word.close();
    await running;
  }
});

function statusOf(path: string): number {
  if (path === "/readyz") return 503;
  return path === "/v1/stream/nowhere" ? 404 : 200;
}
