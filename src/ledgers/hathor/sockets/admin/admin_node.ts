import { ChildKeyThread } from "../../../../crypto/child_key_thread.ts";
import type { Clock } from "../../../../kernel/clock.ts";
import type { Session } from "../../../../sockets/session.ts";
import type { Source } from "../../../../sockets/source.ts";
import type { NodeQueries } from "../../queries/node_queries.ts";
import type { TopicBook } from "../../queries/topics.ts";
import { Dashboard } from "./dashboard.ts";
import { type AddressInterest, addressReplay, AdminFeed } from "./feed.ts";
import { NodeWallet, type NodeWalletOptions } from "./node_wallet.ts";
import { Throttle } from "./throttle.ts";
import { type AdminFramer, adminFramer } from "./vertex_messages.ts";

/**
 * Addresses that one socket may subscribe where no setting says so: ten times what the largest
 * wallets have. The original has no limit then, and keeps whatever it is told.
 */
const MOST_ADDRESSES = 100_000;

/** What the reference node's settings limit. */
export interface AdminOptions {
  /** Addresses that one socket may subscribe. */
  readonly maxAddresses?: number | undefined;
  /** As many of them that have no history. */
  readonly maxEmptyAddresses?: number | undefined;
  /** Whether histories are streamed; told as a capability. They are by default. */
  readonly hasHistoryStreaming?: boolean;
  /** The node's own wallet, if it has one. */
  readonly wallet?: NodeWalletOptions | undefined;
  /** Whether broadcasts are held back and lost as the reference node does; not by default. */
  readonly isThrottled?: boolean;
}

/** What a socket has joined with: its subscriptions, which end with it. */
interface Joined {
  clear(): void;
}

/** What all `/ws` connections of a process share. */
export class AdminNode {
  readonly queries: NodeQueries;
  readonly options: AdminOptions;
  /** Makes the keys of wallets whose histories are asked for. */
  readonly childKeys = new ChildKeyThread();
  readonly #dashboard: Dashboard;
  readonly #framer: AdminFramer;
  readonly #wallet: NodeWallet | undefined;
  readonly #throttle: Throttle | undefined;
  readonly #sockets = new Set<Joined>();
  /** How many sockets have each address. */
  readonly #listened = new Map<string, number>();

  constructor(
    queries: NodeQueries,
    clock: Clock,
    topics: TopicBook,
    options: AdminOptions = {},
  ) {
    this.queries = queries;
    this.options = options;
    this.#dashboard = new Dashboard(clock, queries);
    this.#throttle = options.isThrottled === true ? new Throttle(clock) : undefined;
    this.#wallet = options.wallet && new NodeWallet(queries, topics, options.wallet);
    this.#framer = adminFramer(queries, topics, async (view, changed) => (
      await this.#wallet?.messages(view, changed) ?? []
    ));
  }

  /** Ends the thread that there may be. */
  stop(): void {
    this.childKeys.stop();
  }

  /** Sockets, and addresses that any of them has subscribed: what `websocket_stats` tells. */
  stats(): { readonly connections: number; readonly addresses: number } {
    return { connections: this.#sockets.size, addresses: this.#listened.size };
  }

  /** Addresses that one socket may subscribe. */
  get maxAddresses(): number {
    return this.options.maxAddresses ?? MOST_ADDRESSES;
  }

  /** Counts an address that one socket more listens to, or one less. */
  listens(address: string, change: 1 | -1): void {
    const count = (this.#listened.get(address) ?? 0) + change;
    if (count > 0) this.#listened.set(address, count);
    else this.#listened.delete(address);
  }

  /** Counts a socket; the function returned ends that. */
  join(subscriptions: Joined): () => void {
    if (this.#sockets.size === 0) this.#wallet?.reopen();
    this.#sockets.add(subscriptions);
    return () => {
      this.#sockets.delete(subscriptions);
      subscriptions.clear();
    };
  }

  /** Begins to tell a socket what happens from now on. */
  async feed(
    session: Session,
    addresses: ReadonlyMap<string, AddressInterest>,
  ): Promise<AdminFeed> {
    const { chain } = this.queries;
    return await session.add(async (wake) => {
      const next = (await chain.head())?.next ?? 0;
      const follower = await chain.attach(next, () => {
        this.#dashboard.moved();
        wake();
      });
      const unlisten = this.#dashboard.listen((message) => {
        feed.tellMetrics(message);
        wake();
      });
      const unthrottle = this.#throttle?.listen((message) => {
        feed.tellLate(message);
        wake();
      });
      const feed = new AdminFeed({
        follower,
        framer: this.#framer,
        addresses,
        throttle: this.#throttle,
        onClose: (closed) => {
          unlisten();
          unthrottle?.();
          session.remove(closed);
        },
      });
      return feed;
    });
  }

  /** Tells what an address has missed from an event on; `done` is called when `live` goes on. */
  async replay(
    session: Session,
    address: string,
    from: number,
    { live, done }: { readonly live: () => number; readonly done: () => void },
  ): Promise<void> {
    await session.add(async (wake) => {
      const follower = await this.queries.chain.attach(from, wake);
      const onClose = (closed: Source) => {
        session.remove(closed);
        done();
      };
      return addressReplay({ follower, framer: this.#framer, address, live, onClose });
    });
  }
}
