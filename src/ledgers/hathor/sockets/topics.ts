import { BoundedCache } from "../../../crypto/bounded_cache.ts";
import { addressOfScript } from "../script/patterns.ts";
import type { HathorService } from "../service.ts";
import { tokenIndexOf } from "../vertex/output.ts";
import { inputsOf, tokenUidAt, type Vertex } from "../vertex/vertex.ts";

/** What a vertex pays to or spends from: none of it ever changes. */
export interface Topics {
  /** In the order of inputs and outputs, each once. */
  readonly addresses: readonly string[];
  /** Uids; `00` is HTR. */
  readonly tokens: readonly string[];
}

/** Vertices whose topics are kept in memory. */
const KEPT = 20_000;

/** The topics of the vertices of one service. */
export class TopicBook {
  readonly #service: HathorService;
  readonly #known = new BoundedCache<string, Topics>(KEPT);

  constructor(service: HathorService) {
    this.#service = service;
  }

  /** Those of a vertex that is there, by its hash; undefined where there is none any more. */
  async find(hash: string): Promise<Topics | undefined> {
    const known = this.#known.find(hash);
    if (known !== undefined) return known;
    const view = await this.#service.vertex(hash);
    return view === undefined ? undefined : await this.of(view.vertex);
  }

  /** Those of a vertex. */
  async of(vertex: Vertex): Promise<Topics> {
    const known = this.#known.find(vertex.hash);
    if (known !== undefined) return known;
    const spent = await this.#service.spentBy(vertex);
    return this.#known.get(vertex.hash, () => this.#topicsOf(vertex, spent));
  }

  #topicsOf(vertex: Vertex, spent: ReadonlyMap<string, Vertex>): Topics {
    const addresses = new Set<string>();
    const tokens = new Set<string>();
    const add = (of: Vertex | undefined, index: number) => {
      const output = of?.outputs[index];
      if (of === undefined || output === undefined) return;
      const address = addressOfScript(this.#service.network, output.script);
      if (address !== undefined) addresses.add(address);
      const token = tokenUidAt(of, tokenIndexOf(output));
      if (token !== undefined) tokens.add(token);
    };
    for (const { txId, index } of inputsOf(vertex)) add(spent.get(txId), index);
    for (const index of vertex.outputs.keys()) add(vertex, index);
    return { addresses: [...addresses], tokens: [...tokens] };
  }
}
