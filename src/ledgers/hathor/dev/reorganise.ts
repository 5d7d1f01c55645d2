import type { Clock } from "../../../kernel/clock.ts";
import type { ReplacedBlocks } from "../../../web/ledger.ts";
import type { Intake } from "../intake/intake.ts";
import { NonceSearch } from "../mining/nonce_search.ts";
import { solveBlock } from "../mining/proof_of_work.ts";
import { signalBitsAt } from "../networks/feature_states.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { parentsOf } from "../queries/templates.ts";
import type { VertexView } from "../queries/views.ts";
import { minSignificantWeight } from "../rules/work.ts";
import { scriptOfNobody } from "../script/patterns.ts";
import { type BlockFields, type Transaction, VertexVersion } from "../vertex/vertex.ts";

/** Blocks of one reorganisation that are replaced, and that may be needed to replace them. */
const MOST_DEPTH = 100;
const MOST_MORE = 100;

/** Bytes by which no two blocks are the same. */
const DATA_BYTES = 8;

/**
 * Replaces the last blocks of the best chain by others, which confirm nothing that those have
 * confirmed: what waited for a block waits again. Others may mine beside it. Throws RangeError where
 * there are not as many blocks.
 */
export async function reorganise(
  queries: NodeQueries,
  intake: Intake,
  clock: Clock,
  depth: number,
): Promise<ReplacedBlocks> {
  const { best } = await queries.state();
  if (depth > MOST_DEPTH) {
    throw new RangeError(`A reorganisation has a depth of 1 to ${MOST_DEPTH}`);
  }
  if (depth > best.height) throw new RangeError(`There are ${best.height} blocks to replace`);
  const replaced: string[] = [];
  for (let height = best.height - depth + 1; height <= best.height; height++) {
    replaced.push(existing(await queries.blockAt(height)).vertex.hash);
  }
  const common = existing(await queries.blockAt(best.height - depth));
  const confirmed = await parentsOf(queries.node, common);
  const blocks: string[] = [];
  const search = new NonceSearch();
  const { signal } = new AbortController();
  try {
    for (let parent = common; blocks.length < depth + MOST_MORE;) {
      const fields = await blockOn(queries, parent, confirmed);
      const block = await solveBlock(fields, { clock, search, signal });
      if (block === undefined) break;
      const answer = await intake.accept(block);
      if (!answer.isAccepted) throw new RangeError(answer.message);
      blocks.push(block.hash);
      if (answer.best.hash === block.hash) return { replaced, blocks };
      parent = existing(await queries.vertex(block.hash));
    }
  } finally {
    search.stop();
  }
  throw new RangeError("The blocks to be replaced have more work than others could have here");
}

/** A block upon another that need not be the best, without its proof of work. */
async function blockOn(
  queries: NodeQueries,
  parent: VertexView,
  transactions: readonly Transaction[],
): Promise<BlockFields> {
  const { node, network } = queries;
  const next = await node.blockRules.after(parent, node.rows);
  const times = transactions.map(({ timestamp }) => timestamp);
  const timestamp = Math.max(parent.vertex.timestamp, ...times) + 1;
  const least = minSignificantWeight(BigInt(parent.metadata.score));
  return {
    version: VertexVersion.block,
    signalBits: signalBitsAt(network, parent.signals?.states ?? {}),
    outputs: [{ value: next.reward, tokenData: 0, script: scriptOfNobody(network) }],
    weight: Math.max(next.minWeight(timestamp).value, least),
    timestamp,
    parents: [parent.vertex.hash, ...transactions.map(({ hash }) => hash)],
    // Or it could be one that is there, and was replaced before.
    data: crypto.getRandomValues(new Uint8Array(DATA_BYTES)),
    nonce: 0n,
  };
}

function existing(view: VertexView | undefined): VertexView {
  if (view === undefined) throw new RangeError("The best chain moves: try again");
  return view;
}
