import { hrefOf, pathOf } from "../../base/place.ts";
import type { Finder, Found } from "../../base/screen.ts";
import type { TreeChain } from "./model.ts";
import { askHiera, treePath } from "./ledger.ts";

const HASH = /^[0-9a-f]{64}$/;

/** Characters that an entity's id may have and still be looked for. */
const ENTITY_CHARS = 256;

/** Chains in which a block is looked for by its hash. */
const SEARCHED = 24;

/** Finds chains by name, what happened to entities, and blocks by hash. */
export const findInHieraChain: Finder = async (text, signal) => {
  const chains = await askHiera<readonly TreeChain[]>("chains", signal);
  if (HASH.test(text)) return await byHash(chains, text, signal);
  const found: Found[] = chains.filter(({ name }) => name === text).map(({ name }) => ({
    kind: "HieraChain chain",
    label: name,
    href: hrefOf(pathOf("hierachain", "chain", name)),
  }));
  return text.length > ENTITY_CHARS ? found : [...found, ...await byEntity(text, signal)];
};

async function byEntity(entity: string, signal: AbortSignal): Promise<Found[]> {
  const { events } = await askHiera<{ readonly events: readonly unknown[] }>(
    `entities/${encodeURIComponent(entity)}/trace`,
    signal,
  );
  const href = hrefOf("/hierachain/trace", { entity });
  return events.length === 0 ? [] : [{ kind: "HieraChain entity", label: entity, href }];
}

/** The chain whose last block it is, without a request; else each is asked in turn. */
async function byHash(
  chains: readonly TreeChain[],
  hash: string,
  signal: AbortSignal,
): Promise<Found[]> {
  const last = chains.find(({ latest_block_hash }) => latest_block_hash === hash);
  const asked = (last === undefined ? chains.slice(0, SEARCHED) : [last]).map(async ({ name }) => {
    const { index } = await askHiera<{ readonly index: number }>(
      `${treePath(name)}/blocks/${hash}`,
      signal,
    );
    const href = hrefOf(pathOf("hierachain", "chain", name, "block", `${index}`));
    return { kind: "HieraChain block", label: `${name} ${index}`, href };
  });
  const found = await Promise.allSettled(asked);
  return found.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
}
