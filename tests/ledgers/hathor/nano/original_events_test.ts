/**
 * Blocks that call contracts lead to what they led to in hathor-core: the scenarios NC_EVENTS and
 * NC_EVENTS_REORG of its simulator, with blueprints on the chain, and two more of failures and tokens.
 */
import { assertEquals } from "@std/assert";
import { listTokens } from "../../../../src/ledgers/hathor/queries/lists.ts";
import { EMPTY_ROOT } from "../../../../src/ledgers/hathor/nano/state_trie.ts";
import { nodeEventText } from "../../../../src/ledgers/hathor/rows/node_event.ts";
import { HTR_UID } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { type NanoScenario, nanoScenarios, withContractNode } from "../support/nano_vectors.ts";
import { take, type TestNode } from "../support/test_node.ts";
import { vertexOf } from "../support/vectors.ts";
import { pythonTest } from "../../../support/programs.ts";

interface Told {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly group_id: number | null;
}

/** Takes the steps of a scenario in; what each has told, and the root after it. */
async function replay(node: TestNode, { steps }: NanoScenario) {
  const told: { name: string; root: string; events: Told[] }[] = [];
  for (const { name, hex } of steps) {
    const { first, next } = await take(node, vertexOf(hex), { kind: "history" });
    const events: Told[] = [];
    for (const event of await node.chain.read(first, next - first)) {
      const { type, data, group_id } = JSON.parse(nodeEventText(await node.nodeEvent(event)));
      events.push({ type, data: inOrder(data), group_id });
    }
    const { metadata } = await node.bestBlock();
    told.push({ name, root: metadata.root ?? EMPTY_ROOT, events });
  }
  return told;
}

/** The original keeps these in sets. */
function inOrder(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { metadata, ...rest } = data;
  if (typeof metadata !== "object" || metadata === null) return data;
  const lists = Object.entries(metadata).map((
    [key, value],
  ) => [key, ["voided_by", "conflict_with"].includes(key) ? value.toSorted() : value]);
  return { ...rest, metadata: Object.fromEntries(lists) };
}

/** The vectors tell a vertex whole once, and then its hash alone. */
function whole({ steps }: NanoScenario) {
  const known = new Map<unknown, Readonly<Record<string, unknown>>>();
  return steps.map(({ name, root, events }) => ({
    name,
    root,
    events: events.map(({ type, data, group_id }) => {
      const { metadata: _, ...vertex } = data;
      if ("inputs" in data) known.set(data["hash"], vertex);
      return { type, data: inOrder({ ...known.get(data["hash"]), ...data }), group_id };
    }),
  }));
}

/** The tokens by their uids, without HTR: rewards of voided blocks count on in the original. */
async function tokensOf(node: TestNode) {
  const tokens = (await listTokens(node.chain, 100)).filter(({ uid }) => uid !== HTR_UID);
  return tokens.map(({ uid, name, symbol, total }) => [uid, name, symbol, Number(total)]);
}

for (const [name, scenario] of Object.entries(nanoScenarios())) {
  pythonTest(`${name}: events, roots and tokens are the original's`, [
    "hathorlib",
  ], async (python) => {
    await withContractNode(python, async (node) => {
      assertEquals(await replay(node, scenario), whole(scenario));
      const tokens = Object.entries(scenario.tokens).filter(([uid]) => uid !== HTR_UID);
      assertEquals(
        await tokensOf(node),
        tokens.map(([uid, { name, symbol, total }]) => [uid, name, symbol, total]),
      );
    });
  });
}
