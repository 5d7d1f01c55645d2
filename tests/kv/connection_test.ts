import { assertEquals, assertRejects } from "@std/assert";
import { ABANDONED_OPERATIONS, REOPEN_AFTER, WATCH_ANSWER_MS } from "../../src/kernel/limits.ts";
import { systemClock } from "../../src/kernel/clock.ts";
import { type KvClient, runtimeClient } from "../../src/kv/client.ts";
import { NoAnswerError, StoreConnection } from "../../src/kv/connection.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { turn } from "../support/faulty_store.ts";
import { until } from "../support/until.ts";

const READ_MS = 2_000;

/** A client of a real KV in memory whose answers can stop coming. */
class Silent {
  readonly client: KvClient;
  isSilent = false;
  isClosed = false;
  /** Operations that have been asked for. */
  asked = 0;

  constructor(kv: Deno.Kv) {
    const never = new Promise<never>(() => {});
    const answering = runtimeClient(kv);
    this.client = {
      ...answering,
      get: (key) => {
        this.asked++;
        return this.isSilent ? never : answering.get(key);
      },
      watch: (keys) => this.isSilent ? new ReadableStream() : answering.watch(keys),
      close: () => {
        this.isClosed = true;
      },
    };
  }
}

async function withKv(body: (kv: Deno.Kv) => Promise<void>): Promise<void> {
  const kv = await Deno.openKv(":memory:");
  try {
    await body(kv);
  } finally {
    kv.close();
  }
}

function read(connection: StoreConnection): Promise<unknown> {
  return connection.run(READ_MS, (kv) => kv.get(["a"]));
}

Deno.test("a client that answers nothing any more is replaced, and whoever waits for it hears at once", async () => {
  await withKv(async (kv) => {
    const clock = new FakeClock();
    const [first, second] = [new Silent(kv), new Silent(kv)];
    const connection = new StoreConnection(
      first.client,
      clock,
      () => Promise.resolve(second.client),
    );
    await read(connection);
    const watch = connection.watch([["a"]]).getReader();
    await watch.read();
    first.isSilent = true;
    const unanswered = Array.from({ length: REOPEN_AFTER }, () => read(connection).catch(String));
    clock.advance(READ_MS - 1);
    // Its time is not over when the others' is.
    const waiting = read(connection).catch(String);
    clock.advance(1);
    assertEquals(
      new Set(await Promise.all([...unanswered, waiting])),
      new Set(["NoAnswerError: timed out"]),
    );
    assertEquals(first.isClosed, true);
    assertEquals((await watch.read()).done, true);
    await read(connection);
    const again = connection.watch([["a"]]).getReader();
    assertEquals((await again.read()).done, false);
    await again.cancel();
    assertEquals([second.isClosed, second.asked], [false, 2]);
  });
});

Deno.test("a client that answers now and then is kept", async () => {
  await withKv(async (kv) => {
    const clock = new FakeClock();
    const only = new Silent(kv);
    const connection = new StoreConnection(only.client, clock, () => {
      throw new Error("opened anew");
    });
    for (let times = 0; times < 4 * REOPEN_AFTER; times++) {
      only.isSilent = times % REOPEN_AFTER !== 0;
      const reading = read(connection).catch(String);
      if (only.isSilent) clock.advance(READ_MS);
      await reading;
    }
    assertEquals(only.isClosed, false);
  });
});

Deno.test("a new client that does not answer either is not taken, and tried again later", async () => {
  await withKv(async (kv) => {
    const clock = new FakeClock();
    const clients = [new Silent(kv), new Silent(kv), new Silent(kv)];
    let opened = 0;
    const [first, deaf] = clients;
    if (first === undefined || deaf === undefined) return;
    first.isSilent = deaf.isSilent = true;
    const connection = new StoreConnection(first.client, clock, () => {
      const client = clients[++opened]?.client;
      return client === undefined ? Promise.reject(new Error("no more")) : Promise.resolve(client);
    });
    const miss = async () => {
      const unanswered = Array.from({ length: REOPEN_AFTER }, () => read(connection).catch(String));
      clock.advance(READ_MS);
      await Promise.all(unanswered);
    };
    await miss();
    await until("the next was asked", () => deaf.asked === 1);
    clock.advance(10_000);
    await until("it was let go", () => deaf.isClosed);
    assertEquals(first.isClosed, false);
    // The pause between two tries.
    await until("it waits", () => clock.waiting > 0);
    clock.advance(10_000);
    await turn();
    await miss();
    await until("the third is in its place", () => first.isClosed);
    await read(connection);
    assertEquals(opened, 2);
  });
});

Deno.test("a watch that says nothing at its beginning counts as an answer that did not come", async () => {
  await withKv(async (kv) => {
    const clock = new FakeClock();
    const [first, second] = [new Silent(kv), new Silent(kv)];
    first.isSilent = true;
    const connection = new StoreConnection(
      first.client,
      clock,
      () => Promise.resolve(second.client),
    );
    const watches = Array.from(
      { length: REOPEN_AFTER },
      () => connection.watch([["a"]]).getReader().read(),
    );
    const ends = Promise.allSettled(watches);
    clock.advance(WATCH_ANSWER_MS);
    assertEquals((await ends).map(({ status }) => status), Array(REOPEN_AFTER).fill("rejected"));
    await until("it is replaced", () => first.isClosed);
  });
});

Deno.test("of operations that never end only so many are asked for", async () => {
  await withKv(async (kv) => {
    const clock = new FakeClock();
    const only = new Silent(kv);
    only.isSilent = true;
    const connection = new StoreConnection(only.client, clock);
    for (let times = 0; times < ABANDONED_OPERATIONS; times++) {
      const reading = assertRejects(() => read(connection), NoAnswerError);
      clock.advance(READ_MS);
      await reading;
    }
    await assertRejects(() => read(connection), NoAnswerError);
    assertEquals(only.asked, ABANDONED_OPERATIONS);
    // A store that can be had anew is asked for all the same.
    const [old, next] = [new Silent(kv), new Silent(kv)];
    old.isSilent = true;
    let isThere = false;
    const another = new StoreConnection(
      old.client,
      clock,
      () => isThere ? Promise.resolve(next.client) : Promise.reject(new Error("not there")),
    );
    for (let times = 0; times < ABANDONED_OPERATIONS; times++) {
      const reading = assertRejects(() => read(another), NoAnswerError);
      clock.advance(READ_MS);
      await reading;
    }
    isThere = true;
    await until("it is replaced", async () => {
      await read(another).catch(() => {});
      clock.advance(READ_MS);
      return old.isClosed;
    });
  });
});

Deno.test("a local client that has not answered is closed when it has, and a remote one at once", async () => {
  await withKv(async (kv) => {
    const clock = new FakeClock();
    for (const isLocal of [true, false]) {
      const { promise, resolve } = Promise.withResolvers<never>();
      const only = new Silent(kv);
      const reopen = () => Promise.reject(new Error("not there"));
      const connection = new StoreConnection(only.client, clock, isLocal ? undefined : reopen);
      const stuck = assertRejects(() => connection.run(READ_MS, () => promise), NoAnswerError);
      clock.advance(READ_MS);
      await stuck;
      let isReleased = false;
      connection.close(() => isReleased = true);
      assertEquals([only.isClosed, isReleased], [!isLocal, !isLocal]);
      resolve(undefined as never);
      await turn();
      assertEquals([only.isClosed, isReleased], [true, true]);
    }
  });
});

Deno.test("an answer that comes while this thread does something else is not given up", async () => {
  await withKv(async (kv) => {
    const connection = new StoreConnection(runtimeClient(kv), systemClock);
    const patience = 80;
    const never = new Int32Array(new SharedArrayBuffer(4));
    for (let round = 0; round < 5; round++) {
      const reading = connection.run(patience, (client) => client.get(["a"]));
      // Nothing is heard meanwhile, and the whole patience goes by; asleep, this thread leaves the
      // processor to the one that answers.
      Atomics.wait(never, 0, 0, patience * 6);
      assertEquals((await reading).value, null);
    }
  });
});
