import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../kernel/clock.ts";
import { messageOf } from "../../kernel/errors.ts";
import type { Chain } from "../../log/chain.ts";
import type { MayGoOn } from "../../log/clear.ts";
import type { CutRule } from "../../log/cut.ts";
import type { Log } from "../../log/log.ts";
import type { Command, CommandOptions } from "../../log/command.ts";
import type { LedgerContext } from "../../web/ledger.ts";
import { type Owner, SOLE_OWNER } from "../../web/owner.ts";
import { type AppendAnswer, appendTo } from "./append_command.ts";
import { type AppendRequest, eventsOf } from "./append_request.ts";
import { create, existing, expire, needsNote, remove, use, type Wanted } from "./create_command.ts";
import {
  type CreateRequest,
  type ForkRequest,
  newFork,
  newStream,
  wantedOf,
} from "./create_request.ts";
import type { FoundStream } from "./elsewhere.ts";
import { conflict, noStream, retained, StreamRefusal } from "./errors.ts";
import { isData } from "./events.ts";
import { Forks } from "./forks.ts";
import { InHand } from "./in_hand.ts";
import { ledgerState } from "./ledger_state.ts";
import { inheritedUpTo, isApart, layoutOf } from "./layout.ts";
import { pathOfStream, streamChain, STREAMS_PREFIX } from "./names.ts";
import { presenceOf, storedState, type StreamState, versionedState } from "./state.ts";
import type { OpenChain } from "./reading.ts";
import { newLife } from "./token.ts";

const logger = getLogger(["ledgerline", "streams"]);
/** The longest line of forks of forks: each has the extents of all in its row, and reads search them. */
const FORK_DEPTH = 128;

/** A stream after a request to create it. */
export interface Created {
  readonly state: StreamState;
  readonly isNew: boolean;
}

/** Streams: each is a chain, and all that is known of one is in its chain. */
export class StreamService {
  /** Opens any chain, with the projection of the ledger that has it. */
  readonly open: OpenChain;
  readonly #ledgers: LedgerContext["projectionOf"];
  readonly clock: Clock;
  /** Bounds the large bodies that are parsed at a time. */
  readonly inHand = new InHand();
  /** Called with each stream that this process wrote to, or may have. */
  onWrite: (name: string) => void = () => {};
  /** Called with each stream that was deleted here, or has expired. */
  onEnd: (name: string) => void = () => {};
  readonly #forks: Forks;
  /** What reading a stream may change: that it was used, has expired, or has no forks any more. */
  readonly #use: (name: string) => Promise<StreamState | undefined>;
  readonly #expire: (name: string) => Promise<void>;
  readonly #settle: (name: string) => Promise<StreamState | undefined>;

  constructor(
    log: Log,
    clock: Clock,
    ledgers: LedgerContext["projectionOf"] = () => undefined,
    owner: Owner = SOLE_OWNER,
  ) {
    this.#ledgers = ledgers;
    this.open = (chain) => log.chain(chain);
    this.clock = clock;
    this.#forks = new Forks(this.open, clock);
    // What changes of a copy is seen when it has changed where it is copied from.
    this.#use = owner.task("streams/use", (name) => this.#noteUse(name), async (ask, name) => {
      const answer = await ask(`${pathOfStream(name)}?offset=now`);
      await answer.body?.cancel();
      return await this.stored(name);
    });
    this.#expire = owner.task(
      "streams/expire",
      (name) => this.#noteExpiry(name),
      () => Promise.resolve(),
    );
    this.#settle = owner.task(
      "streams/settle",
      (name) => this.#settleForks(name),
      (_ask, name) => this.stored(name),
    );
  }

  /** The chain of a stream, which need not exist. */
  chain(name: string): Chain {
    return this.open(this.chainName(name));
  }

  /** The log's name of that chain. */
  chainName(name: string): string {
    return this.isLedger(name) ? name : streamChain(name);
  }

  /** Whether a name is that of another ledger's chain: it is read as a stream, and never written. */
  isLedger(name: string): boolean {
    return !name.startsWith(STREAMS_PREFIX) && this.#ledgers(name) !== undefined;
  }

  /** The state of a stream as stored, or of a ledger's chain as its head says it. */
  async stored(name: string): Promise<StreamState | undefined> {
    return (await this.#look(name)).state;
  }

  /** A stream as last committed. Throws 404, or 410 where only its forks may read it. */
  async state(name: string): Promise<StreamState> {
    const state = await this.#settled(name);
    const presence = presenceOf(state, this.clock.now());
    if (presence !== "live" && state?.isDeleted === false) await this.#expire(name);
    if (presence === "retained") throw retained();
    if (state === undefined || presence === "absent") throw noStream();
    return state;
  }

  /** A stream about to be read, whose TTL is counted from now. Throws as {@linkcode state} does. */
  async used(name: string): Promise<StreamState> {
    const state = await this.state(name);
    if (!needsNote(state, this.clock.now())) return state;
    // Where it has gone meanwhile, its state says how.
    return await this.#use(name) ?? await this.state(name);
  }

  /** Creates a stream, or finds it to be there as asked for. Throws 409 where it is otherwise. */
  async create(name: string, request: CreateRequest): Promise<Created> {
    const wanted = wantedOf(request);
    const state = existing(await this.#settled(name), this.clock.now(), wanted);
    if (state !== undefined) return { state, isNew: false };
    if (request.fork !== undefined) return await this.#fork(name, request, request.fork, wanted);
    const { body, contentOf } = request;
    const made = newStream(request, wanted);
    return await this.inHand.run(body.length, async () => {
      const content = body.length === 0 ? [] : eventsOf(await contentOf(body, made.contentType));
      return await this.#write(name, create(made, wanted, content));
    });
  }

  /** Appends to a stream what has about so many `bytes`. */
  append(name: string, request: AppendRequest, bytes = 0): Promise<AppendAnswer> {
    return this.#write(name, appendTo(name, request, (other) => this.#look(other)), { bytes });
  }

  /** Deletes a stream. Throws 404, or 410 where that was done before. */
  async remove(name: string): Promise<void> {
    await this.state(name);
    const { source, forks } = await this.#write(name, remove);
    if (source !== null && forks === 0) await this.#forks.release(source.name, source.id);
    this.onEnd(name);
  }

  /**
   * Takes a stream's chain away that has been over for so long that nobody reads of it any more, with
   * all that was ever in it. Returns whether it did.
   *
   * @param quietMs how long that is
   */
  async giveBack(name: string, quietMs: number): Promise<boolean> {
    const chain = this.chain(name);
    const isOver = async () => {
      const state = await storedState(chain);
      const last = (await chain.head())?.time ?? Infinity;
      return state !== undefined && presenceOf(state, this.clock.now()) === "absent" &&
        this.clock.now() - last >= quietMs;
    };
    const state = await this.#settled(name);
    if (state === undefined || !await isOver()) return false;
    if (state.source !== null) await this.#forks.release(state.source.name, state.source.id);
    const isGiven = await chain.drop(isOver);
    if (isGiven) this.onWrite(name);
    return isGiven;
  }

  /**
   * Cuts off what a rule says of a stream's beginning, for as long as it may go on. One that others
   * were forked from keeps all, until none of them needs it; a fork that has lost all that it shares
   * with its source lets that go.
   */
  async cut(
    name: string,
    { before, bytes }: Pick<CutRule, "before" | "bytes">,
    mayGoOn: MayGoOn,
  ): Promise<void> {
    const chain = this.chain(name);
    const isWanted = async () => {
      const state = await storedState(chain);
      return state?.forks === 0 && presenceOf(state, this.clock.now()) === "live";
    };
    const state = await this.stored(name);
    if (state !== undefined && state.forks > 0) await this.#forks.letGo(name);
    if (!await isWanted()) return;
    await chain.cut({ before, bytes, isWanted, counts: isData }, mayGoOn);
    const now = await this.stored(name);
    if (now?.source && isApart(name, now)) {
      await this.#forks.release(now.source.name, now.source.id);
    }
  }

  async #look(name: string): Promise<FoundStream> {
    const chain = this.chain(name);
    if (!this.isLedger(name)) return { chain: chain.name, ...await versionedState(chain) };
    const { head, versionstamp } = await chain.versionedHead();
    return { chain: chain.name, state: head && ledgerState(head), versionstamp };
  }

  /** Runs a command on a stream's chain, and calls {@linkcode onWrite} even where it fails. */
  async #write<T>(name: string, command: Command<T>, options?: CommandOptions): Promise<T> {
    try {
      return await this.chain(name).execute(command, undefined, options);
    } finally {
      this.onWrite(name);
    }
  }

  /** Records that a stream has expired. Where that fails, the next who asks tries again. */
  async #noteExpiry(name: string): Promise<void> {
    try {
      await this.#write(name, expire);
      this.onEnd(name);
    } catch (error) {
      logger.warn("that {name} has expired is not written: {error}", {
        name,
        error: messageOf(error),
      });
    }
  }

  async #settled(name: string): Promise<StreamState | undefined> {
    const state = await this.stored(name);
    // Others have nothing to be let go of.
    return presenceOf(state, this.clock.now()) === "retained" ? await this.#settle(name) : state;
  }

  async #settleForks(name: string): Promise<StreamState | undefined> {
    const state = await this.stored(name);
    return state === undefined ? undefined : await this.#forks.settle(name, state);
  }

  async #noteUse(name: string): Promise<StreamState | undefined> {
    try {
      return await this.chain(name).execute(use);
    } catch (error) {
      if (error instanceof StreamRefusal) return undefined;
      throw error;
    }
  }

  async #fork(
    name: string,
    request: CreateRequest,
    { source, at, sub }: ForkRequest,
    wanted: Wanted,
  ): Promise<Created> {
    await this.#settled(source);
    const id = newLife();
    const { contentType } = request;
    const forkable = await this.#forks.register(source, { id, name, contentType, at });
    let created: Created | undefined;
    try {
      const { state } = forkable;
      const layout = layoutOf(source, state);
      const { contentType } = state;
      const { position, prefix } = await this.#forks.part(
        layout,
        forkable.position,
        sub,
        contentType,
      );
      const inherited = inheritedUpTo(layout, position);
      if (inherited.length > FORK_DEPTH) {
        throw conflict("fork_too_deep", `A fork has parts of up to ${FORK_DEPTH} streams`);
      }
      const shared = { inherited, base: position, source: { name: source, id } };
      const made = newFork(request, wanted, state, shared);
      const { body, contentOf } = request;
      created = await this.inHand.run(body.length, async () => {
        const content = body.length === 0 ? [] : eventsOf(await contentOf(body, contentType));
        return await this.#write(name, create(made, wanted, [...prefix, ...content]));
      });
      return created;
    } finally {
      if (created?.isNew !== true) await this.#forks.release(source, id);
    }
  }
}
