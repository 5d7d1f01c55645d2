import type { SignatureWorkers } from "../../crypto/signature_workers.ts";
import { LedgerError } from "../../kernel/errors.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Chain } from "../../log/chain.ts";
import type { PlacedEvent } from "../../log/event.ts";
import type { Log } from "../../log/log.ts";
import type { ReadRows } from "../../log/projection.ts";
import { accumulatedWorkOf } from "./consensus/accumulated_work.ts";
import { Graph } from "./consensus/graph.ts";
import { type HistoryFacts, historyJson } from "./json/history_json.ts";
import type { JsonObject } from "./json/output_json.ts";
import { logNameOf } from "./names.ts";
import type { Network } from "./networks/network.ts";
import type { Source } from "./state/accept.ts";
import type { Answer } from "./state/answer.ts";
import { BlockRules } from "./state/block_rules.ts";
import { readChildren } from "./state/children.ts";
import type { NodeEvent } from "./state/events.ts";
import { Intake } from "./state/intake.ts";
import { NodeEvents } from "./state/node_events.ts";
import { type NodeIdentity, nodeIdentity } from "./state/node_identity.ts";
import { readOldest } from "./state/pool.ts";
import { verticesOf } from "./state/projection.ts";
import * as heights from "./state/heights.ts";
import * as queries from "./state/queries.ts";
import {
  POOL,
  type PoolRow,
  STATE,
  type StateRow,
  tokenHistory,
  TRANSACTIONS,
} from "./state/rows.ts";
import { startChain } from "./state/start.ts";
import type { StoredVertices } from "./state/stored_vertices.ts";
import {
  type BlockTemplate,
  blockTemplate,
  type TemplateContext,
  twoParents,
} from "./state/templates.ts";
import {
  committedRows,
  historyFacts,
  spentVertices,
  type VertexView,
  viewVertex,
} from "./state/views.ts";
import { searchUtxos, type Utxo } from "./state/utxos.ts";
import { decodeVertex } from "./vertex/decode.ts";
import { isBlock, type Vertex } from "./vertex/vertex.ts";

/** What the service works with. */
export interface ServiceContext {
  readonly log: Log;
  readonly clock: Clock;
  readonly network: Network;
  /** Verify signatures beside this thread; whoever gives them ends them. */
  readonly signatures?: SignatureWorkers;
}

/**
 * A node of one Hathor network. All it knows is in the store: any number of processes may serve the
 * same one, and a restart has nothing to load. What it keeps in memory never changes.
 */
export class HathorService {
  readonly network: Network;
  readonly identity: NodeIdentity;
  /** The network's log. Its events are the node's events, an event's id is its offset. */
  readonly chain: Chain;
  readonly #rows: ReadRows;
  readonly #vertices: StoredVertices;
  readonly #templates: TemplateContext;
  readonly #clock: Clock;
  readonly #intake: Intake;
  readonly #events: NodeEvents;

  private constructor(context: ServiceContext, identity: NodeIdentity) {
    const { log, clock, network, signatures } = context;
    this.network = network;
    this.identity = identity;
    this.#clock = clock;
    this.chain = log.chain(logNameOf(network.name));
    this.#vertices = verticesOf(this.chain);
    this.#rows = committedRows(this.chain);
    const blockRules = new BlockRules(network, this.#vertices);
    const shared = { network, vertices: this.#vertices, blockRules };
    this.#templates = { ...shared, rows: this.#rows };
    const now = () => this.seconds();
    this.#intake = new Intake(this.chain, { ...shared, now }, signatures);
    this.#events = new NodeEvents(network, this.#rows, this.#vertices);
  }

  static async open(context: ServiceContext): Promise<HathorService> {
    return new HathorService(context, await nodeIdentity(context.log, context.network.name));
  }

  /** Creates the genesis where there is none, and tells that the node is loaded. */
  async start(): Promise<void> {
    await startChain(this.chain, this.network);
  }

  // --- Taking vertices in -------------------------------------------------------------------

  /**
   * Takes a vertex in: verifies it, finds its place, and commits it with all that it changes and
   * all events of that, or says why not. Throws the log's own errors.
   */
  accept(vertex: Vertex, source: Source = { kind: "relay" }): Promise<Answer> {
    return this.#intake.accept(vertex, source);
  }

  /** The same for bytes. @throws {VertexFormatError} bytes that are no vertex */
  acceptBytes(bytes: Uint8Array, source?: Source): Promise<Answer> {
    return this.accept(decodeVertex(bytes, this.network.maxVertexSize), source);
  }

  /**
   * A block from a miner, which has to follow the best one (`ParentNotBest` otherwise). The node
   * answers `false` to whatever is refused.
   */
  submitBlock(block: Vertex): Promise<Answer> {
    if (isBlock(block)) return this.accept(block, { kind: "mining" });
    const message = "A miner's vertex is a block";
    return Promise.resolve({ isAccepted: false, code: "ParentNotBest", message });
  }

  /** A transaction from `push_tx`, whose scripts have to be those of wallets. */
  pushTransaction(tx: Vertex): Promise<Answer> {
    return this.accept(tx, { kind: "push", allowsNonStandard: false });
  }

  /** Seconds since the epoch. */
  seconds(): number {
    return this.#clock.now() / 1_000;
  }

  // --- The graph ----------------------------------------------------------------------------

  /** The best block, and how many vertices there are. */
  async state(): Promise<StateRow> {
    const state = await this.chain.row<StateRow>(STATE);
    if (state === undefined) throw new LedgerError("chain_unknown", "The node has not begun");
    return state;
  }

  /** A vertex with its metadata; undefined where there is none. A number at hand saves a read. */
  vertex(hash: string, number?: number): Promise<VertexView | undefined> {
    return viewVertex(hash, this.#rows, this.#vertices, number);
  }

  /** The best chain's block of a height. */
  async blockAt(height: number): Promise<VertexView | undefined> {
    const hash = await heights.blockAt(this.chain, height);
    return hash === undefined ? undefined : await this.vertex(hash);
  }

  /** The best block. */
  async bestBlock(): Promise<VertexView> {
    const { best } = await this.state();
    const view = await this.vertex(best.hash);
    if (view === undefined) throw new RangeError(`block ${best.hash} is missing`);
    return view;
  }

  /** The last blocks of the best chain with their heights, the highest first. */
  async bestChain(count: number): Promise<[height: number, hash: string][]> {
    const { best } = await this.state();
    return await heights.blocksDownFrom(this.chain, best.height, count);
  }

  /** What has a vertex as a parent, oldest first: up to `limit`, and whether there is more. */
  async children(hash: string, limit: number): Promise<{ hashes: string[]; hasMore: boolean }> {
    const hashes = await readChildren(hash, this.#rows, limit + 1);
    return { hashes: hashes.slice(0, limit), hasMore: hashes.length > limit };
  }

  /** The vertices that one spends from, by hash: what the JSON of its inputs is made of. */
  spentBy(vertex: Vertex): Promise<ReadonlyMap<string, Vertex>> {
    return spentVertices(vertex, this.#rows, this.#vertices);
  }

  /** What histories tell of a vertex beside its bytes. */
  historyFacts(view: VertexView): Promise<HistoryFacts> {
    return historyFacts(view, this.#rows, this.#vertices);
  }

  /** A vertex as wallets see it: the node's "extended" transaction. */
  async history(view: VertexView): Promise<JsonObject> {
    return historyJson(this.network, view.vertex, await this.historyFacts(view));
  }

  /** The work of a transaction and all that builds on it, or more than `enough` if it is that. */
  async accumulatedWork(hash: string, enough?: bigint): Promise<bigint | undefined> {
    return await accumulatedWorkOf(hash, new Graph(this.#rows, this.#vertices), enough);
  }

  // --- What is to be confirmed and mined ----------------------------------------------------

  /** Hashes of transactions that count and that no block confirms: the first `count` that came. */
  async mempool(count = Infinity): Promise<string[]> {
    return (await readOldest(this.#rows, count)).slice(0, count);
  }

  /** How many they are. */
  async mempoolSize(): Promise<number> {
    return (await this.#rows.get<PoolRow>(POOL))?.count ?? 0;
  }

  /** Two transactions for a new one to have as parents. */
  async transactionParents(): Promise<string[]> {
    return await twoParents(this.#templates, await this.bestBlock(), this.seconds());
  }

  /** What can be mined on top of the best block now. Throws `NoTemplateError`. */
  async blockTemplate(): Promise<BlockTemplate> {
    const now = Math.floor(this.seconds());
    return await blockTemplate(this.#templates, await this.bestBlock(), now);
  }

  // --- Addresses, tokens, lists -------------------------------------------------------------

  /** Vertices of an address in order of time, voided ones among them, from `from` on. */
  addressHistory(address: string, limit: number, from?: queries.TimedHash) {
    return queries.historyOf(this.chain, address, limit, from);
  }

  /** The same, the newest first. */
  newestOf(address: string, count: number, place: queries.ListPlace = {}) {
    return queries.newestOf(this.chain, address, count, place);
  }

  /** How many vertices an address has. */
  addressLength(address: string): Promise<number> {
    return queries.historyLength(this.chain, address);
  }

  /** What an address has had of each token, in what counts; locks are not looked at. */
  balances(address: string): Promise<queries.Balance[]> {
    return queries.balancesOf(this.chain, address);
  }

  /** Outputs of an address that together are worth an amount, without those that are locked. */
  async searchUtxos(
    search: { readonly address: string; readonly token: string; readonly amount: bigint },
    at: { readonly timestamp?: number | undefined; readonly height?: number | undefined } = {},
  ): Promise<Utxo[]> {
    const best = await this.bestBlock();
    return await searchUtxos(this.chain, {
      ...search,
      timestamp: at.timestamp ?? best.vertex.timestamp,
      height: at.height ?? best.height,
      most: this.network.maxInputs,
    });
  }

  token(uid: string): Promise<queries.TokenDetail | undefined> {
    return queries.findToken(this.chain, uid);
  }

  /** Tokens in order of their uids, HTR first. */
  tokens(limit: number, after?: string): Promise<queries.TokenDetail[]> {
    return queries.listTokens(this.chain, limit, after);
  }

  /** Unspent authorities of a token. */
  authorities(kind: "mint" | "melt", uid: string, limit: number) {
    return queries.authoritiesOf(this.chain, kind, uid, limit);
  }

  /** Transactions of a token that count, the newest first. */
  tokenHistory(uid: string, count: number, place?: queries.ListPlace) {
    return queries.newest(this.chain, tokenHistory(uid), count, place);
  }

  /** Blocks, or transactions, that count, the newest first. */
  newest(
    kind: "block" | "tx",
    count: number,
    place: queries.ListPlace = {},
  ): Promise<queries.TimedHash[]> {
    if (kind === "tx") return queries.newest(this.chain, TRANSACTIONS, count, place);
    return queries.newestBlocks(this.chain, count, place, (hash) => this.vertex(hash));
  }

  // --- Events -------------------------------------------------------------------------------

  /** An event of the chain as the node tells it. Events read in order cost the least. */
  nodeEvent(event: PlacedEvent): Promise<NodeEvent> {
    return this.#events.of(event);
  }

  /** The id that the next event gets. */
  async nextEventId(): Promise<number> {
    return (await this.chain.head())?.next ?? 0;
  }
}
