import { Store } from "../base/store.ts";
import { isKeyWanted, theKey } from "../base/key.ts";
import { type ReadOptions, StreamClient, StreamError } from "../../../client/mod.ts";
import { addressOf } from "./api.ts";
import {
  type ChainSummary,
  ledgerOf,
  listChains,
  type LogEvent,
  readEvents,
  streamPath,
} from "./chains.ts";
import { RateMeter, Ring } from "./ring.ts";

/** An event as it came over a socket. */
export interface FedEvent {
  readonly chain: string;
  /** The place right after it, opaque. */
  readonly offset: string;
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
  readonly type?: string;
  readonly keys?: readonly string[];
  readonly data: unknown;
}

/** How the page stands to its server. */
export type Connection = "connecting" | "live" | "away";

/** What the names of the server's own chains begin with, which nobody follows. */
const OWN = /^(?:ledgerline|streams\/__ds)\//;

/** Chains that are followed at once: those with the latest events. */
const CHAINS = 32;

/** Milliseconds between two looks for chains that are new. */
const LOOK_MS = 4_000;

/** Chains of which events are shown that were there before, and how many of each. */
const SEED_CHAINS = 8;
const SEED_EVENTS = 12;

/** Events kept to be shown. */
const KEPT = 500;

/** Milliseconds between two times that news are told of: nobody reads faster. */
const NEWS_MS = 100;

/** Seconds of which the events are counted. */
const SECONDS = 121;

/** Everything that comes, while somebody looks. */
export class LiveFeed {
  readonly connection = new Store<Connection>("connecting");
  /** Counts up when there is something new, ten times a second at the most. */
  readonly news = new Store(0);
  /** All chains there are, as of the last look. */
  readonly chains = new Store<readonly ChainSummary[] | undefined>(undefined);
  readonly #events = new Ring<FedEvent>(KEPT);
  readonly #rates = new Map<string, RateMeter>();
  readonly #last = new Map<string, FedEvent>();
  readonly #followed = new Map<string, AbortController>();
  readonly #away = new Set<string>();
  readonly #wanted = new Map<string, number>();
  readonly #heard = new Map<string, number>();
  #total = 0;
  #users = 0;
  #ended: AbortController | undefined;
  #isNewsDue = false;

  /** Follows for as long as anybody who called this has not called what it returned. */
  readonly watch = (): () => void => {
    if (++this.#users === 1) this.#begin();
    return () => {
      if (--this.#users === 0) this.#end();
    };
  };

  /** The last events, newest first. */
  newest(count: number): readonly FedEvent[] {
    return this.#events.newest(count);
  }

  /** How many have come since the page was opened. */
  get total(): number {
    return this.#total;
  }

  /** Events of a ledger in each of the last two minutes' seconds. */
  rates(ledger: string): readonly number[] {
    return this.#meter(ledger).values(Date.now());
  }

  /** The last event of a ledger that has come. */
  lastOf(ledger: string): FedEvent | undefined {
    return this.#last.get(ledger);
  }

  /** Follows a chain whether it is among the latest or not, until what is returned is called. */
  want(chain: string): () => void {
    this.#wanted.set(chain, (this.#wanted.get(chain) ?? 0) + 1);
    const { signal } = this.#ended ?? {};
    if (signal !== undefined) this.#follow(chain, { offset: "now" }, signal);
    return () => {
      const left = (this.#wanted.get(chain) ?? 1) - 1;
      if (left > 0) this.#wanted.set(chain, left);
      else this.#wanted.delete(chain);
    };
  }

  /** Counts the events of a chain that have come. */
  heard(chain: string): number {
    return this.#heard.get(chain) ?? 0;
  }

  #begin(): void {
    const ended = this.#ended = new AbortController();
    const again = theKey.subscribe(() => {
      this.#end();
      this.#begin();
    });
    ended.signal.addEventListener("abort", again);
    void this.#look(ended.signal);
  }

  #end(): void {
    this.#ended?.abort();
    for (const follower of this.#followed.values()) follower.abort();
    this.#followed.clear();
    this.#away.clear();
  }

  async #look(signal: AbortSignal): Promise<void> {
    let isFirst = true;
    while (!signal.aborted) {
      try {
        const chains = await listChains("", signal);
        if (signal.aborted) return;
        this.chains.set(chains);
        const latest = chains.filter(({ chain }) => !OWN.test(chain))
          .sort((one, other) => other.time - one.time).slice(0, CHAINS);
        if (isFirst) await this.#seed(latest, signal);
        // What was there at the first look goes on from there; what is found later begins anew.
        for (const { chain, id } of latest) {
          this.#follow(chain, isFirst && id !== "" ? { after: id } : { offset: "-1" }, signal);
        }
        isFirst = false;
        this.#tell();
      } catch {
        if (signal.aborted) return;
        this.#tell(true);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Takes the last events of what there is, so that there is something to see at once. */
  async #seed(chains: readonly ChainSummary[], signal: AbortSignal): Promise<void> {
    // Of each ledger the latest chain at least.
    const isFirstOfIts = ({ chain }: ChainSummary, at: number) =>
      chains.findIndex((other) => ledgerOf(other.chain) === ledgerOf(chain)) === at;
    const seeded = chains.filter((chain, at) => at < SEED_CHAINS || isFirstOfIts(chain, at));
    const found = await Promise.all(
      seeded.map(async ({ chain, id }) => {
        const asked = { from: "latest", backward: true, limit: SEED_EVENTS };
        const events = await readEvents(chain, asked, signal).catch(() => []);
        return events.filter((event) => event.id <= id).map((event) => fedEvent(chain, event));
      }),
    );
    for (const event of found.flat().sort((one, other) => one.id < other.id ? -1 : 1)) {
      this.#events.push(event);
      this.#last.set(ledgerOf(event.chain), event);
    }
    this.news.set(this.news.value + 1);
  }

  #follow(chain: string, from: ReadOptions, signal: AbortSignal): void {
    if (this.#followed.has(chain) || OWN.test(chain)) return;
    const ended = new AbortController();
    this.#followed.set(chain, ended);
    void this.#read(chain, from, AbortSignal.any([signal, ended.signal]));
  }

  async #read(chain: string, from: ReadOptions, signal: AbortSignal): Promise<void> {
    const client = new StreamClient(addressOf(streamPath(chain)), {
      key: theKey.value,
      onAway: () => {
        this.#away.add(chain);
        this.#tell();
      },
      onBack: () => {
        this.#away.delete(chain);
        this.#tell();
      },
    });
    try {
      for await (const event of client.follow({ ...from, signal })) this.#take({ chain, ...event });
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof StreamError && error.code === "unauthorized") isKeyWanted.set(true);
      // What is deleted or may not be read is not told of; the next look may find it again.
      this.#away.delete(chain);
      setTimeout(() => this.#followed.delete(chain), LOOK_MS * 4);
    }
  }

  #take(event: FedEvent): void {
    const ledger = ledgerOf(event.chain);
    this.#total++;
    this.#heard.set(event.chain, this.heard(event.chain) + 1);
    this.#events.push(event);
    this.#last.set(ledger, event);
    this.#meter(ledger).add(1, Date.now());
    if (this.#isNewsDue) return;
    this.#isNewsDue = true;
    setTimeout(() => {
      this.#isNewsDue = false;
      this.news.set(this.news.value + 1);
    }, NEWS_MS);
  }

  #meter(ledger: string): RateMeter {
    const meter = this.#rates.get(ledger) ?? new RateMeter(SECONDS);
    this.#rates.set(ledger, meter);
    return meter;
  }

  #tell(isAway = this.#away.size > 0): void {
    this.connection.set(isAway ? "away" : "live");
  }
}

/** An event of the log as a socket would tell it. */
function fedEvent(chain: string, event: LogEvent): FedEvent {
  const { id, time, type, keys = [], offset, data, text, base64 } = event;
  return {
    chain,
    offset: String(offset + 1),
    id,
    time: new Date(time).toISOString(),
    // Messages of users have none, as they are told.
    ...ledgerOf(chain) !== "streams" && { type },
    keys,
    data: data ?? text ?? base64,
  };
}

/** The one feed of the page. */
export const theFeed: LiveFeed = new LiveFeed();
