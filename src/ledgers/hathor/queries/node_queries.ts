import { getLogger } from "@logtape/logtape";
import { LedgerError } from "../../../kernel/errors.ts";
import type { Chain } from "../../../log/chain.ts";
import type { PlacedEvent } from "../../../log/event.ts";
import { accumulateWork } from "../consensus/accumulated_work.ts";
import { Graph } from "../consensus/graph.ts";
import type { NodeIdentity } from "../intake/identity.ts";
import type { HathorNode } from "../intake/node.ts";
import { historyJson } from "../json/history_json.ts";
import type { JsonObject } from "../json/output_json.ts";
import type { Network } from "../networks/network.ts";
import type { AskedWorks } from "../rows/asked_works.ts";
import { readChildren, readToldChildren } from "../rows/children.ts";
import type { NodeEvent } from "../rows/node_event.ts";
import { blockAt, blocksDownFrom } from "../rows/heights.ts";
import { readOldest } from "../rows/pool.ts";
import { type NodeStateRow, POOL, type PoolRow } from "../rows/rows.ts";
import type { Vertex } from "../vertex/vertex.ts";
import type { CallArguments } from "../nano/contract_questions.ts";
import { type CalledContracts, readCallArguments } from "./contracts.ts";
import { historyLength, historyOf, type TimedHash } from "./lists.ts";
import { type NodeEvents, nodeEventsOf } from "./node_events.ts";
import {
  bestBlock,
  historyFacts,
  type KeptVertex,
  nodeState,
  spentVertices,
  type VertexView,
  viewVertex,
} from "./views.ts";

const logger = getLogger(["ledgerline", "hathor"]);

/** What only the owner of the log does. */
interface OwnersPart {
  readonly keepWork: AskedWorks["keep"];
  readonly readArguments: ReadArguments;
}

type ReadArguments = (calls: readonly CallArguments[]) => Promise<readonly (string | null)[]>;

/**
 * What is asked of a node's graph, pool and events. What else there is to ask takes the node, or
 * its chain: lists by time, address and token (`lists.ts`), outputs to spend and block templates.
 */
export class NodeQueries {
  readonly network: Network;
  readonly chain: Chain;
  readonly #events: NodeEvents;
  readonly #keepWork: AskedWorks["keep"];
  readonly #readArguments: ReadArguments;

  /**
   * @param owners what the owner of the log does: keeps an accumulated work that was asked for, and
   *   reads arguments of calls
   */
  constructor(
    readonly node: HathorNode,
    { keepWork, readArguments }: Partial<OwnersPart> = {},
  ) {
    this.#keepWork = keepWork ?? ((asked) => node.works.keep(asked));
    this.#readArguments = readArguments ?? ((calls) => readCallArguments(node, calls));
    this.network = node.network;
    this.chain = node.chain;
    this.#events = nodeEventsOf(node);
  }

  /** Whether it knows its network: one that others keep, it does not know. */
  get isSynced(): boolean {
    return !this.network.isShared;
  }

  /** How it tells itself from other nodes; see {@linkcode HathorNode}. */
  identity(): Promise<NodeIdentity> {
    return this.node.identity();
  }

  /** Seconds since the epoch. */
  seconds(): number {
    return this.node.clock.now() / 1_000;
  }

  /** The best block, and how many vertices there are. */
  state(): Promise<NodeStateRow> {
    return nodeState(this.node);
  }

  /** A vertex with its metadata; undefined where there is none. A number at hand saves a read. */
  vertex(hash: string, number?: number): Promise<KeptVertex | undefined> {
    return viewVertex(this.node, hash, number);
  }

  /** The best chain's block of a height. */
  async blockAt(height: number): Promise<VertexView | undefined> {
    const hash = await blockAt(this.chain, height);
    return hash === undefined ? undefined : await this.vertex(hash);
  }

  bestBlock(): Promise<VertexView> {
    return bestBlock(this.node);
  }

  /** The last blocks of the best chain with their heights, the highest first. */
  async bestChain(count: number): Promise<[height: number, hash: string][]> {
    const { best } = await this.state();
    return await blocksDownFrom(this.chain, best.height, count);
  }

  /** Hashes of a vertex's children, oldest first: up to `limit`, and whether there are more. */
  async children(hash: string, limit: number): Promise<{ hashes: string[]; hasMore: boolean }> {
    const hashes = await readChildren(hash, this.node.rows, limit + 1);
    return { hashes: hashes.slice(0, limit), hasMore: hashes.length > limit };
  }

  /** Hashes of the children that are told of a vertex, and whether there are more. */
  toldChildren(
    hash: string,
  ): Promise<{ readonly hashes: readonly string[]; readonly hasMore: boolean }> {
    return readToldChildren(hash, this.node.rows);
  }

  /** The vertices that one spends from, by hash: what the JSON of its inputs is made of. */
  spentBy(vertex: Vertex): Promise<ReadonlyMap<string, Vertex>> {
    return spentVertices(this.node, vertex);
  }

  /**
   * A vertex as wallets see it: the node's "extended" transaction. An answer with many of them looks
   * contracts up for all together.
   */
  async history(view: VertexView, contracts?: CalledContracts): Promise<JsonObject> {
    return historyJson(this.network, view.vertex, await historyFacts(this.node, view, contracts));
  }

  /**
   * The accumulated work of a vertex; with `enough` no further than to more than that. It is known
   * from then on, as long as its row says the same.
   */
  async accumulatedWork(hash: string, enough?: bigint): Promise<bigint | undefined> {
    const { rows, vertices, works } = this.node;
    const graph = new Graph(rows, vertices, undefined, { known: (...of) => works.find(...of) });
    const node = await graph.find(hash);
    if (node?.before === undefined) return undefined;
    await graph.recall(node);
    const known = node.accumulatedWork;
    await accumulateWork(graph, node, enough);
    const { number, accumulatedWork: told } = node.before;
    if (node.accumulatedWork !== known) {
      await this.#keep({ hash, number, told, work: `${node.accumulatedWork}` });
    }
    return node.accumulatedWork;
  }

  /** A store that takes nothing now is no reason not to answer: it is added up again. */
  async #keep(asked: Parameters<AskedWorks["keep"]>[0]): Promise<void> {
    try {
      await this.#keepWork(asked);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      logger.warn("an accumulated work is not kept: {error}", { error: error.message });
    }
  }

  /** What is known of a vertex's accumulated work. */
  knownWork({ vertex: { hash }, number, metadata }: KeptVertex): Promise<bigint> {
    return this.node.works.find(hash, { number, accumulatedWork: metadata.accumulatedWork });
  }

  /** Hashes of the mempool, the transactions that no block confirms: the `count` oldest. */
  async mempool(count = Infinity): Promise<string[]> {
    return (await readOldest(this.node.rows, count)).slice(0, count);
  }

  /** How many transactions are in the mempool. */
  async mempoolSize(): Promise<number> {
    return (await this.chain.row<PoolRow>(POOL))?.count ?? 0;
  }

  /** Vertices of an address in order of time, voided ones among them, from `from` on. */
  addressHistory(address: string, limit: number, from?: TimedHash) {
    return historyOf(this.chain, address, limit, from);
  }

  /** How many vertices an address has. */
  addressLength(address: string): Promise<number> {
    return historyLength(this.chain, address);
  }

  /** The arguments of calls as {@linkcode readCallArguments} tells them. */
  readArguments(calls: readonly CallArguments[]): Promise<readonly (string | null)[]> {
    return this.#readArguments(calls);
  }

  /** An event of the chain as the node tells it. Events read in order cost the least. */
  nodeEvent(event: PlacedEvent): Promise<NodeEvent> {
    return this.#events.of(event);
  }

  /** The id that the next event gets. */
  async nextEventId(): Promise<number> {
    return (await this.chain.head())?.next ?? 0;
  }
}
