import { BoundedCache } from "../../../crypto/bounded_cache.ts";
import type { ContractQuestions } from "../nano/contract_questions.ts";
import { ExecutorEnded } from "../nano/executor_process.ts";
import type { CheckedBlueprint } from "../nano/messages.ts";
import type { Network } from "../networks/network.ts";
import { VertexRefusal } from "../rules/refusal.ts";
import { assertBlueprintAuthor } from "../rules/verify_caller.ts";
import { assertWork } from "../rules/verify_vertex.ts";
import { type Blueprint, type Vertex, VertexVersion } from "../vertex/vertex.ts";

/** Verdicts kept in memory. */
const KEPT = 1_000;

/**
 * Whether the code of new blueprints is that of one, which only the engine can say. It is asked
 * before a vertex's turn in its chain comes, so that nobody waits for it there.
 */
export class BlueprintVerdicts {
  readonly #network: Network;
  readonly #questions: ContractQuestions;
  readonly #verdicts = new BoundedCache<string, CheckedBlueprint>(KEPT);

  constructor(network: Network, questions: ContractQuestions) {
    this.#network = network;
    this.#questions = questions;
  }

  /**
   * Asks about the code of a blueprint that is worth it: one whose work is done, and that is signed
   * by who may. Of any other vertex there is nothing to ask.
   *
   * @throws {ExecutorEnded} there is no engine that would say
   */
  ask(vertex: Vertex): Promise<void> | undefined {
    if (vertex.version !== VertexVersion.onChainBlueprint) return undefined;
    return this.#verdicts.find(vertex.hash) === undefined ? this.#ask(vertex) : undefined;
  }

  async #ask(vertex: Blueprint): Promise<void> {
    try {
      assertWork(vertex);
      assertBlueprintAuthor({ network: this.#network }, vertex);
    } catch (error) {
      // It will be refused for that when its turn comes.
      if (error instanceof VertexRefusal) return;
      throw error;
    }
    const verdict = await this.#questions.check(vertex.code);
    this.#verdicts.set(vertex.hash, verdict);
  }

  /** Asserts that what is a blueprint has the code of one, as {@linkcode ask} has found it. */
  assertSound(vertex: Vertex): void {
    if (vertex.version !== VertexVersion.onChainBlueprint) return;
    const verdict = this.#verdicts.find(vertex.hash);
    if (verdict === undefined) throw new ExecutorEnded("the code of the blueprint was not checked");
    if (!("refused" in verdict)) return;
    const { type, message } = verdict.refused;
    throw new VertexRefusal(type === "OCBInvalidScript" ? type : "NodeFailure", message);
  }
}
