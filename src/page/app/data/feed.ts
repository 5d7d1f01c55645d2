import { errorOf } from "../base/error.ts";
import { Store } from "../base/store.ts";
import { isKeyWanted, theKey } from "../base/key.ts";
import { StreamClient, StreamError } from "../../../client/mod.ts";
import { addressOf } from "./api.ts";
import {
  type ChainSummary,
  isOwn,
  ledgerOf,
  listChains,
  type LogEvent,
  readEvents,
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

/** Milliseconds between two looks at the list of chains. */
const LOOK_MS = 4_000;

/** Milliseconds after which what the server refused is tried again. */
const AGAIN_MS = 2_000;

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
  /** Why the last look failed. */
  readonly failure = new Store<Error | undefined>(undefined);
  readonly #events = new Ring<FedEvent>(KEPT);
  readonly #rates = new Map<string, RateMeter>();
  readonly #last = new Map<string, FedEvent>();
  readonly #heard = new Map<string, number>();
  #total = 0;
  #users = 0;
  #ended: AbortController | undefined;
  #isNewsDue = false;
  #isAway = false;

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
    void this.#follow(ended.signal);
    void this.#keepLooking(ended.signal);
  }

  #end(): void {
    this.#ended?.abort();
    this.#isAway = false;
  }

  async #keepLooking(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look(signal);
      await delay(LOOK_MS);
    }
  }

  /** Looks at the list of chains. */
  async look(signal = this.#ended?.signal): Promise<void> {
    try {
      const chains = await listChains("", signal);
      if (signal?.aborted) return;
      this.chains.set(chains);
      this.failure.set(undefined);
      this.#tell(this.#isAway);
    } catch (error) {
      if (signal?.aborted) return;
      this.failure.set(errorOf(error));
      this.#tell(true);
    }
  }

  /** Follows all chains, from where it was; where the server does not know that any more, from now on. */
  async #follow(signal: AbortSignal): Promise<void> {
    const client = new StreamClient(addressOf("v1/all"), {
      key: theKey.value,
      onAway: () => this.#tell(this.#isAway = true),
      onBack: () => this.#tell(this.#isAway = false),
    });
    // What comes before the last events of before are shown waits for them.
    let waiting: FedEvent[] | undefined = [];
    let seeding: Promise<void> | undefined;
    // Some of these come over the socket as well, and perhaps only now.
    const seeded = new Set<string>();
    const seed = async () => {
      const before = await this.#lastEvents(signal).catch(() => []);
      const come = waiting ?? [];
      waiting = undefined;
      const known = new Set(come.map(nameOf));
      for (const event of before) {
        if (known.has(nameOf(event))) continue;
        seeded.add(nameOf(event));
        this.#show(event);
      }
      this.#hasNews();
      come.forEach((event) => this.#take(event));
    };
    while (!signal.aborted) {
      try {
        const onCaughtUp = () => void (seeding ??= seed());
        for await (const event of client.follow({ offset: "now", signal, onCaughtUp })) {
          const { chain = "", ...rest } = event;
          if (isOwn(chain)) continue;
          const come = { chain, ...rest };
          if (waiting !== undefined) waiting.push(come);
          else if (seeded.delete(nameOf(come))) this.#count(come);
          else this.#take(come);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof StreamError && error.code === "unauthorized") {
          isKeyWanted.set(true);
          return;
        }
        await delay(AGAIN_MS);
      }
    }
  }

  /** The last events of what there is, so that there is something to see at once; newest last. */
  async #lastEvents(signal: AbortSignal): Promise<readonly FedEvent[]> {
    const all = (await listChains("", signal)).filter(({ chain }) => !isOwn(chain))
      .sort((one, other) => other.time - one.time);
    // Of each ledger the latest chain at least.
    const isFirstOfIts = ({ chain }: ChainSummary, at: number) =>
      all.findIndex((other) => ledgerOf(other.chain) === ledgerOf(chain)) === at;
    const chosen = all.filter((chain, at) => at < SEED_CHAINS || isFirstOfIts(chain, at));
    const found = await Promise.all(chosen.map(async ({ chain }) => {
      const asked = { from: "latest", backward: true, limit: SEED_EVENTS };
      const events = await readEvents(chain, asked, signal).catch(() => []);
      return events.map((event) => fedEvent(chain, event));
    }));
    return found.flat().sort((one, other) => one.id < other.id ? -1 : 1);
  }

  #show(event: FedEvent): void {
    this.#events.push(event);
    this.#last.set(ledgerOf(event.chain), event);
  }

  #take(event: FedEvent): void {
    this.#show(event);
    this.#count(event);
  }

  #count({ chain }: FedEvent): void {
    this.#total++;
    this.#heard.set(chain, this.heard(chain) + 1);
    this.#meter(ledgerOf(chain)).add(1, Date.now());
    this.#hasNews();
  }

  #hasNews(): void {
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

  #tell(isAway: boolean): void {
    this.connection.set(isAway ? "away" : "live");
  }
}

/** What names an event. */
function nameOf({ chain, id }: FedEvent): string {
  return `${id} ${chain}`;
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
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
