import { assertEquals } from "@std/assert";
import { z } from "zod";
import type { HieraChainApi } from "../../support/hierachain_api.ts";
import { until } from "../../support/until.ts";

const listed = z.array(z.looseObject({
  name: z.string(),
  block_count: z.number(),
  latest_block_hash: z.string().nullable(),
}));

const counted = z.object({ events: z.number() });

/** What a server lists of its chains. */
export async function chainsOf(api: HieraChainApi) {
  return listed.parse((await api.get("/api/ledger/chains")).body);
}

/**
 * Waits until all that a node has is in blocks, so that it changes no more by itself, and what follows
 * it has its chains; holds its answers to the node's, to the byte.
 */
export async function assertChainsFollowed(
  node: HieraChainApi,
  gateway: HieraChainApi,
  entities: readonly string[],
): Promise<void> {
  for (const { name } of await chainsOf(node)) {
    await until(`all of ${name} is in blocks`, async () => !await hasPending(node, name));
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

/** Whether the last of a chain is an event that is in no block yet: those before it may be as well. */
async function hasPending(node: HieraChainApi, name: string): Promise<boolean> {
  const path = `/v1/chains/${encodeURIComponent(`hierachain/${name}`)}`;
  const { events } = counted.parse(await (await fetch(new URL(path, node.origin))).json());
  const { body } = await node.get(`/api/ledger/chains/${name}/events/${events - 1}`);
  return body.status === "pending";
}

async function assertSame(node: HieraChainApi, gateway: HieraChainApi, path: string) {
  const [there, here] = await Promise.all([node, gateway].map((api) => api.get(path)));
  assertEquals(`${path} ${here?.status} ${here?.text}`, `${path} ${there?.status} ${there?.text}`);
}
