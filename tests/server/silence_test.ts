import { assert, assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import { denokvTest, withKvProxy } from "../support/denokv.ts";
import { FakeClock, SteppedClock } from "../support/fake_clock.ts";
import { turn } from "../support/faulty_store.ts";
import { type LocalServer, withServer } from "../support/in_process.ts";
import type { KvProxy } from "../support/kv_proxy.ts";
import { until } from "../support/until.ts";
import { ClientSocket } from "../support/client_socket.ts";

/** A test of a server whose store is at the end of a road that counts. */
function overRoad(sentence: string, body: (proxy: KvProxy) => Promise<void>): void {
  denokvTest(`over a store elsewhere: ${sentence}`, (program) => withKvProxy(program, body));
}

const FLAGS = ["--hathor-mine=off"];

/** Waits until nothing is asked any more that was begun by now. */
async function settled(proxy: KvProxy): Promise<void> {
  for (let quiet = 0; quiet < 20; quiet++) {
    const { calls } = proxy.counts;
    await turn();
    if (proxy.isBusy || proxy.counts.calls > calls) quiet = 0;
  }
}

/** Lets seconds pass, and what happens in them happen; returns the calls of them. */
async function passing(proxy: KvProxy, clock: FakeClock, seconds: number): Promise<number> {
  await settled(proxy);
  const before = proxy.counts.calls;
  for (let second = 0; second < seconds; second++) {
    clock.advance(1_000);
    await settled(proxy);
  }
  return proxy.counts.calls - before;
}

/** The calls that something takes. */
async function callsOf(proxy: KvProxy, what: () => Promise<unknown>): Promise<number> {
  await settled(proxy);
  const before = proxy.counts.calls;
  await what();
  await settled(proxy);
  return proxy.counts.calls - before;
}

async function put(main: string, name: string): Promise<void> {
  const answer = await fetch(`${main}/v1/stream/${name}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
  });
  assertEquals(answer.status, 201, await answer.text());
}

async function post(main: string, name: string): Promise<Response> {
  return await fetch(`${main}/v1/stream/${name}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"n":1}',
  });
}

overRoad("nobody there, nothing asked; who has left costs nothing any more", async (proxy) => {
  const clock = new FakeClock(Date.now());
  const flags = [`--store=${proxy.url}`, ...FLAGS];
  await withServer(async ({ main }: LocalServer) => {
    const names = Array.from({ length: 25 }, (_, at) => `s${at}`);
    for (const name of names) await put(main, name);
    await settled(proxy);
    // Of what webhooks there are, and of chains that go back.
    const watching = 2;
    await until("what is always watched", () => proxy.watching === watching);
    assertLess(await passing(proxy, clock, 600), 60);
    const leaving = new AbortController();
    const followers = await Promise.all(
      names.map((name) =>
        fetch(`${main}/v1/stream/${name}?offset=-1&live=sse`, { signal: leaving.signal })
      ),
    );
    await until("all are followed", () => proxy.watching >= watching + 2);
    assertLess(await passing(proxy, clock, 60), 30);
    leaving.abort();
    for (const { body } of followers) await body?.cancel().catch(() => {});
    await until("nobody follows any more", async () => {
      clock.advance(100);
      await settled(proxy);
      return proxy.watching === watching;
    });
    assertLess(await passing(proxy, clock, 600), 60);
  }, { flags, clock });
});

overRoad("an idle wallet of a node costs nothing but the looks", async (proxy) => {
  const clock = new FakeClock(Date.now());
  const flags = [`--store=${proxy.url}`, ...FLAGS];
  await withServer(async ({ main }) => {
    let wallet = await ClientSocket.open(main, "/hathor/v1a/ws");
    await until("the figures are told", async () => {
      // Seconds pass here faster than the store answers, so that it may seem to be away (1013).
      if (wallet.ended !== undefined) wallet = await ClientSocket.open(main, "/hathor/v1a/ws");
      await passing(proxy, clock, 1);
      return wallet.of("dashboard:metrics").length > 2;
    });
    // Figures that are read anew each time would be several calls a second.
    assertLess(await passing(proxy, clock, 120), 60);
    await wallet.close();
  }, { flags, clock });
});

overRoad("an append asks once, a page twice, and once when it is known", async (proxy) => {
  const flags = [`--store=${proxy.url}`, ...FLAGS];
  // What asks by itself, now and then, is not counted.
  const clock = new FakeClock(Date.now());
  await withServer(async ({ main }) => {
    await put(main, "a");
    const append = async () => assertEquals((await post(main, "a")).status, 204);
    const read = async () => {
      const answer = await fetch(`${main}/v1/stream/a?offset=-1`);
      assertEquals([answer.status, (await answer.json()).length], [200, 1]);
    };
    assertEquals(await callsOf(proxy, append), 1);
    assertEquals(await callsOf(proxy, read), 2);
    assertEquals(await callsOf(proxy, read), 1);
  }, { flags, clock });
});

overRoad("a start asks no more for many chains than for one, and writes nothing", async (proxy) => {
  const flags = [`--store=${proxy.url}`, ...FLAGS];
  const clock = new SteppedClock(Date.now());
  const start = async (body: (local: LocalServer) => Promise<void> = () => Promise.resolve()) => {
    const before = proxy.counts;
    let after = before;
    await withServer(async (local) => {
      await settled(proxy);
      after = proxy.counts;
      await body(local);
    }, { flags, clock });
    return { calls: after.calls - before.calls, writes: after.writes - before.writes };
  };
  const create = (count: number) => async ({ native }: LocalServer) => {
    for (let at = 0; at < count; at++) {
      const url = `${native}/api/ledger/chains/c${count}_${at}/create`;
      const answer = await fetch(url, { method: "POST" });
      assert(answer.ok, await answer.text());
    }
  };
  // Once their blocks are closed there is nothing to do.
  const asked = () =>
    until("a start writes nothing", async () => {
      const { calls, writes } = await start();
      clock.time += 1_000;
      return writes === 0 && calls;
    });
  await start(create(1));
  const one = await asked();
  await start(create(60));
  const many = await asked();
  // What is looked for after it listens: ten rows a call.
  assertLessOrEqual(many - one, 7);
});

overRoad("what the store refuses is told at once, with the reason", async (proxy) => {
  const flags = [`--store=${proxy.url}`, ...FLAGS];
  await withServer(async ({ main }) => {
    await put(main, "a");
    for (
      const [status, text, refusal, code] of [
        [400, "the request is malformed", 503, "store_refused"],
        [403, "no permission to write", 503, "store_refused"],
        [403, "the quota is used up", 507, "store_full"],
      ] as const
    ) {
      proxy.refusal = { status, text };
      let answer: Response | undefined;
      // Nothing is tried again: what the server looks at by itself, as it begins, comes once.
      await until("an append asks once", async () => {
        await answer?.body?.cancel();
        return await callsOf(proxy, async () => {
          answer = await post(main, "a");
        }) === 1;
      });
      assertEquals(answer?.status, refusal);
      const body = await answer?.text() ?? "";
      assert(body.includes(code) && body.includes(text), body);
      const reading = async () => {
        answer = await fetch(`${main}/v1/stream/a?offset=-1`);
        assertEquals(answer.status, refusal);
        await answer.body?.cancel();
      };
      await until("a read asks once", async () => await callsOf(proxy, reading) === 1);
      proxy.refusal = undefined;
      assertEquals((await post(main, "a")).status, 204);
    }
  }, { flags, clock: new FakeClock(Date.now()) });
});
