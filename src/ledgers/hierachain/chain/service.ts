import { getLogger } from "@logtape/logtape";
import { PyFloat, type PyJson, type PyObject } from "../../../python/json.ts";
import type { Clock } from "../../../kernel/clock.ts";
import { messageOf } from "../../../kernel/errors.ts";
import type { Chain } from "../../../log/chain.ts";
import type { NewEvent } from "../../../log/event.ts";
import type { Log } from "../../../log/log.ts";
import { inTurns, type Steps } from "../../../kernel/steps.ts";
import { Authority } from "./authority.ts";
import { BlockCloser } from "./closer.ts";
import {
  type AppendedEvent,
  appendEvents,
  createChain,
  recordProof,
  registerSubChain,
} from "./commands.ts";
import { entrySteps, systemEntry } from "../event/entry.ts";
import type { EventBody } from "../event/event_fields.ts";
import { concernsStore } from "./faults.ts";
import { LedgerClock } from "./ledger_clock.ts";
import {
  BUSINESS_LOG,
  chainLogName,
  chainNameOf,
  MAIN_CHAIN,
  MAIN_CHAIN_TITLE,
  REMOTE_REGISTRY,
} from "./names.ts";
import { proofMetadata } from "./proof_metadata.ts";
import { subChains } from "./queries.ts";
import { CHAIN_STATE, type ChainState, registeredNameRow } from "./rows.ts";
import { buildingEvent } from "../event/stored_event.ts";
import { storedSecureEvent } from "../event/secure_event.ts";

const logger = getLogger(["ledgerline", "hierachain"]);

/** A chain to be anchored has no block but its genesis, or does not exist. */
export class NothingToProveError extends Error {
  override readonly name = "NothingToProveError";
}

/**
 * The writing side of the ledger. The root chain and its sub-chains are chains of the log of their
 * own, without a transaction across them: where a request writes to two, the second write is
 * idempotent and repeated by a client's retry and at the start, so that a crash in between loses
 * nothing.
 */
export class HieraChainService {
  readonly log: Log;
  readonly authority: Authority;
  /** Whether a node decides what the chains have. */
  readonly isFollowing: boolean;
  readonly #clock: LedgerClock;
  readonly #closer: BlockCloser;
  /** Whether HTML is escaped in what users store. */
  readonly escapeHtml: boolean;
  #isStopped = false;
  /** What goes on while requests are served already. */
  #finishing: Promise<void> | undefined;

  private constructor(
    log: Log,
    clock: Clock,
    authority: Authority,
    escapeHtml: boolean,
    isFollowing: boolean,
  ) {
    this.log = log;
    this.authority = authority;
    this.#clock = new LedgerClock(clock);
    this.#closer = new BlockCloser(log, clock, authority);
    this.escapeHtml = escapeHtml;
    this.isFollowing = isFollowing;
  }

  static async open(
    log: Log,
    clock: Clock,
    escapeHtml: boolean,
    isFollowing = false,
  ): Promise<HieraChainService> {
    const authority = await Authority.open(log);
    return new HieraChainService(log, clock, authority, escapeHtml, isFollowing);
  }

  /** Creates the root chain where it is missing, and begins to finish what a crash cut off. */
  async start(): Promise<void> {
    await this.#begin(MAIN_CHAIN, async () => {
      const main = this.chain(MAIN_CHAIN);
      if (await main.head() !== undefined) return;
      await main.execute(createChain(MAIN_CHAIN, "main", this.#clock.seconds()));
    });
    const chains = this.#closer.start();
    this.#finishing = chains.then((names) => this.#registerAll(names)).catch((error: unknown) => {
      if (this.#isStopped) return;
      logger.warn("not all sub-chains are registered: {error}", { error: messageOf(error) });
    });
  }

  /** Registers the sub-chains that were created, and whose registration was cut off. */
  async #registerAll(names: readonly string[]): Promise<void> {
    const registered = new Set(await subChains(this.registry));
    for (const name of names) {
      if (this.#isStopped) return;
      if (name === BUSINESS_LOG) continue;
      if (name === chainLogName(MAIN_CHAIN) || registered.has(chainNameOf(name))) continue;
      await this.#begin(chainNameOf(name), async () => {
        const state = await this.log.chain(name).row<ChainState>(
          CHAIN_STATE,
        );
        if (state !== undefined) await this.#register(state.name, state.domain);
      });
    }
  }

  /** Starts one chain. A damaged one is logged, answers its own requests so, and stops no other. */
  async #begin(chain: string, begin: () => Promise<void>): Promise<void> {
    try {
      await begin();
    } catch (error) {
      if (concernsStore(error)) throw error;
      logger.error("the chain {chain} does not begin: {error}", { chain, error: messageOf(error) });
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#closer.stop();
    await this.#finishing;
  }

  /** The chain of the log for one of this ledger, which need not exist yet. */
  chain(name: string): Chain {
    const logName = chainLogName(name);
    return this.log.chain(logName);
  }

  /** The chain that tells which sub-chains there are. */
  get registry(): Chain {
    return this.chain(this.isFollowing ? REMOTE_REGISTRY : MAIN_CHAIN);
  }

  /** Creates a sub-chain and registers it; `created` is false where it existed. */
  async createSubChain(name: string, domain: string): Promise<{ created: boolean }> {
    const seconds = this.#clock.seconds();
    const connected = systemEntry(name, name, "main_chain_connection", seconds, {
      details: {
        main_chain_name: MAIN_CHAIN_TITLE,
        connected_at: new PyFloat(seconds),
        status: "connected",
      },
    });
    const created = await this.chain(name).execute(createChain(name, domain, seconds, connected));
    if (created) this.#closer.schedule(name, seconds * 1_000 + 1_000);
    await this.#register(name, domain);
    return { created };
  }

  /**
   * Appends events to a sub-chain, all or none. Throws `UnknownChainError`, `RuleViolationError`,
   * `PyJsonWriteError` and the log's own errors.
   */
  async append(name: string, requests: readonly EventBody[]): Promise<AppendedEvent[]> {
    return await this.#append(name, await inTurns(this.#entries(name, requests)));
  }

  /**
   * Appends an event whose signature has been verified. Throws as {@linkcode append} does.
   *
   * @param values the fields of its body
   */
  async appendSecure(name: string, values: ReadonlyMap<string, PyJson>): Promise<AppendedEvent> {
    const seconds = this.#clock.seconds();
    const event = storedSecureEvent(values, seconds);
    const type = String(values.get("event_type"));
    const entry = await inTurns(entrySteps(name, event, seconds, type));
    const [appended] = await this.#append(name, [entry]);
    if (appended === undefined) throw new Error("nothing was appended");
    return appended;
  }

  /** Appends entries, and sees to it that the block of the last closes in time. */
  async #append(name: string, entries: readonly NewEvent[]): Promise<AppendedEvent[]> {
    const appended = await this.chain(name).execute(appendEvents(name, entries, this.authority));
    this.#scheduleLast(name, appended.at(-1));
    return appended;
  }

  *#entries(name: string, requests: readonly EventBody[]): Steps<NewEvent[]> {
    const entries: NewEvent[] = [];
    for (const request of requests) {
      const seconds = this.#clock.seconds();
      const event = yield* buildingEvent(request, seconds, { escapeHtml: this.escapeHtml });
      entries.push(yield* entrySteps(name, event, seconds));
    }
    return entries;
  }

  /**
   * Anchors the newest block of a sub-chain in the root chain, and notes that in the sub-chain.
   * Returns the API's id of the proof. Throws {@linkcode NothingToProveError}.
   */
  async submitProof(name: string): Promise<string> {
    const chain = this.chain(name);
    const state = name === MAIN_CHAIN ? undefined : await chain.row<ChainState>(CHAIN_STATE);
    if (state === undefined || state.blocks < 2) throw new NothingToProveError(name);
    const seconds = this.#clock.seconds();
    const metadata = await proofMetadata(chain, state, seconds);
    const recorded = await this.chain(MAIN_CHAIN).execute(
      recordProof(name, state.lastHash, metadata, seconds, this.authority),
    );
    this.#scheduleLast(MAIN_CHAIN, recorded);
    const details: PyObject = {
      main_chain_name: MAIN_CHAIN_TITLE,
      proof_hash: state.lastHash,
      block_index: state.blocks - 1,
      submitted_at: new PyFloat(seconds),
      zk_proof_included: false,
    };
    const noted = systemEntry(name, name, "proof_submitted", this.#clock.seconds(), { details });
    await this.#append(name, [noted]);
    return `${name}_${state.blocks}`;
  }

  async #register(name: string, domain: string): Promise<void> {
    const main = this.chain(MAIN_CHAIN);
    if (await main.row(registeredNameRow(name)) !== undefined) return;
    const dueAt = await main.execute(registerSubChain(name, domain, this.#clock.seconds()));
    if (dueAt !== undefined) this.#closer.schedule(MAIN_CHAIN, dueAt);
  }

  #scheduleLast(name: string, last: AppendedEvent | undefined): void {
    if (last?.dueAt !== undefined) this.#closer.schedule(name, last.dueAt);
  }
}
