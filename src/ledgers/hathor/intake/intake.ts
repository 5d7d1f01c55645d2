import type { SignatureWorkers } from "../../../crypto/signature_workers.ts";
import { SignaturesAhead } from "../../../crypto/signatures_ahead.ts";
import { LedgerError } from "../../../kernel/errors.ts";
import { Pace } from "../../../kernel/turn.ts";
import type { Chain } from "../../../log/chain.ts";
import type { Network } from "../networks/network.ts";
import { ExecutorEnded } from "../nano/executor_process.ts";
import { spendClaims } from "../script/spend_claims.ts";
import { whyNotExecutable } from "../rules/executable.ts";
import { isBlock, type Transaction, type Vertex } from "../vertex/vertex.ts";
import { type AcceptContext, acceptVertex, type VertexSource } from "./accept.ts";
import { type IntakeAnswer, notExecutable, type TakenAnswer, tooManyChanges } from "./answer.ts";
import { BlueprintVerdicts } from "./blueprint_verdicts.ts";
import { Halt } from "./crash.ts";
import { lookAhead } from "./look_ahead.ts";
import type { HathorNode } from "./node.ts";
import { Proofs } from "./proofs.ts";

/** What takes vertices in: this node, or one that is followed. */
export interface VertexTaker {
  readonly network: Network;
  /** Why a transaction is refused whatever work is put into it; undefined where it may be taken. */
  whyNot(tx: Transaction): string | undefined;
  accept(vertex: Vertex, source?: VertexSource): Promise<TakenAnswer>;
  /** A block from a miner, which has to follow the best one (`ParentNotBest` otherwise). */
  submitBlock(block: Vertex): Promise<TakenAnswer>;
  /** A transaction from `push_tx`. */
  pushTransaction(tx: Vertex): Promise<TakenAnswer>;
}

/** Takes vertices into a node's chain, by the log's group commit: many at once share one commit. */
export class Intake implements VertexTaker {
  readonly network: Network;
  readonly chain: Chain;
  readonly #context: AcceptContext;
  readonly #halt: Halt;
  readonly #signatures: SignaturesAhead | undefined;
  /** Hashes of what is being taken in. */
  readonly #waiting = new Set<string>();

  /**
   * @param workers verify signatures beside this thread, while what they sign waits for its turn;
   *   whoever gives them ends them
   */
  constructor(node: HathorNode, workers?: SignatureWorkers) {
    this.network = node.network;
    this.chain = node.chain;
    const { network, contracts } = node;
    const blueprints = contracts && new BlueprintVerdicts(network, contracts.questions);
    this.#context = { ...node, proven: new Proofs(), turns: Pace.ofSteps(), blueprints };
    this.#halt = new Halt(node.chain);
    this.#signatures = workers && new SignaturesAhead(workers);
  }

  whyNot(tx: Transaction): string | undefined {
    return whyNotExecutable(tx, { runsContracts: this.#context.blueprints !== undefined });
  }

  /**
   * Takes a vertex in: verifies it, finds its place, and commits it with all that it changes and
   * all events of that, or says why not. Throws the log's own errors.
   */
  async accept(vertex: Vertex, source: VertexSource = { kind: "relay" }): Promise<IntakeAnswer> {
    this.#halt.check();
    this.#waiting.add(vertex.hash);
    const expected = isBlock(vertex)
      ? undefined
      : this.#signatures?.expect(vertex.inputs.length, () => spendClaims(vertex));
    try {
      const asked = this.#context.blueprints?.ask(vertex);
      if (asked !== undefined) await asked;
      return await this.chain.execute(
        acceptVertex(this.#context, vertex, source),
        lookAhead(vertex, this.#context, this.#waiting),
        { isLarge: true },
      );
    } catch (error) {
      if (error instanceof ExecutorEnded) return notExecutable(error);
      await this.#halt.consider(error);
      if (!(error instanceof LedgerError) || error.code !== "too_large") throw error;
      return tooManyChanges(vertex);
    } finally {
      this.#waiting.delete(vertex.hash);
      expected?.end();
    }
  }

  /** A block from a miner, which has to follow the best one (`ParentNotBest` otherwise). */
  async submitBlock(block: Vertex): Promise<IntakeAnswer> {
    if (isBlock(block)) return await this.accept(block, { kind: "mining" });
    const message = "A miner's vertex is a block";
    return { isAccepted: false, code: "ParentNotBest", message };
  }

  /** A transaction from `push_tx`, whose scripts have to be those of wallets. */
  pushTransaction(tx: Vertex): Promise<IntakeAnswer> {
    return this.accept(tx, { kind: "push", allowsNonStandard: false });
  }
}
