import type { RowKey } from "../../../log/keys.ts";
import { LOG_PREFIX } from "../names.ts";
import { hashOf } from "./config.ts";
import { unknownSubscription } from "./errors.ts";
import type { NewLink } from "./events.ts";
import { isMatched } from "./glob.ts";
import {
  addLinks,
  create,
  drop,
  makeReady,
  refuseOther,
  rehome,
  remove,
  unlink,
} from "./manage_commands.ts";
import { parts, tailOf } from "./pending.ts";
import {
  CHAIN,
  type Config,
  type Link,
  LINKS,
  type Subscription,
  subscriptionRow,
} from "./state.ts";
import type { Surroundings, Watch } from "./watch.ts";

/** Streams whose ends are looked up at once. */
const AT_ONCE = 32;

/** Links listed at once. */
const LISTED = 500;

/** A link with the path it is for. */
export interface ListedLink {
  readonly path: string;
  readonly link: Link;
}

/** Makes, shows and ends subscriptions, and says which streams are theirs. */
export class Management {
  readonly #around: Surroundings;
  readonly #watch: Watch;

  constructor(around: Surroundings, watch: Watch) {
    this.#around = around;
    this.#watch = watch;
  }

  /**
   * Creates a subscription, or finds it to be there as asked for. Streams that are there already
   * are linked at their ends, in as many commits as they take; one that was left half made is
   * finished by whoever asks for it again, and wakes nobody before. Throws 409 where it is
   * otherwise.
   */
  async create(
    id: string,
    config: Config,
    origin: string,
  ): Promise<{ subscription: Subscription; isNew: boolean }> {
    const { chain } = this.#around;
    const wanted = { id, config, hash: hashOf(config), origin };
    const known = await chain.row<Subscription>(subscriptionRow(id));
    if (known !== undefined) {
      refuseOther(known, wanted);
      if (known.isReady) return { subscription: await this.#rehomed(known, origin), isNew: false };
    }
    // Gathered before it is made: what is appended from then on is news.
    const [first = [], ...rest] = parts(await this.#existing(config));
    const made = await chain.execute(create(wanted, first, rest.length === 0));
    if (made.isNew && rest.length === 0) {
      this.#sweep(config);
      return made;
    }
    for (const links of made.isNew ? rest : [first, ...rest]) {
      await chain.execute(addLinks(made.subscription, links));
    }
    const subscription = await chain.execute(makeReady(made.subscription));
    this.#sweep(config);
    return { subscription, isNew: made.isNew };
  }

  /** The subscription as last committed. Throws 404. */
  async get(id: string): Promise<Subscription> {
    const found = await this.#around.chain.row<Subscription>(subscriptionRow(id));
    if (found === undefined) throw unknownSubscription();
    return found;
  }

  /** All links of a subscription, in order of path. */
  async links({ life }: Subscription): Promise<ListedLink[]> {
    const links: ListedLink[] = [];
    let from: RowKey | undefined;
    for (;;) {
      const rows = await this.#around.chain.rows<Link>([...LINKS, life], LISTED, { from });
      for (const { key, value } of rows) {
        const path = String(key[2]);
        // A part begins with the last of the one before.
        if (path !== links.at(-1)?.path) links.push({ path, link: value });
      }
      if (rows.length < LISTED) return links;
      from = rows.at(-1)?.key;
    }
  }

  /** Ends a subscription, if there is one, and then clears its links away. */
  async remove(id: string): Promise<void> {
    const { chain } = this.#around;
    const removed = await chain.execute(remove(id));
    if (removed === undefined) return;
    for (const some of parts(await this.links(removed))) {
      await chain.execute(drop(removed, some.map(({ path }) => path)));
    }
  }

  /** Links streams at their ends; those that are linked keep their place. */
  async addStreams(id: string, paths: readonly string[]): Promise<void> {
    const subscription = await this.get(id);
    for (const links of parts(await this.#linksAtEnds(paths, true))) {
      await this.#around.chain.execute(addLinks(subscription, links));
    }
  }

  async removeStream(id: string, path: string): Promise<void> {
    await this.#around.chain.execute(unlink(id, path));
  }

  async #rehomed(subscription: Subscription, origin: string): Promise<Subscription> {
    if (subscription.origin === origin) return subscription;
    return await this.#around.chain.execute(rehome(subscription.id, origin));
  }

  /** The explicit streams, and those that match the pattern now. */
  async #existing(config: Config): Promise<NewLink[]> {
    const explicit = await this.#linksAtEnds(config.streams, true);
    if (config.pattern === null) return explicit;
    const named = new Set(config.streams);
    const matched: string[] = [];
    for await (const { name } of this.#around.log.chains(LOG_PREFIX)) {
      const path = name.slice(LOG_PREFIX.length);
      if (name !== CHAIN && !named.has(path) && isMatched(config, path)) matched.push(path);
    }
    return [...explicit, ...await this.#linksAtEnds(matched, false)];
  }

  /** Links at the ends of streams. One by the pattern has to exist; an explicit one may come. */
  async #linksAtEnds(paths: readonly string[], isExplicit: boolean): Promise<NewLink[]> {
    const links: NewLink[] = [];
    for (let at = 0; at < paths.length; at += AT_ONCE) {
      const some = paths.slice(at, at + AT_ONCE);
      const layouts = await Promise.all(some.map((path) => this.#watch.layout(path)));
      for (const [index, path] of some.entries()) {
        const layout = layouts[index];
        if (layout !== undefined || isExplicit) {
          links.push({ path, at: tailOf(layout), isExplicit });
        }
      }
    }
    return links;
  }

  /** Finds what began to match between the gathering and the making. */
  #sweep({ pattern }: Config): void {
    if (pattern === null) return;
    void this.#watch.book.reach().then(() => this.#watch.sweep(), () => {});
  }
}
