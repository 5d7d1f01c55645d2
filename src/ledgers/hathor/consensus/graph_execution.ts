import type { ReadRows } from "../../../log/projection.ts";
import type { ExecutedCall, ExecutionChain } from "../nano/block_executor.ts";
import { blueprintText } from "../vertex/blueprint_code.ts";
import type { Answers } from "../nano/executor_process.ts";
import type { CreatedToken } from "../nano/messages.ts";
import { createdVersion, type NodeSource } from "../nano/state_trie.ts";
import type { Network } from "../networks/network.ts";
import { type CallRun, stateSource, type StoredNode } from "../rows/nano_rows.ts";
import { VertexRefusal } from "../rules/refusal.ts";
import { assertBalance, tokenChanges } from "../rules/token_balance.ts";
import { tokensSpent } from "../rules/dependencies.ts";
import { evaluateSpend } from "../script/evaluate.ts";
import { ScriptError } from "../script/script_error.ts";
import {
  HTR_UID,
  isTokenCreation,
  tokensOf,
  TokenVersion,
  type Transaction,
  type TxOutput,
  type Vertex,
  VertexVersion,
} from "../vertex/vertex.ts";
import { type BlockNode, type Graph, type GraphNode, isTransactionNode } from "./graph.ts";
import { voidFailed } from "./voiding.ts";

interface ExecutedWith {
  readonly network: Network;
  readonly rows: ReadRows;
  readonly parentRoot: string;
  /** Nodes that blocks before it have made, of which the store has none yet. */
  readonly earlier: readonly StoredNode[];
  /** Where what becomes of calls is noted. */
  readonly runs: Map<GraphNode, CallRun>;
}

/** The graph as a block is executed on it: what contracts ask, and what their calls lead to. */
export class GraphExecution implements ExecutionChain {
  readonly #graph: Graph;
  readonly #block: BlockNode;
  readonly #with: ExecutedWith;
  readonly #nodes: NodeSource;
  readonly answers: Answers;
  /** Tokens that calls of this block have created, and those of the call under way. */
  readonly #created = new Map<string, CreatedToken>();
  #creating: readonly CreatedToken[] = [];

  constructor(graph: Graph, block: BlockNode, executedWith: ExecutedWith) {
    this.#graph = graph;
    this.#block = block;
    this.#with = executedWith;
    const { network, rows, earlier } = executedWith;
    this.#nodes = stateSource(rows, earlier);
    this.answers = graphAnswers(graph, this.#nodes, network);
  }

  async isVoid(hash: string): Promise<boolean> {
    return (await this.#graph.get(hash)).isVoided;
  }

  async spent(tx: Transaction): Promise<TxOutput[]> {
    const outputs: TxOutput[] = [];
    for (const { txId, index } of tx.inputs) {
      const output = (await this.#graph.get(txId)).vertex.outputs[index];
      if (output === undefined) throw new RangeError(`${txId} has no output ${index}`);
      outputs.push(output);
    }
    return outputs;
  }

  async whyUnbalanced(
    tx: Transaction,
    created: readonly CreatedToken[],
  ): Promise<string | undefined> {
    this.#creating = created;
    const spent = new Map<string, Vertex>();
    for (const { txId } of tx.inputs) spent.set(txId, (await this.#graph.get(txId)).vertex);
    const vertex = (hash: string) => spent.get(hash);
    const versions = new Map<string, TokenVersion>();
    for (const uid of new Set([...tokensSpent(tx, vertex), ...tokensOf(tx)])) {
      const version = await this.#tokenVersion(uid);
      if (version !== undefined) versions.set(uid, version);
    }
    const { network } = this.#with;
    try {
      const changes = tokenChanges(tx, { vertex, tokenVersion: (uid) => versions.get(uid) });
      assertBalance(network, tx, changes);
      return undefined;
    } catch (error) {
      if (error instanceof VertexRefusal) return error.message;
      throw error;
    }
  }

  async settle(call: ExecutedCall): Promise<void> {
    const node = await this.#graph.transaction(call.hash);
    const block = this.#block.hash;
    this.#graph.touch(node);
    node.nc = call.state;
    switch (call.state) {
      case "success": {
        this.noteTokens();
        const { calls, events, logs } = call;
        this.#with.runs.set(node, { block, calls, events, logs });
        break;
      }
      case "failure": {
        const { error, logs } = call;
        this.#with.runs.set(node, { block, calls: [], events: [], logs, error });
        await voidFailed(this.#graph, node);
        break;
      }
      case "skipped":
        this.#with.runs.delete(node);
    }
    this.#creating = [];
  }

  /** Takes the tokens of the call that was balanced last for created. */
  noteTokens(): void {
    for (const token of this.#creating) this.#created.set(token.uid, token);
  }

  async #tokenVersion(uid: string): Promise<TokenVersion | undefined> {
    if (uid === HTR_UID) return TokenVersion.native;
    const creation = (await this.#graph.find(uid))?.vertex;
    if (creation !== undefined && isTokenCreation(creation)) return creation.tokenVersion;
    const created = this.#created.get(uid) ?? this.#creating.find((token) => token.uid === uid);
    if (created !== undefined) return created.version;
    return await createdVersion(this.#nodes, this.#with.parentRoot, uid);
  }
}

/** Answers what contracts ask of the chain, by what the graph and the nodes of the state say. */
export function graphAnswers(
  graph: Pick<Graph, "find">,
  nodes: NodeSource,
  network: Network,
): Answers {
  return async (ask) => {
    switch (ask.ask) {
      case "node":
        return (await nodes(ask.id))?.toHex() ?? null;
      case "blueprint":
        return await blueprintAnswer(graph, ask);
      case "token":
        return await tokenAnswer(graph, ask.uid);
      case "checksig":
        return satisfies(network, ask);
    }
  };
}

/** The text of a blueprint that a block has confirmed, unless it is known; or why there is none. */
async function blueprintAnswer(
  graph: Pick<Graph, "find">,
  { id, known }: { readonly id: string; readonly known: boolean },
): Promise<Readonly<Record<string, string>>> {
  const node = await graph.find(id);
  if (node === undefined) return { why: "unknown" };
  if (node.vertex.version !== VertexVersion.onChainBlueprint) return { why: "no-blueprint" };
  if (node.isVoided || node.firstBlock === undefined) return { why: "unconfirmed" };
  if (known) return {};
  const text = blueprintText(node.vertex.code);
  if (text === undefined) throw new RangeError(`${id} is confirmed, and has no text`);
  return { text };
}

/** A token that a confirmed transaction has created. */
async function tokenAnswer(
  graph: Pick<Graph, "find">,
  uid: string,
): Promise<Omit<CreatedToken, "uid"> | null> {
  const node = await graph.find(uid);
  if (node === undefined || !isTransactionNode(node) || node.firstBlock === undefined) return null;
  const { vertex } = node;
  if (!isTokenCreation(vertex)) return null;
  const { tokenName: name, tokenSymbol: symbol, tokenVersion: version } = vertex;
  return version === TokenVersion.native ? null : { name, symbol, version };
}

/** Whether signed data satisfies a script, as the node's own scripts are evaluated. */
function satisfies(
  network: Network,
  { data, input, script }: {
    readonly data: string;
    readonly input: string;
    readonly script: string;
  },
): boolean {
  try {
    evaluateSpend(Uint8Array.fromHex(input), Uint8Array.fromHex(script), {
      network,
      timestamp: 0,
      outputs: [],
      sighash: Uint8Array.fromHex(data),
      spentValue: 0n,
      hasDataOpcodes: false,
    });
    return true;
  } catch (error) {
    if (error instanceof ScriptError) return false;
    throw error;
  }
}
