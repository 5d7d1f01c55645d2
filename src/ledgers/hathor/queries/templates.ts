import { Pace } from "../../../kernel/turn.ts";
import type { HathorNode } from "../intake/node.ts";
import { signalBitsAt } from "../networks/feature_states.ts";
import { poolPages, readNewest } from "../rows/pool.ts";
import { readMetadata } from "../rows/read_metadata.ts";
import type { StoredVertex } from "../rows/stored_vertices.ts";
import { minSignificantWeight, workOf } from "../rules/work.ts";
import { nanoHeaderOf } from "../vertex/headers.ts";
import { inputsOf, isBlock, type Transaction } from "../vertex/vertex.ts";
import { bestBlock } from "./views.ts";

/** What a miner needs for the next block. */
export interface BlockTemplate {
  readonly height: number;
  readonly reward: bigint;
  readonly weight: number;
  /** The time now, and the least and the most that the block may say, in seconds. */
  readonly timestampNow: number;
  readonly timestampMin: number;
  readonly timestampMax: number;
  /** The parent block first; with `parentsAny` empty they are all three. */
  readonly parents: readonly string[];
  /** Transactions of which any may be taken for the parents that are missing. */
  readonly parentsAny: readonly string[];
  /** Work of the chain once it has the block, if that weighs what it says here. */
  readonly score: bigint;
  readonly signalBits: number;
}

/** There is no next block now: the chain is further ahead of the clock than blocks may be. */
export class NoTemplateError extends Error {
  override readonly name = "NoTemplateError";
}

/** What a node answers that does not know its network. */
export const NODE_SYNCING = "Node syncing";

/** The network is others', and nothing of it is known here. */
export class NodeSyncingError extends NoTemplateError {
  constructor() {
    super(NODE_SYNCING);
  }
}

/**
 * Transactions of the mempool that one block is offered to confirm, in the order of arrival. More
 * would make the commit that takes the block in one of several operations, for which others wait; the
 * next block is offered the rest.
 */
export const CONFIRMED_AT_ONCE = 600;

/** Bytes that confirming them may write, at the most. */
const CONFIRMED_BYTES = 600_000;

/** The most that is written of a transaction to confirm it, in its row and in an event. */
function confirmedBytes(tx: Transaction): number {
  const isCall = nanoHeaderOf(tx) !== undefined;
  return 2 * (450 + 80 * tx.outputs.length) + (isCall ? CALL_BYTES : 0);
}

/** What a call counts for beside that: what it writes, and what others wait for it. */
const CALL_BYTES = 4_000;

/** The newest of the mempool, among which parents of a new transaction are chosen. */
const NEWEST = 200;

/** Transactions that something new should have as parents. */
interface ParentTransactions {
  /** The only tip there is. */
  readonly must: Transaction | undefined;
  readonly any: readonly Transaction[];
}

/**
 * Chooses parents for a new vertex: the tips of the mempool, or the youngest transactions at hand.
 *
 * @param pool unconfirmed transactions, with all unconfirmed that these build on, or that build on
 *   these
 * @param before the timestamp that they have to be older than
 */
async function parentTransactions(
  node: HathorNode,
  best: StoredVertex,
  pool: readonly Transaction[],
  before: number,
): Promise<ParentTransactions> {
  const tips = tipsOf(pool).filter(({ timestamp }) => timestamp < before);
  const [tip] = tips;
  if (tips.length > 1) return { must: undefined, any: tips };
  const candidates = new Map<string, Transaction>();
  const add = (txs: readonly Transaction[]) => txs.forEach((tx) => candidates.set(tx.hash, tx));
  const ofBest = await parentsOf(node, best);
  add(ofBest);
  if (tip === undefined) {
    for (const parent of ofBest) add(await dependenciesOf(node, parent));
  } else {
    add(await dependenciesOf(node, tip));
    candidates.delete(tip.hash);
  }
  const byAge = [...candidates.values()].sort((a, b) => a.timestamp - b.timestamp);
  return { must: tip, any: byAge.slice(tip === undefined ? -2 : -1) };
}

/** Hashes of two transactions for a new one to have as parents. */
export async function twoParents(node: HathorNode): Promise<string[]> {
  const best = await bestBlock(node);
  const before = Math.max(node.clock.now() / 1_000, best.vertex.timestamp);
  const newest = await transactionsOf(node, await readNewest(node.rows, NEWEST));
  const waiting = waitsForEngine(node);
  const pool = newest.filter((tx) => !waiting(tx));
  const { must, any } = await parentTransactions(node, best, pool, before);
  const others = any.map(({ hash }) => hash);
  return must === undefined ? others.slice(-2) : [must.hash, ...others.slice(-1)];
}

/** What can be mined on top of the best block now. Throws {@linkcode NoTemplateError}. */
export async function blockTemplate(node: HathorNode): Promise<BlockTemplate> {
  const { network, blockRules, rows } = node;
  if (network.isShared) throw new NodeSyncingError();
  const now = Math.floor(node.clock.now() / 1_000);
  const best = await bestBlock(node);
  const { vertex } = best;
  const { maxDistanceBetweenBlocks, maxFutureTimestamp } = network;
  const distant = vertex.timestamp + maxDistanceBetweenBlocks;
  const pool = await confirmable(node);
  const { must, any } = await parentTransactions(node, best, pool, distant);
  const youngest = Math.max(...[...any, ...must === undefined ? [] : [must]].map(
    ({ timestamp }) => timestamp,
  ));
  const timestampMin = Math.max(vertex.timestamp, youngest) + 1;
  const isFirst = vertex.parents.length === 0;
  const latest = isFirst ? 0xffff_ffff : distant - 1;
  const timestampMax = Math.min(latest, now + maxFutureTimestamp);
  if (timestampMax < timestampMin) {
    throw new NoTemplateError(
      "Unable to create a block template because there is no timestamp available. " +
        `(min=${timestampMin}, max=${timestampMax}) (current_timestamp=${now})`,
    );
  }
  const timestamp = Math.min(Math.max(now, timestampMin), timestampMax);
  const next = await blockRules.after(best, rows);
  const metadata = await readMetadata(vertex.hash, rows);
  const score = BigInt(metadata?.score ?? 0);
  const weight = Math.max(next.minWeight(timestamp).value, minSignificantWeight(score));
  const parents = [vertex.hash, ...must === undefined ? [] : [must.hash]];
  const others = any.map(({ hash }) => hash).sort();
  const isComplete = parents.length + others.length === 3;
  return {
    height: next.height,
    reward: next.reward,
    weight,
    timestampNow: now,
    timestampMin,
    timestampMax,
    parents: isComplete ? [...parents, ...others] : parents,
    parentsAny: isComplete ? [] : others,
    score: score + workOf(weight),
    signalBits: signalBitsAt(network, best.signals?.states ?? {}),
  };
}

/** The oldest of the mempool, as many as one block may confirm; ancestors arrive first. */
async function confirmable(node: HathorNode): Promise<Transaction[]> {
  const found: Transaction[] = [];
  const turns = Pace.ofSteps();
  const waiting = waitsForEngine(node);
  let bytes = 0;
  for await (const page of poolPages(node.rows)) {
    await turns.give();
    for (const tx of await transactionsOf(node, page)) {
      if (waiting(tx)) continue;
      bytes += confirmedBytes(tx);
      const isFull = bytes > CONFIRMED_BYTES || found.length >= CONFIRMED_AT_ONCE;
      if (isFull && found.length > 0) return found;
      found.push(tx);
    }
  }
  return found;
}

/**
 * Whether a transaction of the pool, of which ancestors are asked about first, waits for an engine of
 * contracts, where there is none: a block that confirmed it would be refused.
 */
function waitsForEngine({ contracts }: HathorNode): (tx: Transaction) => boolean {
  if (contracts !== undefined) return () => false;
  const waiting = new Set<string>();
  return (tx) => {
    const isWaiting = nanoHeaderOf(tx) !== undefined ||
      tx.parents.some((hash) => waiting.has(hash)) ||
      tx.inputs.some(({ txId }) => waiting.has(txId));
    if (isWaiting) waiting.add(tx.hash);
    return isWaiting;
  };
}

/** The tips of some transactions: those that no other of them builds on. */
function tipsOf(txs: readonly Transaction[]): Transaction[] {
  const builtOn = new Set<string>();
  for (const tx of txs) {
    for (const hash of tx.parents) builtOn.add(hash);
    for (const { txId } of tx.inputs) builtOn.add(txId);
  }
  return txs.filter(({ hash }) => !builtOn.has(hash));
}

/** The transactions among a vertex's parents; those of the genesis are its siblings. */
export async function parentsOf(
  node: HathorNode,
  stored: StoredVertex,
): Promise<Transaction[]> {
  const { tx1Hash, tx2Hash } = node.network.genesis;
  const { hash, parents } = stored.vertex;
  const hashes = parents.length > 0 ? parents : [tx1Hash, tx2Hash].filter((tx) => tx !== hash);
  return await transactionsOf(node, hashes);
}

/** The parents of a transaction and the transactions it spends from. */
async function dependenciesOf(node: HathorNode, tx: Transaction): Promise<Transaction[]> {
  const stored = await node.vertices.read(tx.hash, node.rows);
  const spent = await transactionsOf(node, inputsOf(tx).map(({ txId }) => txId));
  return [...await parentsOf(node, stored), ...spent];
}

async function transactionsOf(
  { vertices, rows }: HathorNode,
  hashes: readonly string[],
): Promise<Transaction[]> {
  const found: Transaction[] = [];
  for (const hash of new Set(hashes)) {
    const { vertex } = await vertices.read(hash, rows);
    if (!isBlock(vertex)) found.push(vertex);
  }
  return found;
}
