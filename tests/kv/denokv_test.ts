import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Clock, systemClock } from "../../src/kernel/clock.ts";
import { LedgerError } from "../../src/kernel/errors.ts";
import { openStore } from "../../src/kv/open.ts";
import { UnknownOutcomeError } from "../../src/kv/store.ts";
import { type DenokvServer, denokvTest, withDenokv } from "../support/denokv.ts";

function withServer(sentence: string, body: (server: DenokvServer) => Promise<void>) {
  denokvTest(`denokv: ${sentence}`, (program) => withDenokv(program, body));
}

withServer(
  "a server's URL is opened and shown, and one with credentials is refused",
  async ({ url, port }) => {
    for (const secret of [url.replace("//", "//user:hunter2@"), `${url}/?token=hunter2`]) {
      const error = await assertRejects(() => openStore(secret), LedgerError);
      assertEquals([error.code, error.message.includes("hunter2")], ["store_refused", false]);
    }
    const store = await openStore(url);
    await store.commit({ checks: [], sets: [{ key: ["a"], value: 1 }], deletes: [] });
    assertEquals((await store.get(["a"])).value, 1);
    assertEquals(store.exclusive, false);
    assertEquals(store.description, `http://127.0.0.1:${port}/`);
    store.close();
  },
);

withServer("a wrong token is refused, with the reason", async ({ url }) => {
  Deno.env.set("DENO_KV_ACCESS_TOKEN", "another-token-altogether");
  const error = await assertRejects(() => openStore(url), LedgerError);
  assertEquals(error.code, "store_refused");
  assertStringIncludes(error.message, "Invalid access token");
});

withServer("a server that is gone ends reads and leaves commits unknown", async ({ url, stop }) => {
  // The patience of the log, ten times shorter.
  const clock: Clock = {
    now: () => systemClock.now() * 10,
    after: (ms, task) => systemClock.after(ms / 10, task),
  };
  const store = await openStore(url, clock);
  await store.get(["a"]);
  await stop();
  const error = await assertRejects(() => store.get(["a"]), LedgerError);
  assertEquals(error.code, "store_unavailable");
  const mutation = { checks: [], sets: [{ key: ["a"], value: 1 }], deletes: [] };
  await assertRejects(() => store.commit(mutation), UnknownOutcomeError);
  store.close();
});
