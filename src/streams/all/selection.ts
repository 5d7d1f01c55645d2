import { BoundedCache } from "../../crypto/bounded_cache.ts";
import { type Filter, type Matcher, matcherOf } from "../../log/follow.ts";
import { shownFilter } from "../../sockets/following.ts";
import type { Grant } from "../../web/access.ts";
import { matchesGlob } from "../chain/glob.ts";
import type { Format } from "../typed/formats.ts";

/** Chains of which it is kept whether they are wanted. */
const CHAINS = 16_384;

/** What somebody reads of all chains. */
export interface WantedOfAll {
  /** Of the chains' whole names; all where there are none. */
  readonly patterns: readonly string[];
  readonly filter: Filter | undefined;
  readonly format: Format;
  /** Milliseconds since the epoch of the first events that are wanted; 0 for all. */
  readonly since: number;
}

/** Which events one reader is told, and how: those it wants, of chains that its key may read. */
export class Selection {
  readonly format: Format;
  readonly since: number;
  readonly matcher: Matcher | undefined;
  /** What is chosen, as a query writes it; undefined where that is all. */
  readonly shown: string | undefined;
  /** Whole names, and patterns with stars. */
  readonly #names: ReadonlySet<string>;
  readonly #globs: readonly string[];
  readonly #grant: Pick<Grant, "allows">;
  readonly #known = new BoundedCache<string, boolean>(CHAINS);

  constructor({ patterns, filter, format, since }: WantedOfAll, grant: Pick<Grant, "allows">) {
    this.format = format;
    this.since = since;
    this.matcher = matcherOf(filter);
    const chosen = patterns.length === 0 ? undefined : patterns;
    this.shown = shownFilter({ chain: chosen, type: filter?.types, key: filter?.keys });
    this.#names = new Set(patterns.filter((pattern) => !pattern.includes("*")));
    this.#globs = patterns.length === 0 ? ["**"] : patterns.filter((one) => one.includes("*"));
    this.#grant = grant;
  }

  /** Whether it has events of a chain. */
  has(chain: string): boolean {
    return this.#known.get(
      chain,
      () =>
        (this.#names.has(chain) || this.#globs.some((glob) => matchesGlob(glob, chain))) &&
        this.#grant.allows("read", chain),
    );
  }
}
