import { BoundedCache } from "../../../crypto/bounded_cache.ts";
import { contractAnswers } from "../queries/contracts.ts";
import type { NodeQueries } from "../queries/node_queries.ts";
import { asking, type Engine } from "./contract_words.ts";

/** Names kept in memory. */
const KEPT = 1_000;

/** Tells what blueprints are called. */
export interface NamesBlueprints {
  /** The name of a confirmed blueprint; undefined where there is none of that id, or it is not known. */
  of(blueprint: string): Promise<string | undefined>;
}

/** What blueprints are called: the code of none ever changes. */
export class BlueprintNames implements NamesBlueprints {
  readonly #queries: NodeQueries;
  readonly #engine: Engine;
  readonly #names = new BoundedCache<string, string>(KEPT);

  constructor(queries: NodeQueries, engine: Engine) {
    this.#queries = queries;
    this.#engine = engine;
  }

  async of(blueprint: string): Promise<string | undefined> {
    const known = this.#names.find(blueprint);
    if (known !== undefined) return known;
    const answers = contractAnswers(this.#queries.node);
    const found = await asking(() => this.#engine.questions.describe(blueprint, answers));
    return "error" in found ? undefined : this.#names.get(blueprint, () => found.name);
  }
}
