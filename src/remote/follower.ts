import { getLogger } from "@logtape/logtape";
import { AWAY, waitMs } from "../kernel/backoff.ts";
import { type Clock, sleep } from "../kernel/clock.ts";
import { type ErrorCode, LedgerError, messageOf } from "../kernel/errors.ts";
import { Lanes } from "./lanes.ts";
import type { RemoteConnection, RemoteDialect, RemoteKeeper, RemoteNews } from "./remote.ts";

const logger = getLogger(["ledgerline", "remote"]);

/** Milliseconds behind from which on a remote is said to be far ahead. */
const FAR_MS = 10_000;

/** Milliseconds until what the store has refused is asked for again. */
const AGAIN_MS = 60_000;

/** Milliseconds after which a connection was a good one, though nothing may have come of it. */
const LASTING_MS = AWAY.lastMs;

/** What a follower does: `stopped` is for good, until somebody decides. */
export type FollowerState = "connecting" | "following" | "away" | "stopped";

/** How a follower is. */
export interface FollowerReport {
  readonly name: string;
  readonly address: string;
  readonly state: FollowerState;
  /** Why, where it is away or stopped. */
  readonly code: ErrorCode | undefined;
  readonly message: string | undefined;
  /** How much of what the remote has told of is not here, as far as it is known. */
  readonly lagEvents: number;
  readonly lagSeconds: number;
  readonly isFarBehind: boolean;
  readonly last: { readonly line: string; readonly id: number } | undefined;
  readonly taken: number;
  readonly repeated: number;
  readonly reconnects: number;
  /** What was refused, by code. */
  readonly refused: ReadonlyMap<string, number>;
  /** Lines that are not followed any more, with why: the others go on. */
  readonly refusedLines: ReadonlyMap<string, string>;
}

/** What ends following for good: somebody has to decide. */
const FOR_GOOD: ReadonlySet<ErrorCode> = new Set([
  "remote_new_life",
  "remote_not_mine",
  "network_differs",
]);

/** What a follower takes from its surroundings. */
export interface FollowerContext {
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * Follows one remote for as long as it is not stopped: connects, goes on from what is committed here,
 * comes back after whatever ends a connection, and reports. A remote that is away keeps nobody
 * waiting. One that has begun a new life stops it, and what is here stays.
 */
export class RemoteFollower<Item> {
  readonly #dialect: RemoteDialect<Item>;
  readonly #keeper: RemoteKeeper<Item>;
  readonly #context: FollowerContext;
  readonly #stopping = new AbortController();
  readonly #lanes: Lanes<Item>;
  readonly #refused = new Map<string, number>();
  #storeRefused = () => {};
  #state: FollowerState = "connecting";
  #failure: LedgerError | undefined;
  #connections = 0;
  #failures = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(
    dialect: RemoteDialect<Item>,
    keeper: RemoteKeeper<Item>,
    context: FollowerContext,
  ) {
    this.#dialect = dialect;
    this.#keeper = keeper;
    this.#context = context;
    this.#lanes = new Lanes(keeper, (line, error) => this.#refuseLine(line, error));
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Whether what the remote adds to a line comes here as it is added. */
  isComing(line: string): boolean {
    return this.#state === "following" && !this.#lanes.refused.has(line);
  }

  get report(): FollowerReport {
    const { lagEvents, oldest, last, taken, repeated, refused } = this.#lanes;
    const behindMs = lagEvents === 0 ? 0 : Math.max(0, this.#context.clock.now() - oldest);
    return {
      name: this.#dialect.name,
      address: this.#dialect.address,
      state: this.#state,
      code: this.#failure?.code,
      message: this.#failure === undefined ? undefined : messageOf(this.#failure),
      lagEvents,
      lagSeconds: behindMs / 1_000,
      isFarBehind: behindMs > FAR_MS,
      last,
      taken,
      repeated,
      reconnects: Math.max(0, this.#connections - 1),
      refused: this.#refused,
      refusedLines: refused,
    };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { clock, random } = this.#context;
    while (!signal.aborted) {
      try {
        await this.#connection();
      } catch (error) {
        if (signal.aborted) return;
        if (!this.#ended(error)) return;
      }
      await sleep(clock, waitMs(this.#failures++, AWAY, random), signal);
    }
  }

  /** One connection, from its beginning to its end, which is always an error. */
  async #connection(): Promise<void> {
    const ending = new AbortController();
    const end = () => ending.abort();
    const { clock } = this.#context;
    const { taken } = this.#lanes;
    let begunAt = Infinity;
    this.#stopping.signal.addEventListener("abort", end);
    try {
      const connection = await this.#dialect.connect(ending.signal);
      await this.#checkLife(connection.life);
      this.#connections++;
      this.#follows();
      begunAt = clock.now();
      const lanes = this.#lanes.begin(connection, ending.signal, begunAt);
      // Whichever ends first ends the others.
      await Promise.race([
        this.#read(connection, ending.signal),
        lanes,
        this.#again(ending.signal),
      ]);
      throw new LedgerError("remote_away", `${this.#dialect.address} has ended the connection`);
    } finally {
      this.#stopping.signal.removeEventListener("abort", end);
      ending.abort();
      await this.#lanes.end();
      // One of whose news nothing can be taken is not asked for them again and again.
      const isLasting = clock.now() - begunAt > LASTING_MS;
      if (isLasting || this.#lanes.taken > taken) this.#failures = 0;
    }
  }

  /**
   * Rejects some time after the store has refused a line, to ask for it again: a store may refuse for
   * a while, and a good connection lasts for months.
   */
  async #again(signal: AbortSignal): Promise<never> {
    await new Promise<void>((resolve) => this.#storeRefused = resolve);
    await sleep(this.#context.clock, AGAIN_MS, signal);
    throw new LedgerError("remote_away", "What the store has refused is asked for again");
  }

  async #read(connection: RemoteConnection<Item>, signal: AbortSignal): Promise<void> {
    const named = new Set<string>();
    let isNaming = true;
    for await (const news of connection.news()) {
      // What is still told of a connection that has ended is none of the next one's.
      if (signal.aborted) return;
      if (news.kind !== "named") {
        if (isNaming) named.add(news.line);
        await this.#lanes.take(news);
        continue;
      }
      isNaming = false;
      for await (const line of this.#keeper.unnamed?.(named) ?? []) {
        if (await connection.isGone?.(line) !== true) continue;
        if (signal.aborted) return;
        await this.#lanes.take({ kind: "gone", line } satisfies RemoteNews<Item>);
      }
      named.clear();
    }
  }

  async #checkLife(life: string): Promise<void> {
    const known = await this.#keeper.life();
    if (known === undefined) return await this.#keeper.begin(life);
    if (known === life) return;
    throw new LedgerError(
      "remote_new_life",
      `${this.#dialect.address} has begun a new life since it was followed last: it was ${known}, ` +
        `and is ${life}. What is here stays: reset what follows it to begin anew`,
      { known, life },
    );
  }

  #follows(): void {
    if (this.#state !== "following") {
      logger.info("following {address}", { address: this.#dialect.address });
    }
    this.#state = "following";
    this.#failure = undefined;
  }

  /** Notes why a connection has ended; whether another is to be tried. */
  #ended(error: unknown): boolean {
    const { address } = this.#dialect;
    const failure = error instanceof LedgerError
      ? error
      : new LedgerError("remote_away", `${address}: ${messageOf(error)}`, {}, error);
    const { code } = failure;
    const isNews = this.#failure?.code !== code;
    this.#failure = failure;
    if (code !== "remote_away") this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
    if (FOR_GOOD.has(code)) {
      this.#state = "stopped";
      logger.error("{address} is not followed any more: {code} {message}", {
        address,
        code,
        message: failure.message,
      });
      return false;
    }
    this.#state = "away";
    if (isNews) {
      logger.warn("{address} is away: {code} {message}", {
        address,
        code,
        message: messageOf(failure),
      });
    }
    return true;
  }

  #refuseLine(line: string, error: LedgerError): void {
    this.#refused.set(error.code, (this.#refused.get(error.code) ?? 0) + 1);
    if (error.code === "store_refused") this.#storeRefused();
    logger.error("{line} is not followed: {code} {message}", {
      line,
      code: error.code,
      message: error.message,
    });
  }
}
