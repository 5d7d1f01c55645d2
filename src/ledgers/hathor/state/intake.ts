import { SignaturesAhead } from "../../../crypto/signatures_ahead.ts";
import type { SignatureWorkers } from "../../../crypto/signature_workers.ts";
import { LedgerError } from "../../../kernel/errors.ts";
import type { Chain } from "../../../log/chain.ts";
import { spendClaims } from "../script/spend_claims.ts";
import { Pace } from "../../../kernel/turn.ts";
import { isBlock, type Vertex } from "../vertex/vertex.ts";
import { type AcceptContext, acceptVertex, type Source } from "./accept.ts";
import { type Answer, tooManyChanges } from "./answer.ts";
import { Halt } from "./crash.ts";
import { lookAhead } from "./look_ahead.ts";
import { Proofs } from "./proofs.ts";

/** Takes vertices into one chain. What it keeps saves work among vertices that come together. */
export class Intake {
  readonly #chain: Chain;
  readonly #context: AcceptContext;
  readonly #halt: Halt;
  readonly #signatures: SignaturesAhead | undefined;
  /** Hashes of what is being taken in. */
  readonly #waiting = new Set<string>();

  /** @param workers verify signatures while what they sign waits for its turn */
  constructor(
    chain: Chain,
    context: Omit<AcceptContext, "proven" | "turns">,
    workers: SignatureWorkers | undefined,
  ) {
    this.#chain = chain;
    this.#context = { ...context, proven: new Proofs(), turns: Pace.ofSteps() };
    this.#halt = new Halt(chain);
    this.#signatures = workers && new SignaturesAhead(workers);
  }

  /** See `HathorService.accept`. */
  async accept(vertex: Vertex, source: Source): Promise<Answer> {
    this.#halt.check();
    this.#waiting.add(vertex.hash);
    const expected = isBlock(vertex)
      ? undefined
      : this.#signatures?.expect(vertex.inputs.length, () => spendClaims(vertex));
    try {
      return await this.#chain.execute(
        acceptVertex(this.#context, vertex, source),
        lookAhead(vertex, this.#context, this.#waiting),
      );
    } catch (error) {
      await this.#halt.consider(error);
      if (!(error instanceof LedgerError) || error.code !== "too_large") throw error;
      return tooManyChanges(vertex);
    } finally {
      this.#waiting.delete(vertex.hash);
      expected?.end();
    }
  }
}
