import { assertEquals } from "@std/assert";
import { z } from "zod";
import type { HieraChainApi } from "../../support/hierachain_api.ts";
import { until } from "../../support/until.ts";

const listed = z.array(z.looseObject({
  name: z.string(),
  block_count: z.number(),
  latest_block_hash: z.string().nullable(),
}));

const traced = z.object({ places: z.array(z.looseObject({ block_index: z.number().nullable() })) });

/** What a server lists of its chains. */
export async function chainsOf(api: HieraChainApi) {
  return listed.parse((await api.get("/api/ledger/chains")).body);
}

/** Waits until what follows a node has its chains, and holds its answers to the node's, to the byte. */
export async function assertChainsFollowed(
  node: HieraChainApi,
  gateway: HieraChainApi,
  entities: readonly string[],
): Promise<void> {
  for (const entity of entities) {
    await until(`${entity} is in blocks`, async () => !await arePending(node, entity));
  }
  const chains = await until("the gateway has what the node has", async () => {
    const [there, here] = await Promise.all([node, gateway].map((api) => chainsOf(api)));
    return JSON.stringify(there) === JSON.stringify(here) && there;
  });
  for (const { name, block_count: blocks, latest_block_hash: hash } of chains) {
    const base = `/api/ledger/chains/${name}`;
    const paths = [
      `${base}/stats`,
      `${base}/blocks?limit=${blocks}`,
      `${base}/blocks?limit=2&offset=1`,
      `${base}/blocks/${blocks - 1}`,
      `${base}/blocks/${blocks}`,
      `${base}/blocks/${hash}`,
      `${base}/blocks/${blocks - 1}/events/0/proof`,
    ];
    for (const path of paths) await assertSame(node, gateway, path);
  }
  for (const entity of entities) {
    await assertSame(node, gateway, `/api/ledger/entities/${entity}/trace`);
  }
}

/** Whether a node has events of an entity that are in no block yet, of which it does not tell. */
async function arePending(node: HieraChainApi, entity: string): Promise<boolean> {
  const { body } = await node.get(`/api/ledger/entities/${entity}/trace?places=true`);
  return traced.parse(body).places.some(({ block_index }) => block_index === null);
}

async function assertSame(node: HieraChainApi, gateway: HieraChainApi, path: string) {
  const [there, here] = await Promise.all([node, gateway].map((api) => api.get(path)));
  assertEquals(`${path} ${here?.status} ${here?.text}`, `${path} ${there?.status} ${there?.text}`);
}
