import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { join } from "node:path";
import { LedgerError } from "../../src/kernel/errors.ts";
import { openStore } from "../../src/kv/open.ts";
import { headEntry, readHead } from "../../src/log/head.ts";
import { headKey } from "../../src/log/keys.ts";
import { Log } from "../../src/log/log.ts";
import { keyCreated, KEYS_CHAIN } from "../../src/server/keys/stored_key.ts";
import { chainProjection } from "../../src/server/projections.ts";
import { upgradingHandler } from "../../src/server/mounts.ts";
import { outdatedChains, Upgrade } from "../../src/server/upgrade.ts";
import { changedStore } from "../support/changed_store.ts";
import { run } from "../support/command_line.ts";
import { copyOldStore, copyTakenOver } from "../support/old_store.ts";
import { freePort } from "../support/ports.ts";
import { ServerProcess, withFolder } from "../support/server.ts";
import { until } from "../support/until.ts";

Deno.test("while a store is upgraded the server lives, is not ready, and says how far it is", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "ledger.db");
    await copyOldStore("b332467", path);
    const store = await openStore(path);
    // Each read waits until it is let through, so that what is told meanwhile can be asked.
    let gate = Promise.resolve();
    const gated = changedStore(store, {
      list: async (...args) => {
        await gate;
        return await store.list(...args);
      },
    });
    const log = new Log(gated, { projectionOf: chainProjection });
    const outdated = await outdatedChains(log);
    assertEquals(outdated.length, 16);
    const upgrade = new Upgrade(log, outdated);
    const handler = upgradingHandler(upgrade);
    const ask = async (asked: string) => {
      const response = await handler(new Request(`http://localhost${asked}`), "127.0.0.1");
      return [response.status, await response.text()] as const;
    };
    const { promise, resolve } = Promise.withResolvers<void>();
    gate = promise;
    const running = upgrade.run();
    // The first chain's head is read, and its log waits.
    while (!upgrade.state.includes("0 of 12 events")) {
      await new Promise((next) => setTimeout(next));
    }
    const [status, text] = await ask("/readyz");
    assertEquals(status, 503);
    assertMatch(text, /"serving":"upgrading chain 1 of 16: 0 of 12 events"/);
    assertEquals(await ask("/livez"), [200, '{"status":"alive"}']);
    const [other, problem] = await ask("/v1/stream/numbers?offset=-1");
    assertEquals([other, JSON.parse(problem).code], [503, "store_busy"]);
    resolve();
    await running;
    assertEquals(await outdatedChains(log), []);
    for await (const { name } of log.chains()) {
      assertEquals(await log.chain(name).compareRows(), undefined, name);
    }
    await log.close();
    store.close();
  });
});

Deno.test("a server that begins on an old store listens at once, and is ready when it is upgraded", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "ledger.db");
    const store = await openStore(path);
    const log = new Log(store, { projectionOf: chainProjection });
    const chain = log.chain(KEYS_CHAIN);
    for (let at = 0; at < 6_000; at += 300) {
      await chain.append(Array.from({ length: 300 }, (_, index) =>
        keyCreated({
          id: `k${at + index}`,
          name: "one of many",
          scopes: ["read"],
          chains: ["*"],
          hash: `${at + index}`,
          expiresAt: null,
        })));
    }
    // As 0.1.0 left it.
    const { head } = readHead(await store.get(headKey(KEYS_CHAIN)));
    assert(head !== undefined);
    const { versions: _, ...value } = head;
    await store.commit({ checks: [], sets: [{ key: headKey(KEYS_CHAIN), value }], deletes: [] });
    await log.close();
    store.close();

    const port = freePort();
    const server = ServerProcess.run([`--store=${path}`, `--port=${port}`, "--hierachain-port=0"]);
    const states = new Set<string>();
    try {
      await until("the server is ready", async () => {
        const ready = await fetch(`http://localhost:${port}/readyz`).catch(() => undefined);
        if (ready === undefined) return false;
        const { checks } = await ready.json();
        states.add(`${ready.status} ${checks.serving}`.replace(/\d+ of 6000/, "n of 6000"));
        const alive = await fetch(`http://localhost:${port}/livez`);
        assertEquals([alive.status, await alive.json()], [200, { status: "alive" }]);
        return ready.ok;
      });
      assertMatch([...states].join(), /503 upgrading chain 1 of 1: n of 6000 events/);
      assertEquals([...states].at(-1), "200 ok");
    } finally {
      await server.kill();
    }
  });
});

Deno.test("one list says whether there is anything to upgrade", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "ledger.db");
    await copyTakenOver("65711f9", path);
    const store = await openStore(path);
    const asked: string[] = [];
    const counted = changedStore(store, {
      get: (key) => (asked.push("get"), store.get(key)),
      getMany: (keys) => (asked.push("getMany"), store.getMany(keys)),
      list: (...args) => (asked.push("list"), store.list(...args)),
      commit: (mutation) => (asked.push("commit"), store.commit(mutation)),
    });
    assertEquals(await outdatedChains(new Log(counted, { projectionOf: chainProjection })), []);
    assertEquals(asked, ["list"]);
    store.close();
  });
});

Deno.test("a store of a later version is refused by the server and by every command, and not changed", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "ledger.db");
    await copyTakenOver("65711f9", path);
    const chain = "hierachain/supply";
    const store = await openStore(path);
    const { head } = readHead(await store.get(headKey(chain)));
    assert(head !== undefined);
    const later = { ...head, versions: { ...head.versions, rows: 99 } };
    await store.commit({ checks: [], sets: [headEntry(chain, later)], deletes: [] });
    const log = new Log(store, { projectionOf: chainProjection });
    const error = await assertRejects(() => outdatedChains(log), LedgerError);
    assertEquals([error.code, error.details], ["store_refused", { chain, stored: 99, known: 1 }]);
    await log.close();
    store.close();
    const isRefusal = (text: string) => {
      assertMatch(text, /hierachain\/supply was written by a later version of this program/);
      assertMatch(text, /rows have version 99, and this one knows 1/);
    };
    const commands = [
      "chains",
      "verify",
      "export",
      `read ${chain}`,
      `rebuild ${chain}`,
      "keys list",
    ];
    for (const command of commands) {
      const { code, stdout, stderr } = await run([...command.split(" "), `--store=${path}`]);
      assertEquals([command, code, stdout], [command, 1, ""]);
      isRefusal(stderr);
    }
    const server = ServerProcess.run([`--store=${path}`, "--port=0", "--hierachain-port=0"]);
    const { code, stdout, stderr } = await server.ended();
    assertEquals(code, 1, stdout);
    isRefusal(stderr);
    const again = await openStore(path);
    assertEquals(readHead(await again.get(headKey(chain))).head, later);
    again.close();
  });
});

Deno.test("where the store has no room the upgrade ends there, and goes on when there is some", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "ledger.db");
    await copyOldStore("65711f9", path);
    const store = await openStore(path);
    let room = 9;
    const full = changedStore(store, {
      commit: (mutation) => {
        if (room-- > 0) return store.commit(mutation);
        return Promise.reject(new LedgerError("store_full", "The store has no room left"));
      },
    });
    const log = new Log(full, { projectionOf: chainProjection });
    const outdated = await outdatedChains(log);
    const upgrade = new Upgrade(log, outdated);
    const error = await assertRejects(() => upgrade.run(), LedgerError);
    assertEquals(error.code, "store_full");
    assertMatch(error.message, /^Cannot upgrade [a-z]+\/\w+: The store has no room left$/);
    // One that failed, and the clearing of what it had written.
    assert(room >= -3, `${-room} commits without room`);
    room = Infinity;
    const rest = await outdatedChains(log);
    assert(rest.length > 0 && rest.length < outdated.length);
    await new Upgrade(log, rest).run();
    for await (const { name } of log.chains()) {
      assertEquals(await log.chain(name).compareRows(), undefined, name);
    }
    await log.close();
    store.close();
  });
});
