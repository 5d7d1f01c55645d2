import type { Chain } from "../../../log/chain.ts";
import type { CommandOptions } from "../../../log/command.ts";
import type { Log } from "../../../log/log.ts";
import type { HathorNode } from "../intake/node.ts";
import { DEPOSIT_BOOK_PREFIX, depositsChainName } from "../networks/chain_names.ts";
import { DEPOSIT_ROWS, type DepositRow, depositRow } from "./book.ts";
import {
  dropAddresses,
  makeDeposits,
  removeDeposits,
  unknownDeposits,
  watchMore,
} from "./book_commands.ts";
import type { WantedDeposits } from "./config.ts";
import { WATCH, type WatchRow } from "./notice_rows.ts";
import { begin, end, type Listener } from "./tell.ts";

/** Subscriptions that are listed at the most: more than there may be. */
const MOST_LISTED = 1_000;

/** The most addresses of one request may be more than one operation of the store takes. */
const LARGE: CommandOptions = { isLarge: true };

/** The subscriptions to deposits of one network, as they are in the store. */
export class DepositService {
  readonly node: HathorNode;
  readonly book: Chain;
  readonly log: Log;

  constructor(log: Log, node: HathorNode) {
    this.log = log;
    this.node = node;
    this.book = log.chain(DEPOSIT_BOOK_PREFIX + node.network.name);
  }

  /** The stream of a subscription's notices, by its name in the log. */
  streamOf(id: string): string {
    return depositsChainName(this.node.network.name, id);
  }

  chainOf(id: string): Chain {
    return this.log.chain(this.streamOf(id));
  }

  /**
   * Makes a subscription, or finds it as it is asked for; its stream is there then.
   *
   * @throws {DepositRefusal} 409; and `position_invalid`
   */
  async make(
    id: string,
    { from, ...wanted }: WantedDeposits,
  ): Promise<{ readonly row: DepositRow; readonly isNew: boolean }> {
    const first = await this.node.chain.startOf(from);
    const making = makeDeposits({ ...wanted, id, from: first });
    const made = await this.book.execute(making, undefined, LARGE);
    const { row } = made;
    await this.chainOf(id).execute(begin(this.#told(row), row.from - 1));
    return made;
  }

  /**
   * Watches more addresses from now on.
   *
   * @throws {DepositRefusal} 404 and 409
   */
  async watchMore(id: string, addresses: readonly string[]): Promise<DepositRow> {
    const from = (await this.node.chain.head())?.next ?? 0;
    return await this.book.execute(watchMore(id, addresses, from), undefined, LARGE);
  }

  /** Throws 404. */
  async get(id: string): Promise<DepositRow> {
    const row = await this.book.row<DepositRow>(depositRow(id));
    if (row === undefined) throw unknownDeposits();
    return row;
  }

  async all(): Promise<DepositRow[]> {
    if (await this.book.head() === undefined) return [];
    const rows = await this.book.rows<DepositRow>(DEPOSIT_ROWS, MOST_LISTED);
    return rows.map(({ value }) => value);
  }

  /** Ends a subscription. What it has told can be read for a while. */
  async remove(id: string): Promise<void> {
    const row = await this.book.row<DepositRow>(depositRow(id));
    if (row === undefined) return await this.#endLeft(id);
    // First, so that none is left of which nothing is told any more, whatever happens in between.
    await this.book.execute(removeDeposits(id));
    await this.chainOf(id).execute(end(this.#told(row)));
    await this.book.execute(dropAddresses(row));
  }

  /** Ends the stream of a subscription that is gone, where its removal was cut off before that. */
  async #endLeft(id: string): Promise<void> {
    const watch = await this.chainOf(id).row<WatchRow>(WATCH);
    if (watch === undefined || watch.isEnded) return;
    const { life } = watch;
    await this.chainOf(id).execute(end({ id, life, network: this.node.network.name }));
  }

  #told({ id, life, config }: DepositRow): Listener {
    return { id, life, network: this.node.network.name, confirmations: config.confirmations };
  }
}
