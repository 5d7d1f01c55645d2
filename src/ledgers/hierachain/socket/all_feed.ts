import { parsePosition } from "../../../kernel/position.ts";
import type { EventBatch } from "../../../log/event_batch.ts";
import type { Session } from "../../../sockets/session.ts";
import { chainLogName, MAIN_CHAIN, REMOTE_REGISTRY } from "../chain/names.ts";
import { subChains } from "../chain/queries.ts";
import { readEvent } from "../event/event_facts.ts";
import { valueAt } from "../../../python/json.ts";
import type { HieraChainService } from "../chain/service.ts";
import { EVENT_TYPE, REGISTRATION } from "../event/event_types.ts";
import { ChainFeed, type Feed, type Form, LATEST } from "./chain_feed.ts";
import { MessageRefused } from "./message.ts";
import { WantedTypes } from "./wanted_types.ts";

/** The name that stands for all chains. */
export const ALL = "all";

/** Chains that one such subscription follows: each has a place of its own in memory. */
const MOST_CHAINS = 1_000;

/** What is told of a subscription that would follow more. */
const TOO_MANY = "Too many chains: subscribe to them by their names";

/**
 * What one socket hears of all chains that it may read: those that there are, and each that comes,
 * from its first event on. The root chain, which they are registered with, tells of them.
 */
export class AllFeed implements Feed {
  readonly #session: Session;
  readonly #service: HieraChainService;
  readonly #mayRead: (logName: string) => boolean;
  readonly #form: Form;
  readonly #wanted = new WantedTypes();
  readonly #feeds = new Map<string, ChainFeed>();
  #isClosed = false;

  constructor(
    session: Session,
    service: HieraChainService,
    mayRead: (logName: string) => boolean,
    form: Form,
  ) {
    this.#session = session;
    this.#service = service;
    this.#mayRead = mayRead;
    this.#form = form;
  }

  async subscribe(
    types: readonly string[] | undefined,
    from: unknown,
    isAnew: boolean,
  ): Promise<void> {
    const position = from === undefined ? undefined : parsePosition(from);
    // An offset, or an id, is a place in one chain.
    if (position?.at === "offset" || position?.at === "after") {
      throw new MessageRefused("Invalid subscription");
    }
    const isBegun = this.#feeds.size > 0;
    // Where a node is followed its chains are told of elsewhere.
    const registry = this.#service.isFollowing ? [REMOTE_REGISTRY] : [];
    const places: { readonly name: string; readonly offset: number }[] = [];
    const place = async (name: string) => {
      const offset = await this.#service.chain(name).locate(position ?? LATEST);
      places.push({ name, offset });
    };
    // Before the others are listed: a chain that comes meanwhile is in the list, or told of behind it.
    if (!isBegun || position !== undefined) {
      for (const name of [MAIN_CHAIN, ...registry]) await place(name);
      const names = await subChains(this.#service.registry);
      const readable = names.filter((name) => this.#mayRead(chainLogName(name)));
      if (readable.length > MOST_CHAINS) throw new MessageRefused(TOO_MANY);
      for (const name of readable) await place(name);
    }
    if (isAnew || position !== undefined) this.#wanted.reset();
    this.#wanted.add(types);
    for (const feed of this.#feeds.values()) feed.refresh();
    const feeds = places.map(({ name, offset }) => ({
      feed: this.#feeds.get(name) ?? this.#added(name),
      offset,
    }));
    for (const { feed, offset } of feeds) await feed.begin(offset, position);
  }

  close(): void {
    this.#isClosed = true;
    for (const feed of this.#feeds.values()) feed.close();
  }

  #added(name: string): ChainFeed {
    const isRegistry = name === MAIN_CHAIN || name === REMOTE_REGISTRY;
    const passes = (batch: EventBatch, index: number) => {
      this.#look(batch, index);
      return name === MAIN_CHAIN && this.#mayRead(chainLogName(MAIN_CHAIN));
    };
    const passing = isRegistry ? { passes } : undefined;
    const chain = this.#service.chain(name);
    const feed = new ChainFeed(this.#session, chain, this.#form, this.#wanted, passing);
    this.#feeds.set(name, feed);
    return feed;
  }

  /** Looks for a new chain in an event of what tells of them. */
  #look(batch: EventBatch, index: number): void {
    if (batch.types[index] === EVENT_TYPE && batch.keys[index]?.[0] === REGISTRATION) {
      this.#follow(String(valueAt(readEvent(batch.text(index)), "entity_id")));
    }
  }

  #follow(name: string): void {
    if (this.#isClosed || this.#feeds.has(name) || !this.#mayRead(chainLogName(name))) return;
    if (this.#feeds.size > MOST_CHAINS) {
      return this.#session.reply(JSON.stringify({ type: "error", message: TOO_MANY }));
    }
    this.#added(name).begin(0).catch((error) => this.#session.fail(error));
  }
}
