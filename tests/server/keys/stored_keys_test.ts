import { chainProjection } from "../../../src/server/projections.ts";
import { assert, assertEquals } from "@std/assert";
import { openStore } from "../../../src/kv/open.ts";
import type { Scope } from "../../../src/web/access.ts";
import { Log } from "../../../src/log/log.ts";
import { KeyStore } from "../../../src/server/keys/key_store.ts";
import { KEYS_CHAIN } from "../../../src/server/keys/stored_key.ts";
import { StoredKeys } from "../../../src/server/keys/stored_keys.ts";

/** Runs `body` with the keys of a store in memory, as they are managed and as a server knows them. */
async function withKeys(body: (keys: KeyStore, stored: StoredKeys, log: Log) => Promise<void>) {
  const store = await openStore(":memory:");
  const log = new Log(store, { projectionOf: chainProjection });
  const stored = new StoredKeys(log, () => {});
  await stored.start();
  await body(new KeyStore(log), stored, log);
  await stored.stop();
  await log.close();
  store.close();
}

Deno.test("a grant covers its scopes on its chains, admin covers all scopes, and the server's own chains need it", async () => {
  const cases: [Scope[], string[], Scope, string, boolean][] = [
    [["read"], ["*"], "read", "hierachain/a", true],
    [["read"], ["*"], "append", "hierachain/a", false],
    [["append"], ["*"], "read", "hierachain/a", false],
    [["read", "append"], ["*"], "append", "hierachain/a", true],
    [["admin"], ["*"], "append", "hierachain/a", true],
    [["admin"], ["hierachain/*"], "read", "streams/a", false],
    [["read"], ["hierachain/a"], "read", "hierachain/ab", false],
    [["read"], ["hierachain/a*"], "read", "hierachain/ab", true],
    [["read"], ["streams/x", "hierachain/*"], "read", "hierachain/b", true],
    [["read"], ["hierachain/*"], "read", "hierachain", false],
    [["read", "append"], ["*"], "read", KEYS_CHAIN, false],
    [["read"], [KEYS_CHAIN], "read", KEYS_CHAIN, false],
    [["admin"], ["*"], "read", KEYS_CHAIN, true],
  ];
  await withKeys(async (keys, stored) => {
    for (const [scopes, chains, scope, chain, isAllowed] of cases) {
      const { secret, next } = await keys.create({ name: "k", scopes, chains });
      await stored.reached(next);
      const allows = stored.grantOf(secret)?.allows(scope, chain);
      assertEquals([scopes, chains, scope, chain, allows], [
        scopes,
        chains,
        scope,
        chain,
        isAllowed,
      ]);
    }
  });
});

Deno.test("of a key only its hash is kept, and rows are what the log says", async () => {
  await withKeys(async (keys, stored, log) => {
    assertEquals(stored.isAny, false);
    const { key, secret, next } = await keys.create({ name: "k", scopes: ["read"], chains: ["*"] });
    await keys.create({ name: "l", scopes: ["read"], chains: ["*"] });
    await stored.reached(next);
    assert(stored.isAny);
    assertEquals(stored.grantOf(secret)?.id, key.id);
    for (const wrong of ["", "lk_", key.hash, secret.slice(0, -1), secret.toUpperCase()]) {
      assertEquals(stored.grantOf(wrong), undefined);
    }
    const revoked = await keys.revoke(key.id);
    await stored.reached(revoked?.next ?? 0);
    assertEquals([stored.grantOf(secret), stored.isAny], [undefined, true]);
    const listed = await keys.list();
    assertEquals(listed.map(({ name, revokedAt }) => [name, revokedAt !== null]).sort(), [
      ["k", true],
      ["l", false],
    ]);
    const chain = log.chain(KEYS_CHAIN);
    assertEquals(await chain.compareRows(), undefined);
    for (const { data } of await chain.read(0, 10)) {
      assert(!String(data).includes(secret.slice(16)));
    }
  });
});
