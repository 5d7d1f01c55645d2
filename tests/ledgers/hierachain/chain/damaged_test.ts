import { chainProjection } from "../../../../src/server/projections.ts";
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../../../src/kernel/clock.ts";
import { openStore } from "../../../../src/kv/open.ts";
import { genesisBlock } from "../../../../src/ledgers/hierachain/block/block_data.ts";
import { HieraChainService } from "../../../../src/ledgers/hierachain/chain/service.ts";
import { chainLogName, MAIN_CHAIN } from "../../../../src/ledgers/hierachain/chain/names.ts";
import { BLOCK_TYPE } from "../../../../src/ledgers/hierachain/event/event_types.ts";
import { CHAIN_STATE } from "../../../../src/ledgers/hierachain/chain/rows.ts";
import { rowKey } from "../../../../src/log/keys.ts";
import { Log } from "../../../../src/log/log.ts";
import { ClientSocket } from "../../../support/client_socket.ts";
import { withServer } from "../../../support/in_process.ts";
import { withFolder } from "../../../support/server.ts";
import { until } from "../../../support/until.ts";

const CHAINS = "/api/ledger/chains";

/** A store with three chains whose blocks are open; the state of `chain` cannot be read. */
async function damage(path: string, chain: string): Promise<void> {
  const store = await openStore(path);
  const log = new Log(store, { projectionOf: chainProjection });
  const service = await HieraChainService.open(log, systemClock, false);
  await service.start();
  for (const name of ["aaa", "bbb", "ccc"]) await service.createSubChain(name, "generic");
  await service.stop();
  const generation = (await service.chain(chain).head())?.generation ?? 0;
  const key = rowKey(chainLogName(chain), generation, CHAIN_STATE);
  assert((await store.get(key)).value !== null);
  const sets = [{ key, value: new TextEncoder().encode("{no JSON") }];
  await store.commit({ checks: [], sets, deletes: [] });
  await log.close();
  store.close();
}

Deno.test("one chain that is damaged says so, and stops neither the start nor the blocks of the others", async () => {
  await withFolder(async (folder) => {
    await damage(`${folder}/ledger.db`, "bbb");
    await withServer(async ({ api }) => {
      for (const name of ["aaa", "ccc"]) {
        await api.blocks(name, 2);
        await api.append(name, { entity_id: "e", event_type: "t" });
        await api.blocks(name, 3);
      }
      assertEquals((await api.get(`${CHAINS}/bbb/stats`)).status, 500);
      const { status, body } = await api.get(CHAINS);
      assertEquals(status, 200);
      assertEquals(
        body.map(({ name, damaged }: { name: string; damaged?: true }) => [name, damaged]),
        [[MAIN_CHAIN, undefined], ["aaa", undefined], ["bbb", true], ["ccc", undefined]],
      );
      assertEquals((await api.get("/api/admin/status")).status, 200);
    }, { flags: [`--store=${folder}/ledger.db`] });
  });
});

Deno.test("a root chain that is damaged stops no sub-chain", async () => {
  await withFolder(async (folder) => {
    await damage(`${folder}/ledger.db`, MAIN_CHAIN);
    await withServer(async ({ api }) => {
      for (const name of ["aaa", "bbb", "ccc"]) {
        await api.append(name, { entity_id: "e", event_type: "t" });
        await until(`${name} closes its block`, async () => {
          const { body } = await api.get(`${CHAINS}/${name}/stats`);
          return body.total_blocks >= 2;
        });
      }
      assertEquals((await api.get(`${CHAINS}/${MAIN_CHAIN}/stats`)).status, 500);
    }, { flags: [`--store=${folder}/ledger.db`] });
  });
});

Deno.test("a block that cannot be read ends the sockets of its chain with that reason, and no others", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/ledger.db`;
    const store = await openStore(path);
    const log = new Log(store, { projectionOf: chainProjection });
    const service = await HieraChainService.open(log, systemClock, false);
    await service.start();
    for (const name of ["bad", "good"]) await service.createSubChain(name, "generic");
    const block = { ...genesisBlock("bad", 1), index: 1 };
    await service.chain("bad").append([{ type: BLOCK_TYPE, data: "{no JSON", memo: block }]);
    await service.stop();
    await log.close();
    store.close();
    await withServer(async ({ api, native }) => {
      const listen = async (chain: string) => {
        const socket = await ClientSocket.open(native);
        socket.send({ action: "subscribe", chain_name: chain, from: "earliest" });
        return socket;
      };
      const bad = await listen("bad");
      const { code, reason } = await bad.closed;
      assertEquals([code, reason.startsWith("A stored event cannot be read")], [4006, true]);
      const good = await listen("good");
      await api.append("good", { entity_id: "e", event_type: "last" });
      await until(
        "the other chain is heard",
        () => good.told.some(({ data }) => data?.event_type === "last"),
      );
      await good.close();
    }, { flags: [`--store=${path}`] });
  });
});
