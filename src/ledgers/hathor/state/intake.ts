import { LedgerError } from "../../../kernel/errors.ts";
import type { Chain } from "../../../log/chain.ts";
import type { Vertex } from "../vertex/vertex.ts";
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
  /** Hashes of what is being taken in. */
  readonly #waiting = new Set<string>();

  constructor(chain: Chain, context: Omit<AcceptContext, "proven">) {
    this.#chain = chain;
    this.#context = { ...context, proven: new Proofs() };
    this.#halt = new Halt(chain);
  }

  /** See `HathorService.accept`. */
  async accept(vertex: Vertex, source: Source): Promise<Answer> {
    this.#halt.check();
    this.#waiting.add(vertex.hash);
    try {
      return await this.#chain.execute(
        acceptVertex(this.#context, vertex, source),
        lookAhead(vertex, this.#context.vertices, this.#waiting),
      );
    } catch (error) {
      await this.#halt.consider(error);
      if (!(error instanceof LedgerError) || error.code !== "too_large") throw error;
      return tooManyChanges(vertex);
    } finally {
      this.#waiting.delete(vertex.hash);
    }
  }
}
