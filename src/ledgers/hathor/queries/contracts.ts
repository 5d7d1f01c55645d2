import type { ReadRows } from "../../../log/projection.ts";
import { Graph } from "../consensus/graph.ts";
import { graphAnswers } from "../consensus/graph_execution.ts";
import type { HathorNode } from "../intake/node.ts";
import type { CallFacts } from "../json/nano_json.ts";
import type { CallArguments } from "../nano/contract_questions.ts";
import { type Answers, ExecutorEnded } from "../nano/executor_process.ts";
import { blueprintOf, EMPTY_ROOT } from "../nano/state_trie.ts";
import { stateSource } from "../rows/nano_rows.ts";
import type { Metadata } from "../rows/metadata.ts";
import { readMetadata } from "../rows/read_metadata.ts";
import { NODE_STATE, type NodeStateRow } from "../rows/rows.ts";
import { isCreation } from "../vertex/nano_header.ts";
import { callOf, type Vertex } from "../vertex/vertex.ts";

type Rows = Pick<HathorNode, "rows" | "vertices">;

/** Answers what contracts ask of the chain as it is committed. */
export function contractAnswers(
  { rows, vertices, network }: Rows & Pick<HathorNode, "network">,
): Answers {
  return graphAnswers(new Graph(rows, vertices), stateSource(rows), network);
}

/**
 * The arguments of calls as their methods read them, as JSON of Python; null where a method does not,
 * and where nothing here runs contracts.
 */
export async function readCallArguments(
  node: HathorNode,
  calls: readonly CallArguments[],
): Promise<readonly (string | null)[]> {
  try {
    const found = await node.contracts?.questions.arguments(calls, contractAnswers(node));
    return found ?? calls.map(() => null);
  } catch (error) {
    if (error instanceof ExecutorEnded) return calls.map(() => null);
    throw error;
  }
}

/** The root of the state of contracts after the best block; undefined where it has none. */
export async function contractsRoot(rows: ReadRows): Promise<string | undefined> {
  const state = await rows.get<NodeStateRow>(NODE_STATE);
  return (state && await readMetadata(state.best.hash, rows))?.root;
}

/** The contracts that the calls of one answer name: each is looked up once, after the same block. */
export class CalledContracts {
  readonly #node: Rows;
  #root: Promise<string | undefined> | undefined;
  readonly #blueprints = new Memo<string | undefined>();
  readonly #times = new Memo<number>();

  constructor(node: Rows) {
    this.#node = node;
  }

  /** The blueprint of a contract after the best block; undefined where there is no such contract. */
  blueprintOf(contract: string): Promise<string | undefined> {
    return this.#blueprints.of(contract, async () => {
      const { rows } = this.#node;
      const root = await (this.#root ??= contractsRoot(rows)) ?? EMPTY_ROOT;
      return await blueprintOf(stateSource(rows), root, contract);
    });
  }

  /**
   * What is known of a call beside its bytes; undefined for what calls no contract. A vertex that is
   * not there has no metadata.
   */
  async facts(
    vertex: Vertex,
    metadata: Pick<Metadata, "firstBlock"> | undefined,
  ): Promise<CallFacts | undefined> {
    if (callOf(vertex) === undefined) return undefined;
    const { rows, vertices } = this.#node;
    const firstBlock = metadata?.firstBlock ?? null;
    const confirmedAt = firstBlock === null
      ? undefined
      : await this.#times.of(firstBlock, async () => (
        (await vertices.read(firstBlock, rows)).vertex.timestamp
      ));
    return { blueprint: await this.called(vertex) ?? "", confirmedAt };
  }

  /**
   * The blueprint of the contract that a transaction calls: of one that is there, or that a
   * transaction of the pool is going to make.
   */
  async called(vertex: Vertex): Promise<string | undefined> {
    const header = callOf(vertex);
    if (header === undefined) return undefined;
    const { contractId } = header;
    if (isCreation(header)) return contractId;
    const known = await this.blueprintOf(contractId);
    if (known !== undefined) return known;
    const { rows, vertices } = this.#node;
    const metadata = await readMetadata(contractId, rows);
    if (metadata === undefined || metadata.firstBlock !== null) return undefined;
    const { vertex: creation } = await vertices.read(contractId, rows, metadata.number);
    const made = callOf(creation);
    return made !== undefined && isCreation(made) ? made.contractId : undefined;
  }
}

/** Values that are found once. */
class Memo<T> {
  readonly #values = new Map<string, Promise<T>>();

  of(key: string, find: () => Promise<T>): Promise<T> {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const found = find();
    this.#values.set(key, found);
    return found;
  }
}
