import { parsePosition, type Position } from "../../../kernel/position.ts";
import type { Chain } from "../../../log/chain.ts";
import { type Matcher, reaching } from "../../../log/follow.ts";
import type { ChainSource } from "../../../sockets/chain_source.ts";
import { shownFilter } from "../../../sockets/following.ts";
import type { Session } from "../../../sockets/session.ts";
import { chainNameOf } from "../chain/names.ts";
import { framersOf } from "./frames.ts";
import { WantedTypes } from "./wanted_types.ts";

/** The end of a chain. */
export const LATEST: Position = { at: "latest" };

/** Which form of message a feed is in; see `frames.ts`. */
export type Form = "page" | "server" | "workflow";

/** What one socket hears of what it has subscribed to, in one form of message. */
export interface Feed {
  /**
   * Wants events of some types, or of all where `types` is undefined. With `from` the feed begins
   * anew at that position with this filter alone; with `isAnew` it goes on with this filter alone.
   * Throws `position_invalid`.
   */
  subscribe(types: readonly string[] | undefined, from: unknown, isAnew: boolean): Promise<void>;
  close(): void;
}

/** What is shown of a chain beside the wanted events, and by whom it is watched. */
export interface Passing {
  /** Is told of every event; whether it may be shown, if it is wanted. */
  readonly passes: Matcher;
}

/** What one socket hears of one chain. */
export class ChainFeed implements Feed {
  readonly #session: Session;
  readonly #chain: Chain;
  readonly #form: Form;
  readonly #wanted: WantedTypes;
  readonly #passing: Passing | undefined;
  #source: ChainSource | undefined;
  /** How often it has begun, or ended: what was asked for before is nobody's. */
  #turn = 0;
  /** What begins where it was asked to, if that is still to come: what is before is passed over. */
  #isReached: Matcher | undefined;

  /** `wanted` may be shared with other feeds. */
  constructor(
    session: Session,
    chain: Chain,
    form: Form,
    wanted: WantedTypes = new WantedTypes(),
    passing?: Passing,
  ) {
    this.#session = session;
    this.#chain = chain;
    this.#form = form;
    this.#wanted = wanted;
    this.#passing = passing;
  }

  async subscribe(
    types: readonly string[] | undefined,
    from: unknown,
    isAnew: boolean,
  ): Promise<void> {
    const position = from === undefined ? undefined : parsePosition(from);
    const offset = position && await this.#chain.locate(position);
    if (isAnew || position !== undefined) this.#wanted.reset();
    this.#wanted.add(types);
    if (position !== undefined && offset !== undefined) await this.begin(offset, position);
    else if (this.#source === undefined) await this.begin(await this.#chain.locate(LATEST));
    else this.refresh();
  }

  /** Begins at an offset; at one that `position` named, as one that was asked for. */
  async begin(offset: number, position?: Position): Promise<void> {
    const turn = ++this.#turn;
    if (position !== undefined) {
      const end = await this.#chain.locate(LATEST);
      this.#isReached = offset < end ? undefined : reaching(position);
    }
    this.#source?.close();
    this.#source = undefined;
    const source = await this.#follow(offset, position !== undefined);
    if (turn !== this.#turn) return source.close();
    this.#source = source;
    this.refresh();
  }

  /** Goes on with what is wanted now. */
  refresh(): void {
    if (this.#source !== undefined) this.#source.hooks.matcher = this.#matcher();
  }

  close(): void {
    this.#turn++;
    this.#source?.close();
  }

  #follow(offset: number, isReplay: boolean): Promise<ChainSource> {
    const framers = framersOf(this.#chain);
    const form = this.#form === "page" && isReplay ? "replay" : this.#form;
    const name = chainNameOf(this.#chain.name);
    const notice = (type: string) => (next: number) =>
      JSON.stringify({ type, chain_name: name, offset: next });
    const notices = { caughtUp: notice("caught_up"), position: notice("position") };
    return this.#session.follow(this.#chain, offset, {
      framer: framers[form],
      matcher: this.#matcher(),
      filter: () => shownFilter({ types: this.#wanted.keys }),
      ...(isReplay && this.#form !== "server" ? notices : {}),
    });
  }

  #matcher(): Matcher | undefined {
    const wanted = this.#wanted;
    const isReached = this.#isReached;
    const passing = this.#passing;
    if (wanted.isEverything && passing === undefined) return isReached;
    return (batch, index) =>
      (passing === undefined || passing.passes(batch, index)) &&
      (isReached === undefined || isReached(batch, index)) && wanted.has(batch, index);
  }
}
