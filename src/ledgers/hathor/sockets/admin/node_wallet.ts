import { type HdPublicKey, parseXpub } from "../../../../crypto/hd_public_key.ts";
import type { PyJson } from "../../../../python/json.ts";
import { writeRestJson } from "../../../../python/json_write.ts";
import { addressAt } from "../../networks/address.ts";
import { isVoided } from "../../rows/metadata.ts";
import { addressTextOf, parseAddressScript } from "../../script/patterns.ts";
import type { NodeQueries } from "../../queries/node_queries.ts";
import type { VertexView } from "../../queries/views.ts";
import { HTR_UID, inputsOf, type Vertex } from "../../vertex/vertex.ts";
import type { TopicBook } from "../../queries/topics.ts";
import type { AdminMessage } from "./vertex_messages.ts";
import { WalletFigures } from "./wallet_figures.ts";

/** The wallet of the node itself, which it only watches: it has no private keys. */
export interface NodeWalletOptions {
  /** The account's extended public key, whose children are its addresses. */
  readonly xpub?: string | undefined;
  readonly addresses?: readonly string[];
  /** Addresses of the key that are watched beyond the last one that is used; 20 by default. */
  readonly gapLimit?: number | undefined;
}

const DEFAULT_GAP_LIMIT = 20;

/** A message of the wallet. */
type WalletNews = { readonly type: string } & Readonly<Record<string, PyJson>>;

/**
 * Tells everybody what a new vertex means for the node's wallet. Which addresses of its key it
 * watches follows from which are used, so any number of processes watch the same.
 */
export class NodeWallet {
  readonly #queries: NodeQueries;
  readonly #topics: TopicBook;
  readonly #figures: WalletFigures;
  readonly #gapLimit: number;
  readonly #key: HdPublicKey | undefined;
  /** Addresses with their index in the key; undefined for those that are given. */
  readonly #addresses = new Map<string, number | undefined>();
  /** Those of the key in order. */
  readonly #derived: string[] = [];
  #opening: Promise<void> | undefined;

  /** Throws `TypeError` for text that is no extended public key. */
  constructor(queries: NodeQueries, topics: TopicBook, options: NodeWalletOptions) {
    this.#queries = queries;
    this.#topics = topics;
    this.#figures = new WalletFigures(queries);
    this.#gapLimit = options.gapLimit ?? DEFAULT_GAP_LIMIT;
    for (const address of options.addresses ?? []) this.#addresses.set(address, undefined);
    if (options.xpub === undefined) return;
    this.#key = parseXpub(options.xpub);
    if (this.#key === undefined) {
      throw new TypeError("The node wallet's key is no extended public key");
    }
  }

  /** Looks anew which addresses of the key are used: nobody has listened for a while. */
  reopen(): void {
    this.#opening = undefined;
  }

  /** What is told of a vertex, after those that have changed with it are as they are now. */
  async messages(
    view: VertexView,
    changed: readonly VertexView[],
  ): Promise<readonly AdminMessage[]> {
    this.#opening ??= this.#open().catch((error) => {
      // The next who asks looks again.
      this.#opening = undefined;
      throw error;
    });
    await this.#opening;
    const told: WalletNews[] = [];
    if (!isVoided(view.metadata)) told.push(...await this.#movements(view.vertex));
    const turned = isVoided(view.metadata) ? [view, ...changed] : changed;
    for (const { vertex, metadata } of turned) {
      if (!isVoided(metadata) || !await this.#isOwn(vertex)) continue;
      told.push(await this.#balance(), { type: "wallet:history_updated" });
    }
    return told.map((news) => ({ type: news.type, text: writeRestJson(news) }));
  }

  async #movements(vertex: Vertex): Promise<WalletNews[]> {
    const told = [...await this.#received(vertex), ...await this.#spent(vertex)];
    if (told.length > 0) told.push(await this.#balance());
    const { addresses } = await this.#topics.of(vertex);
    for (const address of addresses) told.push(...this.#use(address));
    return told;
  }

  async #received({ hash, timestamp, outputs }: Vertex): Promise<WalletNews[]> {
    const told: WalletNews[] = [];
    for (const [index, { script, value, tokenData }] of outputs.entries()) {
      const parsed = parseAddressScript(script);
      const address = parsed && addressTextOf(this.#queries.network, parsed);
      if (address === undefined || !this.#addresses.has(address)) continue;
      told.push({
        total: await this.#figures.outputs(this.#addresses.keys()),
        output: {
          timestamp,
          tx_id: hash,
          index,
          value,
          address,
          token_data: tokenData,
          voided: false,
          timelock: parsed?.timelock ?? null,
        },
        type: "wallet:output_received",
        throttled: false,
      });
    }
    return told;
  }

  async #spent(vertex: Vertex): Promise<WalletNews[]> {
    const { network } = this.#queries;
    const spent = await this.#queries.spentBy(vertex);
    return inputsOf(vertex).flatMap(({ txId, index }) => {
      const output = spent.get(txId)?.outputs[index];
      const parsed = output && parseAddressScript(output.script);
      if (output === undefined || parsed === undefined) return [];
      if (!this.#addresses.has(addressTextOf(network, parsed))) return [];
      return [{
        output_spent: {
          timestamp: vertex.timestamp,
          tx_id: vertex.hash,
          from_tx_id: txId,
          from_index: index,
          value: output.value,
          voided: false,
        },
        type: "wallet:output_spent",
        throttled: false,
      }];
    });
  }

  async #balance(): Promise<WalletNews> {
    const { locked, available } = await this.#figures.balance(this.#addresses.keys(), HTR_UID);
    return { balance: { locked, available }, type: "wallet:balance_updated", throttled: false };
  }

  async #isOwn(vertex: Vertex): Promise<boolean> {
    const { addresses } = await this.#topics.of(vertex);
    return addresses.some((address) => this.#addresses.has(address));
  }

  /** Watches more of the key's addresses when one is used; tells when it was the very last. */
  #use(address: string): WalletNews[] {
    const index = this.#addresses.get(address);
    if (index === undefined) return [];
    const wasLast = index === this.#derived.length - 1;
    this.#derive(index + 1 + this.#gapLimit);
    return wasLast ? [{ limit: this.#gapLimit, type: "wallet:gap_limit" }] : [];
  }

  async #open(): Promise<void> {
    let wanted = this.#gapLimit;
    for (let index = 0; index < wanted; index++) {
      this.#derive(index + 1);
      const address = this.#derived[index];
      if (address === undefined) return;
      if (await this.#queries.addressLength(address) > 0) wanted = index + 1 + this.#gapLimit;
    }
  }

  /** Watches at least the first `count` addresses of the key. */
  #derive(count: number): void {
    if (this.#key === undefined) return;
    while (this.#derived.length < count) {
      const index = this.#derived.length;
      const address = addressAt(this.#queries.network, this.#key, index);
      this.#addresses.set(address, index);
      this.#derived.push(address);
    }
  }
}
