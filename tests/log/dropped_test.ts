import { assert, assertRejects } from "@std/assert";
import { LedgerError } from "../../src/kernel/errors.ts";
import type { HeadListener } from "../../src/log/doorbell.ts";
import { Log } from "../../src/log/log.ts";
import { openStore } from "../../src/kv/open.ts";
import { events, followTo, offset } from "../support/chains.ts";

Deno.test("whoever follows a chain by a log that only reads hears that it was taken away", async () => {
  const store = await openStore(":memory:");
  const listeners = new Map<string, HeadListener>();
  const projectionOf = () => undefined;
  const log = new Log(store, {
    projectionOf,
    onDrop: (chain) => listeners.get(chain)?.ring(undefined, "watch"),
  });
  const reading = new Log(store, {
    projectionOf,
    bell: {
      listen: (chain, listener) => void listeners.set(chain, listener),
      silence: (chain) => void listeners.delete(chain),
      close: () => Promise.resolve(),
    },
  });
  try {
    await log.chain("c").append(events(3));
    const { promise: follows, resolve } = Promise.withResolvers<void>();
    const hears = assertRejects(
      async () => {
        const following = followTo(reading.chain("c"), offset(0), 1_000);
        void reading.chain("c").attach(0, () => {}).then(() => resolve());
        await following;
      },
      LedgerError,
      "began a new life",
    );
    await follows;
    assert(await log.chain("c").drop(() => Promise.resolve(true)));
    await hears;
  } finally {
    await reading.close();
    await log.close();
    store.close();
  }
});
