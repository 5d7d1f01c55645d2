/**
 * Stories of contracts that were made up at random go as they went in hathor-core 8b617d86: event for
 * event, root for root, refusal for refusal; rows are what the log makes of them again, and another
 * order of arrival ends in the same state.
 */
import { assert, assertEquals } from "@std/assert";
import { importVertexLines } from "../../../../src/ledgers/hathor/intake/import_lines.ts";
import { Contracts } from "../../../../src/ledgers/hathor/nano/contracts.ts";
import { EMPTY_ROOT } from "../../../../src/ledgers/hathor/nano/state_trie.ts";
import { readSuccess } from "../../../../src/ledgers/hathor/rows/nano_rows.ts";
import { NODE_STATE, type NodeStateRow } from "../../../../src/ledgers/hathor/rows/rows.ts";
import { nodeEventText } from "../../../../src/ledgers/hathor/rows/node_event.ts";
import { contractAnswers } from "../../../../src/ledgers/hathor/queries/contracts.ts";
import { chainProjection } from "../../../../src/server/projections.ts";
import { inMemory } from "../../../support/chains.ts";
import { SteppedClock } from "../../../support/fake_clock.ts";
import { Prng } from "../../../support/prng.ts";
import { pythonTest } from "../../../support/programs.ts";
import {
  type NanoStep,
  nanoStories,
  type NanoStory,
  STORY_NETWORK,
} from "../support/nano_stories.ts";
import { ROOMY } from "../support/engines.ts";
import { withContractNode } from "../support/nano_vectors.ts";
import { TestNode } from "../support/test_node.ts";

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
  "vertices of contracts that are imported in any order end as they did in the original",
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
    const clock = new SteppedClock(Date.UTC(2027, 0, 1));
    await inMemory(async (log) => {
      const context = { log, clock, network: STORY_NETWORK };
      const contracts = new Contracts({ ...context, python }, ROOMY);
      const refused: unknown[] = [];
      const counts = await importVertexLines({ ...context, contracts }, each(lines), {
        refused: (line) => {
          refused.push(line);
          return Promise.resolve();
        },
        progress: () => Promise.resolve(),
      });
      await contracts.close();
      assertEquals(refused, []);
      assertEquals(counts.taken, lines.length);
      const node = await TestNode.open(context);
      await assertEnd(node, third);
      assertEquals(await node.chain.compareRows(), undefined);
    }, { projectionOf: chainProjection, clock });
  },
);

async function* each(lines: readonly string[]): AsyncGenerator<string> {
  for (const line of lines) yield await Promise.resolve(line);
}
