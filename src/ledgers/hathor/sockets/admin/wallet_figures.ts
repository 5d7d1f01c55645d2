import type { RowKey } from "../../../../log/keys.ts";
import { addressOfScript } from "../../script/patterns.ts";
import type { NodeQueries } from "../../queries/node_queries.ts";
import type { TimedHash } from "../../queries/lists.ts";
import { utxoOfKey, utxoPrefix } from "../../rows/utxo_rows.ts";

const PAGE = 500;

/** Sums over the addresses of a wallet, from the rows. */
export class WalletFigures {
  readonly #queries: NodeQueries;
  /** How many outputs an address has had, for as long as its history has that length. */
  readonly #counts = new Map<string, { readonly length: number; readonly outputs: number }>();

  constructor(queries: NodeQueries) {
    this.#queries = queries;
  }

  /** What the addresses have of a token now; outputs with a timelock to come are locked. */
  async balance(
    addresses: Iterable<string>,
    token: string,
  ): Promise<{ locked: bigint; available: bigint }> {
    const { chain } = this.#queries;
    const now = this.#queries.seconds();
    let locked = 0n;
    let available = 0n;
    for (const address of addresses) {
      let from: RowKey | undefined;
      for (;;) {
        const rows = await chain.rows(utxoPrefix(address, token), PAGE, { from });
        for (const { key } of from === undefined ? rows : rows.slice(1)) {
          const { amount, timelock } = utxoOfKey(key);
          if ((timelock ?? -1) >= now) locked += amount;
          else available += amount;
        }
        if (rows.length < PAGE) break;
        from = rows.at(-1)?.key;
      }
    }
    return { locked, available };
  }

  /** How many outputs the addresses have had. */
  async outputs(addresses: Iterable<string>): Promise<number> {
    let sum = 0;
    for (const address of addresses) sum += await this.#outputsOf(address);
    return sum;
  }

  async #outputsOf(address: string): Promise<number> {
    const queries = this.#queries;
    const length = await queries.addressLength(address);
    const known = this.#counts.get(address);
    if (known?.length === length) return known.outputs;
    let outputs = 0;
    let from: TimedHash | undefined;
    for (;;) {
      const page = await queries.addressHistory(address, PAGE, from);
      for (const { hash } of from === undefined ? page : page.slice(1)) {
        const view = await queries.vertex(hash);
        outputs += view?.vertex.outputs.filter(({ script }) => (
          addressOfScript(queries.network, script) === address
        )).length ?? 0;
      }
      if (page.length < PAGE) break;
      from = page.at(-1);
    }
    this.#counts.set(address, { length, outputs });
    return outputs;
  }
}
