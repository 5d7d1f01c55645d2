import { assertEquals } from "@std/assert";
import { z } from "zod";
import type { AcceptedVertex } from "../../../../src/ledgers/hathor/intake/answer.ts";
import { genesisOf } from "../../../../src/ledgers/hathor/networks/genesis.ts";
import type { Network } from "../../../../src/ledgers/hathor/networks/network.ts";
import { isVoided } from "../../../../src/ledgers/hathor/rows/metadata.ts";
import type { Vertex } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { mineBlock, mineTransaction, testNetwork } from "../support/builder.ts";
import { take, type TestNode, withNode } from "../support/test_node.ts";
import { readVectors } from "../support/vectors.ts";

const metadataVector = z.object({
  spent_outputs: z.array(z.object({ index: z.number(), tx_ids: z.array(z.string()) })),
  conflict_with: z.array(z.string()),
  voided_by: z.array(z.string()),
  twins: z.array(z.string()),
  accumulated_weight_raw: z.string(),
  score_raw: z.string(),
  first_block: z.string().nullable(),
  height: z.number(),
});

const recording = z.object({
  vertices: z.array(z.object({
    hash: z.string(),
    version: z.number(),
    timestamp: z.number(),
    weight: z.number(),
    parents: z.array(z.string()),
    inputs: z.array(z.tuple([z.string(), z.number()])),
    values: z.array(z.number()),
  })),
  events: z.array(z.object({
    type: z.string(),
    group: z.number().nullable(),
    hash: z.string().optional(),
    data: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    metadata: metadataVector.optional(),
  })),
});
type Recording = z.infer<typeof recording>;

/** What two nodes told of chains and payments that came to compete, as the original ran it. */
const recorded = readVectors("hathor_reorgs.json", z.record(z.string(), recording));

/** An event as it is compared: what it is about by the recording's hash. */
interface Told {
  readonly type: string;
  readonly group: number | null;
  readonly about: string;
}

Deno.test("a longer chain takes over as in the recording: same events, same order, same metadata", async () => {
  const { told, expected, final } = await replay("reorganisation", 1);
  assertEquals(told, expected);
  assertFinal(final);
});

Deno.test("a transaction whose reward is locked again is removed as in the recording", async () => {
  const { told, expected } = await replay("removal", 3);
  assertEquals(told, expected);
});

Deno.test("a double spend is won by the branch with more work, and told with the block after, as in the recording", async () => {
  const { told, expected, final } = await replay("double_spend", 1);
  assertEquals(told, expected);
  assertFinal(final);
});

Deno.test("a best block that a transaction voids is told of with the block that takes its place", async () => {
  const network = testNetwork();
  const { block: genesis, tx1, tx2 } = genesisOf(network);
  await withNode(network, async (node) => {
    const at = (timestamp: number, ...parents: Vertex[]) => ({
      parents,
      timestamp: 1_795_308_000 + timestamp,
    });
    const told = async ({ first, next }: AcceptedVertex) =>
      (await node.chain.read(first, next - first)).map(({ type }) => type)
        .filter((type) => type.startsWith("REORG"));
    const one = mineBlock(at(1, genesis, tx1, tx2), { to: 0 });
    const coin = { from: genesis, index: 0, owner: 0 };
    const value = genesis.outputs[0]?.value ?? 0n;
    const spend = mineTransaction(at(2, tx1, tx2), [coin], [{ value, to: 0 }]);
    const two = mineBlock(at(3, one, spend, tx1));
    for (const vertex of [one, spend, two]) await take(node, vertex);
    // It spends the reward of the first block, too, which is locked again without the second: but
    // nothing is measured by another best block until one is there.
    const double = mineTransaction(
      { ...at(4, tx1, tx2), weight: 10 },
      [coin, { from: one, index: 0, owner: 0 }],
      [{ value: value + 6_400n, to: 0 }],
    );
    assertEquals(await told(await take(node, double)), []);
    const place = ({ hash }: Vertex, height: number) => ({ hash, height });
    const state = await node.state();
    assertEquals([state.best, state.tip], [place(one, 1), place(two, 2)]);
    assertEquals(await node.chain.compareRows(), undefined);
    const light = mineTransaction(at(5, tx1, tx2), [{ from: one, index: 0, owner: 0 }], [
      { value: 6_400n, to: 0 },
    ]);
    assertEquals((await take(node, light)).isVoided, true);
    const instead = mineBlock({ ...at(6, one, tx1, tx2), weight: 8 });
    assertEquals(await told(await take(node, instead)), ["REORG_STARTED", "REORG_FINISHED"]);
    const after = await node.state();
    assertEquals([after.best, after.tip], [place(instead, 2), undefined]);
    assertEquals(await node.chain.compareRows(), undefined);
  });
});

interface Replayed {
  readonly told: Told[];
  readonly expected: Told[];
  /** Metadata of each vertex at the end, ours and the recorded, with the recording's hashes. */
  readonly final: { readonly ours: unknown; readonly theirs: unknown }[];
}

/** Makes vertices in the shape of the recorded ones and takes them in, in the same order. */
async function replay(name: string, rewardBlocks: number): Promise<Replayed> {
  const { vertices, events } = recorded[name] ?? { vertices: [], events: [] };
  const network = testNetwork(rewardBlocks);
  const mapped = mapVertices(vertices, network);
  const nameOf = new Map([...mapped].map(([theirs, { hash }]) => [hash, theirs]));
  let result: Replayed | undefined;
  await withNode(network, async (node) => {
    for (const { hash } of vertices.slice(3)) {
      const vertex = mapped.get(hash);
      if (vertex !== undefined) await take(node, vertex);
    }
    const timestamps = new Map(vertices.map(({ hash, timestamp }) => [hash, timestamp]));
    result = {
      told: tiesByHash(await toldBy(node, nameOf), timestamps),
      expected: tiesByHash(events.map(expectedOf), timestamps),
      final: await finalMetadata(node, mapped, nameOf, events),
    };
  });
  if (result === undefined) throw new Error("nothing was replayed");
  return result;
}

function mapVertices(vertices: Recording["vertices"], network: Network): Map<string, Vertex> {
  const { block, tx1, tx2 } = genesisOf(network);
  const mapped = new Map<string, Vertex>();
  [block, tx1, tx2].forEach((vertex, at) => mapped.set(vertices[at]?.hash ?? "", vertex));
  const present = (hash: string): Vertex => {
    const vertex = mapped.get(hash);
    if (vertex === undefined) throw new RangeError(`${hash} is not made yet`);
    return vertex;
  };
  for (const vertex of vertices.slice(3)) {
    const { hash, timestamp, weight, parents, inputs, values } = vertex;
    // Hashes decide between equal scores, so they begin as the recorded ones do.
    const place = { parents: parents.map(present), timestamp, weight, prefix: hash.slice(0, 2) };
    const payments = values.map((value) => ({ value, to: 0 }));
    const coins = inputs.map(([from, index]) => ({ from: present(from), index, owner: 0 }));
    const made = vertex.version === 0
      ? mineBlock(place, { to: 0 })
      : mineTransaction(place, coins, payments);
    mapped.set(hash, made);
  }
  return mapped;
}

async function toldBy(
  node: TestNode,
  nameOf: ReadonlyMap<string, string>,
): Promise<Told[]> {
  const told: Told[] = [];
  for (const event of await node.chain.read(0, Infinity)) {
    const { type, data, groupId } = await node.nodeEvent(event);
    const parsed = JSON.parse(data);
    const about = type === "REORG_STARTED"
      ? reorganisation({
        ...parsed,
        previous_best_block: nameOf.get(parsed.previous_best_block),
        new_best_block: nameOf.get(parsed.new_best_block),
        common_block: nameOf.get(parsed.common_block),
      })
      : nameOf.get(parsed.hash) ?? "";
    told.push({ type, group: JSON.parse(groupId), about });
  }
  return told;
}

function expectedOf({ type, group, hash, data }: Recording["events"][number]): Told {
  return { type, group, about: hash ?? (type === "REORG_STARTED" ? reorganisation(data) : "") };
}

function reorganisation(data: Record<string, unknown> = {}): string {
  const { reorg_size, previous_best_block, new_best_block, common_block } = data;
  return `${reorg_size} ${previous_best_block} ${new_best_block} ${common_block}`;
}

/** Among equal timestamps the original has no order: runs of them are put in order of hash. */
function tiesByHash(told: readonly Told[], timestamps: ReadonlyMap<string, number>): Told[] {
  const sorted: Told[] = [];
  for (let at = 0; at < told.length;) {
    const here = told[at];
    if (here === undefined) break;
    let end = at + 1;
    const isTied = (other: Told | undefined) =>
      here.type === "VERTEX_METADATA_CHANGED" && other?.type === here.type &&
      timestamps.get(other.about) === timestamps.get(here.about);
    while (isTied(told[end])) end++;
    sorted.push(...told.slice(at, end).sort((a, b) => a.about < b.about ? -1 : 1));
    at = end;
  }
  return sorted;
}

async function finalMetadata(
  node: TestNode,
  mapped: ReadonlyMap<string, Vertex>,
  nameOf: ReadonlyMap<string, string>,
  events: Recording["events"],
): Promise<Replayed["final"]> {
  const final: Replayed["final"] = [];
  for (const [name, { hash }] of mapped) {
    const view = await node.vertex(hash);
    const theirs = events.findLast((event) => event.hash === name && event.metadata !== undefined)
      ?.metadata;
    if (view === undefined || theirs === undefined) continue;
    const { metadata } = view;
    const names = (hashes: readonly string[]) => hashes.map((each) => nameOf.get(each)).sort();
    final.push({
      ours: {
        name,
        spent: metadata.spent.map(([index, by]) => [index, names(by)]),
        conflicts: names(metadata.conflicts),
        voidedBy: names(metadata.voidedBy),
        isVoided: isVoided(metadata),
        twins: names(metadata.twins),
        work: metadata.accumulatedWork,
        score: metadata.score,
        firstBlock: nameOf.get(metadata.firstBlock ?? "") ?? null,
        height: metadata.height,
      },
      theirs: {
        name,
        spent: theirs.spent_outputs.filter(({ tx_ids }) => tx_ids.length > 0)
          .map(({ index, tx_ids }) => [index, tx_ids.toSorted()]),
        conflicts: theirs.conflict_with.toSorted(),
        voidedBy: theirs.voided_by.toSorted(),
        isVoided: theirs.voided_by.length > 0,
        twins: theirs.twins.toSorted(),
        work: theirs.accumulated_weight_raw,
        score: theirs.score_raw,
        firstBlock: theirs.first_block,
        height: theirs.height,
      },
    });
  }
  return final;
}

function assertFinal(final: Replayed["final"]): void {
  assertEquals(final.map(({ ours }) => ours), final.map(({ theirs }) => theirs));
}
