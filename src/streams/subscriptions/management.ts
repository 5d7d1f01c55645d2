import { allStreams } from "../chain/all_streams.ts";
import { configHash } from "./config.ts";
import { limitReached, unknownSubscription } from "./errors.ts";
import type { NewLink } from "./events.ts";
import { isMatched } from "./matched.ts";
import {
  addLinks,
  createSubscription,
  drop,
  makeReady,
  refuseOtherConfig,
  rehome,
  removeSubscription,
  unlink,
  type WantedSubscription,
} from "./manage_commands.ts";
import { parts, tailOf } from "./pending.ts";
import {
  type Config,
  type Link,
  linkRow,
  LINKS,
  type Subscription,
  subscriptionRow,
} from "./state.ts";
import type { Watch } from "./watch.ts";
import type { Surroundings } from "./surroundings.ts";

/** Streams whose ends are read concurrently. */
const AT_ONCE = 32;

/** The most links of one answer. */
export const LISTED = 1_000;

/**
 * The most subscriptions of one store: each stream is matched against all of their patterns, and an
 * append may wake every one.
 */
const MOST_SUBSCRIPTIONS = 512;

/** The most subscriptions made with one key, so that none uses up the store's. */
const MOST_PER_KEY = 256;

/** The most links of all subscriptions together: all of them are kept in memory. */
const MOST_LINKS = 100_000;

/** A link with the path it is for. */
export interface ListedLink {
  readonly path: string;
  readonly link: Link;
}

/** A subscription, as limits count it. */
interface Owned {
  readonly owner?: string | undefined;
}

/** Makes, shows and ends subscriptions, and says which streams are theirs. */
export class Management {
  readonly #around: Surroundings;
  readonly #watch: Watch;
  /** Subscriptions that are being made. */
  readonly #making = new Set<Owned>();
  /** The last look for streams that match a pattern. */
  #look: Promise<unknown> = Promise.resolve();

  constructor(around: Surroundings, watch: Watch) {
    this.#around = around;
    this.#watch = watch;
  }

  /**
   * Creates a subscription, or finds it to be there as asked for. Streams that are there already
   * are linked at their ends, in as many commits as they take. A crash in between leaves one that is
   * not ready and wakes nobody; the same request again finishes it. Throws 409 where it is otherwise.
   */
  async create(
    id: string,
    config: Config,
    origin: string,
    owner?: string,
  ): Promise<{ subscription: Subscription; isNew: boolean }> {
    const { chain } = this.#around;
    const wanted = { id, config, hash: configHash(config), origin, owner };
    const known = await chain.row<Subscription>(subscriptionRow(id));
    if (known !== undefined) {
      refuseOtherConfig(known, wanted);
      if (known.isReady) return { subscription: await this.#rehomed(known, origin), isNew: false };
      return await this.#make(wanted);
    }
    const admitted = await this.#admit(owner);
    try {
      return await this.#make(wanted);
    } finally {
      this.#making.delete(admitted);
    }
  }

  /**
   * Counts one that is about to be made, among those of its key. Throws 409 where the limit of the
   * store or of the key is reached.
   */
  async #admit(owner: string | undefined): Promise<Owned> {
    const { book } = this.#watch;
    await this.#watch.reach();
    // From here on at once: many may have waited for that.
    const all = [...book.all(), ...this.#making];
    if (all.length >= MOST_SUBSCRIPTIONS) {
      throw limitReached(`A store has up to ${MOST_SUBSCRIPTIONS} subscriptions`);
    }
    const owned = all.filter((other) => other.owner === owner).length;
    if (owner !== undefined && owned >= MOST_PER_KEY) {
      throw limitReached(`A key has up to ${MOST_PER_KEY} subscriptions`);
    }
    const admitted = { owner };
    this.#making.add(admitted);
    return admitted;
  }

  async #make(wanted: WantedSubscription): Promise<{ subscription: Subscription; isNew: boolean }> {
    const { chain } = this.#around;
    const { id, config } = wanted;
    // Gathered before the subscription exists: what is appended from then on is pending.
    const [first = [], ...rest] = parts(await this.#existing(config));
    const made = await chain.execute(createSubscription(wanted, first, rest.length === 0));
    if (made.isNew && rest.length === 0) {
      this.#sweep(id, config);
      return made;
    }
    for (const links of made.isNew ? rest : [first, ...rest]) {
      await chain.execute(addLinks(made.subscription, links));
    }
    const subscription = await chain.execute(makeReady(made.subscription));
    this.#sweep(id, config);
    return { subscription, isNew: made.isNew };
  }

  /** The subscription as last committed. Throws 404. */
  async get(id: string): Promise<Subscription> {
    const found = await this.#around.chain.row<Subscription>(subscriptionRow(id));
    if (found === undefined) throw unknownSubscription();
    return found;
  }

  /**
   * The first {@linkcode LISTED} links of a subscription, in order of path, or those after a path.
   */
  async links({ life }: Pick<Subscription, "life">, after?: string): Promise<ListedLink[]> {
    const from = after === undefined ? undefined : linkRow(life, after);
    const rows = await this.#around.chain.rows<Link>([...LINKS, life], LISTED + 1, { from });
    return rows.map(({ key, value }) => ({ path: String(key[2]), link: value }))
      .filter(({ path }) => path !== after).slice(0, LISTED);
  }

  /** Ends a subscription, if there is one, and then clears its links away. */
  async remove(id: string): Promise<void> {
    const { chain } = this.#around;
    const removed = await chain.execute(removeSubscription(id));
    if (removed === undefined) return;
    for (let isMore = true; isMore;) {
      const links = await this.links(removed);
      for (const some of parts(links)) {
        await chain.execute(drop(removed, some.map(({ path }) => path)));
      }
      isMore = links.length === LISTED;
    }
  }

  /** Links streams at their ends; those that are linked keep their cursor. */
  async addStreams(id: string, paths: readonly string[]): Promise<void> {
    const subscription = await this.get(id);
    this.#refuseLinks(paths.length);
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
    // After this the ends of all streams written to before are known.
    await this.#watch.settled();
    const explicit = await this.#linksAtEnds(config.streams, true);
    if (config.pattern === null) return explicit;
    // One after another: 200 at once held the store, and each other, until they were told to come back.
    const looking = this.#look.then(() => this.#matching(config));
    this.#look = looking.catch(() => {});
    return [...explicit, ...await looking];
  }

  /** Links at the ends of all streams that match the pattern now and are not named. */
  async #matching(config: Config): Promise<NewLink[]> {
    const named = new Set(config.streams);
    const matched: string[] = [];
    for await (const { path } of allStreams(this.#around.log, this.#around.stopped)) {
      if (!named.has(path) && isMatched(config, path)) matched.push(path);
      this.#refuseLinks(matched.length);
    }
    return await this.#linksAtEnds(matched, false);
  }

  /** Throws 409 where so many more links would exceed the limit. */
  #refuseLinks(count: number): void {
    if (count + this.#watch.book.linkCount <= MOST_LINKS) return;
    throw limitReached(`Subscriptions have up to ${MOST_LINKS} streams, all of them together`);
  }

  /** Links at the ends of streams. Those of the pattern have to exist, explicit ones need not yet. */
  async #linksAtEnds(paths: readonly string[], isExplicit: boolean): Promise<NewLink[]> {
    const links: NewLink[] = [];
    for (let at = 0; at < paths.length; at += AT_ONCE) {
      const some = paths.slice(at, at + AT_ONCE);
      const layouts = await Promise.all(some.map((path) => this.#watch.known(path)));
      for (const [index, path] of some.entries()) {
        const layout = layouts[index];
        if (layout !== undefined || isExplicit) {
          links.push({ path, at: tailOf(layout), isExplicit });
        }
      }
    }
    return links;
  }

  /** Links streams that came to be while the subscription was made. */
  #sweep(id: string, config: Config): void {
    if (config.pattern !== null) this.#watch.sweepFor(id, config);
  }
}
