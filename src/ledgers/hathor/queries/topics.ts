import { BoundedCache } from "../../../crypto/bounded_cache.ts";
import { signerOf } from "../networks/signer.ts";
import { addressOfScript } from "../script/patterns.ts";
import type { NodeQueries } from "./node_queries.ts";
import { tokenIndexOf } from "../vertex/output.ts";
import { inputsOf, tokenUidAt, type Vertex } from "../vertex/vertex.ts";

/** What a vertex pays to, spends from or is signed by: none of it ever changes. */
export interface Topics {
  /** In the order of inputs and outputs, each once; at last whoever calls a contract by it. */
  readonly addresses: readonly string[];
  /** Uids; `00` is HTR. */
  readonly tokens: readonly string[];
}

/** Vertices whose topics are kept in memory, of which those with many are fewer. */
const KEPT = 20_000;
const KEPT_LARGE = 500;
const LARGE_ADDRESSES = 32;

/** The topics of the vertices of one node. */
export class TopicBook {
  readonly #queries: NodeQueries;
  readonly #known = new BoundedCache<string, Topics>(KEPT);
  readonly #large = new BoundedCache<string, Topics>(KEPT_LARGE);

  constructor(queries: NodeQueries) {
    this.#queries = queries;
  }

  /** Those of a vertex that is there, by its hash; undefined where there is none any more. */
  async find(hash: string): Promise<Topics | undefined> {
    const known = this.#known.find(hash) ?? this.#large.find(hash);
    if (known !== undefined) return known;
    const view = await this.#queries.vertex(hash);
    return view === undefined ? undefined : await this.of(view.vertex);
  }

  /** Those of a vertex. */
  async of(vertex: Vertex): Promise<Topics> {
    const known = this.#known.find(vertex.hash) ?? this.#large.find(vertex.hash);
    if (known !== undefined) return known;
    const spent = await this.#queries.spentBy(vertex);
    const topics = this.#topicsOf(vertex, spent);
    const kept = topics.addresses.length > LARGE_ADDRESSES ? this.#large : this.#known;
    return kept.get(vertex.hash, () => topics);
  }

  #topicsOf(vertex: Vertex, spent: ReadonlyMap<string, Vertex>): Topics {
    const addresses = new Set<string>();
    const tokens = new Set<string>();
    const add = (of: Vertex | undefined, index: number) => {
      const output = of?.outputs[index];
      if (of === undefined || output === undefined) return;
      const address = addressOfScript(this.#queries.network, output.script);
      if (address !== undefined) addresses.add(address);
      const token = tokenUidAt(of, tokenIndexOf(output));
      if (token !== undefined) tokens.add(token);
    };
    for (const { txId, index } of inputsOf(vertex)) add(spent.get(txId), index);
    for (const index of vertex.outputs.keys()) add(vertex, index);
    const signer = signerOf(this.#queries.network, vertex);
    if (signer !== undefined) addresses.add(signer);
    return { addresses: [...addresses], tokens: [...tokens] };
  }
}
