/**
 * Stories of contracts that were made up at random go as they went in hathor-core 8b617d86: event for
 * event, root for root, refusal for refusal; rows are what the log makes of them again, and another
 * order of arrival ends in the same state.
 */
import { assert, assertEquals } from "@std/assert";
import { EMPTY_ROOT } from "../../../../src/ledgers/hathor/nano/state_trie.ts";
import { EventType, readVertexEvent } from "../../../../src/ledgers/hathor/rows/events.ts";
import { readSuccess } from "../../../../src/ledgers/hathor/rows/nano_rows.ts";
import { NODE_STATE, type NodeStateRow } from "../../../../src/ledgers/hathor/rows/rows.ts";
import { nodeEventText } from "../../../../src/ledgers/hathor/rows/node_event.ts";
import { contractAnswers } from "../../../../src/ledgers/hathor/queries/contracts.ts";
import { VertexVersion } from "../../../../src/ledgers/hathor/vertex/vertex.ts";
import { turn } from "../../../support/faulty_store.ts";
import { Prng } from "../../../support/prng.ts";
import { pythonTest } from "../../../support/programs.ts";
import {
  type NanoStep,
  nanoStories,
  type NanoStory,
  STORY_NETWORK,
} from "../support/nano_stories.ts";
import { importLines } from "../support/imported_lines.ts";
import { withContractNode } from "../support/nano_vectors.ts";
import { SlowIntake } from "../support/slow_intake.ts";
import type { TestNode } from "../support/test_node.ts";
import { vertexOf } from "../support/vectors.ts";

/** The original keeps some of it in sets; the last bit of its doubles is the platform's. */
function comparable(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { metadata, ...rest } = data;
  if (typeof metadata !== "object" || metadata === null) return data;
  const lists = Object.entries(metadata)
    .filter(([key]) => key !== "accumulated_weight" && key !== "score")
    .map(([key, value]) => [
      key,
      key === "voided_by" || key === "conflict_with" ? value.toSorted() : value,
    ]);
  return { ...rest, metadata: Object.fromEntries(lists) };
}

/** Has a node take a step, and tells what it led to, in the form of the vectors. */
async function takeStep(node: TestNode, { name, hex, best }: NanoStep & { best?: string }) {
  const answer = await node.acceptBytes(Uint8Array.fromHex(hex), { kind: "history" });
  if (!answer.isAccepted) return { name, refused: answer.message };
  const events = [];
  for (const event of await node.chain.read(answer.first, answer.next - answer.first)) {
    const { type, data, group_id } = JSON.parse(nodeEventText(await node.nodeEvent(event)));
    events.push({ type, data: comparable(data), group_id });
  }
  const { root = EMPTY_ROOT } = (await node.vertex(best ?? ""))?.metadata ?? {};
  return { name, root, events };
}

/** The vectors tell a vertex whole once, and then its hash alone. */
function* whole({ steps }: NanoStory) {
  const known = new Map<unknown, Readonly<Record<string, unknown>>>();
  for (const step of steps) {
    const { name } = step;
    if (step.refused !== undefined) {
      yield { name, refused: step.refused };
      continue;
    }
    const events = step.events.map(({ type, data, group_id }) => {
      const { metadata: _, ...vertex } = data;
      if ("inputs" in data) known.set(data["hash"], vertex);
      return { type, data: comparable({ ...known.get(data["hash"]), ...data }), group_id };
    });
    yield { name, root: step.root, events };
  }
}

/** What a node knows of a vertex in the end, as the original tells it. */
async function endOf(node: TestNode, hash: string) {
  const vertex = await node.vertex(hash);
  assert(vertex !== undefined, hash);
  const { number, metadata } = vertex;
  const run = await readSuccess({ number, metadata }, node.node.rows);
  return {
    voidedBy: metadata.voidedBy,
    firstBlock: metadata.firstBlock,
    nc: metadata.nc,
    calls: run?.calls.map((call) => ({ ...call, index_updates: JSON.parse(call.index_updates) })),
    events: run?.events.map(({ contract, data }) => [contract, data]) ?? [],
    root: metadata.root,
  };
}

/** What voids whom, what confirms what, and what calls did: all that counts of a story's end. */
async function assertEnd(node: TestNode, { end }: NanoStory): Promise<void> {
  // A transaction may have voided it, and then that is told with the next block.
  const state = await node.node.rows.get<NodeStateRow>(NODE_STATE);
  assertEquals((state?.tip ?? state?.best)?.hash, end.best);
  for (const [hash, [voided, first, nc, calls, events, root]] of Object.entries(end.vertices)) {
    const ours = await endOf(node, hash);
    assertEquals([ours.voidedBy, ours.firstBlock], [voided, first], hash);
    // What no block confirms may have been executed on another branch, or not yet.
    if (first !== null) assertEquals(ours.nc ?? null, nc, hash);
    assertEquals([ours.calls ?? null, ours.events], [calls, events ?? []], hash);
    if (root !== null && voided.length === 0) assertEquals(ours.root ?? EMPTY_ROOT, root, hash);
  }
}

/** Balances of contracts on the last block. */
async function assertBalances(node: TestNode, { end }: NanoStory): Promise<void> {
  const { root = EMPTY_ROOT } = (await node.vertex(end.best))?.metadata ?? {};
  const { contracts } = node.node;
  assert(contracts !== undefined);
  const answers = contractAnswers(node.node);
  for (const [contract, told] of Object.entries(end.balances)) {
    const ask = { root, contract, runtime: 2 as const, fields: [], calls: [] };
    const state = await contracts.questions.state({ ...ask, balances: ["__all__"] }, answers);
    const balances = Object.entries(told).map((
      [uid, [value, mint, melt]],
    ) => [uid, { value, can_mint: mint, can_melt: melt }]);
    assertEquals(state?.balances, Object.fromEntries(balances), contract);
  }
}

for (const [name, story] of Object.entries(nanoStories())) {
  pythonTest(`${name}: goes as in the original`, ["hathorlib"], async (python) => {
    await withContractNode(python, async (node) => {
      let at = 0;
      for (const told of whole(story)) {
        const step = story.steps[at++];
        assert(step !== undefined);
        assertEquals(await takeStep(node, step), told, `step ${at}, ${step.name}`);
      }
      await assertEnd(node, story);
      await assertBalances(node, story);
      assertEquals(await node.chain.compareRows(), undefined);
    }, STORY_NETWORK);
  });
}

pythonTest(
  "vertices of contracts that are imported in any order, by an engine that takes its time over blueprints, end as they did in the original",
  ["hathorlib"],
  async (python) => {
    const { third } = nanoStories();
    assert(third !== undefined);
    const lines = third.steps.flatMap(({ hex, refused }) => refused === undefined ? [hex] : []);
    const random = new Prng(5);
    for (let at = lines.length - 1; at > 0; at--) {
      const other = random.below(at + 1);
      [lines[at], lines[other]] = [lines[other] ?? "", lines[at] ?? ""];
    }
    await withContractNode(python, async (queries) => {
      const { node } = queries;
      const intake = new SlowIntake(node, {
        before: async ({ version }) => {
          if (version !== VertexVersion.onChainBlueprint) return;
          for (let turns = 100; turns > 0; turns--) await turn();
        },
      });
      const { counts, refused } = await importLines({ node, intake }, lines);
      assertEquals(refused, []);
      assertEquals(counts.taken, lines.length);
      // What counts may depend on who comes first: whatever takes time, nobody overtakes.
      const events = await node.chain.read(0, 10_000);
      const vertices = events.filter(({ type }) => type === EventType.newVertex)
        .map((event) => readVertexEvent(event).hash);
      const times = lines.map((hex) => vertexOf(hex))
        .toSorted((a, b) => vertices.indexOf(a.hash) - vertices.indexOf(b.hash))
        .map(({ timestamp }) => timestamp);
      assertEquals(times, times.toSorted((a, b) => a - b));
      await assertEnd(queries, third);
      assertEquals(await queries.chain.compareRows(), undefined);
    }, STORY_NETWORK);
  },
);
